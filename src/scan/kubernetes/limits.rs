//! Quotas and disruption budgets.

use super::read::Reader;
use crate::{
    model::kubernetes::{
        limits::{DisruptionBudget, Keeps, Quantity, ResourceQuota},
        selector::{LabelSelector, SelectorOperator, SelectorTerm},
    },
    source::node::Node,
};

impl Reader<'_> {
    pub(super) fn quota(&mut self) -> ResourceQuota {
        self.wants_namespace();
        let root = self.root();
        let scopes =
            !root.get("spec").map(|spec| spec.items_at("scopes")).unwrap_or_default().is_empty();
        let selector = root.at(&["spec", "scopeSelector"]).is_some();
        ResourceQuota {
            scope: self.object.scope.clone(),
            name: self.object.name.clone(),
            hard: self.pairs(root.at(&["spec", "hard"])).into_iter().collect(),
            scoped: scopes || selector,
            location: self.here(),
        }
    }

    /// A budget. `version` decides what a selector without terms selects:
    /// nothing in `v1beta1`, every pod since.
    pub(super) fn budget(&mut self, version: &str) -> DisruptionBudget {
        self.wants_namespace();
        let spec = self.root().get("spec");
        let selector = spec
            .and_then(|spec| spec.get("selector"))
            .and_then(|node| self.label_selector(node))
            .filter(|selector| version != "v1beta1" || !selector.is_empty());
        let field = |key: &str| spec.and_then(|spec| spec.get(key)).map(quantity);
        let keeps = match (field("minAvailable"), field("maxUnavailable")) {
            (Some(Some(least)), None) => Keeps::AtLeast(least),
            (None, Some(Some(most))) => Keeps::LosesAtMost(most),
            // The API server refuses both at once, and what is no quantity.
            _ => {
                self.gap(self.root(), "does not tell what it keeps: it counts as none".to_owned());
                Keeps::Unreadable
            }
        };
        DisruptionBudget {
            scope: self.object.scope.clone(),
            name: self.object.name.clone(),
            selector,
            keeps,
            location: self.here(),
        }
    }

    /// A label selector; none, and a gap, where a term of it cannot be read.
    pub(super) fn label_selector(&mut self, node: &Node) -> Option<LabelSelector> {
        let mut expressions = Vec::new();
        for item in node.items_at("matchExpressions") {
            match self.term(item) {
                Some(term) => expressions.push(term),
                None => {
                    self.gap(item, "has a selector that cannot be read".to_owned());
                    return None;
                }
            }
        }
        let labels = self.pairs(node.get("matchLabels")).into_iter().collect();
        Some(LabelSelector { labels, expressions })
    }

    fn term(&mut self, node: &Node) -> Option<SelectorTerm> {
        let key = self.text(node, "key")?;
        let operator = match node.str_at("operator")? {
            "In" => SelectorOperator::In(self.list(node, "values")),
            "NotIn" => SelectorOperator::NotIn(self.list(node, "values")),
            "Exists" => SelectorOperator::Exists,
            "DoesNotExist" => SelectorOperator::DoesNotExist,
            _ => return None,
        };
        Some(SelectorTerm { key, operator })
    }
}

/// `2` or `50%`.
fn quantity(node: &Node) -> Option<Quantity> {
    let text = node.text()?;
    match text.strip_suffix('%') {
        Some(share) => share.parse().ok().map(Quantity::Percent),
        None => text.parse().ok().map(Quantity::Count),
    }
}
