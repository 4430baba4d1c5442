//! Every bound on what is read, in one place.
//!
//! The defaults let through a dump of the largest cluster gradus is meant for
//! (60,000 RBAC objects) many times over, and stop input that was made to hurt.

/// Bounds on one file and the documents in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file that is read whole, after decompression. Logs are
    /// streamed and not bound by it.
    pub file_bytes: u64,
    /// Bytes of TOML, and of the frontmatter of one file: people write these by
    /// hand, and their readers take two hundred times the memory.
    pub config_bytes: usize,
    /// Bytes of one file of code.
    pub code_bytes: usize,
    /// Hundreds of steps that a parser of code may take for one file: a text that it
    /// must guess at costs it far more than one of the same size that is well-formed.
    pub code_steps: usize,
    /// Bytes that may come out of one compressed log.
    pub decompressed_bytes: u64,
    /// Bytes of one log line; a longer one is skipped and counted.
    pub line_bytes: usize,
    /// Bytes of one value of a stream of values that are read one by one.
    pub value_bytes: u64,
    /// Lists and mappings within each other. No syntax is parsed deeper, so
    /// that nothing that walks a value can exhaust the stack.
    pub depth: usize,
    /// Values in one document, those that aliases stand for included. The items
    /// of a list are documents of their own.
    pub nodes: usize,
    /// Values that the anchors and aliases of one YAML file may stand for.
    pub alias_nodes: usize,
    /// Bytes of text that they may stand for.
    pub alias_bytes: usize,
    /// Documents in one file.
    pub documents: usize,
    /// Errors kept of one file; further ones are counted.
    pub errors: usize,
    /// Files under one folder.
    pub files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 512 << 20,
            config_bytes: 1 << 20,
            code_bytes: 1 << 20,
            code_steps: 200_000,
            decompressed_bytes: 64 << 30,
            line_bytes: 4 << 20,
            value_bytes: 32 << 20,
            depth: 128,
            nodes: 4_000_000,
            alias_nodes: 1_000_000,
            alias_bytes: 16 << 20,
            documents: 1_000_000,
            errors: 1_000,
            files: 100_000,
        }
    }
}
