//! A large cluster: 60,000 objects, 300 agents, with the paths of each.
//!
//! Growth is shown by a quarter and a half of either.
//!
//! `GRADUS_BENCH_CLUSTER=FILE cargo bench --bench rbac -- --list`
//! writes the same cluster as a JSON `List`, for measuring a whole run.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up must stop")]

use std::{
    env,
    fmt::Write as _,
    fs,
    sync::{Arc, LazyLock},
};

use divan::{Bencher, black_box};
use gradus::{
    model::{kubernetes::ClusterSnapshot, principal::Principal},
    privilege::rbac::{Evaluator, Identity, Index},
    rubric::kubernetes::KubernetesRules,
    scan::kubernetes::ClusterBuilder,
    source::{SyntaxHint, limits::Limits, parse_each},
};

/// How many objects of each kind a cluster has.
#[derive(Clone, Copy)]
struct Size {
    cluster_roles: u32,
    roles: u32,
    cluster_role_bindings: u32,
    role_bindings: u32,
    namespaces: u32,
    accounts: u32,
    deployments: u32,
}

impl Size {
    /// About that many objects in all.
    const fn of(objects: u32) -> Self {
        Self {
            cluster_roles: objects / 10,
            roles: objects / 5,
            cluster_role_bindings: objects / 8,
            role_bindings: objects / 2 - objects / 50,
            namespaces: objects / 100,
            accounts: objects / 20,
            deployments: objects / 40,
        }
    }
}

const OBJECTS: u32 = 60_000;
const AGENTS: u32 = 300;

