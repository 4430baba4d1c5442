//! Random questions about random clusters: the engine says what the server says.

use std::{collections::BTreeSet, env, fs, time::Instant};

use serde_json::{Value, json};

use crate::{
    api_server::{ApiServer, Call, say},
    questions::question,
    random::{Random, seed},
    recorded::{self, Question, Recording, disagreements, snapshot},
    review::{aggregate, ask, clear, create, dump},
    world::{API, NAMESPACES, World},
};

/// Clusters a run.
const ROUNDS: u64 = 25;
/// Questions a cluster.
const QUESTIONS: usize = 900;
/// Clusters that a recording keeps, and questions of each.
const RECORDED: (u64, usize) = (6, 520);

/// Whether recordings are to be written anew.
pub(crate) fn records() -> bool {
    env::var_os("GRADUS_RECORD").is_some_and(|value| value == "1")
}

/// A live server with the namespaces of random worlds.
pub(crate) fn server() -> Option<ApiServer> {
    let server = ApiServer::start()?;
    for namespace in NAMESPACES {
        server.namespace(namespace);
    }
    aggregate(&server);
    Some(server)
}

#[test]
fn random_questions_are_answered_as_the_server_answers_them() {
    let Some(server) = server() else { return };
    let seed = seed();
    if records() {
        record_bootstrap(&server);
    }
    let (mut decisions, mut allowed, mut unknown, mut failed) = (0, 0, 0, Vec::new());
    let began = Instant::now();
    for round in 0..ROUNDS {
        let own = seed.wrapping_add(round);
        let mut random = Random::new(own);
        let world = World::new(&mut random);
        let questions: BTreeSet<Question> =
            (0..QUESTIONS).map(|_| question(&mut random, &world)).collect();
        let questions: Vec<Question> = questions.into_iter().collect();
        create(&server, &world.manifests);
        let before = dump(&server);
        aggregate(&server);
        let after = dump(&server);
        server.settle();
        let answers = ask(&server, &world.identities, &questions);
        clear(&server);
        // The built-in ClusterRoles may have collected from those that are gone.
        aggregate(&server);

        let asked: Vec<(Question, bool)> = questions.into_iter().zip(answers).collect();
        decisions += asked.len();
        allowed += asked.iter().filter(|(_, allowed)| *allowed).count();
        // As written, with aggregation left to gradus; and as a dump holds it.
        for texts in [&before, &after] {
            let cluster = snapshot(texts.iter().map(String::as_str));
            unknown += not_decided(&cluster, &world, &asked);
            let wrong = disagreements(&cluster, &world.identities, &asked);
            if !wrong.is_empty() {
                let mut wrong: Vec<(Question, bool)> = wrong
                    .into_iter()
                    .map(|(question, allowed, _)| (question.clone(), allowed))
                    .collect();
                wrong.dedup();
                failed.push(keep(&server, own, &world, wrong));
            }
        }
        if records() && round < RECORDED.0 {
            // Spread evenly, as they are in order.
            let kept = (0..RECORDED.1.min(asked.len()))
                .map(|number| asked[number * asked.len() / RECORDED.1.min(asked.len())].clone())
                .collect();
            let about = format!("{}, GRADUS_SEED={own}", server.version());
            let recording = Recording {
                about,
                manifests: world.manifests.clone(),
                identities: world.identities.clone(),
                decisions: kept,
            };
            let path = recorded::folder().join(format!("decisions-{round:02}.json"));
            fs::write(path, recording.to_text()).unwrap();
        }
    }
    say(&format!(
        "decisions: {decisions} by the server ({} % allowed), each compared with the cluster as \
         written and as listed; {} clusters with disagreements, {unknown} comparisons not decided \
         for lack of evidence; {:.1} s; GRADUS_SEED={seed}",
        allowed * 100 / decisions,
        failed.len(),
        began.elapsed().as_secs_f32(),
    ));
    assert!(failed.is_empty(), "GRADUS_SEED={seed}: {failed:#?}");
    assert!(decisions >= 20_000, "{decisions} decisions");
    assert!(allowed * 4 >= decisions, "{allowed} of {decisions} are allowed");
}

