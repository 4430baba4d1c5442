//! What an event means.

use super::*;
use crate::model::activity::{GrantUse, Manner, Trace};

#[test]
fn a_request_with_events_for_all_its_stages_counts_once() {
    let activity = activity_of(lines(&[
        with(event("a"), json!({"stage": "RequestReceived", "responseStatus": null})),
        event("a"),
    ]));
    let deletions = action(&activity, "bot", "delete pods in shop");
    assert_eq!(deletions.done.count, 1);
    assert_eq!(deletions.unanswered, 0);
    assert_eq!(log(&activity).requests, 1);
    assert_eq!(log(&activity).events, 2);
}

/// Start and end of one exec over WebSocket.
fn exec(id: &str) -> [Value; 2] {
    let start = with(
        event(id),
        json!({
            "stage": "ResponseStarted", "verb": "get",
            "requestURI": "/api/v1/namespaces/shop/pods/web/exec?command=rm&command=-rf&command=%2F",
            "objectRef": {"resource": "pods", "namespace": "shop", "name": "web", "subresource": "exec"},
            "responseStatus": {"metadata": {}, "code": 101},
        }),
    );
    let end = with(
        start.clone(),
        json!({"stage": "ResponseComplete", "stageTimestamp": "2026-11-01T11:00:00Z"}),
    );
    [start, end]
}

#[test]
fn a_long_request_counts_once_whichever_half_comes_first() {
    let [start, end] = exec("a");
    for events in [[start.clone(), end.clone()], [end.clone(), start.clone()]] {
        let activity = activity_of(lines(&events));
        assert_eq!(action(&activity, "bot", "get pods/exec in shop").done.count, 1);
        assert_eq!(log(&activity).requests, 1);
    }
    let files = [lines(&[start]), lines(&[end])];
    for order in [[0, 1], [1, 0]] {
        let contents = order.map(|at: usize| files[at].as_bytes());
        let (activity, _) = read_all(&contents, Caps::default(), &Limits::default());
        assert_eq!(action(&activity, "bot", "get pods/exec in shop").done.count, 1);
    }
}

#[test]
fn an_exec_over_websocket_that_is_still_open_counts_as_a_get() {
    let [start, _] = exec("a");
    let activity = activity_of(lines(&[start]));
    let open = action(&activity, "bot", "get pods/exec in shop");
    assert_eq!((open.done.count, open.unanswered), (1, 0));
}

#[test]
fn requests_that_share_an_id_chosen_by_the_client_are_all_counted() {
    let [exec_start, _] = exec("chosen");
    let other_end = with(
        exec("chosen")[1].clone(),
        json!({"requestReceivedTimestamp": "2026-11-01T12:00:00Z"}),
    );
    let activity = activity_of(lines(&[exec_start, other_end, event("chosen"), event("chosen")]));
    assert_eq!(action(&activity, "bot", "get pods/exec in shop").done.count, 2);
    assert_eq!(action(&activity, "bot", "delete pods in shop").done.count, 2);
}

#[test]
fn a_request_that_was_only_received_is_no_action_but_unanswered() {
    let received = with(event("a"), json!({"stage": "RequestReceived", "responseStatus": null}));
    let activity = activity_of(lines(&[received, event("b")]));
    let deletions = action(&activity, "bot", "delete pods in shop");
    // Received under another id than answered: one of each is all that a count can tell.
    assert_eq!((deletions.done.count, deletions.unanswered), (1, 0));
    let received = with(event("a"), json!({"stage": "RequestReceived", "verb": "create"}));
    let activity = activity_of(lines(&[received]));
    let creation = action(&activity, "bot", "create pods in shop");
    assert_eq!((creation.requests(), creation.unanswered), (0, 1));
    assert_eq!((log(&activity).requests, log(&activity).unanswered), (0, 1));
}

#[test]
fn a_panic_may_have_taken_effect() {
    let activity = activity_of(lines(&[with(
        event("a"),
        json!({"stage": "Panic", "responseStatus": {"code": 500}}),
    )]));
    let deletions = action(&activity, "bot", "delete pods in shop");
    assert_eq!((deletions.done.count, deletions.unclear.count), (0, 1));
}

#[test]
fn what_is_done_under_an_assumed_identity_is_done_by_it() {
    let impersonated = json!({
        "user": {"username": "breakglass", "groups": ["sre"]},
        "impersonatedUser": {"username": "system:serviceaccount:agents:bot", "groups": ["robots"]},
    });
    let received =
        with(event("a"), json!({"stage": "RequestReceived", "user": {"username": "breakglass"}}));
    let activity = activity_of(lines(&[received, with(event("a"), impersonated)]));
    let actor = "system:serviceaccount:agents:bot";
    assert_eq!(action(&activity, actor, "delete pods in shop").done.count, 1);
    assert_eq!(of(&activity, actor).impersonated_by.get("breakglass"), Some(1));
    assert!(of(&activity, actor).groups.contains("robots"));
    assert!(!of(&activity, actor).groups.contains("sre"));
    // The one who assumed it did just that, and its request is answered.
    let assumed = action(&activity, "breakglass", "impersonate serviceaccounts in agents");
    assert_eq!(assumed.done.count, 1);
    assert_eq!(of(&activity, "breakglass").actions.len(), 1);
    assert_eq!(log(&activity).unanswered, 0);
}

