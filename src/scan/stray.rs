//! Files that lie among evidence and are none: the words of a command that was
//! refused, which lack what was asked for, and programs, which lack nothing.

/// How kubectl begins when it gives no objects.
const REFUSALS: [&str; 7] = [
    "Error from server",
    "Error in configuration",
    "The connection to the server",
    "Unable to connect to the server",
    "Unable to use a TTY",
    "error: ",
    "No resources found",
];

/// Whether a file holds what kubectl says in place of objects, which a shell put
/// where the objects should be.
pub(super) fn is_refusal(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    REFUSALS.iter().any(|own| text.starts_with(own))
}

/// What programs and their notes are called, and how their first line begins.
const PROGRAMS: [(&str, &[&str]); 9] = [
    (".py", &["#!", "#", "\"\"\"", "'''", "import ", "from "]),
    (".sh", &["#!", "#"]),
    (".go", &["//", "/*", "package "]),
    (".rs", &["//", "/*", "use ", "#!["]),
    (".js", &["#!", "//", "/*", "import ", "const ", "'use strict'", "\"use strict\""]),
    (".mjs", &["#!", "//", "/*", "import ", "const "]),
    (".ts", &["#!", "//", "/*", "import ", "const "]),
    (".rb", &["#!", "#", "require "]),
    (".md", &["#"]),
];

/// Whether a file among logs is a program or a note by its name and by what it
/// holds, all of which is `text`. One with a line that is a JSON object may be a
/// log that is called so.
pub(super) fn is_program(name: &str, text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let name = name.to_ascii_lowercase();
    let Some((_, starts)) = PROGRAMS.iter().find(|(suffix, _)| name.ends_with(suffix)) else {
        return false;
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).peekable();
    lines.peek().is_some_and(|first| starts.iter().any(|start| first.starts_with(start)))
        && !lines.any(holds_object)
}

/// Whether a line is a JSON object, or ends in one that has as many members as an
/// event has at least, which lines of programs rarely do.
fn holds_object(line: &str) -> bool {
    const OF_AN_EVENT: usize = 4;
    let Some(at) = line.find('{') else { return false };
    let members = line.get(at..).and_then(|rest| {
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(rest).ok()
    });
    let least = if at == 0 { 1 } else { OF_AN_EVENT };
    members.is_some_and(|members| members.len() >= least)
}

/// What a file of settings is that its machine reads in a form which gradus does not: by
/// its name and its first bytes. None where it is no such file.
pub(super) fn foreign_settings(name: &str, head: &[u8]) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    // Exports of the registry have two bytes for each character.
    let text = String::from_utf8_lossy(head).replace('\0', "");
    let of_a_client = |text: &str| {
        [
            "com.anthropic.claude",
            "com.microsoft.vscode",
            "policies\\claudecode",
            "policies\\microsoft\\vscode",
        ]
        .iter()
        .any(|client| text.to_ascii_lowercase().contains(client))
    };
    if !of_a_client(&name) && !of_a_client(&text) {
        return None;
    }
    if text.contains("<plist") || head.starts_with(b"bplist") {
        return Some(
            "a property list, which gradus does not read: give its settings as JSON (plutil \
             -convert json)",
        );
    }
    text.contains("Windows Registry Editor").then_some(
        "an export of the registry, which gradus does not read: give the JSON that its value holds",
    )
}

/// Names that such files end in.
pub(super) const FOREIGN: [&str; 3] = [".plist", ".mobileconfig", ".reg"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubectl_says_in_place_of_objects_is_no_evidence() {
        for text in [
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
            "error: You must be logged in to the server (Unauthorized)\n",
            "\u{feff}\nError from server (Forbidden): pods is forbidden\n",
        ] {
            assert!(is_refusal(text.as_bytes()), "{text}");
        }
        for text in ["", "kind: Role\n", "error:\n  code: 1\n", "# Error from server\n"] {
            assert!(!is_refusal(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_program_is_told_by_name_and_content() {
        let program = b"#!/usr/bin/env python3\nimport json\nx = {\"a\": 1}\n";
        assert!(is_program("logs/generate.py", program));
        assert!(!is_program("logs/audit.log", program), "by its name it is a log");
    }

    #[test]
    fn a_log_that_is_called_like_a_program_is_none() {
        for text in [
            "{\"kind\":\"Event\"}\n",
            "# audit\n{\"kind\":\"Event\"}\n",
            "#!/bin/sh\n2026-11-22 audit {\"kind\":\"Event\",\"verb\":\"get\",\"user\":{},\"code\":200}\n",
            "\n",
        ] {
            assert!(!is_program("audit.py", text.as_bytes()), "{text}");
            assert!(!is_program("audit.sh", text.as_bytes()), "{text}");
        }
        assert!(!is_program("audit.py", b"#\xff\n"));
    }
}
