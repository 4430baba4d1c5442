//! What bytes look like, from the first of them.

/// What a file seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sniffed {
    /// Nothing, or only white space.
    Empty,
    /// Not text, or not UTF-8.
    Binary,
    /// One JSON object a line: a log.
    JsonLines,
    /// JSON, with or without comments.
    Json,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
    /// Markdown with frontmatter.
    Markdown,
    /// A Helm or Go template.
    Template,
    /// Some other text.
    Text,
}

/// Looks at the first bytes of a file, decompressed; some ten thousand suffice.
#[must_use]
pub fn sniff(head: &[u8]) -> Sniffed {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The last character may be cut.
        Err(error) if error.error_len().is_none() => {
            let whole = head.get(..error.valid_up_to()).unwrap_or_default();
            std::str::from_utf8(whole).unwrap_or_default()
        }
        Err(_) => return Sniffed::Binary,
    };
    if text.contains('\0') {
        return Sniffed::Binary;
    }
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
    let Some(first) = lines().next() else { return Sniffed::Empty };
    if is_template_line(first) {
        return Sniffed::Template;
    }
    if first.starts_with('{')
        && first.ends_with('}')
        && lines().nth(1).is_some_and(|next| next.starts_with('{'))
    {
        return Sniffed::JsonLines;
    }
    if super::looks_like_toml(text) {
        return Sniffed::Toml;
    }
    let start = first.trim_start();
    if start.starts_with(['{', '[']) || start.starts_with("//") || start.starts_with("/*") {
        return Sniffed::Json;
    }
    if first == "---" && is_markdown(text) {
        return Sniffed::Markdown;
    }
    if lines().any(is_template_line) {
        return Sniffed::Template;
    }
    let content = lines().find(|line| !line.starts_with('#') && !line.starts_with("---"));
    if content.is_some_and(is_yaml_line) { Sniffed::Yaml } else { Sniffed::Text }
}

fn is_template_line(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("{{") || line.contains("{{-") || line.contains("{{ .")
}

fn is_yaml_line(line: &str) -> bool {
    let line = line.trim_start();
    let is_key = |key: &str| !key.is_empty() && !key.contains(['{', '}', '(', ')', ';']);
    line.starts_with("- ")
        || line.starts_with('%')
        || line.strip_suffix(':').is_some_and(|key| is_key(key) && !key.contains(' '))
        || line.split_once(": ").is_some_and(|(key, _)| is_key(key) && !key.contains(' '))
}

/// A second fence, and prose behind it.
fn is_markdown(text: &str) -> bool {
    let mut fences = 0;
    let body = text.lines().skip_while(|line| {
        fences += usize::from(line.trim_end() == "---");
        fences < 2
    });
    let mut body = body.skip(1).filter(|line| !line.trim().is_empty());
    body.next().is_some_and(|line| line.starts_with("# ") || !is_yaml_line(line))
}
