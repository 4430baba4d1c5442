//! What of arguments and answers may be kept: words that name objects, and ids of
//! requests.
//!
//! A word is kept where its shape is that of a name (of an object, a namespace, a
//! resource of AWS) and neither its place nor its shape says that it may be a secret.
//! Everything else leaves this file as nothing.

use std::collections::BTreeSet;

use serde_json::Value;

use super::digest;
use crate::{
    model::activity::Arguments,
    scan::agents::{names_a_secret, shown_name},
};

/// Longer text is not looked through for words.
const TEXT_BYTES: usize = 8 << 10;
/// Answers are looked through for ids so far.
const ANSWER_BYTES: usize = 256 << 10;
/// Ids of requests that are kept of one answer.
const IDS: usize = 8;
/// Values that are looked at in one call.
const VALUES: usize = 2_000;

/// What is kept of the arguments that a log holds whole.
pub(super) fn arguments(value: &Value) -> Arguments {
    Arguments { digest: Some(digest::of(value)), ..of_a_part(value) }
}

/// What is kept of arguments of which a log may hold a part only.
pub(super) fn of_a_part(value: &Value) -> Arguments {
    let mut words = Words { kept: BTreeSet::new(), left: VALUES };
    // Names that are a value of their own come before words of commands.
    words.value(value, "", Kind::Names);
    words.value(value, "", Kind::Sentences);
    Arguments { recorded: true, digest: None, disputed: false, words: words.kept }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Values of one word.
    Names,
    /// Values of several.
    Sentences,
}

struct Words {
    kept: BTreeSet<Box<str>>,
    left: usize,
}

