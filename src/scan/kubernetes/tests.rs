use std::sync::Arc;

use super::{ClusterBuilder, Recognition};
use crate::{
    model::kubernetes::{
        ClusterSnapshot, Scope,
        rbac::{Origin, Role, Subject},
    },
    source::{SyntaxHint, limits::Limits, parse},
};

fn read(text: &str) -> (ClusterSnapshot, Vec<Recognition>) {
    let file: Arc<str> = "cluster/objects.yaml".into();
    let parsed = parse(&file, text.as_bytes(), SyntaxHint::Unknown, &Limits::default());
    assert!(parsed.outcome.errors.is_empty(), "{:?}", parsed.outcome.errors);
    let mut builder = ClusterBuilder::new("cluster");
    let recognised = parsed.documents.iter().map(|document| builder.accept(document)).collect();
    (builder.finish(), recognised)
}

fn cluster(text: &str) -> ClusterSnapshot {
    read(text).0
}

fn role<'a>(snapshot: &'a ClusterSnapshot, name: &str) -> &'a Role {
    snapshot.roles.iter().find(|role| &*role.name == name).expect("the role")
}

/// What a role gives, one `verbs resources` a rule.
fn gives(role: &Role) -> Vec<String> {
    role.rules
        .iter()
        .map(|rule| format!("{} {}", rule.verbs.join(","), rule.resources.join(",")))
        .collect()
}

fn reasons(snapshot: &ClusterSnapshot) -> String {
    let lines: Vec<String> =
        snapshot.gaps.iter().map(|gap| format!("{} {}", gap.location, gap.reason)).collect();
    lines.join("\n")
}

const STRANGE: &str = include_str!("../../../tests/fixtures/kubernetes/strange.yaml");
const AGGREGATION: &str = include_str!("../../../tests/fixtures/kubernetes/aggregation.yaml");
const WORKLOADS: &str = include_str!("../../../tests/fixtures/kubernetes/workloads.yaml");

#[test]
fn text_where_a_list_belongs_is_read_and_is_a_gap_of_the_role() {
    let snapshot = cluster(STRANGE);
    let role = role(&snapshot, "text-verbs");
    assert_eq!(gives(role), ["get pods"]);
    assert_eq!(role.gaps.len(), 1);
    assert!(role.gaps[0].reason.contains("a list belongs"), "{}", role.gaps[0].reason);
    assert_eq!(role.gaps[0].location.line, Some(8));
}

#[test]
fn a_misspelt_limit_limits_nothing_and_is_a_gap() {
    let snapshot = cluster(STRANGE);
    let role = role(&snapshot, "misspelt");
    assert!(role.rules[0].resource_names.is_empty());
    assert!(role.gaps[0].reason.contains("`resourceName`"), "{}", role.gaps[0].reason);
}

#[test]
fn a_rule_without_api_groups_is_a_gap() {
    let snapshot = cluster(STRANGE);
    assert!(role(&snapshot, "no-groups").gaps[0].reason.contains("no apiGroups"));
}

#[test]
fn a_binding_that_cannot_be_read_leaves_everybodys_rights_open() {
    let snapshot = cluster(STRANGE);
    let open: Vec<&str> = snapshot.open.iter().map(|gap| gap.reason.as_str()).collect();
    assert_eq!(open.len(), 2, "{open:?}");
    assert!(
        open[0].contains("no-role") && open[1].contains("no User, Group or ServiceAccount"),
        "{open:?}"
    );
    let odd = snapshot.bindings.iter().find(|binding| &*binding.name == "odd-subject").unwrap();
    assert_eq!(odd.subjects.len(), 1, "the subject that can be read still counts");
}

#[test]
fn a_binding_without_a_namespace_may_be_in_any() {
    let snapshot = cluster(STRANGE);
    let binding = snapshot.bindings.iter().find(|binding| &*binding.name == "placeless").unwrap();
    assert_eq!(binding.scope, Scope::UnknownNamespace);
    assert!(reasons(&snapshot).contains("RoleBinding/placeless tells no namespace"));
}

