//! Conditions, three-valued: what is certain about them without seeing a
//! request, and how the rest is told to a person.
//!
//! Only what holds for every request of the principal is decided here; all else
//! stays unknown and is printed. A Deny whose condition can never hold takes
//! nothing away, which is why such conditions must be recognised.

use std::sync::Arc;

use crate::model::aws::{
    account_of,
    pattern::{self, matches},
    policy::{Clause, Language},
};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// For every request.
    Always,
    /// For no request.
    Never,
    /// It depends on the request.
    Depends,
}

/// What every request of a principal has in common.
#[derive(Debug, Clone)]
pub(super) struct Caller<'a> {
    /// ARN of the user or role (`aws:PrincipalArn`).
    pub arn: &'a str,
    /// Name of the user (`aws:username`); roles have none.
    pub user_name: Option<&'a str>,
    /// The service that a role is passed to, where that is the question.
    pub passed_to: Option<&'a str>,
}

/// No request is made before this year: gradus did not exist.
const FIRST_YEAR: i32 = 2026;

/// Whether all clauses of a statement hold.
pub(super) fn certainty(clauses: &[Clause], caller: &Caller<'_>) -> Certainty {
    if contradicts_itself(clauses) {
        return Certainty::Never;
    }
    clauses.iter().fold(Certainty::Always, |so_far, clause| {
        match (so_far, certainty_of(clause, caller)) {
            (Certainty::Never, _) | (_, Certainty::Never) => Certainty::Never,
            (Certainty::Always, other) => other,
            (Certainty::Depends, _) => Certainty::Depends,
        }
    })
}

/// Whether one clause holds.
pub(super) fn certainty_of(clause: &Clause, caller: &Caller<'_>) -> Certainty {
    let operator = clause.operator.to_ascii_lowercase();
    // Set operators ask about keys with many values; none of those is known.
    let Some(operator) = Operator::read(&operator) else { return Certainty::Depends };
    if clause.values.iter().any(|value| value.contains("${")) {
        return Certainty::Depends;
    }
    let key = clause.key.to_ascii_lowercase();
    let account;
    let known = match key.as_str() {
        "aws:principalarn" => Some(caller.arn),
        "aws:principalaccount" => {
            account = account_of(caller.arn);
            account
        }
        "iam:passedtoservice" => caller.passed_to,
        "aws:currenttime" | "aws:tokenissuetime" => return clock(&operator, &clause.values),
        // The value is a service such as `aws-mcp.amazonaws.com`, never a boolean.
        "aws:calledviaawsmcp"
            if !operator.negated
                && !operator.if_exists
                && clause.values.iter().all(|value| !value.contains(['.', '*', '?'])) =>
        {
            return Certainty::Never;
        }
        _ => None,
    };
    match (known, operator.kind) {
        (Some(value), Some(kind)) => {
            let any = clause.values.iter().any(|wanted| kind.holds(wanted, value));
            if any == operator.negated { Certainty::Never } else { Certainty::Always }
        }
        _ if operator.is_bool
            && !operator.if_exists
            && clause.values.iter().all(|value| !is_boolean(value)) =>
        {
            Certainty::Never
        }
        _ => Certainty::Depends,
    }
}

/// `Null: true` on a key that another clause needs: it cannot be absent and
/// have a value.
fn contradicts_itself(clauses: &[Clause]) -> bool {
    clauses.iter().any(|null| {
        null.operator.eq_ignore_ascii_case("null")
            && !null.values.is_empty()
            && null.values.iter().all(|value| value.eq_ignore_ascii_case("true"))
            && clauses.iter().any(|other| {
                other.key.eq_ignore_ascii_case(&null.key)
                    && Operator::read(&other.operator.to_ascii_lowercase()).is_some_and(
                        |operator| !operator.negated && !operator.if_exists && !operator.is_null,
                    )
            })
    })
}

fn is_boolean(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false")
}

/// `aws:CurrentTime` against dates that are certainly past.
fn clock(operator: &Operator, values: &[String]) -> Certainty {
    let past = !values.is_empty()
        && values.iter().all(|value| {
            value.get(..5).and_then(|start| start.strip_suffix('-')).is_some_and(|year| {
                year.parse::<i32>().is_ok_and(|year| (1970..FIRST_YEAR).contains(&year))
            })
        });
    match operator.date {
        Some(Date::Before) if past => Certainty::Never,
        Some(Date::After) if past => Certainty::Always,
        _ => Certainty::Depends,
    }
}

/// A condition operator, taken apart.
struct Operator {
    kind: Option<Comparison>,
    date: Option<Date>,
    negated: bool,
    if_exists: bool,
    is_bool: bool,
    is_null: bool,
}

#[derive(Clone, Copy)]
enum Date {
    Before,
    After,
}

