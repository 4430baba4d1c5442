//! Random attempts to gain or hand on rights, really made: what gradus says is what
//! the server lets happen.
//!
//! Everything is made without being kept (`dryRun=All`), which passes the same
//! checks and leaves the cluster as it is; tokens are really minted. Whoever
//! attempts is acted as by the administrator, but logs in by a token of its own
//! where it acts as others itself.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Instant,
};

use serde_json::{Value, json};

use crate::{
    api_server::{ApiServer, Call, say},
    attempted::{self, Attempt, Claimed, How, Made},
    decisions::records,
    random::{Random, seed},
    recorded::{self, Recording, Who, snapshot},
    review::{clear, create, dump},
    world::{API, LABEL, RBAC},
};

/// Clusters a run, and attempts in each.
const ROUNDS: (u64, usize) = (10, 320);
/// Clusters that a recording keeps, and attempts of each.
const RECORDED: (u64, usize) = (2, 220);
/// Where things are attempted.
const WHERE: [&str; 2] = ["shop", "ops"];
/// Roles of each scope, and bindings to each of them.
const TARGETS: usize = 4;
/// Whoever attempts.
const HOLDERS: usize = 14;

/// Names that rules restrict writing to.
const NAMES: [&str; 10] = ["new", "b0", "b1", "b2", "t0", "t1", "t2", "agg", "a", "gone"];

/// A rule to be handed on: small, so that holding it is no rare luck.
fn target_rule(random: &mut Random, wide: bool) -> Value {
    if wide && random.chance(15) {
        return json!({
            "verbs": random.some(&["get", "post", "*"], 1, 2),
            "nonResourceURLs": random.some(&["/metrics", "/logs/*", "/logs/x", "*"], 1, 2),
        });
    }
    let mut rule = json!({
        "verbs": random.some(&["get", "list", "create", "delete", "*"], 1, 2),
        "apiGroups": random.some(&["", "apps", "*"], 1, 2),
        "resources": random.some(
            &["pods", "pods/exec", "pods/*", "*/scale", "deployments/scale", "secrets", "*"], 1, 2,
        ),
    });
    if random.chance(25) {
        rule["resourceNames"] = json!(random.some(&["a", "b", "*"], 1, 2));
    }
    rule
}

/// A rule that holds a given one, nearly or more than.
fn near(random: &mut Random, rule: &Value) -> Value {
    let mut rule = rule.clone();
    match random.below(9) {
        0 => rule["verbs"] = json!(["*"]),
        1 => rule["verbs"] = json!(["get"]),
        2 if rule["resources"].is_array() => rule["resources"] = json!(["*"]),
        3 if rule["resources"].is_array() => rule["resources"] = json!(["pods", "*/scale"]),
        4 if rule["apiGroups"].is_array() => rule["apiGroups"] = json!(["*"]),
        5 if rule["resources"].is_array() => rule["resourceNames"] = json!(["a"]),
        6 if rule["nonResourceURLs"].is_array() => rule["nonResourceURLs"] = json!(["/lo**"]),
        _ => {}
    }
    rule
}

/// Rights about rights.
fn power(random: &mut Random) -> Value {
    let kinds = ["roles", "clusterroles", "rolebindings", "clusterrolebindings"];
    let (verbs, group, resources) = match random.below(14) {
        0..=4 => {
            (random.some(&["create", "update", "patch"], 1, 3), RBAC, random.some(&kinds, 1, 4))
        }
        5 | 6 => (vec!["bind"], RBAC, random.some(&kinds, 1, 3)),
        7 | 8 => (vec!["escalate"], RBAC, random.some(&kinds, 1, 3)),
        9 => (vec!["create"], "", vec!["serviceaccounts/token"]),
        10 => (random.some(&["create", "update", "patch"], 1, 3), "", vec!["configmaps"]),
        11 => {
            let whom = ["users", "groups", "serviceaccounts"];
            (vec!["impersonate"], "", random.some(&whom, 1, 3))
        }
        12 => {
            let whom = ["userextras/team", "userextras/area", "*/team", "uids"];
            (vec!["impersonate"], "authentication.k8s.io", random.some(&whom, 1, 2))
        }
        _ => (vec!["*"], random.one(&[RBAC, ""]), vec!["*"]),
    };
    let mut rule = json!({"verbs": verbs, "apiGroups": [group], "resources": resources});
    if random.chance(40) {
        let mut names = NAMES.to_vec();
        if verbs == ["impersonate"] {
            names = vec!["ann", "devs", "system:masters", "a", "red", "u-1"];
        }
        rule["resourceNames"] = json!(random.some(&names, 1, 4));
    }
    rule
}

