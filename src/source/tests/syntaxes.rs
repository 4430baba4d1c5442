use super::{super::node::Place, super::*, clean, complaints, one, read};

fn place(line: u32, column: u32) -> Place {
    Place { line, column }
}

#[test]
fn yaml_keys_and_values_know_their_places() {
    let document = one("kind: Role\nrules:\n  - verbs: [get, list]\n", SyntaxHint::Yaml);
    let rules = document.root.get("rules").unwrap();
    let (key, verbs) = &rules.as_sequence().unwrap()[0].entries()[0];
    assert_eq!((key.place, verbs.place), (place(3, 5), place(3, 12)));
    assert_eq!(verbs.as_sequence().unwrap()[1].place, place(3, 18));
}

#[test]
fn places_continue_over_documents_and_columns_count_characters() {
    let documents = clean("a: 1\n---\nä: é\n---\n# nothing\n---\nb: 2\n", SyntaxHint::Yaml);
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[1].root.get("ä").unwrap().place, place(3, 4));
    assert_eq!(documents[2].root.entries()[0].0.place, place(7, 1));
    assert_eq!(documents[2].index, 2);
}

#[test]
fn only_true_and_false_are_booleans_in_yaml() {
    let root = one("a: yes\nb: on\nc: true\nd: 'true'\ne: no\n", SyntaxHint::Yaml).root;
    assert_eq!(root.str_at("a"), Some("yes"));
    assert_eq!(root.str_at("b"), Some("on"));
    assert_eq!(root.get("c").unwrap().as_bool(), Some(true));
    assert_eq!(root.str_at("d"), Some("true"));
    assert_eq!(root.str_at("e"), Some("no"));
}

#[test]
fn numbers_keep_their_spelling() {
    let root =
        one("a: 0755\nb: 1.10\nc: 7\nd: 1e3\ne: 0x1F\nf: 2026-10-01\n", SyntaxHint::Yaml).root;
    let text = |name: &str| root.get(name).unwrap().text().unwrap().into_owned();
    assert_eq!(
        ["a", "b", "c", "d", "e", "f"].map(text),
        ["0755", "1.10", "7", "1e3", "0x1F", "2026-10-01"]
    );
    assert_eq!(root.get("a").unwrap().as_i64(), Some(755));
    assert_eq!(root.get("e").unwrap().as_i64(), Some(31));
    assert_eq!(root.get("f").unwrap().kind(), "text");
}

#[test]
fn merge_keys_bring_what_is_not_there() {
    let text = "base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\nplain: {'<<': z}\n";
    let root = one(text, SyntaxHint::Yaml).root;
    let used = root.get("use").unwrap();
    assert_eq!(used.entries().len(), 2);
    assert_eq!(used.get("x").unwrap().as_i64(), Some(1));
    assert_eq!(used.get("y").unwrap().as_i64(), Some(3));
    assert_eq!(root.at(&["plain", "<<"]).unwrap().as_str(), Some("z"));
}

#[test]
fn tagged_scalars_are_text() {
    let root = one("Role: !Ref BotRole\nPort: !!str 80\nArn: !GetAtt a.b\n", SyntaxHint::Yaml).root;
    assert_eq!(root.str_at("Role"), Some("BotRole"));
    assert_eq!(root.str_at("Port"), Some("80"));
    assert_eq!(root.str_at("Arn"), Some("a.b"));
    let tag = |name: &str| root.get(name).and_then(|node| node.tag());
    assert_eq!([tag("Role"), tag("Port"), tag("Arn")], [Some("!Ref"), None, Some("!GetAtt")]);
}

#[test]
fn tags_of_lists_and_mappings_are_kept_with_them() {
    let text = "a: !Join ['', [b, !Ref c]]\nd: !Own {e: &x !F g, h: *x}\ni: [j]\n";
    let root = one(text, SyntaxHint::Yaml).root;
    let tag = |path: &[&str]| root.at(path).and_then(|node| node.tag());
    assert_eq!(tag(&["a"]), Some("!Join"));
    assert_eq!(tag(&["d"]), Some("!Own"));
    assert_eq!((tag(&["d", "e"]), tag(&["d", "h"])), (Some("!F"), Some("!F")));
    assert_eq!(tag(&["i"]), None);
    let parts = root.at(&["a"]).unwrap().as_sequence().unwrap()[1].as_sequence().unwrap();
    assert_eq!([parts[0].tag(), parts[1].tag()], [None, Some("!Ref")]);
}

