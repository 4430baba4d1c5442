//! Condition operators, taken apart, and single values compared by them.

use crate::model::aws::policy::Language;

use super::{
    Certainty, Facts, like,
    values::{self, Order},
    variables::{Meaning, meaning},
};

/// A condition operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub quantifier: Option<Quantifier>,
    pub test: Test,
    pub negated: bool,
    pub if_exists: bool,
}

/// Which of the values of a request must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    All,
    Any,
}

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Equals,
    EqualsIgnoreCase,
    Like,
    /// `ArnEquals` and `ArnLike` are the same.
    Arn,
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Address,
    Null,
}

impl Operator {
    /// Reads an operator in any case; none where IAM knows no such operator.
    pub(super) fn read(operator: &str) -> Option<Self> {
        let text = operator.to_ascii_lowercase();
        let (quantifier, text) = match text.split_once(':') {
            Some(("forallvalues", rest)) => (Some(Quantifier::All), rest),
            Some(("foranyvalue", rest)) => (Some(Quantifier::Any), rest),
            Some(_) => return None,
            None => (None, text.as_str()),
        };
        let (base, if_exists) = match text.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (text, false),
        };
        let (test, negated) = match base {
            "stringequals" => (Test::Equals, false),
            "stringnotequals" => (Test::Equals, true),
            "stringequalsignorecase" => (Test::EqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Test::EqualsIgnoreCase, true),
            "stringlike" => (Test::Like, false),
            "stringnotlike" => (Test::Like, true),
            "arnequals" | "arnlike" => (Test::Arn, false),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true),
            "bool" => (Test::Bool, false),
            "binaryequals" => (Test::Binary, false),
            "ipaddress" => (Test::Address, false),
            "notipaddress" => (Test::Address, true),
            "null" if !if_exists => (Test::Null, false),
            _ => match (base.strip_prefix("numeric"), base.strip_prefix("date")) {
                (Some(order), _) => Order::read(order).map(|(o, not)| (Test::Number(o), not))?,
                (_, Some(order)) => Order::read(order).map(|(o, not)| (Test::Date(o), not))?,
                (None, None) => return None,
            },
        };
        Some(Self { quantifier, test, negated, if_exists })
    }

    /// Whether it holds where the request does not have the key. What `IfExists`
    /// adds to `ForAnyValue` is documented both ways.
    pub(super) fn on_absence(&self) -> Certainty {
        match self.quantifier {
            Some(Quantifier::All) => Certainty::Always,
            Some(Quantifier::Any) if self.if_exists => Certainty::Depends,
            Some(Quantifier::Any) => Certainty::Never,
            None => Certainty::of(self.if_exists || self.negated),
        }
    }
}

impl Test {
    /// Whether it is one whose values can be of the wrong shape for a key.
    pub(super) fn is_text_or_bool(self) -> bool {
        matches!(self, Self::Equals | Self::EqualsIgnoreCase | Self::Like | Self::Bool)
    }

    /// Whether `value` of a request is what the policy wants, without negation.
    pub(super) fn holds(
        self,
        wanted: &str,
        value: &str,
        language: Option<Language>,
        facts: &impl Facts,
    ) -> Certainty {
        let compare = |holds: &dyn Fn(&str) -> Certainty| match meaning(wanted, language, facts) {
            Meaning::Text(text) => holds(&text),
            Meaning::Nothing => Certainty::Never,
            Meaning::Open => Certainty::Depends,
        };
        match self {
            Self::Equals => {
                compare(&|text| Certainty::of(values::shielded(text) == values::shielded(value)))
            }
            Self::EqualsIgnoreCase => compare(&|text| {
                let (wanted, value) = (values::shielded(text), values::shielded(value));
                Certainty::of(wanted.to_lowercase() == value.to_lowercase())
            }),
            Self::Like => compare(&|text| Certainty::of(like(text, value))),
            Self::Arn => compare(&|text| arn(text, value)),
            Self::Bool => compare(&|text| {
                let boolean = |text: &str| text.eq_ignore_ascii_case("true");
                let is_one = |text: &str| boolean(text) || text.eq_ignore_ascii_case("false");
                Certainty::of(is_one(text) && is_one(value) && boolean(text) == boolean(value))
            }),
            Self::Binary => {
                compare(&|text| Certainty::of(values::shielded(text) == values::shielded(value)))
            }
            Self::Number(order) => order.compare(values::number(wanted), values::number(value)),
            Self::Date(order) => order.compare(values::moment(wanted), values::moment(value)),
            Self::Address => values::in_range(wanted, value),
            Self::Null => Certainty::Depends,
        }
    }
}

/// ARNs are compared part by part: a `*` does not reach over a colon of the first
/// five. Whether one at the end of fewer parts reaches further is not documented.
fn arn(wanted: &str, value: &str) -> Certainty {
    let (wanted_parts, value_parts): (Vec<_>, Vec<_>) =
        (wanted.splitn(6, ':').collect(), value.splitn(6, ':').collect());
    if wanted_parts.len() < 6 && wanted.ends_with('*') && like(wanted, value) {
        return Certainty::Depends;
    }
    Certainty::of(
        wanted_parts.len() == value_parts.len()
            && wanted_parts.len() == 6
            && wanted_parts.iter().zip(&value_parts).all(|(wanted, value)| like(wanted, value)),
    )
}