/// A cluster in which rights are sought.
struct Quest {
    identities: Vec<Who>,
    manifests: Vec<Value>,
    /// The rules of roles, by namespace (or none) and name.
    targets: BTreeMap<(Option<&'static str>, String), Vec<Value>>,
}

impl Quest {
    fn new(random: &mut Random) -> Self {
        let mut quest =
            Self { identities: Vec::new(), manifests: Vec::new(), targets: BTreeMap::new() };
        let scopes = [None, Some(WHERE[0]), Some(WHERE[1])];
        for namespace in scopes {
            for number in 0..TARGETS {
                let count = random.below(3);
                let rules: Vec<Value> =
                    (0..count).map(|_| target_rule(random, namespace.is_none())).collect();
                quest.role(namespace, &format!("t{number}"), json!(rules));
                quest.targets.insert((namespace, format!("t{number}")), rules);
            }
        }
        quest.role(None, "agg", json!([]));
        quest.manifests.last_mut().unwrap()["aggregationRule"] =
            json!({"clusterRoleSelectors": [{"matchLabels": {"nobody": "bears-this"}}]});
        // Bindings that are there already, of each scope, in the order of targets;
        // the last one to no role at all.
        for namespace in scopes {
            for number in 0..=TARGETS {
                let name = if number == TARGETS { "gone".to_owned() } else { format!("t{number}") };
                quest.bind(namespace, &format!("b{number}"), (true, &name), Vec::new());
            }
        }
        for number in 0..HOLDERS {
            quest.holder(random, number);
        }
        quest
    }

    fn metadata(namespace: Option<&str>, name: &str) -> Value {
        let mut metadata = json!({"name": name, "labels": {LABEL: "x"}});
        if let Some(namespace) = namespace {
            metadata["namespace"] = json!(namespace);
        }
        metadata
    }

    fn role(&mut self, namespace: Option<&str>, name: &str, rules: Value) {
        let kind = if namespace.is_some() { "Role" } else { "ClusterRole" };
        self.manifests.push(json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": kind,
            "metadata": Self::metadata(namespace, name), "rules": rules,
        }));
    }

    fn bind(
        &mut self,
        namespace: Option<&str>,
        name: &str,
        (wide, role): (bool, &str),
        subjects: Vec<Value>,
    ) {
        self.manifests.push(binding(Self::metadata(namespace, name), wide, role, subjects));
    }

    /// Someone with powers, and rules near those that may be handed on.
    fn holder(&mut self, random: &mut Random, number: usize) {
        let name = format!("h{number}");
        let (who, subject) = if number.is_multiple_of(2) {
            let subject = json!({"kind": "ServiceAccount", "namespace": "pay", "name": name});
            (Who::new(&format!("system:serviceaccount:pay:{name}"), &[]), subject)
        } else {
            let group = format!("{name}s");
            let subject = json!({"apiGroup": RBAC, "kind": "Group", "name": group});
            (Who::new(&name, &[&group]), subject)
        };
        self.identities.push(who);
        let all: Vec<Vec<Value>> = self.targets.values().cloned().collect();
        for part in 0..3 {
            let namespace = match random.below(10) {
                0..=5 => None,
                6 | 7 => Some(WHERE[0]),
                _ => Some(WHERE[1]),
            };
            let mut rules: Vec<Value> = (0..=random.below(3)).map(|_| power(random)).collect();
            for target in &all {
                if random.chance(30) {
                    rules.extend(target.iter().map(|rule| near(random, rule)));
                }
            }
            if random.chance(5) {
                rules.push(json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}));
                if random.chance(70) {
                    rules.push(json!({"verbs": ["*"], "nonResourceURLs": ["*"]}));
                }
            }
            let role = format!("{name}-{part}");
            // A ClusterRole in either case: it may name URLs too.
            self.role(None, &role, json!(rules));
            self.bind(namespace, &role, (true, &role), vec![subject.clone()]);
        }
    }

    /// Something to attempt, by whom.
    fn attempt(&self, random: &mut Random, may_claim_uids: bool) -> (usize, Attempt) {
        let who = random.below(HOLDERS);
        let namespace = match random.below(3) {
            0 => None,
            1 => Some(WHERE[0]),
            _ => Some(WHERE[1]),
        };
        let attempt = match random.below(10) {
            0..=3 => self.binding_attempt(random, namespace),
            4..=6 => self.role_attempt(random, namespace),
            7 => Attempt::Mint {
                namespace: random.one(&WHERE).to_owned(),
                name: random.one(&["a", "new"]).to_owned(),
            },
            8 => {
                let ways = [How::Create, How::ApplyNew, How::Update, How::Patch];
                let how = *random.pick(&ways);
                let there = matches!(how, How::Update | How::Patch);
                let name = if there { "a" } else { "new" }.to_owned();
                Attempt::WriteConfigMap { how, namespace: random.one(&WHERE).to_owned(), name }
            }
            _ => {
                // Only ServiceAccounts have tokens to log in with.
                return (who - who % 2, claims(random, may_claim_uids));
            }
        };
        (who, attempt)
    }

    fn binding_attempt(&self, random: &mut Random, namespace: Option<&str>) -> Attempt {
        let how = *random.pick(&[
            How::Create,
            How::Create,
            How::ApplyNew,
            How::PutNew,
            How::Update,
            How::Patch,
        ]);
        let target = random.below(TARGETS + 1);
        let role = if target == TARGETS { "gone".to_owned() } else { format!("t{target}") };
        let there = matches!(how, How::Update | How::Patch);
        let name = if there { format!("b{target}") } else { "new".to_owned() };
        // Those that are there refer to ClusterRoles.
        let cluster = there || namespace.is_none() || random.chance(50);
        Attempt::Bind { how, namespace: namespace.map(str::to_owned), name, cluster, role }
    }

    fn role_attempt(&self, random: &mut Random, namespace: Option<&'static str>) -> Attempt {
        let how = *random.pick(&[How::Create, How::ApplyNew, How::PutNew, How::Update, How::Patch]);
        let there = matches!(how, How::Update | How::Patch);
        let collected = there && namespace.is_none() && random.chance(15);
        let name = match (there, collected) {
            (_, true) => "agg".to_owned(),
            (true, false) => format!("t{}", random.below(TARGETS)),
            (false, _) => "new".to_owned(),
        };
        let targets: Vec<&Vec<Value>> = self.targets.values().collect();
        let mut rules: Vec<Value> =
            random.pick(&targets).iter().map(|rule| near(random, rule)).collect();
        if namespace.is_some() {
            rules.retain(|rule| rule["resources"].is_array());
        }
        Attempt::WriteRole {
            how,
            namespace: namespace.map(str::to_owned),
            name,
            rules: json!(rules),
            collects: namespace.is_none() && random.chance(20),
            collected,
        }
    }
}

