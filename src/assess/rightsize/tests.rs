//! What the roles give is judged by the engine that reads roles, not by the code
//! that writes them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::{
    assess::{
        holdings::EngineRules,
        manifest::{Rule, yaml},
        roster::roster,
    },
    model::{
        activity::{Authorised, LogSummary, Target as On, Window},
        agent::Tier,
        evidence::Evidence,
        kubernetes::rbac::PolicyRule,
    },
    privilege::rbac::{rule_allows, rule_allows_url},
};

const DAY: &str = "2026-11-20T10:00:00Z";

fn bot() -> Principal {
    Principal::ServiceAccount { namespace: "ops".to_owned(), name: "bot".to_owned() }
}

fn key(verb: &str, group: &str, resource: &str, namespace: Option<&str>) -> ActionKey {
    let (resource, part) = resource.split_once('/').map_or((resource, None), |(r, p)| (r, Some(p)));
    ActionKey {
        verb: verb.to_owned(),
        target: On::KubernetesResource {
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: part.map(str::to_owned),
            namespace: namespace.map(str::to_owned),
        },
    }
}

fn path(verb: &str, first: &str) -> ActionKey {
    ActionKey { verb: verb.to_owned(), target: On::KubernetesPath(first.to_owned()) }
}

/// Requests that passed the authorizer; an empty name is none.
fn record(names: &[&str], created: &[&str]) -> ActionRecord {
    let mut authorised = Authorised::default();
    for (kept, given) in [(&mut authorised.names, names), (&mut authorised.created, created)] {
        for name in given {
            if name.is_empty() {
                kept.unnamed += 1;
            } else {
                kept.add(name);
            }
        }
    }
    for line in (1..).take(names.len()) {
        authorised.tally.add(Some(DAY.parse().unwrap()), &"audit.log".into(), line);
    }
    ActionRecord { authorised, ..ActionRecord::default() }
}

type Actions = Vec<(ActionKey, ActionRecord)>;

fn evidence(actions: Actions) -> Evidence {
    let day: Timestamp = DAY.parse().unwrap();
    let window = Window { first: day, last: day };
    let mut log = LogSummary { events: 9, requests: 9, window: Some(window), ..Default::default() };
    log.days.add(&super::day(day), 9);
    let mut found = PrincipalActivity { window: Some(window), ..Default::default() };
    for (key, record) in actions {
        found.actions.entry(key).or_default().merge(record);
    }
    let mut evidence = Evidence::default();
    evidence.activity.logs.insert(Plane::Kubernetes, log);
    evidence.activity.principals.insert(bot(), found);
    evidence
}

fn sized(evidence: &Evidence) -> Result<Rightsized, Unusable> {
    let rules = EngineRules::default();
    let subject = Subject {
        id: AgentId::new("bot", "prod"),
        name: "bot".to_owned(),
        environment: None,
        declaration: None,
        tier: Tier::default(),
        ceiling: None,
        principals: vec![bot()],
        location: Location::file("gradus.yaml"),
        configs: Vec::new(),
        sighting: None,
        workloads: Vec::new(),
    };
    assert_eq!(roster(&[], evidence, &rules.known).len(), 0, "the agent is the one given");
    rightsize(&subject, &Estate::new(evidence, &rules), "2026-11-22".parse().unwrap())
}

fn of(actions: Actions) -> Rightsized {
    sized(&evidence(actions)).unwrap()
}

/// The rules by the namespace of their role.
fn rules_of(sized: &Rightsized) -> BTreeMap<Option<String>, Vec<Rule>> {
    let mut all = BTreeMap::<Option<String>, Vec<Rule>>::new();
    for manifest in &sized.manifests {
        if let Manifest::Role { scope, rules, .. } = manifest {
            all.entry(scope.namespace().map(str::to_owned)).or_default().extend(rules.clone());
        }
    }
    all
}

fn engine_rule(rule: &Rule) -> PolicyRule {
    let texts = |list: &[String]| list.iter().map(|text| text.as_str().into()).collect();
    PolicyRule {
        verbs: texts(&rule.verbs),
        api_groups: texts(&rule.api_groups),
        resources: texts(&rule.resources),
        resource_names: texts(&rule.resource_names),
        non_resource_urls: texts(&rule.non_resource_urls),
        number: 1,
        aggregated_from: None,
        location: Location::file("x"),
    }
}

