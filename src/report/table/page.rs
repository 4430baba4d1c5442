//! A page of terminal text: indentation, wrapping, colour.
//!
//! Everything that is written passes through here, and here text is neutralised
//! before it is measured: no caller can forget it.

use anstyle::Style;

use super::{
    style::{FAINT, PLAIN, STRONG},
    text::{elide, width, wrap},
};
use crate::report::{
    RenderOptions,
    escape::{lines, one_line},
};

/// Prose is hard to read in longer lines, however wide the terminal.
const PROSE: usize = 100;
/// Width where nobody knows the width of what it is read on.
const PIPE: usize = 80;

pub(super) struct Page {
    out: String,
    /// Columns there are; none in a pipe, where nothing is shortened.
    room: Option<usize>,
    color: bool,
    verbose: bool,
}

impl Page {
    pub(super) fn new(options: &RenderOptions) -> Self {
        Self {
            out: String::new(),
            room: options.width.map(|width| width.max(RenderOptions::MIN_WIDTH)),
            color: options.color,
            verbose: options.verbose,
        }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    pub(super) fn room(&self) -> Option<usize> {
        self.room
    }

    /// Columns that lines are laid out for.
    pub(super) fn columns(&self) -> usize {
        self.room.unwrap_or(PIPE)
    }

    /// How many of `all` to show when usually `few` suffice.
    pub(super) fn limit(&self, all: usize, few: usize) -> usize {
        // A list that is one longer is shown whole: "and 1 more" takes the line it saves.
        if self.verbose || all <= few + 1 { all } else { few }
    }

    pub(super) fn is_verbose(&self) -> bool {
        self.verbose
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A blank line and the heading of a section.
    pub(super) fn title(&mut self, text: &str) {
        self.blank();
        self.prose(0, STRONG, text);
    }

    /// Wrapped text, `indent` columns from the left.
    pub(super) fn prose(&mut self, indent: usize, style: Style, text: &str) {
        let columns = self.columns().min(PROSE).saturating_sub(indent);
        for line in wrap(&one_line(text), columns) {
            self.line(indent, style, &line);
        }
    }

    /// What to paste, as it is: breaking it would break it.
    pub(super) fn verbatim(&mut self, indent: usize, text: &str) {
        for line in text.lines() {
            self.line(indent, PLAIN, &lines(line));
        }
    }

    /// One line, already laid out and neutral.
    pub(super) fn line(&mut self, indent: usize, style: Style, text: &str) {
        for _ in 0..indent {
            self.out.push(' ');
        }
        let painted = self.paint(style, text);
        self.out.push_str(&painted);
        self.out.push('\n');
    }

    /// `text` in `style`, or as it is without colour.
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.color && style != PLAIN {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// One item of a list: `mark`, what it says, and where, in one line if there
    /// is room, else on lines of their own.
    pub(super) fn item(&mut self, mark: (Style, &str), text: &str, place: Option<&str>) {
        let (style, word) = mark;
        let (text, place) = (one_line(text), place.map(one_line));
        let indent = 2 + width(word) + 2;
        let columns = self.columns().saturating_sub(indent);
        let mut lines = wrap(&text, columns);
        let fits = |line: &str, place: &str| width(line) + 2 + width(place) <= columns;
        if let (Some(place), Some(last)) = (&place, lines.last_mut()) {
            if fits(last, place) {
                let place = self.paint(FAINT, place);
                last.push_str("  ");
                last.push_str(&place);
            } else {
                // In a pipe a place stays whole, for whoever looks for it.
                let columns = if self.room.is_some() { columns } else { usize::MAX };
                lines.extend(wrap(place, columns).iter().map(|line| self.paint(FAINT, line)));
            }
        }
        for (number, line) in lines.into_iter().enumerate() {
            let head = if number == 0 {
                format!("  {}  ", self.paint(style, word))
            } else {
                " ".repeat(indent)
            };
            self.out.push_str(&head);
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }

    /// `and 14 more: -v`, where a list was cut.
    pub(super) fn rest(&mut self, all: usize, shown: usize) {
        if all > shown {
            self.line(2, FAINT, &format!("and {} more: -v", all - shown));
        }
    }

    /// A name, its middle given up where it would take more than half of a line.
    pub(super) fn name(&self, name: &str) -> String {
        let name = one_line(name);
        match self.room {
            Some(room) if !self.verbose => elide(&name, room / 2),
            _ => name.into_owned(),
        }
    }
}
