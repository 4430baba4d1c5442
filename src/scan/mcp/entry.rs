//! Which entry of a configuration an answer belongs to.

use std::fmt::Write as _;

use crate::{
    model::agent_config::{Argument, SafeText, Server, Setting, Transport},
    source::read::digest_of,
};

/// `sha256:…` of all that an entry says about how its server runs: another version,
/// switch, variable or address is another one. Secrets take part by their own digests.
/// Where it stands does not count, nor what the client makes of its tools.
#[must_use]
pub fn digest(server: &Server) -> String {
    let mut text = String::new();
    match &server.transport {
        Transport::Stdio(launch) => {
            line(&mut text, "line", &launch.line);
            line(&mut text, "program", &format!("{:?}", launch.program));
            line(&mut text, "pin", &format!("{:?}", launch.pin));
            for argument in &launch.arguments {
                match argument {
                    Argument::Flag { name, value: None, .. } => line(&mut text, "flag", name),
                    Argument::Flag { name, value: Some(value), .. } => {
                        line(&mut text, "flag", &format!("{name}={}", exact(value)));
                    }
                    Argument::Word(word) => line(&mut text, "word", &exact(word)),
                    Argument::Url(url) => line(&mut text, "url", &url.to_string()),
                }
            }
        }
        Transport::Http { url, headers } => {
            let url = url.as_ref().map(ToString::to_string).unwrap_or_default();
            line(&mut text, "call", &url);
            settings(&mut text, "header", headers);
        }
        Transport::Unreadable => line(&mut text, "unreadable", ""),
    }
    settings(&mut text, "env", &server.env);
    if server.env_elsewhere {
        line(&mut text, "env", "elsewhere");
    }
    digest_of(&[text.as_bytes()])
}

/// In the order of names: it says nothing to a server, but for names that stand twice.
fn settings(text: &mut String, what: &str, settings: &[Setting]) {
    let mut sorted: Vec<&Setting> = settings.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    for setting in sorted {
        line(text, what, &format!("{}={}", setting.name, exact(&setting.value)));
    }
}

/// Debug quotes: no value can be taken for two.
fn line(text: &mut String, what: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{what} {value:?}");
}

fn exact(value: &SafeText) -> String {
    match value {
        SafeText::Plain(text) => format!("plain {text}"),
        SafeText::Reference(text) => format!("reference {text}"),
        SafeText::Withheld { digest } => digest.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        scan::agents,
        source::{SyntaxHint, limits::Limits, parse},
    };

    fn of(entry: &str) -> String {
        let text = format!(r#"{{"mcpServers": {{"it": {{{entry}}}}}}}"#);
        let file = ".mcp.json".into();
        let parsed = parse(&file, text.as_bytes(), SyntaxHint::Json, &Limits::default());
        let reading = agents::read(&parsed.documents[0], ".mcp.json").remove(0);
        digest(&reading.configs[0].servers[0])
    }

    #[test]
    fn whatever_decides_what_runs_makes_another_entry() {
        let entry =
            r#""command": "npx", "args": ["a@1.0.0", "--x", "1"], "env": {"K": "abc-def-123456"}"#;
        let before = of(entry);
        for (old, new) in [
            ("a@1.0.0", "a@1.0.1"),
            ("a@1.0.0", "b@1.0.0"),
            ("--x", "--y"),
            (r#""1"]"#, r#""2"]"#),
            (r#""--x", "1""#, r#""--x=1""#),
            (r#""K""#, r#""L""#),
            // A secret takes part, though nobody can read it.
            ("123456", "123457"),
            (r#""abc-def-123456""#, r#""${K}""#),
            (r#""env""#, r#""envFile": ".env", "env""#),
        ] {
            assert!(entry.contains(old), "{old}");
            assert_ne!(of(&entry.replace(old, new)), before, "{old} to {new}");
        }
    }

    #[test]
    fn another_line_is_another_entry_though_nothing_is_kept_of_it() {
        for (one, other) in [
            (r#"["-c", "it --read-only"]"#, r#"["-c", "it"]"#),
            (r#"["-lc", "it"]"#, r#"["-c", "it"]"#),
        ] {
            let shell = |args: &str| of(&format!(r#""command": "bash", "args": {args}"#));
            assert_ne!(shell(one), shell(other));
        }
        let node = |script: &str| of(&format!(r#""command": "node", "args": ["{script}"]"#));
        assert_ne!(node("/srv/a.js"), node("/srv/b.js"));
        assert_ne!(node("/a/node_modules/it/x.js"), node("/b/node_modules/it/x.js"));
        assert_ne!(of(r#""command": "/opt/it""#), of(r#""command": "/tmp/it""#));
        let folder = |name: &str| of(&format!(r#""command": "it", "cwd": "{name}""#));
        assert_ne!(folder("/opt"), folder("/tmp"));
    }

    #[test]
    fn what_the_client_makes_of_its_tools_and_the_order_of_variables_do_not() {
        let before = of(r#""command": "a", "env": {"K": "1", "L": "2"}"#);
        for entry in [
            r#""command": "a", "env": {"L": "2", "K": "1"}"#,
            r#""command": "a", "disabled": true, "autoApprove": ["x"], "env": {"K": "1", "L": "2"}"#,
        ] {
            assert_eq!(of(entry), before, "{entry}");
        }
    }
}
