//! Clauses against what is known of a request.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{Asked, Caller, Certainty, Known, Profile, certainty_in, certainty_of_in};
use crate::{
    model::aws::policy::{Clause, Language},
    rubric::aws::AwsRules,
};

static RULES: LazyLock<AwsRules> = LazyLock::new(|| AwsRules::embedded().unwrap());

fn clause(operator: &str, key: &str, values: &[&str]) -> Clause {
    Clause {
        operator: operator.to_owned(),
        key: key.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    }
}

/// What is certain of one clause where a request has these keys.
fn judge(clause: &Clause, context: &[(&str, Known)]) -> Certainty {
    let context: BTreeMap<String, Known> =
        context.iter().map(|(key, known)| ((*key).to_owned(), known.clone())).collect();
    let tags = BTreeMap::new();
    let caller = Caller {
        arn: "arn:aws:iam::111122223333:user/agent",
        user_name: Some("agent"),
        passed_to: None,
    };
    let profile = Profile { caller, tags: &tags, organization: None, keys: RULES.conditions() };
    let asked = Asked { profile: &profile, context: &context };
    certainty_of_in(Some(Language::V2012), clause, &asked)
}

fn one(value: &str) -> Known {
    Known::One(value.to_owned())
}

fn many(values: &[&str]) -> Known {
    Known::Many(values.iter().map(|&value| value.to_owned()).collect())
}

/// Whether a clause on `x:key` holds for one value.
fn holds(operator: &str, wanted: &str, value: &str) -> bool {
    match judge(&clause(operator, "x:Key", &[wanted]), &[("x:key", one(value))]) {
        Certainty::Always => true,
        Certainty::Never => false,
        Certainty::Depends => panic!("{operator} {wanted} is not decided on {value}"),
    }
}

#[test]
fn every_operator_compares_as_it_is_called() {
    for (operator, wanted, value, expected) in [
        ("StringEquals", "a*", "a*", true),
        ("StringEquals", "a*", "ab", false),
        ("StringEquals", "a", "A", false),
        ("StringEqualsIgnoreCase", "a", "A", true),
        ("StringLike", "a*", "ab", true),
        ("StringLike", "a?", "abc", false),
        ("StringNotLike", "a*", "ba", true),
        ("NumericLessThan", "10", "9.5", true),
        ("NumericEquals", "007", "7", true),
        ("NumericGreaterThanEquals", "10", "10", true),
        ("DateLessThan", "2026-11-22T01:00:00+01:00", "2026-11-22T00:00:00Z", false),
        ("DateEquals", "2026-11-22T01:00:00+01:00", "2026-11-22T00:00:00Z", true),
        ("DateGreaterThan", "1795305599", "2026-11-22", true),
        ("Bool", "True", "true", true),
        ("Bool", "yes", "true", false),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
        ("IpAddress", "10.0.0.0/8", "10.255.0.1", true),
        ("IpAddress", "0.0.0.0/0", "8.8.8.8", true),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", false),
        ("IpAddress", "2001:db8::/33", "2001:db8:8000::1", false),
        ("NotIpAddress", "10.1.2.3", "10.1.2.4", true),
        ("ArnEquals", "arn:aws:sns:*:*:t*", "arn:aws:sns:eu-west-1:111122223333:topic", true),
        ("ArnLike", "arn:aws:iam::*", "arn:aws:iam::111122223333:role/a", false),
        ("ArnNotLike", "arn:aws:iam::*:role/a", "arn:aws:iam::111122223333:role/b", true),
    ] {
        // A pattern of fewer parts is not decided on where it may reach further.
        if operator == "ArnLike" {
            let short = clause(operator, "x:key", &[wanted]);
            assert_eq!(judge(&short, &[("x:key", one(value))]), Certainty::Depends);
            continue;
        }
        assert_eq!(holds(operator, wanted, value), expected, "{operator} {wanted} {value}");
    }
}