/// What roles of real clusters are made of: verbs, group, resources.
const RULES: [(&str, &str, &str); 12] = [
    (r#""get","list","watch""#, "", r#""pods","services","configmaps","endpoints""#),
    (r#""get","list","watch""#, "", r#""nodes","namespaces","persistentvolumes""#),
    (
        r#""get","list","watch","create","update","patch","delete""#,
        "apps",
        r#""deployments","statefulsets""#,
    ),
    (r#""patch","update""#, "apps", r#""deployments/scale""#),
    (r#""create","patch""#, "", r#""events""#),
    (r#""get","create","update""#, "coordination.k8s.io", r#""leases""#),
    (r#""get""#, "", r#""secrets""#),
    (r#""*""#, "example.com", r#""widgets","gadgets","gizmos""#),
    (r#""create""#, "authorization.k8s.io", r#""subjectaccessreviews""#),
    (r#""delete","deletecollection""#, "batch", r#""jobs","cronjobs""#),
    (r#""create""#, "", r#""pods/exec","pods/eviction""#),
    (r#""create","delete""#, "", r#""pods""#),
];

/// Rarer ones that lead to other identities.
const STEPS: [(&str, &str, &str); 4] = [
    (r#""create""#, "", r#""serviceaccounts/token""#),
    (r#""impersonate""#, "", r#""serviceaccounts""#),
    (r#""create","get""#, "", r#""secrets""#),
    (r#""get""#, "", r#""nodes/proxy""#),
];

/// A linear congruential generator: the same cluster on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(sides)).unwrap_or(0)
    }
}

/// The cluster as `kubectl get -o json` would print it.
fn cluster_json(size: Size) -> String {
    let mut dice = Dice(7);
    let mut text = String::from("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n");
    for number in 0..size.namespaces {
        let level = if number % 4 == 0 { "privileged" } else { "baseline" };
        let _ = writeln!(
            text,
            r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"team-{number}","labels":{{"pod-security.kubernetes.io/enforce":"{level}"}}}}}},"#
        );
    }
    for number in 0..size.accounts {
        let namespace = number % size.namespaces;
        let _ = writeln!(
            text,
            r#"{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":"account-{number}","namespace":"team-{namespace}"}}}},"#
        );
    }
    for number in 0..size.deployments {
        let account = dice.roll(size.accounts);
        let namespace = account % size.namespaces;
        let _ = writeln!(
            text,
            r#"{{"apiVersion":"apps/v1","kind":"Deployment","metadata":{{"name":"app-{number}","namespace":"team-{namespace}"}},"spec":{{"replicas":2,"template":{{"metadata":{{"labels":{{"app":"app-{number}"}}}},"spec":{{"serviceAccountName":"account-{account}","containers":[{{"name":"app","image":"registry.example/app:{number}"}}]}}}}}}}},"#
        );
    }
    for number in 0..size.cluster_roles {
        role(&mut text, &mut dice, "ClusterRole", &format!(r#""name":"role-{number}""#));
    }
    for number in 0..size.roles {
        let namespace = number % size.namespaces;
        let metadata = format!(r#""name":"role-{number}","namespace":"team-{namespace}""#);
        role(&mut text, &mut dice, "Role", &metadata);
    }
    for number in 0..size.cluster_role_bindings {
        let metadata = format!(r#""name":"binding-{number}""#);
        // Whoever set the cluster up is its administrator, and so is a deployer.
        let name = match number {
            0..3 => "cluster-admin".to_owned(),
            _ => format!("role-{}", dice.roll(size.cluster_roles)),
        };
        binding(
            &mut text,
            &mut dice,
            size,
            "ClusterRoleBinding",
            &metadata,
            ("ClusterRole", &name),
        );
    }
    for number in 0..size.role_bindings {
        let role = dice.roll(size.roles);
        let namespace = role % size.namespaces;
        let metadata = format!(r#""name":"binding-{number}","namespace":"team-{namespace}""#);
        let (kind, role) = if number % 3 == 0 {
            ("ClusterRole", role % size.cluster_roles)
        } else {
            ("Role", role)
        };
        let name = format!("role-{role}");
        binding(&mut text, &mut dice, size, "RoleBinding", &metadata, (kind, &name));
    }
    text.truncate(text.trim_end().trim_end_matches(',').len());
    text.push_str("\n]}\n");
    text
}

fn role(text: &mut String, dice: &mut Dice, kind: &str, metadata: &str) {
    let _ = write!(
        text,
        r#"{{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"{kind}","metadata":{{{metadata},"labels":{{"app.kubernetes.io/managed-by":"Helm"}},"resourceVersion":"1","uid":"0e1a0000-0000-0000-0000-000000000000"}},"rules":["#
    );
    for position in 0..=dice.roll(4) {
        // The wildcard is rare, as it is in real clusters.
        let (verbs, group, resources) = match dice.roll(240) {
            0 | 1 => (r#""get","list","watch""#, "*", r#""*""#),
            2 => STEPS[dice.roll(STEPS.len() as u32) as usize],
            _ => RULES[dice.roll(RULES.len() as u32) as usize],
        };
        let comma = if position == 0 { "" } else { "," };
        let _ = write!(
            text,
            r#"{comma}{{"apiGroups":["{group}"],"resources":[{resources}],"verbs":[{verbs}]}}"#
        );
    }
    text.push_str("]},\n");
}

fn binding(
    text: &mut String,
    dice: &mut Dice,
    size: Size,
    kind: &str,
    metadata: &str,
    (role_kind, role): (&str, &str),
) {
    let account = dice.roll(size.accounts);
    let _ = writeln!(
        text,
        r#"{{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"{kind}","metadata":{{{metadata},"resourceVersion":"1","uid":"0e1a0000-0000-0000-0000-000000000000"}},"roleRef":{{"apiGroup":"rbac.authorization.k8s.io","kind":"{role_kind}","name":"{role}"}},"subjects":[{{"kind":"ServiceAccount","name":"account-{account}","namespace":"team-{}"}}]}},"#,
        account % size.namespaces
    );
}

static TEXT: LazyLock<String> = LazyLock::new(|| cluster_json(Size::of(OBJECTS)));
static SNAPSHOT: LazyLock<ClusterSnapshot> = LazyLock::new(|| scan(&TEXT));
static RULEBOOK: LazyLock<KubernetesRules> =
    LazyLock::new(|| KubernetesRules::embedded().expect("the shipped rules load"));

fn scan(text: &str) -> ClusterSnapshot {
    let file: Arc<str> = "cluster.json".into();
    let mut builder = ClusterBuilder::new("cluster");
    let outcome =
        parse_each(&file, text.as_bytes(), SyntaxHint::Json, &Limits::default(), &mut |document| {
            builder.accept(&document);
        });
    assert!(outcome.errors.is_empty(), "{:?}", outcome.errors);
    builder.finish()
}

fn agents(objects: u32, agents: u32) -> impl Iterator<Item = Principal> {
    (0..agents).map(move |number| Principal::ServiceAccount {
        namespace: format!("team-{}", number % Size::of(objects).namespaces),
        name: format!("account-{number}"),
    })
}

fn main() {
    if let Ok(path) = env::var("GRADUS_BENCH_CLUSTER") {
        fs::write(path, &*TEXT).expect("the path can be written");
    }
    divan::main();
}

/// Parsing and reading all objects.
#[divan::bench(sample_count = 5)]
fn scan_60_000_objects(bencher: Bencher<'_, '_>) {
    bencher.bench(|| scan(black_box(&TEXT)));
}

/// Indexing them once.
#[divan::bench(sample_count = 10)]
fn index_60_000_objects(bencher: Bencher<'_, '_>) {
    let snapshot = &*SNAPSHOT;
    bencher.bench(|| Index::new(black_box(snapshot)));
}

/// All that agents may do and become, on one core, the graph drawn anew.
fn reach(snapshot: &ClusterSnapshot, objects: u32, number: u32) -> usize {
    let cluster = Evaluator::new(snapshot, &RULEBOOK);
    agents(objects, number)
        .filter_map(|agent| Identity::of(&agent))
        .map(|identity| cluster.reach(&identity).paths.len())
        .sum()
}

/// Growth in agents: time is to double with them.
#[divan::bench(sample_count = 10, args = [75, 150, 300])]
fn reach_and_paths_of_agents(bencher: Bencher<'_, '_>, number: u32) {
    let snapshot = &*SNAPSHOT;
    assert!(reach(snapshot, OBJECTS, number) > 0, "the cluster has paths");
    bencher.bench(|| reach(black_box(snapshot), OBJECTS, number));
}

/// Growth in objects, with 300 agents: time is to double with them, at most.
#[divan::bench(sample_count = 10, args = [15_000, 30_000, 60_000])]
fn reach_and_paths_among_objects(bencher: Bencher<'_, '_>, objects: u32) {
    let snapshot = scan(&cluster_json(Size::of(objects)));
    bencher.bench(|| reach(black_box(&snapshot), objects, AGENTS));
}

/// Loading the rules.
#[divan::bench]
fn load_rules() -> KubernetesRules {
    KubernetesRules::embedded().expect("the shipped rules load")
}
