//! What can be seen in the text before it is parsed: where documents begin, and
//! whether one is a Kubernetes list.

use crate::source::{
    list::{ITEMS, ListHead, is_list_kind},
    node::{Key, Node, Place, Value},
};

/// Cuts before each `---` line. Directives (`%YAML`) stay with the document
/// that they stand before.
pub(super) fn chunks(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    let mut before_content = true;
    let mut directives = false;
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let line = rest.get(..length).unwrap_or_default();
        if is_marker(line, b"---") {
            if start != 0 && !(before_content && directives) {
                starts.push(start);
            }
            before_content = false;
        } else if is_marker(line, b"...") {
            before_content = true;
            directives = false;
        } else if before_content {
            let content = line.trim_ascii();
            directives |= line.starts_with(b"%");
            before_content = content.is_empty() || content.starts_with(b"#") || directives;
        }
        start += length;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end)).collect()
}

fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|after| matches!(after.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n')))
}

/// The head of a list, seen before its items are parsed: `kind: …List` at the
/// first column is a key of the root. kubectl writes it after the items.
pub(super) fn list_head(text: &str, skipped: u32) -> Option<ListHead> {
    let kind = root_line(text, "kind", skipped)?;
    kind.1.as_str().filter(|kind| is_list_kind(kind))?;
    root_line(text, ITEMS, skipped)?;
    Some(ListHead::new(&kind, root_line(text, "apiVersion", skipped).as_ref()))
}

fn root_line(text: &str, name: &str, skipped: u32) -> Option<(Key, Node)> {
    let bytes = text.as_bytes();
    let needle = format!("{name}:");
    let at = memchr::memmem::find_iter(bytes, needle.as_bytes())
        .find(|at| *at == 0 || bytes.get(at - 1) == Some(&b'\n'))?;
    let before = bytes.get(..at).unwrap_or_default();
    let lines = u32::try_from(memchr::memchr_iter(b'\n', before).count()).unwrap_or(u32::MAX);
    let line = skipped.saturating_add(lines).saturating_add(1);
    let rest = text.get(at + needle.len()..)?.lines().next().unwrap_or_default();
    let value = rest.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    let column = |offset: usize| u32::try_from(offset + 1).unwrap_or(u32::MAX);
    let value_at = needle.len() + rest.len() - rest.trim_start().len();
    let key = Key { name: name.to_owned(), place: Place { line, column: 1 } };
    let place = Place { line, column: column(value_at) };
    Some((key, Node::new(place, Value::String(value.to_owned()))))
}