#[test]
fn generated_names_never_hide_one_another() {
    let snapshot = cluster(STRANGE);
    let made_up: Vec<_> =
        snapshot.bindings.iter().filter(|binding| &*binding.name == "made-up-*").collect();
    assert_eq!(made_up.len(), 2);
    let without_namespace = Subject::ServiceAccount { namespace: None, name: "bot".into() };
    assert!(made_up.iter().any(|binding| binding.subjects[0].subject == without_namespace));
}

#[test]
fn a_built_in_role_is_supplied_only_where_it_is_bound_and_missing() {
    let snapshot = cluster(STRANGE);
    assert_eq!(snapshot.supplied_roles, ["view".into()]);
    let view = role(&snapshot, "view");
    assert_eq!(view.origin, Origin::BuiltIn);
    assert!(view.gaps[0].reason.contains("as Kubernetes ships it"));
    assert!(reasons(&snapshot).contains("ClusterRole/view is not in the evidence"));
    assert!(snapshot.roles.iter().all(|role| &*role.name != "gone"), "nothing stands in for it");
}

#[test]
fn a_built_in_role_in_the_evidence_is_left_as_it_is() {
    let snapshot = cluster(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: view}\nrules: []\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n\
         roleRef: {kind: ClusterRole, name: view}\nsubjects: []\n",
    );
    assert!(snapshot.supplied_roles.is_empty());
    assert_eq!(role(&snapshot, "view").origin, Origin::Evidence);
}

#[test]
fn what_the_evidence_aggregates_into_a_supplied_role_counts() {
    let snapshot = cluster(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n\
         metadata: {name: more, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}\n\
         rules: [{apiGroups: [''], resources: [secrets], verbs: [list]}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\n\
         roleRef: {kind: ClusterRole, name: view}\n",
    );
    let view = role(&snapshot, "view");
    let added = view.rules.last().unwrap();
    assert_eq!(added.aggregated_from.as_deref(), Some("more"));
    assert_eq!(&*added.resources[0], "secrets");
}

#[test]
fn aggregation_follows_labels_and_expressions_through_other_aggregates() {
    let snapshot = cluster(AGGREGATION);
    assert_eq!(gives(role(&snapshot, "outer")), ["list secrets"]);
    assert_eq!(role(&snapshot, "outer").rules[0].aggregated_from.as_deref(), Some("leaf"));
    assert_eq!(gives(role(&snapshot, "inner")), ["list secrets"]);
}

#[test]
fn aggregation_in_a_circle_ends_and_an_empty_selector_takes_all() {
    let snapshot = cluster(AGGREGATION);
    assert_eq!(gives(role(&snapshot, "circle-a")), ["get configmaps", "get services"]);
    let everything = gives(role(&snapshot, "everything"));
    for part in ["list secrets", "delete pods", "get configmaps", "get services"] {
        assert!(everything.iter().any(|rule| rule == part), "{part} in {everything:?}");
    }
}

#[test]
fn aggregation_made_to_hurt_ends_and_says_so() {
    let mut text = String::from("{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [");
    for number in 0..3000 {
        let comma = if number == 0 { "" } else { "," };
        text.push_str(&format!(
            "{comma}{{\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"ClusterRole\", \
             \"metadata\": {{\"name\": \"r{number}\"}}, \"aggregationRule\": {{\"clusterRoleSelectors\": [{{}}]}}, \
             \"rules\": [{{\"apiGroups\": [\"\"], \"resources\": [\"w{number}\"], \"verbs\": [\"get\"]}}]}}"
        ));
    }
    text.push_str("]}");
    let snapshot = cluster(&text);
    let kept: usize = snapshot.roles.iter().map(|role| role.rules.len()).sum();
    assert!(kept < 300_000, "{kept}");
    assert!(reasons(&snapshot).contains("aggregates more than gradus follows"));
}

#[test]
fn rules_that_the_controller_wrote_already_are_told_once() {
    let snapshot = cluster(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n\
         aggregationRule: {clusterRoleSelectors: [{matchLabels: {a: b}}]}\n\
         rules: [{apiGroups: [''], resources: [pods], verbs: [get]}, {apiGroups: [''], resources: [nodes], verbs: [get]}]\n---\n\
         apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: part, labels: {a: b}}\n\
         rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n",
    );
    assert_eq!(gives(role(&snapshot, "all")), ["get nodes", "get pods"]);
}