#[test]
fn refused_requests_are_no_actions_and_tell_who_refused() {
    let answer = |decision: Option<&str>, code: u16| {
        with(
            event("a"),
            json!({
                "responseStatus": {"code": code},
                "annotations": decision.map(|word| json!({"authorization.k8s.io/decision": word})),
            }),
        )
    };
    let activity = activity_of(lines(&[
        answer(Some("forbid"), 403),
        answer(Some("allow"), 403),
        answer(None, 403),
        answer(None, 401),
        answer(Some("allow"), 409),
    ]));
    let deletions = action(&activity, "bot", "delete pods in shop");
    assert_eq!(deletions.done.count + deletions.unclear.count, 0);
    assert_eq!(deletions.denied.by_authorization, 2);
    assert_eq!(deletions.denied.after_authorization, 1);
    assert_eq!(deletions.denied.unattributed, 1);
    assert_eq!(deletions.failed, 1);
    assert_eq!(deletions.denied.examples.places().next().unwrap().to_string(), "0.log:1");
}

#[test]
fn a_dry_run_is_no_action() {
    let patch = with(
        event("a"),
        json!({"verb": "patch", "requestURI": "/x?dryRun=All&fieldManager=kubectl-patch"}),
    );
    // As Go writes it.
    let escaped = patch.to_string().replace('&', "\\u0026");
    let activity = activity_of(format!("{escaped}\n{patch}\n"));
    let patches = action(&activity, "bot", "patch pods in shop");
    assert_eq!((patches.dry_run, patches.done.count), (2, 0));
}

#[test]
fn deleting_a_collection_is_an_action_of_its_own() {
    let activity =
        activity_of(lines(&[event("a"), with(event("b"), json!({"verb": "deletecollection"}))]));
    assert_eq!(action(&activity, "bot", "delete pods in shop").done.count, 1);
    assert_eq!(action(&activity, "bot", "deletecollection pods in shop").done.count, 1);
}

#[test]
fn groups_and_subresources_are_kept_and_names_are_not() {
    let scale = |name: &str| {
        with(
            event("a"),
            json!({
                "verb": "patch",
                "objectRef": {"apiGroup": "apps", "resource": "deployments", "subresource": "scale", "namespace": "shop", "name": name},
            }),
        )
    };
    let review = json!({
        "verb": "create",
        "objectRef": {"apiGroup": "authorization.k8s.io", "resource": "selfsubjectaccessreviews"},
    });
    let activity = activity_of(lines(&[scale("a"), scale("b"), with(event("c"), review)]));
    assert_eq!(action(&activity, "bot", "patch apps/deployments/scale in shop").done.count, 2);
    let review = "create authorization.k8s.io/selfsubjectaccessreviews";
    assert_eq!(action(&activity, "bot", review).done.count, 1);
}

#[test]
fn requests_for_paths_are_kept_by_their_first_segment() {
    let path =
        |uri: &str| with(event("a"), json!({"verb": "get", "requestURI": uri, "objectRef": null}));
    let activity =
        activity_of(lines(&[path("/healthz?verbose"), path("/apis/apps/v1"), path("/apis")]));
    assert_eq!(action(&activity, "bot", "get /healthz").done.count, 1);
    assert_eq!(action(&activity, "bot", "get /apis").done.count, 2);
}

#[test]
fn grants_clients_and_open_failures_are_named() {
    let annotations = json!({
        "authorization.k8s.io/decision": "allow",
        "authorization.k8s.io/reason": "RBAC: allowed by ClusterRoleBinding \"fix\" of ClusterRole \"fixer\" to ServiceAccount \"bot/ops\"",
        "failed-open.validating.webhook.admission.k8s.io/round_0_index_1": "guard.example.com",
    });
    let activity = activity_of(lines(&[with(event("a"), json!({"annotations": annotations}))]));
    let bot = of(&activity, "bot");
    let grant = GrantUse {
        binding_kind: "ClusterRoleBinding".to_owned(),
        binding_namespace: None,
        binding: "fix".to_owned(),
        role_kind: "ClusterRole".to_owned(),
        role: "fixer".to_owned(),
    };
    assert_eq!(bot.grants_used.get(&grant), Some(1));
    assert_eq!(bot.user_agents.get("kubectl/v1.34"), Some(1));
    assert_eq!(bot.failed_open.get("guard.example.com"), Some(1));
    assert_eq!(log(&activity).failed_open.total(), 1);
}