/// Whom to act as.
fn claims(random: &mut Random, may_claim_uids: bool) -> Attempt {
    let mut claims = vec![if random.chance(50) {
        Claimed::User(random.one(&["ann", "bo"]).to_owned())
    } else {
        Claimed::Account(random.one(&WHERE).to_owned(), random.one(&["a", "new"]).to_owned())
    }];
    if random.chance(40) {
        claims.push(Claimed::Group(random.one(&["devs", "system:masters"]).to_owned()));
    }
    if random.chance(25) {
        let key = random.one(&["team", "area"]).to_owned();
        claims.push(Claimed::Extra(key, random.one(&["red", "blue"]).to_owned()));
    }
    if may_claim_uids && random.chance(20) {
        claims.push(Claimed::Uid("u-1".to_owned()));
    }
    Attempt::ActAs { claims }
}

fn binding(metadata: Value, wide: bool, role: &str, subjects: Vec<Value>) -> Value {
    let kind = if metadata["namespace"].is_null() { "ClusterRoleBinding" } else { "RoleBinding" };
    json!({
        "apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": metadata,
        "roleRef": {
            "apiGroup": RBAC, "kind": if wide { "ClusterRole" } else { "Role" }, "name": role,
        },
        "subjects": subjects,
    })
}

/// The call that writes an object without keeping it.
fn write(how: How, collection: &str, name: &str, manifest: Value) -> Call {
    const DRY: &str = "dryRun=All";
    match how {
        How::Create => Call::post(format!("{collection}?{DRY}"), manifest),
        How::ApplyNew => {
            Call::apply(format!("{collection}/{name}?{DRY}&fieldManager=gradus"), manifest)
        }
        How::PutNew | How::Update => Call::put(format!("{collection}/{name}?{DRY}"), manifest),
        How::Patch => Call::patch(format!("{collection}/{name}?{DRY}"), manifest),
    }
}