#[test]
fn an_object_that_stands_twice_and_differs_gives_what_both_give() {
    let one = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r, namespace: shop}\n\
               rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n";
    let other = one.replace("get", "delete");
    let same = cluster(&format!("{one}---\n{one}"));
    assert_eq!((same.roles.len(), same.gaps.len()), (1, 0));
    let differs = cluster(&format!("{one}---\n{other}"));
    assert_eq!(gives(role(&differs, "r")), ["get pods", "delete pods"]);
    assert!(
        reasons(&differs).contains("differs: what both give is counted"),
        "{}",
        reasons(&differs)
    );
}

#[test]
fn a_binding_that_stands_twice_keeps_every_subject_and_every_role() {
    let binding = |role: &str, user: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: b}}\n\
             roleRef: {{kind: ClusterRole, name: {role}}}\nsubjects: [{{kind: User, name: {user}}}]\n"
        )
    };
    let joined = cluster(&format!("{}---\n{}", binding("x", "ann"), binding("x", "bob")));
    assert_eq!(joined.bindings.len(), 1);
    assert_eq!(joined.bindings[0].subjects.len(), 2);
    let apart = cluster(&format!("{}---\n{}", binding("x", "ann"), binding("y", "ann")));
    assert_eq!(apart.bindings.len(), 2);
    assert_eq!(apart.gaps.len(), 1);
}

#[test]
fn a_key_that_stands_twice_counts_twice() {
    let snapshot = cluster(
        "{\"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"kind\": \"ClusterRole\", \"metadata\": {\"name\": \"r\"}, \
          \"rules\": [{\"apiGroups\": [\"\"], \"resources\": [\"pods\"], \"verbs\": [\"delete\"], \"verbs\": [\"get\"]}]}",
    );
    assert_eq!(gives(role(&snapshot, "r")), ["delete,get pods"]);
    assert_eq!(role(&snapshot, "r").gaps.len(), 1);
}

#[test]
fn typed_lists_of_the_raw_api_are_objects() {
    let snapshot = cluster(
        "{\"kind\": \"ClusterRoleBindingList\", \"apiVersion\": \"rbac.authorization.k8s.io/v1\", \"items\": [\
          {\"metadata\": {\"name\": \"b\"}, \"roleRef\": {\"kind\": \"ClusterRole\", \"name\": \"cluster-admin\"}, \"subjects\": []}]}",
    );
    assert_eq!(snapshot.bindings.len(), 1);
    assert!(snapshot.has_kind("rbac.authorization.k8s.io/ClusterRoleBinding"));
}

#[test]
fn everything_knows_its_line() {
    let snapshot = cluster(STRANGE);
    let text = role(&snapshot, "text-verbs");
    assert_eq!(text.rules[0].location.to_string(), "cluster/objects.yaml:6:3");
    assert_eq!(text.rules[0].location.object.as_deref(), Some("ClusterRole/text-verbs"));
    let odd = snapshot.bindings.iter().find(|binding| &*binding.name == "odd-subject").unwrap();
    assert_eq!(odd.role.location.line, Some(35));
    assert_eq!(odd.subjects[0].location.line, Some(38));
}

