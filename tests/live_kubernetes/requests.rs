//! Requests as clients send them: what a path, a method and a selector mean to the
//! server is what [`gradus::privilege::rbac::Request`] says they mean.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    api_server::{Call, say},
    decisions::server,
    random::{Random, seed},
    recorded::{Asked, Question, Who, disagreements, snapshot},
    review::{aggregate, clear, create, dump},
    world::{NAMESPACES, World},
};

/// Clusters a run, and requests in each.
const ROUNDS: (u64, usize) = (6, 400);

/// A resource that every server serves: group, path, name, whether it lives in
/// namespaces.
const RESOURCES: [(&str, &str, &str, bool); 6] = [
    ("", "/api/v1", "pods", true),
    ("", "/api/v1", "secrets", true),
    ("", "/api/v1", "configmaps", true),
    ("apps", "/apis/apps/v1", "deployments", true),
    ("", "/api/v1", "nodes", false),
    ("", "/api/v1", "namespaces", false),
];

/// Subresources, each with the method it is asked by and the verb that this is.
const SUBRESOURCES: [(&str, &str, &str, &str, &str); 7] = [
    ("", "/api/v1", "pods/log", "GET", "get"),
    ("", "/api/v1", "pods/exec", "POST", "create"),
    ("", "/api/v1", "pods/exec", "GET", "get"),
    ("apps", "/apis/apps/v1", "deployments/scale", "GET", "get"),
    ("apps", "/apis/apps/v1", "deployments/scale", "PUT", "update"),
    ("", "/api/v1", "serviceaccounts/token", "POST", "create"),
    ("", "/api/v1", "pods/eviction", "POST", "create"),
];

/// What is sent, and what it asks for.
fn request(random: &mut Random, who: usize) -> (Question, Call) {
    let name = random.one(&["a", "web", "shop"]);
    let namespace = random.one(&NAMESPACES);
    let question = |verb: &str, target| Question { who, verb: verb.to_owned(), target };
    if random.chance(8) {
        let path = random.one(&["/metrics", "/healthz/etcd", "/api", "/apis/", "/logs", "/x"]);
        return (question("get", Asked::Url(path.to_owned())), Call::get(path));
    }
    if random.chance(30) {
        let (group, root, entry, method, verb) = *random.pick(&SUBRESOURCES);
        let (resource, subresource) = entry.split_once('/').unwrap();
        let path =
            format!("{root}/namespaces/{namespace}/{resource}/{name}/{subresource}?dryRun=All");
        let target = Asked::resource(group, entry, Some(namespace), Some(name));
        return (question(verb, target), by_method(method, path));
    }
    let (group, root, resource, namespaced) = *random.pick(&RESOURCES);
    let everywhere = !namespaced || random.chance(20);
    let within = (!everywhere).then_some(namespace);
    let collection = match within {
        Some(namespace) => format!("{root}/namespaces/{namespace}/{resource}"),
        None => format!("{root}/{resource}"),
    };
    let one = format!("{collection}/{name}");
    let named = Asked::resource(group, resource, within, Some(name));
    let unnamed = Asked::resource(group, resource, within, None);
    const DRY: &str = "dryRun=All";
    // Objects of namespaces have no path without one; collections do, for reading.
    let choice = if namespaced && everywhere { random.below(2) } else { random.below(7) };
    match choice {
        0 => (question("list", unnamed), Call::get(format!("{collection}?limit=1"))),
        1 => (
            question("list", named),
            Call::get(format!("{collection}?limit=1&fieldSelector=metadata.name%3D{name}")),
        ),
        2 => (question("get", named), Call::get(one)),
        3 => (question("create", unnamed), by_method("POST", format!("{collection}?{DRY}"))),
        4 => (question("update", named), by_method("PUT", format!("{one}?{DRY}"))),
        5 => (question("patch", named), Call::patch(format!("{one}?{DRY}"), json!({}))),
        _ => (question("delete", named), Call::delete(format!("{one}?{DRY}"))),
    }
}

/// A call whose body is no object of its kind: it is authorized before that shows.
fn by_method(method: &str, path: String) -> Call {
    match method {
        "POST" => Call::post(path, json!({})),
        "PUT" => Call::put(path, json!({})),
        _ => Call::get(path),
    }
}

/// Whether the authorizer let it pass; what happened then is of no interest here.
fn passed(status: u16, body: &Value) -> bool {
    let refused = body["message"].as_str().is_some_and(|message| message.contains(" cannot "));
    assert!(status != 401, "{body}");
    !(status == 403 && refused)
}

#[test]
fn requests_mean_to_the_server_what_gradus_takes_them_for() {
    let Some(server) = server() else { return };
    let seed = seed();
    let (mut asked, mut allowed) = (0, 0);
    let began = Instant::now();
    for round in 0..ROUNDS.0 {
        let mut random = Random::new(seed.wrapping_add(round));
        let world = World::new(&mut random);
        create(&server, &world.manifests);
        aggregate(&server);
        server.settle();
        // A group alone sends no requests.
        let callers: Vec<usize> = (0..world.identities.len())
            .filter(|&who| world.identities[who].identity().user().is_some())
            .collect();
        let (questions, calls): (Vec<Question>, Vec<Call>) = (0..ROUNDS.1)
            .map(|_| {
                let who = *random.pick(&callers);
                let (question, call) = request(&mut random, who);
                (question, as_who(call, &world.identities[who]))
            })
            .unzip();
        let answers = server.send_all(calls).into_iter().map(|(code, body)| passed(code, &body));
        let decisions: Vec<(Question, bool)> = questions.into_iter().zip(answers).collect();
        let cluster = snapshot(dump(&server).iter().map(String::as_str));
        clear(&server);
        aggregate(&server);
        let wrong = disagreements(&cluster, &world.identities, &decisions);
        assert!(wrong.is_empty(), "GRADUS_SEED={}: {wrong:#?}", seed.wrapping_add(round));
        asked += decisions.len();
        allowed += decisions.iter().filter(|(_, allowed)| *allowed).count();
    }
    say(&format!(
        "requests: {asked} sent ({} % let pass), as gradus says; {:.1} s; GRADUS_SEED={seed}",
        allowed * 100 / asked,
        began.elapsed().as_secs_f32()
    ));
    assert!(allowed * 20 >= asked && allowed * 10 <= asked * 9, "{allowed} of {asked}");
}

fn as_who(call: Call, who: &Who) -> Call {
    let identity = who.identity();
    call.act_as(identity.user().unwrap_or_default(), identity.groups())
}