/// Whether rules allow one request, as the API server decides.
fn allow(rules: &BTreeMap<Option<String>, Vec<Rule>>, verb: &str, target: &On, name: &str) -> bool {
    rules.iter().any(|(place, rules)| {
        rules.iter().map(engine_rule).any(|rule| match target {
            On::Aws(_) => false,
            On::KubernetesPath(_) => place.is_none() && rule_allows_url(&rule, verb, name),
            On::KubernetesResource { group, resource, subresource, namespace } => {
                (place.is_none() || place == namespace)
                    && rule_allows(
                        &rule,
                        verb,
                        group,
                        resource,
                        subresource.as_deref().unwrap_or_default(),
                        name,
                    )
            }
        })
    })
}

/// Every request of the actions, as verb, target and name.
fn requests(actions: &Actions) -> Vec<(String, On, String)> {
    let mut all = Vec::new();
    for (key, record) in actions {
        let names = &record.authorised.names;
        let bare = key.verb == "deletecollection"
            || key.verb == "create"
                && matches!(&key.target, On::KubernetesResource { subresource: None, .. });
        let mut add = |verb: &str, name: &str| {
            all.push((verb.to_owned(), key.target.clone(), name.to_owned()));
        };
        if names.unnamed > 0 || bare {
            add(&key.verb, "");
        }
        for name in names.all().into_iter().flatten().filter(|_| !bare) {
            add(&key.verb, name);
        }
        for name in record.authorised.created.all().into_iter().flatten() {
            add("create", name);
        }
    }
    all
}

fn text(rule: &Rule) -> String {
    format!(
        "{} {}{}{}",
        rule.verbs.join(","),
        rule.resources.join(","),
        rule.non_resource_urls.join(","),
        if rule.resource_names.is_empty() {
            String::new()
        } else {
            format!(" [{}]", rule.resource_names.join(","))
        }
    )
}