#[test]
fn a_change_tells_its_own_groups_and_what_failed_open_during_it() {
    let user = |groups: Value| json!({"user": {"username": "bot", "groups": groups}});
    let failed = json!({"annotations": {
        "authorization.k8s.io/decision": "allow",
        "failed-open.validating.webhook.admission.k8s.io/round_0_index_1": "guard.example.com",
    }});
    let many: Vec<String> = (0..=Trace::GROUPS).map(|group| format!("g{group}")).collect();
    let activity = activity_of(lines(&[
        with(event("a"), user(json!(["system:authenticated"]))),
        with(event("b"), user(json!(["system:masters", "sre", "system:authenticated"]))),
        with(with(event("c"), failed), user(json!(many))),
    ]));
    let told: Vec<_> = of(&activity, "bot").changes.iter().map(|row| &row.trace).collect();
    let groups: Vec<_> = told.iter().map(|trace| trace.groups.as_deref().map(<[_]>::len)).collect();
    assert_eq!(groups, [Some(0), Some(2), None]);
    let failed: Vec<_> = told.iter().map(|trace| trace.failed_open.len()).collect();
    assert_eq!(failed, [0, 0, 1]);
}

#[test]
fn a_change_that_stands_twice_is_told_to_count_twice() {
    let seen = |all: &[Value]| log(&activity_of(lines(all))).repeats_unseen;
    assert!(!seen(&[event("a"), event("b"), event("c")]));
    assert!(seen(&[event("a"), event("b"), event("a")]));
    let later = json!({"requestReceivedTimestamp": "2026-11-20T08:00:00.000001Z"});
    assert!(!seen(&[event("a"), with(event("a"), later)]), "the client chose the id again");
}

#[test]
fn times_span_what_was_done_and_the_window_spans_everything() {
    let at = |verb: &str, time: &str| {
        with(event("a"), json!({"verb": verb, "requestReceivedTimestamp": time}))
    };
    let activity = activity_of(lines(&[
        at("delete", "2026-11-03T10:00:00Z"),
        at("delete", "2026-11-02T10:00:00Z"),
        at("list", "2026-11-05T10:00:00.5Z"),
        at("list", "once upon a time"),
    ]));
    let deletions = action(&activity, "bot", "delete pods in shop").done;
    assert_eq!(deletions.first.unwrap().to_string(), "2026-11-02T10:00:00Z");
    assert_eq!(deletions.last.unwrap().to_string(), "2026-11-03T10:00:00Z");
    let window = log(&activity).window.unwrap();
    // The last event has the time of its stage only.
    assert_eq!(window.first.to_string(), "2026-11-01T10:00:00.000002Z");
    assert_eq!(window.last.to_string(), "2026-11-05T10:00:00.5Z");
    assert_eq!(log(&activity).days.len(), 4);
}

#[test]
fn requests_of_nobody_are_counted_apart() {
    let activity = activity_of(lines(&[
        with(event("a"), json!({"user": {}, "responseStatus": {"code": 401}, "annotations": null})),
        with(event("b"), json!({"user": null})),
    ]));
    assert!(activity.principals.is_empty());
    assert_eq!((log(&activity).unauthenticated, log(&activity).unattributed), (1, 1));
}

#[test]
fn a_user_called_like_a_group_is_a_user() {
    let activity =
        activity_of(lines(&[with(event("a"), json!({"user": {"username": "group:admins"}}))]));
    let user = Principal::KubernetesUser("group:admins".to_owned());
    assert!(activity.principals.contains_key(&user));
}

#[test]
fn a_path_that_is_no_resource_knows_no_dry_run() {
    let post = json!({"verb": "create", "requestURI": "/x?dryRun=All", "objectRef": null});
    let activity = activity_of(lines(&[with(event("a"), post)]));
    let posted = action(&activity, "bot", "create /x");
    assert_eq!((posted.dry_run, posted.unclear.count), (0, 1));
}

/// What the authorizer let pass of an action: the names of objects, and of those
/// that were created; none where they are too many.
fn objects(record: &ActionRecord) -> (Vec<&str>, u64, Vec<&str>) {
    let authorised = &record.authorised;
    (
        authorised.names.all().unwrap().collect(),
        authorised.names.unnamed,
        authorised.created.all().unwrap().collect(),
    )
}