#[test]
fn a_broken_document_does_not_take_its_neighbours() {
    let parsed = read("a: 1\n---\nb: [\n---\nc: 3\n", SyntaxHint::Yaml);
    let keys: Vec<_> =
        parsed.documents.iter().map(|d| d.root.entries()[0].0.name.as_str()).collect();
    assert_eq!(keys, ["a", "c"]);
    assert_eq!(parsed.outcome.errors.len(), 1);
    assert!(matches!(parsed.outcome.errors[0].location.line, Some(3 | 4)));
}

#[test]
fn a_helm_template_is_said_to_be_one() {
    for text in ["name: {{ .Release.Name }}\n", "{{- if .Values.rbac }}\nkind: Role\n{{- end }}\n"]
    {
        let errors = read(text, SyntaxHint::Yaml).outcome.errors;
        assert_eq!(errors.len(), 1, "{text}");
        assert_eq!(errors[0].kind, error::ErrorKind::Template, "{text}");
    }
}

#[test]
fn the_items_of_a_list_are_documents() {
    let yaml =
        "apiVersion: v1\nitems:\n- kind: Role\n- kind: RoleBinding\nkind: List\nmetadata: {}\n";
    let json =
        r#"{"apiVersion":"v1","items":[{"kind":"Role"},{"kind":"RoleBinding"}],"kind":"List"}"#;
    let flow = "{apiVersion: v1, items: [{kind: Role}, {kind: RoleBinding}], kind: List}";
    for (text, hint) in
        [(yaml, SyntaxHint::Yaml), (json, SyntaxHint::Json), (flow, SyntaxHint::Yaml)]
    {
        let parsed = read(text, hint);
        let kinds: Vec<_> =
            parsed.documents.iter().map(|d| d.root.str_at("kind").unwrap()).collect();
        assert_eq!(kinds, ["Role", "RoleBinding"], "{text}");
        assert_eq!(parsed.outcome.lists, 1);
        assert_eq!(parsed.outcome.errors, []);
    }
}

#[test]
fn items_of_a_typed_list_learn_their_kind() {
    let text = r#"{"kind":"RoleList","apiVersion":"rbac.authorization.k8s.io/v1","items":[{"metadata":{"name":"a"}}]}"#;
    let root = one(text, SyntaxHint::Json).root;
    assert_eq!(root.str_at("kind"), Some("Role"));
    assert_eq!(root.str_at("apiVersion"), Some("rbac.authorization.k8s.io/v1"));
}

#[test]
fn an_empty_list_is_a_list_without_documents() {
    for text in [r#"{"kind":"RoleList","items":[]}"#, r#"{"kind":"RoleList","items":null}"#] {
        let parsed = read(text, SyntaxHint::Json);
        assert_eq!((parsed.outcome.documents, parsed.outcome.lists), (0, 1), "{text}");
        assert_eq!(parsed.outcome.errors, []);
    }
}

#[test]
fn one_page_of_a_list_is_not_the_whole_list() {
    let json = r#"{"kind":"PodList","items":[{"a":1}],"metadata":{"continue":"abc"}}"#;
    let yaml = "items:\n- a: 1\nkind: PodList\nmetadata:\n  continue: abc\n";
    for (text, hint) in [(json, SyntaxHint::Json), (yaml, SyntaxHint::Yaml)] {
        let parsed = read(text, hint);
        assert_eq!(parsed.documents.len(), 1);
        assert_eq!(parsed.outcome.errors[0].kind, error::ErrorKind::Truncated, "{text}");
    }
}

#[test]
fn json_knows_places_also_within_lists() {
    let text = "{\n \"kind\": \"List\",\n \"items\": [\n  {\"é\": 1, \"name\": \"x\"},\n  {\"name\": \"y\"}]}";
    let documents = clean(text, SyntaxHint::Json);
    assert_eq!(documents[0].root.get("name").unwrap().place, place(4, 20));
    assert_eq!(documents[1].root.entries()[0].0.place, place(5, 4));
    assert_eq!(documents[1].syntax, Syntax::Json);
}

