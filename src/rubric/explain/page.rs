//! Writing a page: Markdown that is wrapped at 80 columns.

/// Columns of prose.
const WIDTH: usize = 80;

/// A page in the making.
#[derive(Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// A heading of the second rank.
    pub(super) fn heading(&mut self, text: &str) -> &mut Self {
        self.text.push_str("## ");
        self.text.push_str(text);
        self.text.push_str("\n\n");
        self
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) -> &mut Self {
        wrap(&mut self.text, text, "", "");
        self.text.push('\n');
        self
    }

    /// A list; nothing where it is empty.
    pub(super) fn list<T: AsRef<str>>(&mut self, items: impl IntoIterator<Item = T>) -> &mut Self {
        let before = self.text.len();
        for item in items {
            wrap(&mut self.text, item.as_ref(), "- ", "  ");
        }
        if self.text.len() > before {
            self.text.push('\n');
        }
        self
    }

    /// A block of code, as it stands.
    pub(super) fn code(&mut self, language: &str, text: &str) -> &mut Self {
        self.text.push_str("```");
        self.text.push_str(language);
        self.text.push('\n');
        self.text.push_str(text.trim_end());
        self.text.push_str("\n```\n\n");
        self
    }

    /// The text, with one newline at its end.
    pub(super) fn finish(&self) -> String {
        format!("{}\n", self.text.trim_end())
    }
}

/// Appends `text` in lines of at most [`WIDTH`] columns, the first after
/// `first`, the others after `rest`. Code in backticks is not broken.
fn wrap(out: &mut String, text: &str, first: &str, rest: &str) {
    let mut line = String::from(first);
    let mut empty = true;
    for word in words(text) {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = String::from(rest);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(&word);
        empty = false;
    }
    out.push_str(&line);
    out.push('\n');
}

/// The words of `text`; what stands in backticks is one word.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if open => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
        if word.matches('`').count() % 2 == 1 {
            open = !open;
        }
    }
    words
}