/// What an attempt is on the wire.
fn call(attempt: &Attempt, who: &Who, tokens: &BTreeMap<String, String>) -> Call {
    let identity = who.identity();
    let user = identity.user().unwrap().to_owned();
    let as_who = |call: Call| call.act_as(&user, identity.groups());
    // Something always changes, or there would be nothing to check.
    let changed = json!({"changed": "yes"});
    match attempt {
        Attempt::Bind { how, namespace, name, cluster, role } => {
            let mut metadata = Quest::metadata(namespace.as_deref(), name);
            metadata["annotations"] = changed;
            let subjects = vec![json!({"apiGroup": RBAC, "kind": "User", "name": "cy"})];
            let collection = match namespace {
                Some(namespace) => format!("{API}/namespaces/{namespace}/rolebindings"),
                None => format!("{API}/clusterrolebindings"),
            };
            as_who(write(*how, &collection, name, binding(metadata, *cluster, role, subjects)))
        }
        Attempt::WriteRole { how, namespace, name, rules, collects, .. } => {
            let mut metadata = Quest::metadata(namespace.as_deref(), name);
            metadata["annotations"] = changed;
            let (kind, collection) = match namespace {
                Some(namespace) => ("Role", format!("{API}/namespaces/{namespace}/roles")),
                None => ("ClusterRole", format!("{API}/clusterroles")),
            };
            let mut manifest = json!({
                "apiVersion": format!("{RBAC}/v1"), "kind": kind, "metadata": metadata,
                "rules": rules,
            });
            if *collects {
                manifest["aggregationRule"] =
                    json!({"clusterRoleSelectors": [{"matchLabels": {"some": "thing"}}]});
            }
            as_who(write(*how, &collection, name, manifest))
        }
        Attempt::Mint { namespace, name } => as_who(Call::post(
            format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"),
            json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}),
        )),
        Attempt::WriteConfigMap { how, namespace, name } => {
            let manifest = json!({
                "apiVersion": "v1", "kind": "ConfigMap", "data": {"changed": "yes"},
                "metadata": {"name": name, "namespace": namespace},
            });
            let collection = format!("/api/v1/namespaces/{namespace}/configmaps");
            as_who(write(*how, &collection, name, manifest))
        }
        Attempt::ActAs { claims } => {
            // Whoever it is then may read this.
            let mut call = Call::get("/version").bearer(&tokens[&user]);
            for claim in claims {
                call = match claim {
                    Claimed::User(name) => call.header("Impersonate-User", name),
                    Claimed::Account(namespace, name) => call.header(
                        "Impersonate-User",
                        &format!("system:serviceaccount:{namespace}:{name}"),
                    ),
                    Claimed::Group(name) => call.header("Impersonate-Group", name),
                    Claimed::Uid(uid) => call.header("Impersonate-Uid", uid),
                    Claimed::Extra(key, value) => {
                        call.header(&format!("Impersonate-Extra-{key}"), value)
                    }
                };
            }
            call
        }
    }
}

/// Whether the server let it happen; anything but a plain yes or no is a mistake of
/// the test.
fn happened(attempt: &Attempt, status: u16, body: &Value) -> bool {
    // Who may not `bind` is told that the role is not there.
    let no_role = matches!(attempt, Attempt::Bind { role, .. } if role == "gone");
    match status {
        200 | 201 => true,
        403 => false,
        404 if no_role => false,
        _ => panic!("{attempt:?}: {status} {body}"),
    }
}

/// A live server with the objects that are attempted on.
pub(crate) fn server() -> Option<ApiServer> {
    let server = ApiServer::start()?;
    for namespace in ["shop", "ops", "pay"] {
        server.namespace(namespace);
    }
    for namespace in WHERE {
        for (kind, name) in
            [("serviceaccounts", "a"), ("serviceaccounts", "new"), ("configmaps", "a")]
        {
            server.create(
                &format!("/api/v1/namespaces/{namespace}/{kind}"),
                json!({"metadata": {"name": name}}),
            );
        }
    }
    Some(server)
}

/// A token of each of these ServiceAccounts of `pay`, by its user name.
pub(crate) fn tokens(server: &ApiServer, names: &[String]) -> BTreeMap<String, String> {
    let accounts = "/api/v1/namespaces/pay/serviceaccounts";
    names
        .iter()
        .map(|name| {
            server.create(accounts, json!({"metadata": {"name": name}}));
            let request = json!({
                "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {},
            });
            let answer = server.create(&format!("{accounts}/{name}/token"), request);
            let token = answer["status"]["token"].as_str().unwrap().to_owned();
            (format!("system:serviceaccount:pay:{name}"), token)
        })
        .collect()
}

/// The holders that are ServiceAccounts.
fn accounts() -> Vec<String> {
    (0..HOLDERS).step_by(2).map(|number| format!("h{number}")).collect()
}

