//! Which conditions of a database write are its guardrail.
//!
//! Read from the text of a condition, `key operator value` or `not (…)` for what a
//! Deny leaves: the key must be the clause's own, the operator must ask for a value,
//! and the value must be more than wildcards. Whatever does not read so guards
//! nothing.

/// Keys that bind what an agent may write to: what is tagged, and which rows or
/// columns. An agent meets others, such as transport, region or its own tags, in
/// every call it makes (AWS, "Global condition context keys").
const BINDING_KEYS: [&str; 3] = ["aws:resourcetag/", "dynamodb:leadingkeys", "dynamodb:attributes"];
/// Operators that are false without the value they ask for.
const ASKING: [&str; 5] =
    ["stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"];
/// Those of a Deny for whatever has another value, or none.
const REFUSING: [&str; 5] =
    ["stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike"];
/// Before operators that hold for every one of several values. A request without
/// the key passes them; one for rows always has these.
const FOR_ALL: &str = "forallvalues:";
const OF_ROWS: &str = "dynamodb:";

/// Whether a condition is a guardrail of a database.
pub(super) fn binds(condition: &str) -> bool {
    let condition = condition.to_ascii_lowercase();
    match condition.strip_prefix("not (").and_then(|rest| rest.strip_suffix(')')) {
        // A Deny takes only what meets all of its clauses.
        Some(clauses) => clauses.split(" and ").all(|clause| is_strong(clause, &REFUSING)),
        None => is_strong(&condition, &ASKING),
    }
}

fn is_strong(clause: &str, operators: &[&str]) -> bool {
    let mut words = clause.splitn(3, ' ');
    let (Some(key), Some(operator), Some(values)) = (words.next(), words.next(), words.next())
    else {
        return false;
    };
    let operator = match operator.strip_prefix(FOR_ALL) {
        Some(rest) if key.starts_with(OF_ROWS) => rest,
        Some(_) => return false,
        None => operator,
    };
    BINDING_KEYS.iter().any(|own| key.starts_with(own))
        && operators.contains(&operator)
        && values.split(", ").all(|value| value.contains(|c| !matches!(c, '*' | '?')))
}

#[cfg(test)]
mod tests {
    use super::binds;

    #[test]
    fn a_tag_or_a_row_that_is_asked_for_binds() {
        for condition in [
            "aws:ResourceTag/env StringEquals dev",
            "aws:ResourceTag/env StringLike dev-*",
            "dynamodb:LeadingKeys ForAllValues:StringEquals ${aws:username}",
            "not (aws:ResourceTag/env StringNotEquals dev)",
        ] {
            assert!(binds(condition), "{condition}");
        }
    }

    #[test]
    fn what_everything_meets_or_nothing_is_refused_by_binds_nothing() {
        for condition in [
            "aws:ResourceTag/env StringLike *",
            "aws:ResourceTag/env StringNotEquals nonexistent",
            "aws:ResourceTag/env Null false",
            "aws:ResourceTag/env StringEqualsIfExists dev",
            "dynamodb:LeadingKeys ForAllValues:StringLike *",
            "dynamodb:LeadingKeys ForAllValues:StringNotEquals x",
            "aws:ResourceTag/env ForAllValues:StringEquals dev",
            "aws:PrincipalTag/team StringEquals data",
            "aws:ViaAWSMCPService Bool false",
            "aws:UserAgent StringNotEquals aws:resourcetag/x",
            "not (aws:ResourceTag/env StringEquals nonexistent)",
            "not (aws:ResourceTag/env StringNotEquals dev and aws:UserAgent StringEquals zz)",
            "the resource matches ${aws:ResourceTag/env}",
            "",
        ] {
            assert!(!binds(condition), "{condition}");
        }
    }
}
