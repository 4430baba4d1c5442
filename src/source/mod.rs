//! Bytes to values with places.
//!
//! The only room that knows parser crates, and where every limit on size, depth
//! and count stands. Everything read here is hostile.

pub mod node;

use std::sync::Arc;

use node::Node;

/// How a document was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Syntax {
    /// YAML 1.2.
    Yaml,
    /// Strict JSON.
    Json,
    /// JSON with comments or trailing commas.
    Jsonc,
    /// TOML 1.0.
    Toml,
    /// The YAML between `---` fences at the head of a Markdown file.
    Frontmatter,
}

/// One document of a file. The items of a Kubernetes `List` are documents of
/// their own, so that a dump of any size is handled item by item.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file, as shown to a person.
    pub file: Arc<str>,
    /// Which document of the file, from 0.
    pub index: usize,
    /// How it is written.
    pub syntax: Syntax,
    /// The value.
    pub root: Node,
    /// Set where the text breaks its own syntax and was read all the same; says how.
    pub lenient: Option<String>,
}
