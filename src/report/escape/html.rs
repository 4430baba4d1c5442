//! Escaping for HTML.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use super::{is_treacherous, with_code, write_visible};

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

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> String {
        let mut out = String::new();
        Html.write_escaped_str(&mut out, text).unwrap();
        out
    }

    #[test]
    fn html_escapes_markup_quotes_and_overrides() {
        assert_eq!(html("</script>\"'&\u{202e}"), "&lt;/script&gt;&quot;&#39;&amp;‹U+202E›");
    }
}
