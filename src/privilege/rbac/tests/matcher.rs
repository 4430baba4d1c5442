//! The matcher alone.

use super::build::{named, rule, urls};
use crate::privilege::rbac::{rule_allows, rule_allows_url};

#[test]
fn a_rule_over_pods_covers_no_subresource() {
    let pods = rule("get", "core", "pods");
    assert!(rule_allows(&pods, "get", "", "pods", "", ""));
    assert!(!rule_allows(&pods, "get", "", "pods", "log", ""));
}

#[test]
fn a_star_after_the_slash_covers_nothing() {
    let starred = rule("*", "*", "pods/*");
    for subresource in ["", "log", "exec"] {
        assert!(!rule_allows(&starred, "get", "", "pods", subresource, ""), "{subresource}");
    }
}

#[test]
fn a_star_before_the_slash_covers_that_subresource_of_everything() {
    let scale = rule("patch", "apps", "*/scale");
    assert!(rule_allows(&scale, "patch", "apps", "deployments", "scale", "web"));
    assert!(!rule_allows(&scale, "patch", "apps", "deployments", "", "web"));
    assert!(!rule_allows(&scale, "patch", "", "replicationcontrollers", "scale", ""));
}

#[test]
fn a_resource_wildcard_covers_subresources() {
    assert!(rule_allows(&rule("create", "core", "*"), "create", "", "pods", "exec", "web-0"));
}

#[test]
fn no_group_matches_nothing_and_the_empty_group_is_the_core() {
    assert!(!rule_allows(&rule("get", "", "pods"), "get", "", "pods", "", ""));
    assert!(!rule_allows(&rule("get", "apps", "pods"), "get", "", "pods", "", ""));
    assert!(rule_allows(&rule("get", "*", "pods"), "get", "", "pods", "", ""));
}

#[test]
fn names_limit_requests_that_carry_one_and_shut_out_those_that_do_not() {
    let one = named(rule("*", "core", "pods pods/exec"), "web-0");
    assert!(rule_allows(&one, "delete", "", "pods", "", "web-0"));
    assert!(!rule_allows(&one, "delete", "", "pods", "", "web-1"));
    assert!(!rule_allows(&one, "create", "", "pods", "", ""));
    assert!(!rule_allows(&one, "deletecollection", "", "pods", "", ""));
    assert!(!rule_allows(&one, "list", "", "pods", "", ""));
    assert!(rule_allows(&one, "list", "", "pods", "", "web-0"), "a list with a field selector");
    assert!(rule_allows(&one, "create", "", "pods", "exec", "web-0"));
}

#[test]
fn a_star_among_names_is_a_name() {
    let star = named(rule("get", "core", "secrets"), "*");
    assert!(!rule_allows(&star, "get", "", "secrets", "", "db"));
    assert!(rule_allows(&star, "get", "", "secrets", "", "*"));
}

#[test]
fn urls_match_exactly_or_by_their_beginning() {
    let rule = urls("get", "/healthz /apis/*");
    assert!(rule_allows_url(&rule, "get", "/healthz"));
    assert!(!rule_allows_url(&rule, "get", "/healthz/etcd"));
    assert!(rule_allows_url(&rule, "get", "/apis/apps/v1"));
    assert!(!rule_allows_url(&rule, "get", "/apis"));
    assert!(!rule_allows_url(&rule, "post", "/healthz"));
    assert!(rule_allows_url(&urls("*", "*"), "post", "/anything"));
}

#[test]
fn words_are_matched_by_the_letter() {
    let odd = rule("Get", "core", "Pods");
    assert!(!rule_allows(&odd, "get", "", "pods", "", ""));
    assert!(!rule_allows(&rule("get", "core", "pod"), "get", "", "pods", "", ""));
}