fn texts(sized: &Rightsized) -> Vec<String> {
    rules_of(sized)
        .into_iter()
        .flat_map(|(place, rules)| {
            let place = place.unwrap_or_else(|| "cluster".to_owned());
            rules.iter().map(|rule| format!("{place}: {}", text(rule))).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn names_limit_a_rule_where_every_request_had_one() {
    let sized = of(vec![
        (key("get", "", "configmaps", Some("shop")), record(&["a", "b"], &[])),
        (key("patch", "", "configmaps", Some("shop")), record(&["a", "b"], &[])),
        (key("list", "", "configmaps", Some("shop")), record(&[""], &[])),
        (key("delete", "", "configmaps", Some("shop")), record(&["b"], &[])),
    ]);
    assert_eq!(
        texts(&sized),
        [
            "shop: list configmaps",
            "shop: get,patch configmaps [a,b]",
            "shop: delete configmaps [b]"
        ]
    );
}

#[test]
fn creating_and_sweeping_never_have_names_unless_a_patch_created() {
    let sized = of(vec![
        (key("create", "", "pods", Some("shop")), record(&["web"], &[])),
        (key("deletecollection", "", "pods", Some("shop")), record(&["web"], &[])),
        (key("create", "", "pods/exec", Some("shop")), record(&["web"], &[])),
        (key("patch", "apps", "deployments", Some("shop")), record(&["web", "api"], &["web"])),
    ]);
    assert_eq!(
        texts(&sized),
        [
            "shop: create,deletecollection pods",
            "shop: create pods/exec [web]",
            "shop: patch deployments [api,web]",
            "shop: create deployments [web]",
        ]
    );
}

#[test]
fn more_names_than_are_kept_are_any_name() {
    let names: Vec<String> = (0..70).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let sized = of(vec![(key("get", "", "pods", Some("shop")), record(&names, &[]))]);
    assert_eq!(texts(&sized), ["shop: get pods"]);
}

#[test]
fn what_is_needed_everywhere_is_not_given_again_in_a_namespace() {
    let sized = of(vec![
        (key("list", "", "pods", None), record(&[""], &[])),
        (key("list", "", "pods", Some("shop")), record(&[""], &[])),
        (key("get", "", "pods", Some("shop")), record(&["web"], &[])),
    ]);
    assert_eq!(texts(&sized), ["cluster: list pods", "shop: get pods [web]"]);
}

#[test]
fn a_namespace_itself_is_granted_by_name_in_the_cluster() {
    let sized = of(vec![
        (key("get", "", "namespaces", Some("shop")), record(&["shop"], &[])),
        (key("get", "", "namespaces", Some("till")), record(&["till"], &[])),
    ]);
    assert_eq!(texts(&sized), ["cluster: get namespaces [shop,till]"]);
}

#[test]
fn paths_are_granted_as_they_were_asked_for() {
    let many: Vec<String> = (0..70).map(|number| format!("/apis/g{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let sized = of(vec![
        (path("get", "/healthz"), record(&["/healthz"], &[])),
        (path("get", "/apis"), record(&many, &[])),
    ]);
    assert_eq!(texts(&sized), ["cluster: get /apis,/apis/*,/healthz"]);
}

#[test]
fn a_request_for_a_star_grants_no_star() {
    let sized = of(vec![
        (key("get", "", "*", Some("shop")), record(&["x"], &[])),
        (key("*", "", "pods", Some("shop")), record(&["x"], &[])),
        (key("get", "*", "pods", Some("shop")), record(&["x"], &[])),
        (key("get", "", "pods/*", Some("shop")), record(&["x"], &[])),
        (path("get", "/…"), record(&["/x*"], &[])),
        (path("get", "/a"), record(&["/a/*", "/a/b"], &[])),
        (key("get", "", "pods", Some("shop")), record(&["*"], &[])),
    ]);
    assert_eq!(texts(&sized), ["cluster: get /a/b", "shop: get pods [*]"]);
    let left_out = sized.warnings.iter().filter(|w| w.starts_with("left out")).count();
    assert_eq!(left_out, 6, "{:#?}", sized.warnings);
}

fn says(all: &[String], what: &str) -> bool {
    all.iter().any(|one| one.contains(what))
}

#[test]
fn an_odd_name_or_path_is_left_out_and_the_rest_is_kept() {
    let mut logs = record(&["/logs/a"], &[]);
    logs.authorised.names.odd = 1;
    let mut secrets = record(&["tls"], &[]);
    secrets.authorised.names.odd = 1;
    let mut pods = record(&[], &[]);
    pods.authorised.names.odd = 1;
    pods.authorised.tally.add(Some(DAY.parse().unwrap()), &"audit.log".into(), 1);
    let sized = of(vec![
        (path("get", "/logs"), logs),
        (key("get", "", "secrets", Some("shop")), secrets),
        (key("get", "", "pods", Some("shop")), pods),
    ]);
    assert_eq!(texts(&sized), ["cluster: get /logs/a", "shop: get secrets [tls]"]);
    for what in ["`get /logs`: below it", "`get secrets in shop`", "`get pods in shop`"] {
        assert!(says(&sized.warnings, &format!("left out: {what}")), "{:#?}", sized.warnings);
    }
}

#[test]
fn names_and_paths_that_were_given_up_are_warned_of() {
    let many: Vec<String> = (0..70).map(|number| format!("/logs/{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let sized = of(vec![
        (path("get", "/logs"), record(&many, &[])),
        (key("get", "", "secrets", Some("shop")), record(&many, &[])),
    ]);
    for what in ["`get /logs`", "`get secrets in shop`"] {
        let told = format!("wider than was used: {what}");
        assert!(says(&sized.warnings, &told), "{:#?}", sized.warnings);
    }
}

#[test]
fn requests_of_which_the_log_does_not_show_that_they_passed_are_counted() {
    let unclear = || {
        let mut record = ActionRecord::default();
        record.unclear.add(Some(DAY.parse().unwrap()), &"audit.log".into(), 1);
        record.failed = 1;
        record
    };
    let told = "2 requests were answered in a way that does not show";
    let sized_some = of(vec![
        (key("delete", "", "pods", Some("shop")), unclear()),
        (key("get", "", "pods", Some("shop")), record(&["web"], &[])),
    ]);
    assert!(says(&sized_some.notes, told), "{:#?}", sized_some.notes);
    let none = evidence(vec![(key("delete", "", "pods", Some("shop")), unclear())]);
    let reasons = sized(&none).unwrap_err().reasons;
    assert!(says(&reasons, told), "{reasons:#?}");
}

#[test]
fn rights_that_are_asked_for_beside_those_of_the_log_are_warned_of() {
    let rbac = "rbac.authorization.k8s.io";
    let csr = "certificatesigningrequests";
    for (group, resource, told) in [
        (rbac, "roles".to_owned(), "`escalate`"),
        (rbac, "clusterrolebindings".to_owned(), "`bind` on that role"),
        ("certificates.k8s.io", format!("{csr}/approval"), "`approve` on `signers`"),
        ("certificates.k8s.io", format!("{csr}/status"), "`sign` on `signers`"),
    ] {
        let warnings =
            |verb| of(vec![(key(verb, group, &resource, None), record(&["x"], &[]))]).warnings;
        assert!(says(&warnings("update"), told), "{resource}: {:#?}", warnings("update"));
        assert!(!says(&warnings("get"), "too narrow"), "{resource}");
    }
    let mut evidence =
        evidence(vec![(key("create", "", "pods", Some("shop")), record(&["x"], &[]))]);
    assert!(!says(&sized(&evidence).unwrap().warnings, "too narrow"));
    let mut cluster = crate::model::kubernetes::ClusterSnapshot::default();
    cluster.kinds.insert("policy/PodSecurityPolicy".to_owned(), 1);
    evidence.clusters.push(cluster);
    assert!(says(&sized(&evidence).unwrap().warnings, "`use` on one"));
}

#[test]
fn names_from_a_hostile_log_stay_names() {
    let nasty = "x\n---\nkind: ClusterRoleBinding\n\u{2028}'\": &a !b #";
    let sized = of(vec![
        (key("get", "", nasty, Some("shop")), record(&[nasty], &[])),
        (key("get", "", "pods", Some(nasty)), record(&["yes", "~", "1e3"], &[])),
    ]);
    let text = yaml::documents(&sized.manifests);
    let read: Vec<serde_json::Value> =
        text.split("---\n").map(|one| serde_saphyr::from_str(one).unwrap()).collect();
    let expected: Vec<_> = sized.manifests.iter().map(Manifest::value).collect();
    assert_eq!(read, expected);
    assert_eq!(read.len(), 4);
}

#[test]
fn without_a_log_of_the_agent_there_are_no_roles() {
    let nothing = sized(&Evidence::default()).unwrap_err();
    assert!(nothing.reasons.iter().any(|reason| reason.contains("no kubernetes log")));
    let refused = ActionRecord { failed: 1, ..ActionRecord::default() };
    let denied = evidence(vec![(key("get", "", "pods", Some("shop")), refused)]);
    assert!(sized(&denied).is_err());
    let mut crowded = evidence(vec![(key("get", "", "pods", Some("shop")), record(&["a"], &[]))]);
    crowded.activity.principals.get_mut(&bot()).unwrap().beyond = 1;
    assert!(sized(&crowded).is_err());
}

#[test]
fn a_short_window_and_names_that_pass_are_warned_of() {
    let sized = of(vec![(key("delete", "", "pods", Some("shop")), record(&["web-1"], &[]))]);
    assert!(sized.warnings.iter().any(|warning| warning.contains("covers 1 day")));
    assert!(sized.warnings.iter().any(|warning| warning.contains("make up names of pods")));
    assert!(sized.notes.iter().any(|note| note.contains("no read of it")));
}

#[test]
fn what_is_older_than_the_window_is_told_and_not_granted() {
    let mut old = record(&[], &[]);
    for line in [1, 2] {
        old.authorised.names.add("old");
        let time: Timestamp = "2026-01-01T10:00:00Z".parse().unwrap();
        old.authorised.tally.add(Some(time), &"audit.log".into(), line);
    }
    let mut evidence = evidence(vec![
        (key("get", "", "pods", Some("shop")), record(&["web"], &[])),
        (key("delete", "", "pods", Some("shop")), old),
    ]);
    let log = evidence.activity.logs.get_mut(&Plane::Kubernetes).unwrap();
    log.window.as_mut().unwrap().first = "2026-01-01T10:00:00Z".parse().unwrap();
    let sized = sized(&evidence).unwrap();
    assert_eq!(texts(&sized), ["shop: get pods [web]"]);
    assert_eq!(sized.window.unwrap().0.to_string(), "2026-08-24");
    let told = "2 requests before 2026-08-24 are not counted";
    assert!(sized.notes.iter().any(|note| note.starts_with(told)), "{:#?}", sized.notes);
}

fn any_actions() -> impl Strategy<Value = Actions> {
    let verbs = prop::sample::select(vec![
        "get",
        "list",
        "watch",
        "create",
        "update",
        "patch",
        "delete",
        "deletecollection",
    ]);
    let resources = prop::sample::select(vec![
        ("", "pods"),
        ("", "pods/exec"),
        ("", "configmaps"),
        ("apps", "deployments"),
        ("apps", "deployments/scale"),
        ("", "namespaces"),
        ("rbac.authorization.k8s.io", "roles"),
    ]);
    let places = prop::sample::select(vec![None, Some("shop"), Some("till")]);
    let names = prop::collection::vec(prop::sample::select(vec!["", "a", "b", "c"]), 1..4);
    let created = prop::collection::vec(prop::sample::select(vec!["a", "d"]), 0..2);
    let resource = (verbs, resources, places, names, created).prop_map(
        |(verb, (group, resource), place, names, created)| {
            let created = if matches!(verb, "patch" | "update") { created } else { Vec::new() };
            (key(verb, group, resource, place), record(&names, &created))
        },
    );
    let url = prop::sample::select(vec!["/api", "/api/v1", "/apis/apps"]).prop_map(|url| {
        let first = if url.starts_with("/apis") { "/apis" } else { "/api" };
        (path("get", first), record(&[url], &[]))
    });
    prop::collection::vec(prop_oneof![9 => resource, 1 => url], 1..24)
}

/// The actions as a log merges them.
fn merged(actions: Actions) -> Actions {
    let mut all = BTreeMap::<ActionKey, ActionRecord>::new();
    for (key, record) in actions {
        all.entry(key).or_default().merge(record);
    }
    all.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_request_of_the_log_is_allowed(actions in any_actions()) {
        let actions = merged(actions);
        let rules = rules_of(&of(actions.clone()));
        for (verb, target, name) in requests(&actions) {
            prop_assert!(
                allow(&rules, &verb, &target, &name),
                "{verb} {target:?} {name}: {rules:#?}"
            );
        }
    }

    #[test]
    fn no_rule_no_verb_and_no_name_can_be_left_out(actions in any_actions()) {
        let actions = merged(actions);
        let rules = rules_of(&of(actions.clone()));
        let requests = requests(&actions);
        let covers = |rules: &BTreeMap<_, _>| {
            requests.iter().all(|(verb, target, name)| allow(rules, verb, target, name))
        };
        for (place, of_place) in &rules {
            for (number, rule) in of_place.iter().enumerate() {
                let mut without = rules.clone();
                without.get_mut(place).unwrap().remove(number);
                prop_assert!(!covers(&without), "not needed: {rule:?}");
                let lists: [fn(&mut Rule) -> &mut Vec<String>; 4] = [
                    |rule| &mut rule.verbs,
                    |rule| &mut rule.resources,
                    |rule| &mut rule.resource_names,
                    |rule| &mut rule.non_resource_urls,
                ];
                for list in lists {
                    let length = list(&mut rule.clone()).len();
                    // An empty list of names is any name.
                    for at in (0..length).filter(|_| length > 1) {
                        let mut less = rules.clone();
                        list(&mut less.get_mut(place).unwrap()[number]).remove(at);
                        prop_assert!(!covers(&less), "wider than needed: {rule:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_log_changes_nothing(actions in any_actions()) {
        let mut turned = actions.clone();
        turned.reverse();
        prop_assert_eq!(of(actions).manifests, of(turned).manifests);
    }
}
