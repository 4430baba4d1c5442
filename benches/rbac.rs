//! A large cluster: 60,000 RBAC objects, 300 agents.
//!
//! `GRADUS_BENCH_CLUSTER=/tmp/big.json cargo bench --bench rbac -- --list`
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

const CLUSTER_ROLES: u32 = 6_000;
const ROLES: u32 = 14_000;
const CLUSTER_ROLE_BINDINGS: u32 = 8_000;
const ROLE_BINDINGS: u32 = 32_000;
const NAMESPACES: u32 = 600;
const ACCOUNTS: u32 = 3_000;
const AGENTS: u32 = 300;

/// What roles of real clusters are made of: verbs, group, resources.
const RULES: [(&str, &str, &str); 11] = [
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
fn cluster_json() -> String {
    let mut dice = Dice(7);
    let mut text = String::from("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n");
    for number in 0..ACCOUNTS {
        let namespace = number % NAMESPACES;
        let _ = writeln!(
            text,
            r#"{{"apiVersion":"v1","kind":"ServiceAccount","metadata":{{"name":"account-{number}","namespace":"team-{namespace}"}}}},"#
        );
    }
    for number in 0..CLUSTER_ROLES {
        role(&mut text, &mut dice, "ClusterRole", &format!(r#""name":"role-{number}""#));
    }
    for number in 0..ROLES {
        let metadata =
            format!(r#""name":"role-{number}","namespace":"team-{}""#, number % NAMESPACES);
        role(&mut text, &mut dice, "Role", &metadata);
    }
    for number in 0..CLUSTER_ROLE_BINDINGS {
        let metadata = format!(r#""name":"binding-{number}""#);
        let reference = ("ClusterRole", dice.roll(CLUSTER_ROLES));
        binding(&mut text, &mut dice, "ClusterRoleBinding", &metadata, reference);
    }
    for number in 0..ROLE_BINDINGS {
        let role = dice.roll(ROLES);
        let metadata =
            format!(r#""name":"binding-{number}","namespace":"team-{}""#, role % NAMESPACES);
        let kind = if number % 3 == 0 { "ClusterRole" } else { "Role" };
        let reference = (kind, if number % 3 == 0 { role % CLUSTER_ROLES } else { role });
        binding(&mut text, &mut dice, "RoleBinding", &metadata, reference);
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
        let (verbs, group, resources) = if dice.roll(120) == 0 {
            (r#""get","list","watch""#, "*", r#""*""#)
        } else {
            RULES[dice.roll(RULES.len() as u32) as usize]
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
    kind: &str,
    metadata: &str,
    (role_kind, role): (&str, u32),
) {
    let account = dice.roll(ACCOUNTS);
    let _ = writeln!(
        text,
        r#"{{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"{kind}","metadata":{{{metadata},"resourceVersion":"1","uid":"0e1a0000-0000-0000-0000-000000000000"}},"roleRef":{{"apiGroup":"rbac.authorization.k8s.io","kind":"{role_kind}","name":"role-{role}"}},"subjects":[{{"kind":"ServiceAccount","name":"account-{account}","namespace":"team-{}"}}]}},"#,
        account % NAMESPACES
    );
}

static TEXT: LazyLock<String> = LazyLock::new(cluster_json);
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

fn agents() -> impl Iterator<Item = Principal> {
    (0..AGENTS).map(|number| Principal::ServiceAccount {
        namespace: format!("team-{}", number % NAMESPACES),
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

/// Everything that 300 agents may do, on one core.
#[divan::bench(sample_count = 10)]
fn reach_of_300_agents(bencher: Bencher<'_, '_>) {
    let cluster = Evaluator::new(&SNAPSHOT, &RULEBOOK);
    bencher.bench(|| {
        agents()
            .filter_map(|agent| Identity::of(&agent))
            .map(|identity| cluster.reach(&identity).capabilities.len())
            .sum::<usize>()
    });
}

/// Loading the rules.
#[divan::bench]
fn load_rules() -> KubernetesRules {
    KubernetesRules::embedded().expect("the shipped rules load")
}
