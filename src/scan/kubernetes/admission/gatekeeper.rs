//! Gatekeeper's constraints. What they deny stands in the Rego of their
//! templates, which gradus does not read.

use crate::{
    model::kubernetes::admission::{Constraint, ConstraintKinds},
    scan::kubernetes::read::Reader,
    source::node::Node,
};

impl Reader<'_> {
    pub(super) fn constraint(&mut self, kind: &str) -> Constraint {
        let spec = self.root().get("spec");
        let action = spec.and_then(|spec| spec.get("enforcementAction")).and_then(Node::text);
        let action = self.word(action.as_deref().unwrap_or("deny"));
        let kinds = spec.and_then(|spec| spec.get("match")).map(|node| node.items_at("kinds"));
        let mut matched = Vec::new();
        for entry in kinds.unwrap_or_default() {
            matched.push(ConstraintKinds {
                groups: self.list(entry, "apiGroups"),
                kinds: self.list(entry, "kinds"),
            });
        }
        Constraint {
            kind: self.word(kind),
            name: self.object.name.clone(),
            action,
            kinds: matched,
            location: self.here(),
        }
    }
}
