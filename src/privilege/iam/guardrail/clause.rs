//! What one clause of a condition is worth against an agent that signs in by
//! itself.

use std::net::Ipv4Addr;

use crate::{
    model::aws::policy::Clause,
    privilege::iam::condition::{self, Certainty, Profile},
    rubric::aws::{Carried, ConditionKey, ConditionKeys, KeyType, SetBy, Strength},
};

/// A clause, judged.
pub(super) struct Judged<'r> {
    pub(super) certainty: Certainty,
    pub(super) why: Why<'r>,
}

/// Why a clause holds, does not, or binds.
pub(super) enum Why<'r> {
    /// It depends on the request, in a way that the agent is held to.
    Binds,
    /// What is known of the caller decides it.
    Known,
    /// It depends on what the agent chooses or waits for.
    Weak(&'r ConditionKey),
    /// The key is not in any request of the agent, or says no in all of them.
    NotCarried(&'r ConditionKey),
    /// It holds for requests that lack the key.
    PassesWithout,
    /// There is no such key; this one was meant.
    NoSuchKey(&'r ConditionKey),
    /// There is no such operator.
    NoSuchOperator,
    /// The key never has such a value.
    NoSuchValue(&'r ConditionKey),
    /// The address that AWS sees is never a private one.
    PrivateAddress,
}

/// An operator, taken apart; in lower case.
struct Operator<'o> {
    set: Option<&'o str>,
    base: &'o str,
    if_exists: bool,
}

const BASES: [&str; 27] = [
    "arnequals",
    "arnlike",
    "arnnotequals",
    "arnnotlike",
    "binaryequals",
    "bool",
    "dateequals",
    "dategreaterthan",
    "dategreaterthanequals",
    "datelessthan",
    "datelessthanequals",
    "datenotequals",
    "ipaddress",
    "notipaddress",
    "null",
    "numericequals",
    "numericgreaterthan",
    "numericgreaterthanequals",
    "numericlessthan",
    "numericlessthanequals",
    "numericnotequals",
    "stringequals",
    "stringequalsignorecase",
    "stringlike",
    "stringnotequals",
    "stringnotequalsignorecase",
    "stringnotlike",
];

impl<'o> Operator<'o> {
    fn read(lower: &'o str) -> Option<Self> {
        let (set, rest) = match lower.split_once(':') {
            Some((set @ ("forallvalues" | "foranyvalue"), rest)) => (Some(set), rest),
            Some(_) => return None,
            None => (None, lower),
        };
        let (base, if_exists) =
            rest.strip_suffix("ifexists").map_or((rest, false), |base| (base, true));
        BASES.contains(&base).then_some(Self { set, base, if_exists })
    }

    fn negated(&self) -> bool {
        self.base.contains("not")
    }

    fn for_all(&self) -> bool {
        self.set == Some("forallvalues")
    }

    /// Whether it holds where the key is missing.
    fn without(&self) -> Certainty {
        let holds =
            self.if_exists || self.for_all() || (self.negated() && self.set != Some("foranyvalue"));
        of(holds)
    }

    /// Whether it compares what a key of that kind holds.
    fn fits(&self, kind: KeyType) -> bool {
        match kind {
            KeyType::Bool => !self.starts(&["date", "numeric", "ip", "notip", "arn"]),
            KeyType::Number => !self.starts(&["bool", "date", "ip", "notip", "arn"]),
            KeyType::Date => !self.starts(&["bool", "ip", "notip", "arn"]),
            KeyType::Ip => !self.starts(&["bool", "date", "numeric", "arn"]),
            KeyType::String | KeyType::Arn => {
                !self.starts(&["bool", "date", "numeric", "ip", "notip"])
            }
        }
    }

    fn starts(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.base.starts_with(word))
    }
}

fn of(holds: bool) -> Certainty {
    if holds { Certainty::Always } else { Certainty::Never }
}

/// Judges a clause of a policy that counts for this caller.
pub(super) fn judge<'r>(
    clause: &Clause,
    profile: &Profile<'_>,
    keys: &'r ConditionKeys,
) -> Judged<'r> {
    let lower = clause.operator.to_ascii_lowercase();
    let Some(operator) = Operator::read(&lower) else {
        return Judged { certainty: Certainty::Never, why: Why::NoSuchOperator };
    };
    let Some(key) = keys.find(&clause.key) else {
        return match keys.meant(&clause.key) {
            Some(meant) => {
                Judged { certainty: absent(&operator, clause), why: Why::NoSuchKey(meant) }
            }
            None => depends(clause, profile, Why::Binds),
        };
    };
    if key.machine == Carried::Never {
        let certainty = match value_for(key, profile) {
            Some(value) => with(&operator, clause, value),
            None => absent(&operator, clause),
        };
        return Judged { certainty, why: Why::NotCarried(key) };
    }
    if operator.base == "null" {
        let certainty = match key.machine {
            Carried::Always => of(clause.values.iter().any(|value| is(value, "false"))),
            Carried::Sometimes | Carried::Never => Certainty::Depends,
        };
        return Judged { certainty, why: Why::Binds };
    }
    if let Some(why) = impossible(&operator, clause, key) {
        let present = of(operator.negated());
        let certainty = if key.machine == Carried::Always || present == operator.without() {
            present
        } else {
            Certainty::Depends
        };
        return Judged { certainty, why };
    }
    if key.strength == Strength::Weak {
        return depends(clause, profile, Why::Weak(key));
    }
    if operator.for_all() && !operator.if_exists && key.machine == Carried::Sometimes {
        return depends(clause, profile, Why::PassesWithout);
    }
    depends(clause, profile, Why::Binds)
}