/// How many questions gradus leaves open: the server refuses them, since a role
/// is bound that is not there.
fn not_decided(
    cluster: &gradus::model::kubernetes::ClusterSnapshot,
    world: &World,
    asked: &[(Question, bool)],
) -> usize {
    use gradus::privilege::rbac::{Closure, Decision, Index};
    let index = Index::new(cluster);
    let closures: Vec<_> =
        world.identities.iter().map(|who| Closure::of(&index, &who.identity())).collect();
    asked
        .iter()
        .filter(|(question, _)| {
            let decision = closures[question.who].allows(&question.request());
            matches!(decision, Decision::Unknown { .. })
        })
        .count()
}

/// Keeps a cluster with the questions that gradus answers otherwise.
fn keep(server: &ApiServer, seed: u64, world: &World, decisions: Vec<(Question, bool)>) -> String {
    let told = format!("{:?}", decisions.iter().take(3).collect::<Vec<_>>());
    let recording = Recording {
        about: format!("{}, GRADUS_SEED={seed}", server.version()),
        manifests: world.manifests.clone(),
        identities: world.identities.clone(),
        decisions,
    };
    let path = recorded::folder().join(format!("failed-decisions-{seed}.json"));
    fs::write(&path, recording.to_text()).unwrap();
    format!("GRADUS_SEED={seed}: {} holds the cluster; {told}", path.display())
}

/// Keeps what a server makes by itself, without what differs from one start to the
/// next.
fn record_bootstrap(server: &ApiServer) {
    let mut items = Vec::new();
    for kind in ["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"] {
        let list = server.must(Call::get(format!("{API}/{}s", kind.to_lowercase())));
        for item in list["items"].as_array().unwrap() {
            let metadata = &item["metadata"];
            let mut kept = json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": metadata["name"]},
            });
            for key in ["namespace", "labels"] {
                if !metadata[key].is_null() {
                    kept["metadata"][key] = metadata[key].clone();
                }
            }
            for key in ["aggregationRule", "rules", "roleRef", "subjects"] {
                // What is collected from others is collected anew.
                let collected = key == "rules" && item["aggregationRule"].is_object();
                if !item[key].is_null() && !collected {
                    kept[key] = item[key].clone();
                }
            }
            items.push(kept.to_string());
        }
    }
    let text = format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n{}]}}\n",
        items.join(",\n")
    );
    fs::write(recorded::folder().join("bootstrap.json"), text).unwrap();
}

#[test]
fn what_is_recorded_still_holds() {
    if records() {
        return;
    }
    let Some(server) = server() else { return };
    let mut decisions = 0;
    let began = Instant::now();
    for prefix in ["decisions-", "traps", "failed-decisions-"] {
        for (name, recording) in Recording::all(prefix) {
            let labelled: Vec<Value> = recording.manifests.iter().map(labelled).collect();
            create(&server, &labelled);
            aggregate(&server);
            server.settle();
            let questions: Vec<Question> =
                recording.decisions.iter().map(|(question, _)| question.clone()).collect();
            let answers = ask(&server, &recording.identities, &questions);
            let cluster = snapshot(dump(&server).iter().map(String::as_str));
            clear(&server);
            aggregate(&server);
            let asked: Vec<(Question, bool)> = questions.into_iter().zip(answers).collect();
            let wrong = disagreements(&cluster, &recording.identities, &asked);
            assert!(wrong.is_empty(), "{name}: {wrong:#?}");
            // What a server makes by itself, `view` and its like, differs from
            // version to version, and with it what is recorded.
            if recording.about.starts_with(server.version()) {
                assert_eq!(recording.decisions, asked, "{name}");
            }
            decisions += asked.len();
        }
    }
    say(&format!(
        "recorded: {decisions} decisions asked again in {:.1} s",
        began.elapsed().as_secs_f32()
    ));
    assert!(decisions >= 3_000, "{decisions}");
}

/// A manifest with the label by which it is removed again.
fn labelled(manifest: &Value) -> Value {
    let mut manifest = manifest.clone();
    manifest["metadata"]["labels"][crate::world::LABEL] = json!("x");
    manifest
}