#[test]
fn workloads_tell_as_whom_they_run_and_what_of_the_node_they_touch() {
    let snapshot = cluster(WORKLOADS);
    let by_name = |name: &str| snapshot.workloads.iter().find(|one| &*one.name == name).unwrap();
    let bot = by_name("bot");
    assert_eq!((&*bot.service_account, bot.owned), ("bot", false));
    assert!(
        bot.node_access.privileged && bot.node_access.host_path && bot.node_access.host_namespaces
    );
    assert_eq!(bot.images, ["busybox:1".into(), "example.com/bot:2".into()]);
    assert_eq!(bot.labels.get("agent").map(|value| &**value), Some("yes"));
    assert_eq!(&*by_name("nightly").service_account, "default");
    assert_eq!((&*by_name("bot-1").service_account, by_name("bot-1").owned), ("bot", true));
    assert!(!by_name("bot-1").node_access.any());
    assert_eq!(snapshot.namespaces.len(), 1);
    let account = &snapshot.service_accounts[0];
    assert_eq!(account.aws_role.as_deref(), Some("arn:aws:iam::111122223333:role/bot"));
    assert_eq!(account.automount, Some(false));
    assert!(snapshot.eks.is_some(), "an account with an AWS role shows that the cluster is EKS");
}

#[test]
fn of_secrets_only_tokens_are_kept_and_no_content() {
    let snapshot = cluster(WORKLOADS);
    assert_eq!(snapshot.token_secrets.len(), 1);
    assert_eq!(snapshot.token_secrets[0].service_account.as_deref(), Some("bot"));
    assert_eq!(snapshot.kinds.get("Secret"), Some(&2), "that others exist is known");
    let all = format!("{snapshot:?}");
    assert!(!all.contains("c2VjcmV0") && !all.contains("hunter2"));
}

#[test]
fn what_is_no_object_of_a_cluster_is_not_taken() {
    for text in [
        "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: acme}",
        "apiVersion: v1\nkind: Config\nclusters: []",
        "apiVersion: v2\nname: chart\nversion: 1.0.0",
        "kind: Event\napiVersion: audit.k8s.io/v1\nmetadata: {}",
        "name: something",
        "[1, 2]",
    ] {
        let (snapshot, recognised) = read(text);
        assert!(recognised.iter().all(|one| *one == Recognition::NotMine), "{text}");
        assert!(snapshot.kinds.is_empty(), "{text}");
    }
}

#[test]
fn kinds_that_decide_nothing_are_still_known_to_be_there() {
    let (snapshot, recognised) = read(
        "apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: []\n---\n\
         apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n, namespace: shop}\n",
    );
    assert_eq!(recognised, [Recognition::Taken { items: 1 }, Recognition::Taken { items: 1 }]);
    assert!(snapshot.has_kind("audit.k8s.io/Policy"));
    assert!(snapshot.has_kind("networking.k8s.io/NetworkPolicy"));
    assert!(!snapshot.has_kind("Secret"));
}

#[test]
fn a_kustomization_and_openshifts_own_objects_are_gaps() {
    let (snapshot, recognised) = read(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n---\n\
         apiVersion: authorization.openshift.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: n}\nuserNames: [ann]\n",
    );
    assert!(recognised.iter().all(|one| matches!(one, Recognition::Partly { .. })));
    assert!(reasons(&snapshot).contains("was not built"));
    assert_eq!(snapshot.open.len(), 2, "either may give rights to anybody");
}

const LIMITS: &str = include_str!("../../../tests/fixtures/kubernetes/limits.yaml");

#[test]
fn a_budget_selects_by_the_labels_of_pods_in_its_own_namespace() {
    let snapshot = cluster(LIMITS);
    let web = snapshot.workloads.iter().find(|workload| &*workload.name == "web").unwrap();
    let selecting: Vec<&str> = snapshot
        .budgets
        .iter()
        .filter(|budget| budget.selects("shop", &web.pod_labels))
        .map(|budget| &*budget.name)
        .collect();
    assert_eq!(selecting, ["everything", "for-show", "web"]);
    assert_eq!(web.replicas, Some(3));
    assert_eq!(web.revision_history, Some(0));
    let keeping = |name: &str| {
        snapshot.budgets.iter().find(|budget| &*budget.name == name).unwrap().keeps_any(3)
    };
    assert!(keeping("web") && keeping("everything"));
    assert!(!keeping("for-show"), "it lets every pod go");
    assert!(!keeping("mute"), "it does not tell what it keeps");
}

