//! When a right holds, a door is open or a step can be taken.

use std::rc::Rc;

use crate::model::capability::Condition;

/// What must hold besides. Most rights of an account hold under the same few
/// conditions, so that these are shared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct When(Option<Rc<Doubts>>);

/// Never empty: what nothing depends on is [`When::default`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Doubts {
    /// All of these, in order, each once.
    conditions: Vec<String>,
    /// Something that was missing may take it away.
    unknown: Option<String>,
}

impl When {
    /// Not known, for that reason.
    pub(super) fn unknown(reason: String) -> Self {
        Self::default().unless_known(|| reason)
    }

    pub(super) fn is_always(&self) -> bool {
        self.0.is_none()
    }

    /// All that must hold, in order.
    pub(super) fn conditions(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |doubts| &doubts.conditions)
    }

    /// What was missing, if it may take it away.
    pub(super) fn missing(&self) -> Option<&String> {
        self.0.as_ref()?.unknown.as_ref()
    }

    /// How much must hold besides, for finding the easiest way.
    pub(super) fn doubts(&self) -> (bool, usize) {
        (self.missing().is_some(), self.conditions().len())
    }

    pub(super) fn and(self, condition: String) -> Self {
        self.and_all([condition])
    }

    pub(super) fn and_all(mut self, conditions: impl IntoIterator<Item = String>) -> Self {
        for condition in conditions {
            if let Err(place) = self.conditions().binary_search(&condition) {
                self.change().conditions.insert(place, condition);
            }
        }
        self
    }

    /// Both.
    pub(super) fn with(self, other: &Self) -> Self {
        let Some(doubts) = &other.0 else { return self };
        if self.is_always() {
            return other.clone();
        }
        let both = self.and_all(doubts.conditions.iter().cloned());
        match &doubts.unknown {
            Some(reason) => both.unless_known(|| reason.clone()),
            None => both,
        }
    }

    /// The same, but for a condition that is known to hold.
    pub(super) fn without(mut self, settled: &str) -> Self {
        if let Ok(place) = self.conditions().binary_search_by(|own| own.as_str().cmp(settled)) {
            let doubts = self.change();
            doubts.conditions.remove(place);
            if doubts.conditions.is_empty() && doubts.unknown.is_none() {
                return Self::default();
            }
        }
        self
    }

    /// The same, and not known for that reason, unless it is so for another.
    pub(super) fn unless_known(mut self, reason: impl FnOnce() -> String) -> Self {
        if self.missing().is_none() {
            self.change().unknown = Some(reason());
        }
        self
    }

    pub(super) fn to_condition(&self) -> Condition {
        match (self.missing(), self.conditions()) {
            (Some(reason), _) => Condition::Unknown(reason.clone()),
            (None, []) => Condition::Always,
            (None, conditions) => Condition::If(conditions.to_vec()),
        }
    }

    fn change(&mut self) -> &mut Doubts {
        Rc::make_mut(self.0.get_or_insert_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(conditions: &[&str]) -> When {
        When::default().and_all(conditions.iter().map(|&condition| condition.to_owned()))
    }

    #[test]
    fn what_nothing_is_left_of_always_holds() {
        assert_eq!(all(&["a"]).without("a"), When::default());
        assert_ne!(all(&["a"]).unless_known(|| "why".to_owned()).without("a"), When::default());
    }

    #[test]
    fn conditions_stand_in_order_and_once() {
        let when = all(&["b", "a"]).with(&all(&["c", "b"]));
        assert_eq!(when.conditions(), ["a", "b", "c"]);
    }

    #[test]
    fn what_always_holds_comes_first() {
        assert!(When::default() < all(&["a"]));
        assert!(When::default() < When::unknown("why".to_owned()));
        assert!(When::unknown("why".to_owned()) < all(&["a"]));
    }

    #[test]
    fn the_first_reason_that_it_is_not_known_for_stays() {
        let why = |reason: &str| When::unknown(reason.to_owned());
        assert_eq!(why("one").with(&why("other")).missing().map(String::as_str), Some("one"));
    }
}