#[test]
fn an_absent_key_fails_what_compares_and_meets_what_does_not() {
    for (operator, expected) in [
        ("StringEquals", Certainty::Never),
        ("NumericLessThan", Certainty::Never),
        ("Bool", Certainty::Never),
        ("StringNotEquals", Certainty::Always),
        ("ArnNotLike", Certainty::Always),
        ("NotIpAddress", Certainty::Always),
        ("DateNotEquals", Certainty::Always),
        ("StringEqualsIfExists", Certainty::Always),
        ("ForAllValues:StringEquals", Certainty::Always),
        ("ForAnyValue:StringEquals", Certainty::Never),
        ("ForAnyValue:StringNotEquals", Certainty::Never),
        ("ForAnyValue:StringEqualsIfExists", Certainty::Depends),
    ] {
        let clause = clause(operator, "x:key", &["true"]);
        assert_eq!(judge(&clause, &[("x:key", Known::Absent)]), expected, "{operator}");
        assert_eq!(judge(&clause, &[]), Certainty::Depends, "{operator}: nothing is known");
    }
}

#[test]
fn null_asks_for_the_key_and_not_for_its_value() {
    let null = |value: &str| clause("Null", "x:key", &[value]);
    assert_eq!(judge(&null("true"), &[("x:key", Known::Absent)]), Certainty::Always);
    assert_eq!(judge(&null("true"), &[("x:key", one("a"))]), Certainty::Never);
    assert_eq!(judge(&null("False"), &[("x:key", one("a"))]), Certainty::Always);
    assert_eq!(judge(&null("true"), &[]), Certainty::Depends);
}

#[test]
fn quantifiers_ask_about_all_values_or_any() {
    let ask = |operator: &str, values: &[&str]| {
        judge(&clause(operator, "x:key", &["a", "b"]), &[("x:key", many(values))])
    };
    assert_eq!(ask("ForAllValues:StringEquals", &["a", "b", "a"]), Certainty::Always);
    assert_eq!(ask("ForAllValues:StringEquals", &["a", "c"]), Certainty::Never);
    assert_eq!(ask("ForAllValues:StringNotEquals", &["a", "c"]), Certainty::Never);
    assert_eq!(ask("ForAnyValue:StringEquals", &["c", "b"]), Certainty::Always);
    assert_eq!(ask("ForAnyValue:StringNotEquals", &["a", "c"]), Certainty::Always);
    assert_eq!(ask("ForAnyValue:StringNotEquals", &["a", "b"]), Certainty::Never);
    assert_eq!(ask("ForAllValues:StringEquals", &[]), Certainty::Always);
    assert_eq!(ask("ForAnyValue:StringEquals", &[]), Certainty::Never);
    assert_eq!(ask("StringEquals", &["a"]), Certainty::Depends, "AWS asks for a quantifier");
}

#[test]
fn a_variable_takes_the_value_the_default_or_none() {
    let told = |wanted: &str, context: &[(&str, Known)]| {
        let mut context = context.to_vec();
        context.push(("x:key", one("blue")));
        judge(&clause("StringEquals", "x:key", &[wanted]), &context)
    };
    let team = "aws:principaltag/team";
    assert_eq!(told("${aws:PrincipalTag/Team}", &[(team, one("blue"))]), Certainty::Always);
    assert_eq!(told("${aws:PrincipalTag/Team}", &[(team, Known::Absent)]), Certainty::Never);
    assert_eq!(
        told("${aws:PrincipalTag/Team, 'blue'}", &[(team, Known::Absent)]),
        Certainty::Always
    );
    assert_eq!(told("${aws:PrincipalTag/Team, 'blue'}", &[(team, one("red"))]), Certainty::Never);
    assert_eq!(told("${aws:PrincipalTag/Team}", &[]), Certainty::Depends);
    assert_eq!(told("${aws:username}", &[]), Certainty::Never, "the user's own name is known");
}

#[test]
fn wildcards_in_a_value_stand_for_themselves() {
    let like = |wanted: &str, value: &str| {
        let context = [("x:key", one(value)), ("x:tag", one("*"))];
        judge(&clause("StringLike", "x:key", &[wanted]), &context)
    };
    assert_eq!(like("a${x:tag}", "a*"), Certainty::Always);
    assert_eq!(like("a${x:tag}", "ab"), Certainty::Never);
    assert_eq!(like("a${*}?", "a*b"), Certainty::Always);
    assert_eq!(like("${$}{x}", "${x}"), Certainty::Always);
}

#[test]
fn an_inverted_comparison_with_no_value_holds() {
    let clause = clause("StringNotEquals", "x:key", &["${x:tag}"]);
    let context = [("x:key", one("a")), ("x:tag", Known::Absent)];
    assert_eq!(judge(&clause, &context), Certainty::Always);
}

