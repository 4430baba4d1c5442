//! Text from evidence, made harmless for each kind of reader.
//!
//! Three dangers: characters that drive a terminal (ANSI escapes), characters
//! that hide or reorder what is around them (bidirectional overrides, zero-width
//! characters, tags), and characters that are markup. The first two are the same
//! in every view and become visible; the third is the format's own.

mod html;
mod markdown;

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use askama::filters::Escaper;

pub use self::{
    html::{Html, html_prose},
    markdown::{Markdown, markdown_code, markdown_fence, markdown_prose},
};

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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn quoted_words_become_code_and_an_odd_backtick_stays() {
        assert_eq!(markdown_prose("gate `a*b` now"), "gate `a*b` now");
        assert_eq!(html_prose("gate `<a>` or `b"), "gate <code>&lt;a&gt;</code> or `b");
    }
}