/// Text comparisons that can be decided on a known value.
#[derive(Clone, Copy)]
enum Comparison {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
}

impl Operator {
    /// Reads a lower-cased operator; none for set operators.
    fn read(operator: &str) -> Option<Self> {
        if operator.contains(':') {
            return None;
        }
        let (base, if_exists) = match operator.strip_suffix("ifexists") {
            Some(base) => (base, true),
            None => (operator, false),
        };
        let negated = base.contains("not");
        let kind = match base {
            "stringequals" | "stringnotequals" => Some(Comparison::Equals),
            "stringequalsignorecase" | "stringnotequalsignorecase" => {
                Some(Comparison::EqualsIgnoreCase)
            }
            "stringlike" | "stringnotlike" => Some(Comparison::Like),
            "arnequals" | "arnlike" | "arnnotequals" | "arnnotlike" => Some(Comparison::Arn),
            _ => None,
        };
        let date = match base {
            "datelessthan" | "datelessthanequals" | "dateequals" => Some(Date::Before),
            "dategreaterthan" | "dategreaterthanequals" | "datenotequals" => Some(Date::After),
            _ => None,
        };
        Some(Self {
            kind,
            date,
            negated,
            if_exists,
            is_bool: base == "bool",
            is_null: base == "null",
        })
    }
}

impl Comparison {
    fn holds(self, wanted: &str, value: &str) -> bool {
        match self {
            Self::Equals => wanted == value,
            Self::EqualsIgnoreCase => wanted.eq_ignore_ascii_case(value),
            Self::Like => matches(wanted, value),
            // ARNs are compared part by part: a `*` does not reach over a colon
            // of the first five.
            Self::Arn => {
                let (wanted, value): (Vec<_>, Vec<_>) =
                    (wanted.splitn(6, ':').collect(), value.splitn(6, ':').collect());
                wanted.len() == value.len()
                    && wanted.iter().zip(&value).all(|(wanted, value)| matches(wanted, value))
            }
        }
    }
}

/// `aws:RequestedRegion StringEquals eu-west-1, eu-central-1`.
pub(super) fn describe(clause: &Clause) -> String {
    format!("{} {} {}", clause.key, clause.operator, clause.values.join(", "))
}

/// What must hold so that a Deny with these clauses does not apply.
pub(super) fn describe_unless(clauses: &[Clause]) -> String {
    let all: Vec<String> = clauses.iter().map(describe).collect();
    format!("not ({})", all.join(" and "))
}

/// A pattern of a policy with its variables filled in.
pub(super) struct Filled {
    /// The pattern; a variable nobody knows stands as `*`.
    pub pattern: Arc<str>,
    /// The variables that are not known here.
    pub open: Vec<String>,
}

/// Fills in what is known of the caller.
pub(super) fn fill(pattern: &str, language: Language, caller: &Caller<'_>) -> Filled {
    if language == Language::V2008 || !pattern.contains("${") {
        return Filled { pattern: tidy(pattern), open: Vec::new() };
    }
    let mut text = String::with_capacity(pattern.len());
    let mut open = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        let Some((variable, after)) = after.split_once('}') else {
            text.push_str("${");
            rest = after;
            continue;
        };
        rest = after;
        // A default (`${key, 'text'}`) counts only where the key is missing.
        let name = variable.split(',').next().unwrap_or(variable).trim().to_ascii_lowercase();
        match (name.as_str(), caller.user_name, account_of(caller.arn)) {
            ("$", ..) => text.push('$'),
            // Literal wildcards cannot be told apart from wildcards here; `?` is
            // the narrowest pattern that still matches them.
            ("*" | "?", ..) => {
                text.push('?');
                open.push(format!("${{{variable}}}"));
            }
            ("aws:username", Some(user), _) => text.push_str(user),
            ("aws:principalaccount", _, Some(account)) => text.push_str(account),
            _ => {
                text.push('*');
                open.push(format!("${{{variable}}}"));
            }
        }
    }
    text.push_str(rest);
    Filled { pattern: tidy(&text), open }
}

/// Runs of `*` are one.
pub(super) fn tidy(pattern: &str) -> Arc<str> {
    if !pattern.contains("**") {
        return pattern.into();
    }
    let mut text = String::with_capacity(pattern.len());
    for char in pattern.chars() {
        if !(char == '*' && text.ends_with('*')) {
            text.push(char);
        }
    }
    text.into()
}

/// An action pattern in the form that decisions use: lower case, `*:*` as `*`.
pub(super) fn action_pattern(pattern: &str) -> Arc<str> {
    let pattern = tidy(&pattern.to_ascii_lowercase());
    if &*pattern == "*:*" { "*".into() } else { pattern }
}

/// Whether a pattern is plain text.
pub(super) fn is_plain(pattern: &str) -> bool {
    !pattern::is_wild(pattern)
}
