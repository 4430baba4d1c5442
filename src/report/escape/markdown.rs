//! Escaping for GitHub's dialect of Markdown.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use super::{is_treacherous, lines, one_line, with_code, write_visible};

/// Escaper of the Markdown templates, for text inside a paragraph, list item or
/// table cell of GitHub's dialect.
#[derive(Debug, Clone, Copy)]
pub struct Markdown;

/// An empty comment ends a text node, which stops GitHub from making a mention,
/// a reference or a link of what follows; no backslash does.
const BREAK: &str = "<!-- -->";

impl Escaper for Markdown {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let mut previous = None;
        let mut characters = text.chars().peekable();
        // At the start of a block a number and a dot would open a list.
        let mut only_digits = true;
        while let Some(character) = characters.next() {
            let next = characters.peek().copied();
            match character {
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '&' => dest.write_str("&amp;")?,
                '|' => dest.write_str("&#124;")?,
                '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => {
                    dest.write_char('\\')?;
                    dest.write_char(character)?;
                }
                '+' | '-' | '=' if previous.is_none() => {
                    dest.write_char('\\')?;
                    dest.write_char(character)?;
                }
                '.' | ')' if only_digits && previous.is_some() => {
                    dest.write_char('\\')?;
                    dest.write_char(character)?;
                }
                '#' => {
                    dest.write_str("\\#")?;
                    dest.write_str(BREAK)?;
                }
                '@' => {
                    dest.write_char(character)?;
                    dest.write_str(BREAK)?;
                }
                ':' if next == Some('/') => dest.write_str("&#58;")?,
                '.' if previous.is_some_and(|last| matches!(last, 'w' | 'W')) => {
                    dest.write_str("&#46;")?;
                }
                other if is_treacherous(other) => write_visible(&mut dest, other)?,
                other => dest.write_char(other)?,
            }
            only_digits &= character.is_ascii_digit();
            previous = Some(character);
        }
        Ok(())
    }
}

/// `text` as inline code, fit for a table cell too.
///
/// A code span knows no escape, so text that could end one, or a cell, becomes
/// escaped text in a `<code>` element instead.
#[must_use]
pub fn markdown_code(text: &str) -> String {
    let text = one_line(text);
    let fits = !text.is_empty()
        && !text.contains(['`', '|', '\\'])
        && !text.starts_with(' ')
        && !text.ends_with(' ');
    if fits {
        return format!("`{text}`");
    }
    let mut out = String::from("<code>");
    // Writing to a String cannot fail.
    let _ = Markdown.write_escaped_str(&mut out, &text);
    out.push_str("</code>");
    out
}

/// A sentence as Markdown, its `quoted` words as code.
#[must_use]
pub fn markdown_prose(text: &str) -> String {
    with_code(text, Markdown, markdown_code)
}

/// `text` as a fenced block whose fence it cannot contain.
#[must_use]
pub fn markdown_fence(text: &str) -> String {
    let text = lines(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn markdown(text: &str) -> String {
        let mut out = String::new();
        Markdown.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn markdown_opens_no_table_cell_code_link_or_tag() {
        assert_eq!(markdown("a|b`c[d](e)<f>"), "a&#124;b\\`c\\[d\\](e)&lt;f&gt;");
    }

    #[test]
    fn markdown_makes_no_mention_reference_or_autolink() {
        assert_eq!(
            markdown("@team #1 https://x www.x"),
            "@<!-- -->team \\#<!-- -->1 https&#58;//x www&#46;x"
        );
    }

    #[test]
    fn markdown_opens_no_list_or_heading() {
        assert_eq!(markdown("1. a"), "1\\. a");
        assert_eq!(markdown("- a"), "\\- a");
    }

    #[test]
    fn inline_code_cannot_be_ended_from_within() {
        assert_eq!(markdown_code("a/b.yaml:3"), "`a/b.yaml:3`");
        assert_eq!(markdown_code("a`|b"), "<code>a\\`&#124;b</code>");
    }

    #[test]
    fn a_fence_is_longer_than_any_run_of_backticks_in_it() {
        assert_eq!(markdown_fence("a\n````\nb"), "`````text\na\n````\nb\n`````");
    }
}
