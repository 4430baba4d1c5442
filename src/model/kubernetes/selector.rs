//! Label selectors, as policies and budgets use them.
//!
//! <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/>

use std::{collections::BTreeMap, sync::Arc};

/// A label selector; one without terms meets everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector {
    /// `matchLabels`.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// `matchExpressions`.
    pub expressions: Vec<SelectorTerm>,
}

/// One of a selector's `matchExpressions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectorTerm {
    /// The label.
    pub key: Arc<str>,
    /// What is asked of it.
    pub operator: SelectorOperator,
}

/// What a term asks of a label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectorOperator {
    /// It has one of these values.
    In(Vec<Arc<str>>),
    /// It is absent or has none of these values.
    NotIn(Vec<Arc<str>>),
    /// It is there.
    Exists,
    /// It is not there.
    DoesNotExist,
}

impl LabelSelector {
    /// One that asks for one label with one value.
    #[must_use]
    pub fn label(key: &str, value: &str) -> Self {
        Self { labels: BTreeMap::from([(key.into(), value.into())]), expressions: Vec::new() }
    }

    /// Whether it has no terms, and so meets everything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.expressions.is_empty()
    }

    /// Whether these labels meet every term
    /// (`k8s.io/apimachinery/pkg/labels/selector.go`).
    #[must_use]
    pub fn meets(&self, labels: &BTreeMap<Arc<str>, Arc<str>>) -> bool {
        self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|term| term.holds(labels.get(&term.key)))
    }

    /// Whether labels meet every term of which some stand twice, as when an
    /// object was read from two places: either value may be the one that counts.
    #[must_use]
    pub fn meets_either(&self, labels: &[(Arc<str>, Arc<str>)]) -> bool {
        let of = |wanted: &Arc<str>| {
            let wanted = Arc::clone(wanted);
            labels.iter().filter(move |(key, _)| *key == wanted).map(|(_, value)| value)
        };
        self.labels.iter().all(|(key, value)| of(key).any(|own| own == value))
            && self.expressions.iter().all(|term| {
                of(&term.key).any(|value| term.holds(Some(value)))
                    || (of(&term.key).next().is_none() && term.holds(None))
            })
    }

    /// Whether an object meets every term that has these labels and may have
    /// more: none where one of those decides.
    #[must_use]
    pub fn meets_some(&self, labels: &BTreeMap<Arc<str>, Arc<str>>) -> Option<bool> {
        let values = self.labels.iter().map(|(key, value)| Some(labels.get(key)? == value));
        let terms = self
            .expressions
            .iter()
            .map(|term| labels.get(&term.key).map(|value| term.holds(Some(value))));
        let mut answer = Some(true);
        for held in values.chain(terms) {
            match held {
                Some(false) => return Some(false),
                Some(true) => {}
                None => answer = None,
            }
        }
        answer
    }

    /// The labels that it goes by.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.labels.keys().chain(self.expressions.iter().map(|term| &term.key)).map(|key| &**key)
    }
}

impl SelectorTerm {
    /// Whether it holds for the value of its label, or for its absence.
    fn holds(&self, value: Option<&Arc<str>>) -> bool {
        match &self.operator {
            SelectorOperator::In(values) => value.is_some_and(|own| values.contains(own)),
            SelectorOperator::NotIn(values) => value.is_none_or(|own| !values.contains(own)),
            SelectorOperator::Exists => value.is_some(),
            SelectorOperator::DoesNotExist => value.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<Arc<str>, Arc<str>> {
        pairs.iter().map(|&(key, value)| (key.into(), value.into())).collect()
    }

    fn term(key: &str, operator: SelectorOperator) -> LabelSelector {
        let expressions = vec![SelectorTerm { key: key.into(), operator }];
        LabelSelector { labels: BTreeMap::new(), expressions }
    }

    #[test]
    fn a_selector_without_terms_meets_everything() {
        assert!(LabelSelector::default().meets(&labels(&[])));
    }

    #[test]
    fn of_a_label_read_twice_either_value_may_count() {
        let twice: Vec<(Arc<str>, Arc<str>)> =
            vec![("app".into(), "x".into()), ("app".into(), "y".into())];
        assert!(LabelSelector::label("app", "x").meets_either(&twice));
        assert!(LabelSelector::label("app", "y").meets_either(&twice));
        assert!(!LabelSelector::label("app", "z").meets_either(&twice));
        assert!(term("app", SelectorOperator::NotIn(vec!["x".into()])).meets_either(&twice));
        assert!(!term("app", SelectorOperator::DoesNotExist).meets_either(&twice));
        assert!(term("tier", SelectorOperator::DoesNotExist).meets_either(&twice));
    }

    #[test]
    fn every_label_must_have_its_value() {
        let selector = LabelSelector {
            labels: labels(&[("app", "x"), ("tier", "web")]),
            ..Default::default()
        };
        assert!(selector.meets(&labels(&[("app", "x"), ("tier", "web"), ("more", "1")])));
        assert!(!selector.meets(&labels(&[("app", "x")])));
    }

    #[test]
    fn a_label_that_is_absent_is_in_no_list_and_not_in_every_list() {
        let values = || vec!["x".into()];
        assert!(!term("app", SelectorOperator::In(values())).meets(&labels(&[])));
        assert!(term("app", SelectorOperator::NotIn(values())).meets(&labels(&[])));
        assert!(!term("app", SelectorOperator::NotIn(values())).meets(&labels(&[("app", "x")])));
        assert!(!term("app", SelectorOperator::Exists).meets(&labels(&[])));
        assert!(term("app", SelectorOperator::DoesNotExist).meets(&labels(&[])));
    }

    #[test]
    fn a_label_that_nobody_knows_decides_nothing() {
        let known = labels(&[("env", "prod")]);
        let values = || vec!["prod".into()];
        for (operator, answer) in [
            (SelectorOperator::In(values()), true),
            (SelectorOperator::NotIn(values()), false),
            (SelectorOperator::Exists, true),
            (SelectorOperator::DoesNotExist, false),
        ] {
            assert_eq!(term("env", operator.clone()).meets_some(&known), Some(answer));
            assert_eq!(term("team", operator).meets_some(&known), None);
        }
        let both = LabelSelector {
            labels: labels(&[("team", "x"), ("env", "dev")]),
            ..Default::default()
        };
        assert_eq!(both.meets_some(&known), Some(false), "one that fails is enough");
    }
}
