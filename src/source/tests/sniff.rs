use super::super::sniff::{Sniffed, sniff};

#[test]
fn the_first_bytes_tell_what_a_file_holds() {
    let cases: [(&[u8], Sniffed); 22] = [
        (b"", Sniffed::Empty),
        (b"\xEF\xBB\xBF \n", Sniffed::Empty),
        (b"\x7fELF\x02\x01\0", Sniffed::Binary),
        (b"caf\xe9 au lait", Sniffed::Binary),
        (b"{\"a\":1}\n{\"a\":2}\n", Sniffed::JsonLines),
        (b"{\"a\":1}\n{\"a\":\"cut", Sniffed::JsonLines),
        (b"{\"a\":1}\n", Sniffed::Json),
        (b"{\n  \"a\": 1\n}\n", Sniffed::Json),
        (b"// settings\n{}", Sniffed::Json),
        (b"[{\"a\": 1}]", Sniffed::Json),
        (b"[mcp_servers.k8s]\ncommand = \"npx\"\n", Sniffed::Toml),
        (b"model = \"x\"\n", Sniffed::Toml),
        (b"apiVersion: v1\nkind: Role\n", Sniffed::Yaml),
        (b"# head\n---\nkind: Role\n", Sniffed::Yaml),
        (b"- a\n- b\n", Sniffed::Yaml),
        (b"---\nname: bot\n---\n# Bot\nDo this.\n", Sniffed::Markdown),
        (b"---\nkind: Role\n---\nkind: Role\n", Sniffed::Yaml),
        (b"{{- if .Values.x }}\nkind: Role\n", Sniffed::Template),
        (b"kind: Role\nname: {{ .Release.Name }}\n", Sniffed::Template),
        (b"Just some words, nothing more.\n", Sniffed::Text),
        (b"#!/bin/sh\necho hi\n", Sniffed::Text),
        ("kind: R\u{f6}le \u{20ac}".as_bytes().split_last().unwrap().1, Sniffed::Yaml),
    ];
    for (bytes, expected) in cases {
        assert_eq!(sniff(bytes), expected, "{}", String::from_utf8_lossy(bytes));
    }
}