fn depends<'r>(clause: &Clause, profile: &Profile<'_>, why: Why<'r>) -> Judged<'r> {
    match condition::certainty_of(clause, profile) {
        Certainty::Depends => Judged { certainty: Certainty::Depends, why },
        certainty => Judged { certainty, why: Why::Known },
    }
}

/// What a request of a machine carries under a key that says no for it: a role's
/// session tells that no second factor was used, an access key tells nothing.
fn value_for(key: &ConditionKey, profile: &Profile<'_>) -> Option<&'static str> {
    let is_role = profile.caller.user_name.is_none();
    (key.set_by == SetBy::Human && key.kind == KeyType::Bool && is_role).then_some("false")
}

fn absent(operator: &Operator<'_>, clause: &Clause) -> Certainty {
    if operator.base == "null" {
        return of(clause.values.iter().any(|value| is(value, "true")));
    }
    operator.without()
}

fn with(operator: &Operator<'_>, clause: &Clause, value: &str) -> Certainty {
    if operator.base == "null" {
        return of(clause.values.iter().any(|own| is(own, "false")));
    }
    of(clause.values.iter().any(|own| is(own, value)) != operator.negated())
}

fn is(value: &str, wanted: &str) -> bool {
    value.trim().eq_ignore_ascii_case(wanted)
}

/// Why no request carries a value that is asked for, if none does.
fn impossible<'r>(
    operator: &Operator<'_>,
    clause: &Clause,
    key: &'r ConditionKey,
) -> Option<Why<'r>> {
    if clause.values.is_empty() || clause.values.iter().any(|value| value.contains("${")) {
        return None;
    }
    let never = |value: &String| match key.kind {
        KeyType::Bool => !["true", "false", "*"].iter().any(|known| is(value, known)),
        KeyType::Ip | KeyType::Number | KeyType::Date => false,
        KeyType::String | KeyType::Arn => !key.may_be(value),
    };
    if !operator.fits(key.kind) || clause.values.iter().all(never) {
        return Some(Why::NoSuchValue(key));
    }
    let is_public = key.key.eq_ignore_ascii_case("aws:SourceIp");
    (is_public && clause.values.iter().all(|value| is_private(value)))
        .then_some(Why::PrivateAddress)
}

/// Whether a range lies in those that no request to AWS comes from in public.
fn is_private(range: &str) -> bool {
    let address = range.split('/').next().unwrap_or(range);
    address.trim().parse::<Ipv4Addr>().is_ok_and(|address| {
        address.is_private() || address.is_loopback() || address.is_link_local()
    })
}

impl Why<'_> {
    /// What is wrong: a clause that follows `because`.
    pub(super) fn reason(&self, clause: &Clause) -> String {
        let key = &clause.key;
        match self {
            Self::Binds | Self::Known => "of what is known of the caller".to_owned(),
            Self::Weak(known) | Self::NotCarried(known) => known.why.clone(),
            Self::PassesWithout => {
                format!("{} also holds for requests without {key}", clause.operator)
            }
            Self::NoSuchKey(meant) => format!("there is no key {key}; {} may be meant", meant.key),
            Self::NoSuchOperator => format!("there is no operator {}", clause.operator),
            Self::NoSuchValue(known) => {
                format!("{} never is such a value: {}", known.key, known.why)
            }
            Self::PrivateAddress => {
                "AWS sees the public address of a request, or none through an endpoint".to_owned()
            }
        }
    }

    /// What would make it work.
    pub(super) fn remedy(&self, clause: &Clause) -> String {
        let key = &clause.key;
        match self {
            Self::Binds | Self::Known => "Remove it, or correct what it compares.".to_owned(),
            Self::Weak(known) | Self::NotCarried(known) => match &known.instead {
                Some(instead) => sentence(instead),
                None => format!("Do not rest it on {key}: no request of an agent carries it."),
            },
            Self::PassesWithout => {
                format!("Ask for the key as well: Null with {key} and the value false.")
            }
            Self::NoSuchKey(meant) => format!("Write {} in place of {key}.", meant.key),
            Self::NoSuchOperator => format!("Correct the operator {}.", clause.operator),
            Self::NoSuchValue(known) if known.kind == KeyType::Bool => {
                format!("Compare {key} with true or false by Bool.")
            }
            Self::NoSuchValue(known) => match known.values.first() {
                Some(pattern) => format!("Compare {key} by StringLike with {pattern}."),
                None => format!("Use an operator that fits {key}."),
            },
            Self::PrivateAddress => {
                "Name the endpoint (aws:SourceVpce), or private addresses by aws:VpcSourceIp."
                    .to_owned()
            }
        }
    }
}

/// A phrase as a sentence.
fn sentence(phrase: &str) -> String {
    let mut letters = phrase.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}
