//! Programs for a shell, and Dockerfiles: nothing is understood here but where a line
//! ends. Each one is a text of its own, continued lines as one, comments left out.

use super::{
    Sink, Syntax,
    error::SourceError,
    node::{Node, Place, Value},
};

/// Whether a file's name says that it is one.
pub(super) fn is_named_so(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(extension, "sh" | "bash" | "zsh" | "dockerfile" | "containerfile")
        || ["dockerfile", "containerfile"].iter().any(|known| {
            name.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
}

/// Hands over the lines of `text` as one document.
pub(super) fn parse(text: &str, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    sink.check_size(text)?;
    let mut lines: Vec<Node> = Vec::new();
    let mut open: Option<(u32, String)> = None;
    let mut number = 0_u32;
    for line in text.lines() {
        number = number.saturating_add(1);
        if line.trim_start().starts_with('#') {
            continue;
        }
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        let (start, mut whole) = open.take().unwrap_or((number, String::new()));
        whole.push_str(part);
        if goes_on {
            whole.push(' ');
            open = Some((start, whole));
        } else {
            lines.extend(text_at(start, whole));
        }
    }
    lines.extend(open.and_then(|(start, whole)| text_at(start, whole)));
    let place = Place { line: 1, column: 1 };
    sink.document(Node::new(place, Value::Sequence(lines)), Syntax::Shell, None);
    Ok(())
}

fn text_at(line: u32, text: String) -> Option<Node> {
    let place = Place { line, column: 1 };
    (!text.trim().is_empty()).then(|| Node::new(place, Value::String(text)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::{SyntaxHint, limits::Limits, parse as parse_file};

    #[test]
    fn a_continued_line_is_one_text_at_the_line_it_starts_on() {
        let text = "#!/bin/sh\n\nclaude \\\n  --yes\n# no\necho x\n";
        let file: Arc<str> = "run.sh".into();
        let parsed =
            parse_file(&file, text.as_bytes(), SyntaxHint::of_path(&file), &Limits::default());
        let lines = parsed.documents[0].root.as_sequence().unwrap();
        let seen: Vec<_> =
            lines.iter().map(|line| (line.place.line, line.as_str().unwrap())).collect();
        assert_eq!(seen, [(3, "claude    --yes"), (6, "echo x")]);
    }

    #[test]
    fn names_tell_scripts_and_dockerfiles() {
        for name in ["a/run.sh", "Dockerfile", "x/Dockerfile.prod", "web.dockerfile"] {
            assert!(is_named_so(name), "{name}");
        }
        for name in ["a.yaml", "Dockerfiles", "sh", "dockerfile-notes.md"] {
            assert!(!is_named_so(name), "{name}");
        }
    }
}