#[test]
fn comments_and_trailing_commas_make_json_lenient() {
    let document = one("// head\n{\"a\": [1, 2,], /* b */ \"b\": null,}\n", SyntaxHint::Json);
    assert_eq!(document.syntax, Syntax::Jsonc);
    assert!(document.lenient.unwrap().contains("comment in line 1"));
    assert_eq!(document.root.items_at("a").len(), 2);
    let strict = one("{\"a\": [1, 2]}", SyntaxHint::Json);
    assert_eq!((strict.syntax, strict.lenient), (Syntax::Json, None));
}

#[test]
fn what_is_neither_json_nor_jsonc_is_refused_at_its_place() {
    let cases = [
        ("{\"a\": 1 \"b\": 2}", "some/file:1:9: expected `,` or `}`, found `\"`"),
        ("{a: 1}", "some/file:1:2: expected a key in double quotes, found `a`"),
        ("{\"a\": 'b'}", "some/file:1:7: expected a value, found `'`"),
        ("{\"a\": 01}", "some/file:1:7: `01` is not a number"),
        ("{\"a\": [1,\n", "some/file:2:1: the text ends within a value"),
        (
            "{\"a\": \"x\ny\"}",
            "some/file:1:7: text with a raw line break, a control character or a bad escape",
        ),
        ("{,}", "some/file:1:2: expected a key in double quotes, found `,`"),
        ("[1}", "some/file:1:3: expected `,` or `]`, found `}`"),
        ("{\"a\": 1} }", "some/file:1:10: expected a value, found `}`"),
    ];
    for (text, complaint) in cases {
        assert_eq!(complaints(text, SyntaxHint::Json), [complaint]);
    }
}

#[test]
fn several_json_values_are_several_documents() {
    let documents = clean("{\"a\": 1}\n{\"b\": 2}\n", SyntaxHint::Json);
    assert_eq!(documents.len(), 2);
    assert_eq!(documents[1].root.get("b").unwrap().place, place(2, 7));
}