impl Words {
    /// Depth is bounded by the parser that made the value.
    fn value(&mut self, value: &Value, name: &str, kind: Kind) {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 || says_secret(name) {
            return;
        }
        match value {
            Value::Object(object) => {
                // Pairs of a name and a value, as environments have them.
                let pair = object.get("name").and_then(Value::as_str).unwrap_or(name);
                for (member, value) in object {
                    let name = if member == "value" { pair } else { member };
                    self.value(value, name, kind);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.value(item, name, kind)),
            Value::String(text) => {
                let sentence = text.trim().contains(char::is_whitespace);
                if let Some(held) = json_in(text) {
                    self.value(&held, name, kind);
                } else if sentence == (kind == Kind::Sentences) && text.len() <= TEXT_BYTES {
                    self.sentence(text);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The words of a command, a manifest or a sentence.
    fn sentence(&mut self, text: &str) {
        let mut secret_next = false;
        for piece in text.split_whitespace() {
            let label = piece.ends_with(':') || piece.starts_with('-');
            let piece = piece.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-');
            let secret = std::mem::replace(&mut secret_next, false);
            // `PGPASSWORD=value`, `X-Api-Key:value`, `"token":"value"`.
            let announced = ["bearer", "basic"].iter().any(|word| piece.eq_ignore_ascii_case(word));
            if secret || piece.split_once(['=', ':']).is_some_and(|(head, _)| says_secret(head)) {
                // `Authorization: Bearer value`, `Authorization:Bearer value`.
                let ends = |word: &&str| {
                    let at = piece.len().saturating_sub(word.len());
                    piece.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(word))
                };
                secret_next = ["bearer", "basic"].iter().any(ends);
                continue;
            }
            // `token: value`, `--token value`, but not the resource `secrets`.
            secret_next = announced
                || label && (says_secret(piece) || matches!(piece, "-u" | "-p" | "--user"));
            match piece.split_once('=') {
                Some((_, value)) => self.word(value.trim_matches(['"', '\''])),
                None if piece.starts_with('-') => {}
                None => self.word(piece),
            }
        }
    }

    fn word(&mut self, word: &str) {
        if word.starts_with("arn:") {
            self.keep(word);
        }
        for part in word.split(['/', ',']) {
            self.keep(part);
        }
    }

    fn keep(&mut self, word: &str) {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        if self.kept.len() < Arguments::WORDS
            && (2..=Arguments::WORD_BYTES).contains(&word.len())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
            && (is_of_aws(word) || shown_name(word) == word)
            && !word.contains(['(', '[', ' ', '*', '@', '~', '+', ','])
        {
            self.kept.insert(word.into());
        }
    }
}

/// JSON within text.
fn json_in(text: &str) -> Option<Value> {
    let text = text.trim();
    let whole = |open, close| text.starts_with(open) && text.ends_with(close);
    (text.len() <= ANSWER_BYTES && (whole('{', '}') || whole('[', ']')))
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

/// Whether what stands before a value says that it is a secret, also within the name of
/// a variable (`PGPASSWORD`).
fn says_secret(name: &str) -> bool {
    let name = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let lower = name.to_ascii_lowercase();
    names_a_secret(name)
        || ["passw", "passphrase", "token", "secret", "apikey", "credential"]
            .iter()
            .any(|word| lower.contains(word))
}

/// Whether a word is an ARN or an id that AWS gives (`i-0abc…`, `sg-0abc…`): they look as
/// if a machine had drawn them, and are no secrets.
fn is_of_aws(word: &str) -> bool {
    if let Some(rest) = word.strip_prefix("arn:") {
        return rest.split(':').count() >= 5
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_.-*".contains(&byte))
            && !rest.contains("secret:");
    }
    let hex = |digits: &str| digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    word.rsplit_once('-').is_some_and(|(kind, digits)| {
        matches!(digits.len(), 8 | 17)
            && hex(digits)
            && (1..=20).contains(&kind.len())
            && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    })
}

/// What stands before the id of a request, as the SDKs of AWS, their headers, and the API
/// server of Kubernetes write it.
const BEFORE_IDS: [&str; 12] = [
    "RequestId",
    "requestId",
    "RequestID",
    "requestID",
    "request_id",
    "x-amzn-requestid",
    "x-amzn-RequestId",
    "x-amz-request-id",
    "Audit-Id",
    "Audit-ID",
    "audit-id",
    "auditID",
];

/// Ids in an answer by which a platform knows the request.
pub(super) fn requests(answer: &Value) -> BTreeSet<Box<str>> {
    let mut found = BTreeSet::new();
    let mut left = ANSWER_BYTES;
    search(answer, "", &mut left, &mut found);
    found
}

fn search(value: &Value, name: &str, left: &mut usize, found: &mut BTreeSet<Box<str>>) {
    match value {
        Value::String(text) => {
            let text = crate::scan::activity::request::cut(text, *left);
            *left -= text.len();
            if BEFORE_IDS.contains(&name) {
                keep_id(text, found);
            }
            for before in BEFORE_IDS {
                for at in memchr::memmem::find_iter(text.as_bytes(), before) {
                    let rest = text.get(at + before.len()..).unwrap_or_default();
                    let rest = rest.trim_start_matches(|c: char| " \"'\\:=>".contains(c));
                    keep_id(rest, found);
                }
            }
        }
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| search(value, name, left, found));
        }
        Value::Array(items) => items.iter().for_each(|item| search(item, name, left, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Keeps the id that text begins with.
fn keep_id(text: &str, found: &mut BTreeSet<Box<str>>) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(text.len());
    let id = text.get(..end).unwrap_or_default();
    if found.len() < IDS
        && (12..=64).contains(&id.len())
        && id.bytes().any(|byte| byte.is_ascii_digit())
    {
        found.insert(id.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn words(value: &Value) -> Vec<String> {
        arguments(value).words.iter().map(|word| word.to_string()).collect()
    }

    #[test]
    fn names_of_objects_are_kept() {
        assert_eq!(
            words(&json!({"namespace": "shop", "name": "web-7d9f8b6c5d-x2x4z", "count": 3})),
            ["shop", "web-7d9f8b6c5d-x2x4z"]
        );
        assert_eq!(
            words(&json!({"InstanceIds": ["i-0abc123def4567890"]})),
            ["i-0abc123def4567890"]
        );
        let role = "arn:aws:iam::111122223333:role/ops/sre-bot";
        assert!(words(&json!({"RoleArn": role})).contains(&role.to_owned()));
    }

    #[test]
    fn words_of_commands_are_kept_without_their_flags() {
        assert_eq!(
            words(&json!({"command": "kubectl -n shop delete deployment/web --force"})),
            ["delete", "deployment", "kubectl", "shop", "web"]
        );
        assert!(words(&json!("kubectl get secrets -n prod")).contains(&"prod".to_owned()));
    }

    #[test]
    fn what_may_be_a_secret_is_not_kept() {
        for value in [
            json!({"password": "hunter"}),
            json!({"env": [{"name": "API_TOKEN", "value": "hunter"}]}),
            json!({"command": "curl -H 'Authorization: Bearer hunter' https://example.com"}),
            json!({"command": "mysql --password=hunter -u hunter"}),
            json!({"command": "login --token hunter"}),
            json!({"command": "PGPASSWORD=hunter psql -h db"}),
            json!({"command": "curl -H X-Api-Key:hunter example.com"}),
            json!("send \"password\":\"hunter\" to the server"),
            json!({"manifest": "kind: Secret\nstringData:\n  password: hunter\n"}),
            json!({"text": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}),
            json!({"key": "AKIAIOSFODNN7EXAMPLE"}),
        ] {
            let found = words(&value);
            let told = found
                .iter()
                .any(|word| word.contains("hunter") || word.len() > 19 || word.starts_with("AKIA"));
            assert!(!told, "{value}: {found:?}");
        }
    }

    #[test]
    fn arguments_within_text_are_looked_through() {
        assert_eq!(words(&json!(r#"{"name": "web"}"#)), ["web"]);
    }

    #[test]
    fn only_so_many_words_are_kept() {
        let many: Vec<String> = (0..100).map(|number| format!("name-{number}")).collect();
        assert_eq!(arguments(&json!(many)).words.len(), Arguments::WORDS);
    }

    #[test]
    fn ids_of_requests_are_found_in_answers() {
        let id = "4d0a1b1e-9c1d-4a5b-8f00-1234567890ab";
        for answer in [
            json!({"ResponseMetadata": {"RequestId": id}}),
            json!([{"type": "text", "text": format!("{{\"ResponseMetadata\": {{\"RequestId\": \"{id}\"}}}}")}]),
            json!(format!("{{\\\"requestId\\\":\\\"{id}\\\"}}")),
            json!(format!("Audit-Id: {id}\n")),
        ] {
            let found = requests(&answer);
            assert_eq!(found.iter().map(|id| &**id).collect::<Vec<_>>(), [id], "{answer}");
        }
        assert!(requests(&json!("RequestId: none")).is_empty());
    }
}