#[test]
fn quotas_and_custom_objects_are_kept_with_what_they_name() {
    let snapshot = cluster(LIMITS);
    assert!(snapshot.quotas[0].forbids_pods());
    let told: Vec<(&str, &str, Option<&str>)> = snapshot
        .custom
        .iter()
        .map(|own| (&*own.kind, &*own.name, own.service_account.as_deref()))
        .collect();
    assert_eq!(
        told,
        [
            ("Sandbox", "coder", Some("coder")),
            ("Rollout", "api", Some("api")),
            ("Rollout", "blind", None),
            ("Canary", "web", None),
            ("Canary", "skipped", None),
        ]
    );
    assert_eq!(&*snapshot.custom[0].images[0], "registry.corp/agents/coder:1");
    let undone: Vec<&str> = snapshot
        .custom
        .iter()
        .filter_map(|own| own.rollback.as_ref())
        .map(|rollback| &*rollback.name)
        .collect();
    assert_eq!(undone, ["api", "web"], "only what an analysis decides undoes itself");
}

#[test]
fn the_version_is_what_the_server_says_of_itself_and_not_what_a_client_does() {
    let version = |text: &str| cluster(text).version.map(|version| version.to_string());
    let raw = "{\"major\": \"1\", \"minor\": \"30\", \"gitVersion\": \"v1.30.1\"}";
    let both = "{\"clientVersion\": {\"gitVersion\": \"v1.33.0\"}, \
                \"serverVersion\": {\"gitVersion\": \"v1.30.1\"}}";
    assert!(version(raw).is_some());
    assert_eq!(version(raw), version(both));
    for text in ["clientVersion: {gitVersion: v1.33.0}", "gitVersion: v1.30.1"] {
        assert_eq!(version(text), None, "{text}");
    }
}

#[test]
fn the_mapping_of_aws_principals_is_read_as_the_authenticator_reads_it() {
    use crate::model::kubernetes::aws_auth::Mapped;
    let snapshot = cluster(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\n\
         data:\n  mapRoles: |\n    - RoleARN: arn:r\n      username: system:node:{{EC2PrivateDNSName}}\n      \
         groups:\n      - system:nodes\n    - rolearn: arn:s\n  \
         mapUsers: |\n    [{\"userarn\": \"arn:u\", \"username\": \"ann\", \"groups\": null}]\n  \
         mapAccounts: |\n    - \"111122223333\"\n    - 000011112222\n",
    );
    let auth = snapshot.aws_auth.expect("it is the mapping");
    assert!(auth.gaps.is_empty(), "{:?}", auth.gaps);
    let told: Vec<_> = auth
        .entries
        .iter()
        .map(|entry| {
            let groups: Vec<&str> = entry.groups.iter().map(|group| &**group).collect();
            (entry.whom.clone(), &*entry.user, groups.join(","), entry.number)
        })
        .collect();
    assert_eq!(
        told,
        [
            (
                Mapped::Role("arn:r".into()),
                "system:node:{{EC2PrivateDNSName}}",
                "system:nodes".to_owned(),
                1
            ),
            (Mapped::Role("arn:s".into()), "", String::new(), 2),
            (Mapped::User("arn:u".into()), "ann", String::new(), 1),
        ]
    );
    assert_eq!(auth.entries[0].location.line, Some(6), "where the text begins");
    let accounts: Vec<&str> = auth.accounts.iter().map(|own| &*own.account).collect();
    assert_eq!(accounts, ["111122223333", "000011112222"]);
}

#[test]
fn a_mapping_elsewhere_is_none_and_one_of_an_unknown_namespace_counts() {
    let at = |metadata: &str| {
        let text = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\ndata: {{}}\n");
        cluster(&text).aws_auth.is_some()
    };
    assert!(at("{name: aws-auth, namespace: kube-system}"));
    assert!(at("{name: aws-auth}"));
    assert!(!at("{name: aws-auth, namespace: shop}"));
    assert!(!at("{name: other, namespace: kube-system}"));
}
