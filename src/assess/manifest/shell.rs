//! Text for a shell, in which a name stays a name.
//!
//! What is pasted is read by whichever shell a person has, so nothing leaves its
//! single quotes, and comments hold no sign that any shell knows: some read them
//! as a command.

use std::fmt::Write as _;

/// A word of a command, quoted where it must be; none where a reader could not see
/// what it is, or kubectl would take it for an option.
#[must_use]
pub fn word(text: &str) -> Option<String> {
    if text.is_empty() || text.starts_with('-') || !text.chars().all(|c| matches!(c, ' '..='~')) {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '.' | '_' | '-');
    Some(if text.chars().all(plain) { text.to_owned() } else { quoted(text) })
}

/// `text` as the input of `command`. It begins on a line of its own, so that an
/// indented copy of it is still indented evenly.
#[must_use]
pub fn feed(text: &str, command: &str) -> String {
    format!("printf %s {} | {command}", quoted(&format!("\n{text}")))
}

/// Lines of text as comments.
#[must_use]
pub fn comment(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str("# ");
        for character in line.chars() {
            if character.is_ascii_alphanumeric()
                || matches!(character, ' ' | '/' | ':' | '.' | ',' | '_' | '@' | '-')
            {
                out.push(character);
            } else {
                // Writing to a string cannot fail.
                let _ = write!(out, "U+{:04X}", u32::from(character));
            }
        }
        out.push('\n');
    }
    out
}

/// Text as JSON that may stand within single quotes.
#[must_use]
pub fn json_text(text: &str) -> String {
    let mut out = String::from("\"");
    let mut units = [0; 2];
    for character in text.chars() {
        match character {
            ' '..='~' if !matches!(character, '"' | '\\' | '\'') => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut units) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

/// Text within single quotes.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_one_word() {
        assert_eq!(word("system:node").as_deref(), Some("system:node"));
        assert_eq!(word("a b;c").as_deref(), Some("'a b;c'"));
        assert_eq!(word("it's").as_deref(), Some(r"'it'\''s'"));
        for odd in ["", "-n", "a\nb", "\u{202e}x"] {
            assert_eq!(word(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn a_comment_holds_nothing_that_a_shell_knows() {
        let text = comment("a'; $(rm) `b` | c > d & e");
        assert!(!text.contains(['\'', ';', '$', '`', '|', '>', '&', '(']), "{text}");
        assert_eq!(comment("RoleBinding/shop/x: bot@prod"), "# RoleBinding/shop/x: bot@prod\n");
    }

    #[test]
    fn json_holds_no_quote_of_the_shell_and_reads_as_it_was() {
        for text in ["x'y", "\"\\", "é\u{1F600}\n"] {
            let json = json_text(text);
            assert!(!json.contains('\''), "{json}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
