//! What `gradus explain` knows: one page for each thing that has an id.
//!
//! Whoever holds things with ids implements [`Catalogue`]; [`explain`] asks them
//! in order. A page is Markdown, wrapped so that it reads in a terminal as well.

mod criterion;
mod known;
mod ladder;
mod page;
mod risks;
mod servers;

pub use ladder::RubricCatalogue;

/// What kind of thing a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A requirement of the rubric.
    Criterion,
    /// A rung of the ladder.
    Level,
    /// A dimension of the rubric.
    Dimension,
    /// A fact that criteria are written over.
    Fact,
    /// What a capability or a configuration makes possible.
    Risk,
    /// A server of tools.
    Server,
    /// An agent that is recognised in a cluster.
    Agent,
}

impl Kind {
    /// The word for a person.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Criterion => "criterion",
            Self::Level => "level",
            Self::Dimension => "dimension",
            Self::Fact => "fact",
            Self::Risk => "risk",
            Self::Server => "server",
            Self::Agent => "agent",
        }
    }
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The id, as it is spelt.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub title: String,
    /// The page below its title, in Markdown wrapped at 80 columns.
    pub body_markdown: String,
}

impl Explained {
    /// The whole page with its title.
    #[must_use]
    pub fn page(&self) -> String {
        format!("# {}: {}\n\n{}", self.id, self.title, self.body_markdown)
    }
}

/// Things with ids that can be explained.
pub trait Catalogue {
    /// All ids, in a fixed order.
    fn ids(&self) -> Vec<String>;

    /// The page of `id`, exactly as [`Catalogue::ids`] spells it.
    fn page(&self, id: &str) -> Option<Explained>;
}

/// An id that nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing is called `{id}`{}", nearest.as_ref().map(|id| format!("; did you mean `{id}`?")).unwrap_or_default())]
pub struct NotExplained {
    /// As it was asked for.
    pub id: String,
    /// The id that comes closest.
    pub nearest: Option<String>,
}

/// The page of `id`, in whatever case it is written.
///
/// # Errors
/// When no catalogue knows the id.
pub fn explain(catalogues: &[&dyn Catalogue], id: &str) -> Result<Explained, NotExplained> {
    let wanted = id.trim().to_lowercase();
    let mut nearest: Option<(usize, String)> = None;
    for catalogue in catalogues {
        for known in catalogue.ids() {
            let spelt = known.to_lowercase();
            if spelt == wanted
                && let Some(page) = catalogue.page(&known)
            {
                return Ok(page);
            }
            let distance = strsim::damerau_levenshtein(&spelt, &wanted);
            if nearest.as_ref().is_none_or(|(best, _)| distance < *best) {
                nearest = Some((distance, known));
            }
        }
    }
    // Beyond a third of its length, the nearest id is no longer what was meant.
    let nearest = nearest
        .filter(|(distance, known)| *distance <= 1 + known.chars().count() / 3)
        .map(|(_, known)| known);
    Err(NotExplained { id: id.trim().chars().take(80).collect(), nearest })
}