#[test]
fn an_action_tells_the_objects_it_was_authorised_for() {
    let on = |name: &str, code: u16, decision: &str| {
        let object = json!({"resource": "pods", "namespace": "shop", "name": name});
        let annotations = json!({"authorization.k8s.io/decision": decision});
        let status = json!({"code": code});
        with(
            event(name),
            json!({"objectRef": object, "responseStatus": status, "annotations": annotations}),
        )
    };
    let activity = activity_of(lines(&[
        on("web", 200, "allow"),
        on("gone", 404, "allow"),
        on("guarded", 403, "allow"),
        on("secret", 403, "forbid"),
    ]));
    let deletions = action(&activity, "bot", "delete pods in shop");
    assert_eq!(objects(&deletions), (vec!["gone", "guarded", "web"], 0, vec![]));
    assert_eq!(deletions.authorised.tally.count, 3);
}

#[test]
fn the_name_of_what_is_being_created_or_swept_is_not_what_was_authorised() {
    let verb = |verb: &str| with(event(verb), json!({"verb": verb}));
    let activity = activity_of(lines(&[verb("create"), verb("deletecollection"), verb("list")]));
    for (verb, expected) in
        [("create", (vec![], 1)), ("deletecollection", (vec![], 1)), ("list", (vec!["web"], 0))]
    {
        let record = action(&activity, "bot", &format!("{verb} pods in shop"));
        let (names, unnamed, _) = objects(&record);
        assert_eq!((names, unnamed), expected, "{verb}");
    }
}

#[test]
fn a_create_on_an_object_carries_its_name() {
    let exec = with(
        event("a"),
        json!({
            "verb": "create",
            "objectRef": {"resource": "pods", "subresource": "exec", "namespace": "shop", "name": "web"},
        }),
    );
    let activity = activity_of(lines(&[exec]));
    let record = action(&activity, "bot", "create pods/exec in shop");
    assert_eq!(objects(&record), (vec!["web"], 0, vec![]));
}

#[test]
fn a_patch_that_created_needed_create_by_name_too() {
    let patch = |name: &str, code: u16| {
        with(
            event(name),
            json!({
                "verb": "patch", "responseStatus": {"code": code},
                "objectRef": {"resource": "configmaps", "namespace": "shop", "name": name},
            }),
        )
    };
    let activity = activity_of(lines(&[patch("new", 201), patch("old", 200)]));
    let record = action(&activity, "bot", "patch configmaps in shop");
    assert_eq!(objects(&record), (vec!["new", "old"], 0, vec!["new"]));
}

#[test]
fn a_restart_is_one_that_sets_its_time_and_nothing_else() {
    let restarted = json!({"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-01"}});
    let template =
        |more: Value| json!({"spec": {"template": with(json!({"metadata": restarted}), more)}});
    let twice = "\"spec\":{\"replicas\":0},\"spec\":";
    let manner_of = |body: Value, spec: &str| {
        let uri = "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=kubectl-rollout";
        let restart = json!({
            "verb": "patch", "level": "Request", "requestURI": uri, "requestObject": body,
            "objectRef": {
                "resource": "deployments", "namespace": "shop", "name": "web",
                "apiGroup": "apps", "apiVersion": "v1",
            },
        });
        let line = lines(&[with(event("a"), restart)]).replacen("\"spec\":", spec, 1);
        let activity = activity_of(line);
        of(&activity, "bot").changes.iter().next().unwrap().trace.manner
    };
    let manner = |body: Value| manner_of(body, "\"spec\":");
    assert_eq!(manner_of(template(json!({})), twice), None, "which is meant nobody knows");
    assert_eq!(manner(template(json!({}))), Some(Manner::Restart));
    let image = json!({"spec": {"containers": [{"name": "web", "image": "web:1"}]}});
    assert_eq!(manner(template(image)), None);
    assert_eq!(manner(with(template(json!({})), json!({"spec": {"replicas": 1}}))), None);
    assert_eq!(manner(Value::Null), None, "the field manager alone is a claim");
}

#[test]
fn paths_are_kept_whole_unless_they_are_odd() {
    let get =
        |uri: &str| with(event(uri), json!({"verb": "get", "requestURI": uri, "objectRef": null}));
    let activity = activity_of(lines(&[get("/apis/apps/v1?timeout=32s"), get("/apis")]));
    let record = action(&activity, "bot", "get /apis");
    assert_eq!(objects(&record).0, ["/apis", "/apis/apps/v1"]);
    let odd = activity_of(lines(&[get("/apis/*"), get("/apis")]));
    assert!(action(&odd, "bot", "get /apis").authorised.names.all().is_none());
}

#[test]
fn a_name_that_no_object_can_have_counts_as_too_many() {
    let name = "x".repeat(300);
    let object = json!({"resource": "pods", "namespace": "shop", "name": name});
    let activity = activity_of(lines(&[with(event("a"), json!({"objectRef": object}))]));
    assert!(action(&activity, "bot", "delete pods in shop").authorised.names.all().is_none());
}
