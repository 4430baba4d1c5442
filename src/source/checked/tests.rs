//! The quick reader against serde_json: it takes nothing that serde_json does not take,
//! ends where serde_json ends, and takes all that servers write.

use proptest::prelude::*;
use serde_json::{Value, value::RawValue};

use super::*;

/// What a way of looking makes of the value at the start of `bytes`.
struct Whole<'a>(&'a [u8]);

impl Task for Whole<'_> {
    type Output = Option<(usize, bool)>;

    #[inline(always)]
    fn run<W: Wide>(self, wide: W) -> Self::Output {
        let mut cursor = Cursor::new(wide, self.0, 0);
        cursor.value()?;
        Some((cursor.at(), cursor.is_ascii()))
    }
}

/// The same in every way that this processor has.
fn end_of(bytes: &[u8]) -> Option<(usize, bool)> {
    let found = Whole(bytes).run(Portable);
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(wide) = Avx2::detect() {
            assert_eq!(wide.run(Whole(bytes)), found);
        }
        if let Some(wide) = Avx512::detect() {
            assert_eq!(wide.run(Whole(bytes)), found);
        }
    }
    assert_eq!(widest(Whole(bytes)), found);
    found
}

/// Where serde_json says that the value ends which `text` begins with.
fn serde_end(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// Whatever is taken, serde_json takes, up to the same byte.
fn check(bytes: &[u8]) -> bool {
    let Some((end, ascii)) = end_of(bytes) else { return false };
    let value = std::str::from_utf8(&bytes[..end]);
    assert_eq!(ascii, bytes[..end].is_ascii());
    let Ok(value) = value else {
        assert!(!ascii);
        return true;
    };
    // A number ends where the text ends, or its digits do.
    assert_eq!(serde_end(value), Some(end), "{value}");
    true
}

#[test]
fn values_as_servers_write_them_are_taken() {
    for text in [
        "{}",
        "[]",
        r#"{"a":{}}"#,
        r#"{"a":[]}"#,
        r#"[[],{},[[]],""]"#,
        r#"{"a":1,"b":[1,2,{"c":null}],"d":"x"}"#,
        r#"{"a":-0.5e+10,"b":true,"c":false,"d":0,"e":1E9}"#,
        r#"{"":"","a":"\"","b":"\\","c":"\\\"","d":"\u00e9\ud800\n\/"}"#,
        r#"{"last-applied":"{\"spec\":{\"replicas\":3}}\n"}"#,
        r#"["a","b",["c",{"d":["e"]}],"f"]"#,
        "\"text\"",
        "true",
    ] {
        assert_eq!(end_of(text.as_bytes()), Some((text.len(), true)), "{text}");
        assert!(check(text.as_bytes()));
        // Wherever it stands in a chunk, and whatever follows.
        for before in 0..130 {
            let long = format!("[\"{}\",{text}]", "x".repeat(before));
            assert_eq!(end_of(long.as_bytes()), Some((long.len(), true)), "{long}");
            let followed = format!("{long}}},\"more\\");
            assert_eq!(end_of(followed.as_bytes()), Some((long.len(), true)), "{followed}");
        }
    }
    assert_eq!(end_of("[\"é\"]".as_bytes()), Some((6, false)));
}

#[test]
fn what_is_not_well_formed_is_not_taken() {
    for text in [
        "",
        "{",
        "[",
        "[1",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{]",
        "[}",
        "[{]}",
        "{\"a\":[}]",
        "{a:1}",
        "{1:2}",
        "{\"a\"}",
        "{\"a\",\"b\"}",
        "{\"a\":1,}",
        "{,}",
        "[,]",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "{\"a\"::1}",
        "{\"a\":1:2}",
        "[\"a\":1]",
        "[1,\"a\":2]",
        "{\"a\":1,2}",
        "{\"a\":1,\"b\"}",
        "{\"a\":1,[2]}",
        "{\"a\":1,{}}",
        "{\"a\" :1}",
        "{ }",
        "[1, 2]",
        "{\"a\":\"b\"\"c\"}",
        "[\"a\"1]",
        "[1\"a\"]",
        "[{}{}]",
        "[[][]]",
        "[{}1]",
        "[1{}]",
        "[01]",
        "[1.]",
        "[.1]",
        "[-]",
        "[+1]",
        "[1e]",
        "[tru]",
        "[truer]",
        "[nul]",
        "[NaN]",
        "[\"\\x\"]",
        "[\"\\u12g4\"]",
        "[\"\\u123\"]",
        "[\"\n\"]",
        "[\"\0\"]",
        "[\"a]",
        "[\\\"a\"]",
        "{\"a\\\":1}",
        "[1}",
        "{\"a\":{\"b\":1]}",
        "[:]",
        "[\"a\",:]",
        "{:1}",
        "{\"a\":1,:2}",
        "{{}}",
        "{[]}",
        "{{\"a\":1}:2}",
        "[\u{7f}]",
    ] {
        for before in [0, 1, 57, 58, 59, 60, 61, 62, 63, 64, 120] {
            let long = format!("[\"{}\",{text}]", "x".repeat(before));
            assert_eq!(end_of(long.as_bytes()), None, "{long}");
        }
        assert!(!matches!(end_of(text.as_bytes()), Some((end, _)) if end == text.len()), "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(end_of(nested(64).as_bytes()), Some((128, true)));
    assert_eq!(end_of(nested(65).as_bytes()), None);
}

#[test]
fn members_are_handed_over_in_their_order() {
    struct Names<'a>(&'a [u8]);
    impl<'a> Task for Names<'a> {
        type Output = Option<Vec<(&'a [u8], &'a [u8])>>;

        fn run<W: Wide>(self, wide: W) -> Self::Output {
            let mut found = Vec::new();
            let mut cursor = Cursor::new(wide, self.0, 0);
            cursor.members(|cursor, name| {
                found.push((name, cursor.value()?));
                Some(())
            })?;
            (cursor.at() == self.0.len()).then_some(found)
        }
    }
    let names = |text: &'static str| widest(Names(text.as_bytes()));
    assert_eq!(
        names(r#"{"a":[1],"b":"x"}"#),
        Some(vec![(&b"a"[..], &b"[1]"[..]), (&b"b"[..], &b"\"x\""[..])])
    );
    assert_eq!(names("{}"), Some(Vec::new()));
    for text in ["{\"a\":1,}", "{\"a\"}", "{\"a\\n\":1}", "{\"a\":1", "[]", "{\"a\":01}"] {
        assert_eq!(names(text), None, "{text}");
    }
}

/// Values of every kind, with text that is awkward to read.
fn value() -> impl Strategy<Value = Value> {
    let text = || {
        prop_oneof![
            "[a-z]{0,40}",
            proptest::string::string_regex("[\"\\\\{}\\[\\],: a\n\u{1}é]{0,12}").unwrap(),
        ]
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// One change to the bytes of a value.
fn damage() -> impl Strategy<Value = (prop::sample::Index, u8, u8)> {
    let byte = prop_oneof![
        4 => prop::sample::select(b"{}[]\",:\\\n 01-.eEtnu/x\0".to_vec()),
        1 => any::<u8>(),
    ];
    (any::<prop::sample::Index>(), byte, 0..3u8)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn all_that_is_well_formed_and_tight_is_taken(value in value()) {
        let text = value.to_string();
        let ascii = text.is_ascii();
        prop_assert_eq!(end_of(text.as_bytes()), Some((text.len(), ascii)));
        prop_assert!(check(text.as_bytes()));
    }

    #[test]
    fn damaged_values_are_taken_only_where_serde_json_takes_them(
        value in value(),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let mut bytes = value.to_string().into_bytes();
        for (at, byte, kind) in damages {
            let at = at.index(bytes.len().max(1));
            match kind {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => {
                    bytes.remove(at);
                }
                _ => bytes.insert(at.min(bytes.len()), byte),
            }
        }
        check(&bytes);
        // A tight value that serde_json takes whole is taken, too.
        if let Ok(text) = std::str::from_utf8(&bytes)
            && serde_json::from_str::<Value>(text).is_ok_and(|value| text == value.to_string().as_str())
        {
            prop_assert_eq!(end_of(&bytes).map(|(end, _)| end), Some(bytes.len()));
        }
    }

    #[test]
    fn soup_of_tokens_is_taken_only_where_serde_json_takes_it(
        tokens in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"\"", "1", "true", "null", "\\", "\"", " ",
                "{}", "[]", "\"k\":", ",\"k\":", "\"\\u0041\"", "-", "é",
            ]),
            0..40,
        ),
        before in 0usize..70,
    ) {
        check(tokens.concat().as_bytes());
        check(format!("[\"{}\",{}]", "x".repeat(before), tokens.concat()).as_bytes());
    }
}
