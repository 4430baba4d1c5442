//! Measuring, wrapping and shortening text by the columns it takes on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// A space at which no line is broken; [`wrap`] turns it into a plain one.
pub(super) const GLUE: char = '\u{A0}';

/// `text` in lines of at most `width` columns, broken at spaces; a word that is
/// longer than a line is broken where the line ends. Never empty.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let limit = width.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let gap = usize::from(!line.is_empty());
        if self::width(&line) + gap + self::width(word) <= limit {
            if gap == 1 {
                line.push(' ');
            }
            line.extend(word.chars().map(|c| if c == GLUE { ' ' } else { c }));
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            if !line.is_empty() && self::width(&line) + character.width().unwrap_or(0) > limit {
                lines.push(std::mem::take(&mut line));
            }
            line.push(if character == GLUE { ' ' } else { character });
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// `text` in at most `width` columns, its middle given up: both ends of a name
/// tell it apart from others.
pub(super) fn elide(text: &str, width: usize) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let (mut head, mut head_width) = (String::new(), 0);
    for character in text.chars() {
        let columns = character.width().unwrap_or(0);
        if head_width + columns > room.div_ceil(2) {
            break;
        }
        head.push(character);
        head_width += columns;
    }
    let (mut tail, mut tail_width) = (Vec::new(), 0);
    for character in text.chars().rev() {
        let columns = character.width().unwrap_or(0);
        if tail_width + columns > room - head_width {
            break;
        }
        tail.push(character);
        tail_width += columns;
    }
    head.push('…');
    head.extend(tail.into_iter().rev());
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_to_the_next_line_whole() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
    }

    #[test]
    fn glued_words_stay_together() {
        assert_eq!(wrap("granted 4 earned\u{A0}1", 16), ["granted 4", "earned 1"]);
    }

    #[test]
    fn a_word_longer_than_the_line_is_broken() {
        assert_eq!(wrap("ab abcdefgh", 5), ["ab", "abcde", "fgh"]);
    }

    #[test]
    fn wide_characters_count_double() {
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
    }

    #[test]
    fn a_name_keeps_both_ends() {
        assert_eq!(elide("legacy-bot@production", 11), "legac…ction");
        assert_eq!(elide("short", 11), "short");
    }
}
