//! Text from evidence, made harmless for each kind of reader.
//!
//! Three dangers: characters that drive a terminal (ANSI escapes), characters
//! that hide or reorder what is around them (bidirectional overrides, zero-width
//! characters, tags), and characters that are markup. The first two are the same
//! in every view and become visible; the third is the format's own.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use askama::filters::Escaper;

/// Whether a character can move, hide or restyle what stands beside it.
fn is_treacherous(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{AD}'
                | '\u{61C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{180E}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF9}'..='\u{FFFB}'
                | '\u{E0000}'..='\u{E007F}'
        )
}

/// What is shown instead: `␛` for ESC, `‹U+202E›` for an override.
fn write_visible(out: &mut impl Write, character: char) -> fmt::Result {
    let picture = match u32::from(character) {
        code @ 0..=0x1F => char::from_u32(0x2400 + code),
        0x7F => Some('\u{2421}'),
        _ => None,
    };
    match picture {
        Some(picture) => out.write_char(picture),
        None => write!(out, "‹U+{:04X}›", u32::from(character)),
    }
}

/// `text` on one line, with nothing left in it that drives a terminal or
/// changes how its surroundings read.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    visible(text, |_| false)
}

/// The same over several lines: newlines and tabs stay.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    visible(text, |character| matches!(character, '\n' | '\t'))
}

fn visible(text: &str, keep: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|character| is_treacherous(character) && !keep(character)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_treacherous(character) && !keep(character) {
            // Writing to a String cannot fail.
            let _ = write_visible(&mut out, character);
        } else {
            out.push(character);
        }
    }
    Cow::Owned(out)
}

/// Escaper of the HTML templates, for text nodes and quoted attributes.
#[derive(Debug, Clone, Copy)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for character in text.chars() {
            match character {
                '<' => dest.write_str("&lt;")?,
                '>' => dest.write_str("&gt;")?,
                '&' => dest.write_str("&amp;")?,
                '"' => dest.write_str("&quot;")?,
                '\'' => dest.write_str("&#39;")?,
                // Harmless as white space, and meant in what is shown to paste.
                '\n' | '\t' => dest.write_char(character)?,
                other if is_treacherous(other) => write_visible(&mut dest, other)?,
                other => dest.write_char(other)?,
            }
        }
        Ok(())
    }
}

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

/// A sentence as HTML, its `quoted` words as code.
#[must_use]
pub fn html_prose(text: &str) -> String {
    with_code(text, Html, |word| {
        let mut out = String::from("<code>");
        // Writing to a String cannot fail.
        let _ = Html.write_escaped_str(&mut out, word);
        out.push_str("</code>");
        out
    })
}

/// Escapes `text`, with `code` for what stands between a pair of backticks.
fn with_code(text: &str, escaper: impl Escaper, code: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('`')
        && let Some((word, after)) = after.split_once('`')
        && !word.is_empty()
    {
        // Writing to a String cannot fail.
        let _ = escaper.write_escaped_str(&mut out, before);
        out.push_str(&code(word));
        rest = after;
    }
    let _ = escaper.write_escaped_str(&mut out, rest);
    out
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

    fn html(text: &str) -> String {
        let mut out = String::new();
        Html.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn an_ansi_escape_becomes_visible() {
        assert_eq!(one_line("\x1b[31mred\u{9b}0m"), "␛[31mred‹U+009B›0m");
    }

    #[test]
    fn a_bidi_override_and_a_newline_become_visible() {
        assert_eq!(one_line("a\u{202e}b\nc\u{200b}"), "a‹U+202E›b␊c‹U+200B›");
    }

    #[test]
    fn plain_text_of_any_script_is_left_alone() {
        assert!(matches!(one_line("Ünïcode 日本 עברית"), Cow::Borrowed(_)));
    }

    #[test]
    fn lines_keep_newlines_but_no_escape() {
        assert_eq!(lines("a\n\tb\x1b"), "a\n\tb␛");
    }

    #[test]
    fn html_escapes_markup_quotes_and_overrides() {
        assert_eq!(html("</script>\"'&\u{202e}"), "&lt;/script&gt;&quot;&#39;&amp;‹U+202E›");
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
    fn quoted_words_become_code_and_an_odd_backtick_stays() {
        assert_eq!(markdown_prose("gate `a*b` now"), "gate `a*b` now");
        assert_eq!(html_prose("gate `<a>` or `b"), "gate <code>&lt;a&gt;</code> or `b");
    }

    #[test]
    fn a_fence_is_longer_than_any_run_of_backticks_in_it() {
        assert_eq!(markdown_fence("a\n````\nb"), "`````text\na\n````\nb\n`````");
    }
}
