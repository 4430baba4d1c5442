//! What a rule of Kyverno goes by.
//!
//! Patterns and conditions are not evaluated. It is told whether what they ask
//! for is something that not every object has and that its writer cannot answer
//! by a label or an annotation; what is not understood asks for little.

use crate::{model::kubernetes::admission::KyvernoCheck, source::node::Node};

/// Parts of `validate` that say nothing about what is denied.
const ABOUT_VALIDATE: [&str; 5] =
    ["message", "failureAction", "failureActionOverrides", "allowExistingViolations", "deny"];

/// Nesting that is followed.
const DEEP: u32 = 64;

/// What the `validate` of a rule asks of an object.
pub(super) fn check(validate: &Node) -> KyvernoCheck {
    let parts: Vec<&str> = validate
        .entries()
        .iter()
        .map(|(key, _)| key.name.as_str())
        .filter(|key| !ABOUT_VALIDATE.contains(key))
        .collect();
    let deny = validate.get("deny");
    match (parts.as_slice(), deny) {
        ([], Some(deny)) if deny.entries().is_empty() => KyvernoCheck::Deny,
        ([], Some(deny)) => deny.get("conditions").map_or(KyvernoCheck::Little, denied),
        (["pattern"], None) => validate.get("pattern").map_or(KyvernoCheck::Little, pattern),
        (["anyPattern"], None) => {
            let patterns = validate.items_at("anyPattern").iter().map(pattern);
            patterns.min().unwrap_or(KyvernoCheck::Little)
        }
        (["podSecurity" | "manifests"], None) => KyvernoCheck::Depends,
        (["cel"], None) => {
            let mut found = Speaks::default();
            let cel = validate.get("cel");
            cel.and_then(|cel| cel.get("expressions"))
                .into_iter()
                .for_each(|own| found.all(own, DEEP));
            // What its variables stand for is not followed.
            match cel.is_some_and(|cel| cel.get("variables").is_some()) {
                true if !found.marks => KyvernoCheck::Little,
                _ => found.check(),
            }
        }
        _ => KyvernoCheck::Little,
    }
}

/// Conditions that deny: of `any`, none may hold; of `all`, one may not.
fn denied(conditions: &Node) -> KyvernoCheck {
    let each = |node: &Node| {
        let mut found = Speaks::default();
        found.all(node, DEEP);
        found.check()
    };
    let any = conditions.items_at("any").iter().map(each).max();
    // The older spelling is a list, and means all.
    let all = conditions.as_sequence().unwrap_or_else(|| conditions.items_at("all"));
    let all = all.iter().map(each).min();
    // Where both are there, both must hold to deny.
    match (any, all) {
        (Some(any), Some(all)) => any.min(all),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => KyvernoCheck::Little,
    }
}

/// What a pattern asks for.
fn pattern(node: &Node) -> KyvernoCheck {
    let mut found = Speaks::default();
    found.pattern(node, &mut Vec::new());
    found.check()
}

/// What was found in a rule.
#[derive(Debug, Default)]
struct Speaks {
    /// Labels or annotations of the object that is written.
    marks: bool,
    /// The same, in an anchor: whether anything is asked for depends on them.
    anchored: bool,
    /// Anything else that not every object has.
    held: bool,
}

impl Speaks {
    fn check(&self) -> KyvernoCheck {
        match (self.held, self.marks) {
            _ if self.anchored => KyvernoCheck::Little,
            (true, true) => KyvernoCheck::Little,
            (true, false) => KyvernoCheck::Depends,
            (false, true) => KyvernoCheck::Marked,
            (false, false) => KyvernoCheck::Little,
        }
    }

    /// A pattern below some keys, anchors included.
    fn pattern<'n>(&mut self, node: &'n Node, above: &mut Vec<&'n str>) {
        if above.len() > DEEP as usize {
            return;
        }
        if let Some(items) = node.as_sequence() {
            items.iter().for_each(|item| self.pattern(item, above));
            return;
        }
        for (key, value) in node.entries() {
            above.push(&key.name);
            self.pattern(value, above);
            above.pop();
        }
        if !node.entries().is_empty() {
            return;
        }
        let bare =
            |key: &&str| key.trim_matches(|own: char| !own.is_ascii_alphanumeric()).to_owned();
        let path: Vec<String> = above.iter().map(bare).collect();
        let is_anchored = above.iter().any(|key| key.ends_with(')'));
        if path.iter().any(|key| matches!(key.as_str(), "labels" | "annotations")) {
            self.marks = true;
            self.anchored |= is_anchored;
        } else if !is_given(&path) && node.text().is_none_or(|text| text != "*") {
            self.held = true;
        }
    }

    /// Every text of a node, keys aside.
    fn all(&mut self, node: &Node, deep: u32) {
        let Some(deep) = deep.checked_sub(1) else { return };
        if let Some(text) = node.text() {
            self.text(&text);
        }
        node.as_sequence().into_iter().flatten().for_each(|own| self.all(own, deep));
        for (key, value) in node.entries() {
            if key.name != "message" && key.name != "name" {
                self.all(value, deep);
            }
        }
    }

    /// What of an object an expression speaks of: `request.object.spec.replicas`,
    /// `object.metadata.annotations["a"]`.
    fn text(&mut self, text: &str) {
        let is_mark = |key: &&String| matches!(key.as_str(), "labels" | "annotations");
        let mut marks = 0;
        for (at, word) in text.match_indices("bject.") {
            let before = text.get(..at).unwrap_or_default();
            let rest = text.get(at + word.len()..).unwrap_or_default();
            let is_word = |own: char| own.is_ascii_alphanumeric() || own == '_' || own == '.';
            let end = rest.find(|own| !is_word(own)).unwrap_or(rest.len());
            let path: Vec<String> =
                rest.get(..end).unwrap_or_default().split('.').map(str::to_owned).collect();
            let of_path = path.iter().filter(is_mark).count();
            marks += of_path;
            if before.ends_with("oldO") {
                self.held |= of_path > 0 || !is_given(&path);
            } else if before.ends_with('o') {
                self.marks |= of_path > 0;
                self.held |= of_path == 0 && !is_given(&path);
            }
        }
        // By another spelling, a mark is still one.
        self.marks |= text.matches("labels").count() + text.matches("annotations").count() > marks;
    }
}

/// Whether every object has it.
fn is_given(path: &[String]) -> bool {
    matches!(path.first().map(String::as_str), None | Some("" | "kind" | "apiVersion" | "metadata"))
}