/// Makes attempts, many at once.
pub(crate) fn make(
    server: &ApiServer,
    identities: &[Who],
    tokens: &BTreeMap<String, String>,
    attempts: Vec<(usize, Attempt)>,
) -> Vec<Made> {
    let calls =
        attempts.iter().map(|(who, attempt)| call(attempt, &identities[*who], tokens)).collect();
    let answers = server.send_all(calls);
    attempts
        .into_iter()
        .zip(answers)
        .map(|((who, attempt), (status, body))| {
            let happened = happened(&attempt, status, &body);
            (who, attempt, happened)
        })
        .collect()
}

/// Whether the server knows the claim of a uid: since 1.22.
fn knows_uids(server: &ApiServer) -> bool {
    gradus::model::kubernetes::version::ServerVersion::parse(server.version())
        .is_some_and(|version| (version.major, version.minor) >= (1, 22))
}

#[test]
fn random_attempts_end_as_gradus_says() {
    let Some(server) = server() else { return };
    let tokens = tokens(&server, &accounts());
    let seed = seed();
    let mut figures = BTreeMap::<&str, (usize, usize)>::new();
    let mut failed = Vec::new();
    let began = Instant::now();
    for round in 0..ROUNDS.0 {
        let own = seed.wrapping_add(round);
        let mut random = Random::new(own);
        let quest = Quest::new(&mut random);
        create(&server, &quest.manifests);
        server.settle();
        let attempts = (0..ROUNDS.1).map(|_| quest.attempt(&mut random, knows_uids(&server)));
        let made = make(&server, &quest.identities, &tokens, attempts.collect());
        let cluster = snapshot(dump(&server).iter().map(String::as_str));
        clear(&server);
        for (_, attempt, happened) in &made {
            let counted = figures.entry(attempt.kind()).or_default();
            counted.0 += 1;
            counted.1 += usize::from(*happened);
        }
        let recording = Recording {
            about: format!("{}, GRADUS_SEED={own}", server.version()),
            manifests: quest.manifests.clone(),
            identities: quest.identities.clone(),
            decisions: Vec::new(),
        };
        let wrong = attempted::disagreements(&cluster, &quest.identities, &made);
        if let Some((first, decision)) = wrong.first() {
            failed
                .push(format!("GRADUS_SEED={own}: {} wrong: {first:?}: {decision:?}", wrong.len()));
            let wrong: Vec<Made> = wrong.iter().map(|(made, _)| (*made).clone()).collect();
            let path = recorded::folder().join(format!("failed-attempts-{own}.json"));
            fs::write(path, attempted::to_text(&recording, &wrong)).unwrap();
        }
        if records() && round < RECORDED.0 {
            let path = recorded::folder().join(format!("attempts-{round:02}.json"));
            fs::write(path, attempted::to_text(&recording, &made[..RECORDED.1])).unwrap();
        }
    }
    let told: Vec<String> = figures
        .iter()
        .map(|(kind, (all, happened))| format!("{kind} {all} ({happened} let happen)"))
        .collect();
    say(&format!(
        "attempts: {}; {} clusters with disagreements; {:.1} s; GRADUS_SEED={seed}",
        told.join(", "),
        failed.len(),
        began.elapsed().as_secs_f32(),
    ));
    assert!(failed.is_empty(), "{failed:#?}");
    for (kind, (all, happened)) in figures {
        assert!(
            all >= 200 && happened * 20 >= all && happened < all,
            "{kind}: {happened} of {all}"
        );
    }
}

#[test]
fn recorded_attempts_still_end_as_recorded() {
    if records() {
        return;
    }
    let Some(server) = server() else { return };
    let files = recorded::files("attempts-");
    let files: Vec<_> =
        files.iter().map(|(name, text)| (name, attempted::from_text(text))).collect();
    let names: BTreeSet<String> = files
        .iter()
        .flat_map(|(_, (recording, _))| &recording.identities)
        .filter_map(|who| who.principal.strip_prefix("system:serviceaccount:pay:"))
        .map(str::to_owned)
        .collect();
    let tokens = tokens(&server, &names.into_iter().collect::<Vec<_>>());
    let mut counted = 0;
    for (name, (recording, recorded)) in files {
        create(&server, &recording.manifests);
        server.settle();
        let attempts = recorded.iter().map(|(who, attempt, _)| (*who, attempt.clone())).collect();
        let made = make(&server, &recording.identities, &tokens, attempts);
        clear(&server);
        assert_eq!(made, recorded, "{name}");
        counted += made.len();
    }
    say(&format!("recorded: {counted} attempts made again"));
    assert!(counted >= 400, "{counted}");
}
