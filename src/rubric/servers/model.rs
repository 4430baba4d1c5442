//! Names of models: which of them may be another model tomorrow.

use serde::Deserialize;

use super::recognise::glob;

/// What is known of the names of models.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelNames {
    /// Names that move; `*` stands for any text.
    floating: Vec<String>,
    /// Examples of each kind.
    pub examples: ModelExamples,
}

/// Examples of names of models.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelExamples {
    /// Names that move.
    pub floating: Vec<String>,
    /// Names of one model.
    pub fixed: Vec<String>,
    /// Names that nobody judged.
    pub unjudged: Vec<String>,
}

/// Whether the same model answers to a name tomorrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelPin {
    /// It does: the name holds a date or a digest.
    Fixed,
    /// The name is given to the newest one.
    Floating,
    /// It cannot be told by the name.
    Unknown,
}

impl ModelNames {
    pub(super) fn extend(&mut self, other: Self) {
        self.floating.extend(other.floating);
        self.examples.floating.extend(other.examples.floating);
        self.examples.fixed.extend(other.examples.fixed);
        self.examples.unjudged.extend(other.examples.unjudged);
    }

    /// Whether a name moves; a provider before it says nothing.
    #[must_use]
    pub fn pin(&self, name: &str) -> ModelPin {
        let name = name.to_ascii_lowercase();
        if has_date(&name) || name.contains("sha256:") {
            return ModelPin::Fixed;
        }
        let bare = name.rsplit('/').next().unwrap_or(&name);
        let moves = self.floating.iter().any(|pattern| glob(pattern, bare));
        if moves { ModelPin::Floating } else { ModelPin::Unknown }
    }
}

/// Whether a name holds a day: `20250929`, `2024-08-06`.
fn has_date(name: &str) -> bool {
    let digits: Vec<&str> = name.split(|c: char| !c.is_ascii_digit()).collect();
    let year = |text: &&str| text.len() == 4 && text.starts_with("20");
    digits.iter().any(|run| run.len() == 8 && run.starts_with("20"))
        || digits
            .windows(3)
            .any(|three| matches!(three, [y, m, d] if year(y) && m.len() == 2 && d.len() == 2))
}