#[test]
fn json_escapes_are_decoded() {
    let root = one(r#"{"a": "\ud83d\ude00 \"q\" \\", "\u0062": "\n"}"#, SyntaxHint::Json).root;
    assert_eq!(root.str_at("a"), Some("😀 \"q\" \\"));
    assert_eq!(root.str_at("b"), Some("\n"));
}

#[test]
fn numbers_beyond_the_types_keep_their_spelling() {
    let root =
        one("{\"a\": 1e999, \"b\": 123456789012345678901, \"c\": -0.50}", SyntaxHint::Json).root;
    let text = |name: &str| root.get(name).unwrap().text().unwrap().into_owned();
    assert_eq!(["a", "b", "c"].map(text), ["1e999", "123456789012345678901", "-0.50"]);
}

#[test]
fn json_with_template_actions_is_said_to_be_a_template() {
    let text = "{\"a\": {{ .Values.a }}}";
    let errors = read(text, SyntaxHint::Json).outcome.errors;
    assert_eq!(errors[0].kind, error::ErrorKind::Template);
}

#[test]
fn the_name_is_looked_at_beneath_its_compression() {
    assert_eq!(SyntaxHint::of_path("a/dump.JSON.gz"), SyntaxHint::Json);
    assert_eq!(SyntaxHint::of_path(".mcp.json"), SyntaxHint::Json);
    assert_eq!(SyntaxHint::of_path("AGENTS.md"), SyntaxHint::Markdown);
    assert_eq!(SyntaxHint::of_path("yaml"), SyntaxHint::Unknown);
}

#[test]
fn duplicate_keys_are_kept() {
    for (text, hint) in
        [("{\"a\": 1, \"a\": 2}", SyntaxHint::Json), ("a: 1\na: 2\n", SyntaxHint::Yaml)]
    {
        let root = one(text, hint).root;
        assert_eq!(root.as_mapping().unwrap().duplicates().len(), 1, "{text}");
        assert_eq!(root.get("a").unwrap().as_i64(), Some(2));
    }
}

#[test]
fn toml_keeps_order_and_places() {
    let text = "zeta = 1\nalpha = 'x'\n\n[mcp_servers.k8s]\ncommand = \"npx\"\nratio = 1.10\nsince = 2026-10-01\n";
    let root = one(text, SyntaxHint::Toml).root;
    let names: Vec<_> = root.entries().iter().map(|(key, _)| key.name.as_str()).collect();
    assert_eq!(names, ["zeta", "alpha", "mcp_servers"]);
    let server = root.at(&["mcp_servers", "k8s"]).unwrap();
    assert_eq!(server.get("command").unwrap().place, place(5, 11));
    assert_eq!(server.get("ratio").unwrap().text().unwrap(), "1.10");
    assert_eq!(server.str_at("since"), Some("2026-10-01"));
}

#[test]
fn broken_toml_is_refused_at_its_place() {
    let errors = complaints("[a]\nx = \"(\\.env)\"\n", SyntaxHint::Toml);
    assert_eq!(errors.len(), 1);
    assert!(errors[0].starts_with("some/file:2:"), "{errors:?}");
}

#[test]
fn frontmatter_is_yaml_with_the_lines_of_its_file() {
    let document =
        one("---\nname: bot\ntools: [a, b]\n---\n# Body\nname: no\n", SyntaxHint::Markdown);
    assert_eq!(document.syntax, Syntax::Frontmatter);
    assert_eq!(document.root.get("tools").unwrap().place, place(3, 8));
    assert_eq!(document.lenient, None);
}

#[test]
fn frontmatter_that_is_not_yaml_is_read_line_by_line() {
    let text = "---\nname: bot\ndescription: Use when: asked\ntools:\n  - Read\n  - Bash\nflag: true\n---\n";
    let document = one(text, SyntaxHint::Markdown);
    assert!(document.lenient.unwrap().contains("line 3"));
    assert_eq!(document.root.str_at("description"), Some("Use when: asked"));
    assert_eq!(document.root.items_at("tools").len(), 2);
    assert_eq!(document.root.get("flag").unwrap().as_bool(), Some(true));
    assert_eq!(document.root.get("description").unwrap().place, place(3, 14));
}

#[test]
fn markdown_without_frontmatter_has_no_document() {
    assert!(clean("# Title\n\n---\n\nname: x\n", SyntaxHint::Markdown).is_empty());
    assert!(clean("---\n\ntext after a rule\n", SyntaxHint::Markdown).is_empty());
    assert_eq!(complaints("---\nname: x\n", SyntaxHint::Markdown).len(), 1);
}

#[test]
fn calls_of_starlark_are_a_list_with_places() {
    let text = "# ours\nprefix_rule(\n    pattern = [\"gh\", (\"pr\", 'issue')],\n    decision = 'a\\'b',\n    n = -3, on = True,\n)\n";
    let document = one(text, SyntaxHint::Unknown);
    assert_eq!(document.syntax, Syntax::Starlark);
    let call = &document.root.as_sequence().unwrap()[0];
    assert_eq!((call.str_at("call"), call.place), (Some("prefix_rule"), place(2, 1)));
    let arguments = call.get("arguments").unwrap();
    assert_eq!(arguments.items_at("pattern")[1].as_sequence().unwrap().len(), 2);
    assert_eq!(arguments.str_at("decision"), Some("a'b"));
    assert_eq!(arguments.get("n").unwrap().as_i64(), Some(-3));
    assert_eq!(arguments.get("on").unwrap().as_bool(), Some(true));
}

#[test]
fn starlark_that_computes_is_refused_as_a_whole() {
    for text in [
        "words = ['a']\nprefix_rule(pattern = words)\n",
        "prefix_rule(pattern = ['a'] + ['b'])\n",
        "prefix_rule(['a'])\n",
        "prefix_rule(pattern = ['a'",
        "prefix_rule(pattern = 'a\n')\n",
        "[prefix_rule(pattern = [w]) for w in words]\nprefix_rule()\n",
    ] {
        assert_eq!(complaints(text, SyntaxHint::Unknown).len(), 1, "{text}");
    }
}

#[test]
fn content_decides_where_the_name_does_not() {
    assert_eq!(one("{\"a\": 1}", SyntaxHint::Unknown).syntax, Syntax::Json);
    assert_eq!(one("{\"a\": 1}", SyntaxHint::Yaml).syntax, Syntax::Json);
    assert_eq!(one("[a.b]\nc = 1\n", SyntaxHint::Unknown).syntax, Syntax::Toml);
    assert_eq!(one("a = 1\n", SyntaxHint::Unknown).syntax, Syntax::Toml);
    assert_eq!(one("a: 1\n", SyntaxHint::Unknown).syntax, Syntax::Yaml);
    assert_eq!(one("{a: 1}", SyntaxHint::Yaml).syntax, Syntax::Yaml);
}