#[test]
fn what_is_no_number_date_or_address_is_not_decided_on() {
    for (operator, wanted, value) in [
        ("NumericEquals", "ten", "10"),
        ("NumericNotEquals", "10", "ten"),
        ("DateLessThan", "2026", "2026-11-22"),
        ("DateLessThan", "2026-13-01", "2026-11-22"),
        ("IpAddress", "10.0.0.0/33", "10.0.0.1"),
        ("NotIpAddress", "10.0.0.0/8", "localhost"),
        ("StringSounds", "a", "a"),
        ("ForSomeValues:StringEquals", "a", "a"),
    ] {
        let clause = clause(operator, "x:key", &[wanted]);
        assert_eq!(judge(&clause, &[("x:key", one(value))]), Certainty::Depends, "{operator}");
    }
}

#[test]
fn a_policy_of_2008_has_no_variables() {
    let caller = Caller { arn: "", user_name: None, passed_to: None };
    let clauses = [clause("StringEquals", "aws:PrincipalArn", &["${aws:PrincipalArn}"])];
    let user = Caller { arn: "arn:aws:iam::111122223333:user/agent", ..caller };
    assert_eq!(certainty_in(Some(Language::V2008), &clauses, &user), Certainty::Never);
    assert_eq!(certainty_in(Some(Language::V2012), &clauses, &user), Certainty::Always);
    assert_eq!(certainty_in(None, &clauses, &user), Certainty::Depends);
}

#[test]
fn the_clock_never_runs_backwards() {
    let caller = Caller::default();
    let ask = |operator: &str, wanted: &str| {
        let clause = clause(operator, "aws:CurrentTime", &[wanted]);
        certainty_of_in(Some(Language::V2012), &clause, &caller)
    };
    assert_eq!(ask("DateLessThan", "2020-01-01T00:00:00Z"), Certainty::Never);
    assert_eq!(ask("DateGreaterThan", "2020-01-01"), Certainty::Always);
    assert_eq!(ask("DateNotEquals", "2020-01-01"), Certainty::Always);
    assert_eq!(ask("DateLessThan", "2099-01-01T00:00:00Z"), Certainty::Depends);
    let epoch = clause("NumericLessThan", "aws:EpochTime", &["1577836800"]);
    assert_eq!(certainty_of_in(Some(Language::V2012), &epoch, &caller), Certainty::Never);
}

#[test]
fn the_tags_of_a_role_may_be_replaced_by_its_session() {
    let tags = BTreeMap::from([("Team".to_owned(), "blue".to_owned())]);
    let ask = |user_name, operator: &str, key: &str, value: &str| {
        let caller = Caller { arn: "arn:aws:iam::111122223333:x/y", user_name, passed_to: None };
        let profile = Profile { caller, tags: &tags, organization: None, keys: RULES.conditions() };
        certainty_of_in(Some(Language::V2012), &clause(operator, key, &[value]), &profile)
    };
    let team = "aws:PrincipalTag/team";
    assert_eq!(ask(Some("y"), "StringEquals", team, "blue"), Certainty::Always);
    assert_eq!(ask(Some("y"), "StringEquals", "aws:PrincipalTag/cost", "x"), Certainty::Never);
    assert_eq!(ask(None, "StringEquals", team, "blue"), Certainty::Depends);
    assert_eq!(ask(None, "Null", team, "false"), Certainty::Always, "no session removes a tag");
    assert_eq!(ask(None, "Null", "aws:PrincipalTag/cost", "true"), Certainty::Depends);
}

#[test]
fn a_service_is_never_true_whatever_the_request() {
    for (operator, expected) in [
        ("StringEquals", Certainty::Never),
        ("Bool", Certainty::Never),
        ("ForAnyValue:StringEquals", Certainty::Never),
        ("StringEqualsIfExists", Certainty::Depends),
        ("StringNotEquals", Certainty::Depends),
    ] {
        assert_eq!(
            judge(&clause(operator, "aws:CalledVia", &["true"]), &[]),
            expected,
            "{operator}"
        );
    }
    let service = clause("StringEquals", "aws:CalledViaAWSMCP", &["*.amazonaws.com"]);
    assert_eq!(judge(&service, &[]), Certainty::Depends);
}
