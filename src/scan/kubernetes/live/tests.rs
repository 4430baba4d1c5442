use serde_json::{Map, Value, json};

use super::{
    permissions::cluster_role,
    prune::prune,
    resources::{ROWS, Takes},
};
use crate::scan::kubernetes::ClusterBuilder;
use crate::source::{SyntaxHint, limits::Limits, parse};

fn pruned(takes: Takes, object: Value) -> Value {
    let object: Map<String, Value> = serde_json::from_value(object).unwrap();
    prune(takes, "v1", "It", &object).into()
}

#[test]
fn of_a_pod_stays_what_decides_and_no_value() {
    let kept = pruned(
        Takes::Pod,
        json!({
            "metadata": {
                "name": "p", "namespace": "n", "uid": "u", "labels": {"app": "x"},
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "planted"},
                "managedFields": ["planted"],
                "ownerReferences": [{"kind": "ReplicaSet", "name": "r", "controller": true, "uid": "u"}],
            },
            "spec": {
                "serviceAccountName": "bot", "hostNetwork": true, "dnsPolicy": "Default",
                "containers": [{
                    "name": "c", "image": "i", "command": ["planted"], "args": ["planted"],
                    "securityContext": {"privileged": true},
                    "env": [
                        {"name": "A", "value": "planted"},
                        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                    ],
                }],
                "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
            },
            "status": {"podIP": "planted"},
        }),
    );
    assert_eq!(
        kept,
        json!({
            "apiVersion": "v1", "kind": "It",
            "metadata": {
                "name": "p", "namespace": "n", "labels": {"app": "x"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "r", "controller": true}],
            },
            "spec": {
                "serviceAccountName": "bot", "hostNetwork": true,
                "containers": [{
                    "name": "c", "image": "i", "securityContext": {"privileged": true},
                    "env": [
                        {"name": "A"},
                        {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                    ],
                }],
                "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
            },
        })
    );
}

#[test]
fn what_a_pod_holds_stays_by_name_whoever_describes_it() {
    let pod = json!({
        "securityContext": {"windowsOptions": {"hostProcess": true}},
        "containers": [{
            "name": "c", "image": "i",
            "securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}},
            "envFrom": [{"secretRef": {"name": "from"}}],
            "env": [{"name": "T", "valueFrom": {"secretKeyRef": {"name": "key", "key": "k"}}}],
        }],
        "volumes": [
            {"name": "a", "secret": {"secretName": "mounted"}},
            {"name": "b", "projected": {"sources": [
                {"secret": {"name": "projected"}}, {"serviceAccountToken": {"path": "token"}},
            ]}},
            {"name": "c", "persistentVolumeClaim": {"claimName": "claim"}},
        ],
    });
    let described = [
        (Takes::Pod, "v1", "Pod", pod.clone()),
        (Takes::Controller, "apps/v1", "Deployment", json!({"template": {"spec": pod}})),
        (Takes::Controller, "argoproj.io/v1alpha1", "Rollout", json!({"template": {"spec": pod}})),
        (
            Takes::Agent,
            "agents.x-k8s.io/v1alpha1",
            "Sandbox",
            json!({"podTemplate": {"spec": pod}}),
        ),
    ];
    for (takes, version, kind, spec) in described {
        let object = json!({"metadata": {"name": "p", "namespace": "n"}, "spec": spec});
        let object: Map<String, Value> = serde_json::from_value(object).unwrap();
        let text = Value::from(prune(takes, version, kind, &object)).to_string();
        let parsed = parse(&"x".into(), text.as_bytes(), SyntaxHint::Json, &Limits::default());
        let mut builder = ClusterBuilder::new("x");
        builder.accept(&parsed.documents[0]);
        let cluster = builder.finish();
        let held = &cluster.workloads[0].given;
        let names: Vec<&str> = held.secrets.iter().map(|name| &**name).collect();
        assert_eq!(names, ["from", "key", "mounted", "projected"], "{kind}");
        assert!(held.token && held.mounts("claim"), "{kind}: {held:?}");
        let access = cluster.workloads[0].node_access;
        assert!(access.privileged && access.capabilities, "{kind}: {access:?}");
    }
}

#[test]
fn of_a_volume_stays_whether_it_is_a_path_of_a_node() {
    let kept = pruned(
        Takes::Volume,
        json!({"metadata": {"name": "v"}, "spec": {
            "hostPath": {"path": "/"}, "csi": {"volumeAttributes": {"key": "planted"}},
            "claimRef": {"namespace": "n", "name": "c", "uid": "planted"},
        }}),
    );
    assert_eq!(
        kept["spec"],
        json!({"hostPath": {"path": "/"}, "claimRef": {"namespace": "n", "name": "c"}})
    );
}

#[test]
fn what_has_the_wrong_shape_keeps_it_and_loses_its_content() {
    let kept = pruned(Takes::Pod, json!({"metadata": {"name": "p"}, "spec": "planted"}));
    assert_eq!(kept["spec"], "");
    let spec = json!({"containers": {"image": "i", "x": "planted"}, "volumes": ["planted"]});
    let kept = pruned(Takes::Pod, json!({"metadata": {"name": "p"}, "spec": spec}));
    assert_eq!(kept["spec"], json!({"containers": {"image": "i"}, "volumes": [""]}));
}

#[test]
fn secrets_in_the_spec_of_an_agent_become_digests_and_stay_visible() {
    let kept = pruned(
        Takes::Agent,
        json!({
            "metadata": {"name": "a"},
            "spec": {
                "deployment": {
                    "env": [
                        {"name": "API_KEY", "value": "planted-1"},
                        {"name": "LEVEL", "value": "debug"},
                        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
                    ],
                    "args": ["--token", "planted-2", "--api-key=planted-3", "--read-only"],
                },
                "headers": {"Authorization": "Bearer planted-4"},
                "url": "https://user:planted-5@tools.example/mcp",
                "prompt": "planted-6 ".repeat(400),
                "toolNames": ["k8s_get_resources"],
            },
        }),
    );
    let text = kept.to_string();
    assert!(!text.contains("planted"), "{text}");
    let spec = &kept["spec"];
    let env = &spec["deployment"]["env"];
    assert_eq!(
        (&env[1]["value"], &spec["toolNames"][0]),
        (&json!("debug"), &json!("k8s_get_resources"))
    );
    assert_eq!(env[2]["valueFrom"]["secretKeyRef"]["name"], "s");
    assert_eq!(spec["deployment"]["args"][3], "--read-only");
    for place in
        [&env[0]["value"], &spec["deployment"]["args"][1], &spec["headers"]["Authorization"]]
    {
        assert!(place.as_str().unwrap().starts_with("gradus-withheld-"), "{place}");
    }
    // The scanner still reports each of them.
    let object = kept
        .to_string()
        .replace("\"It\"", "\"Agent\"")
        .replace("\"v1\"", "\"kagent.dev/v1alpha2\"");
    let parsed = parse(&"x".into(), object.as_bytes(), SyntaxHint::Json, &Limits::default());
    let reading = crate::scan::agents::read(&parsed.documents[0], "kubernetes").remove(0);
    assert_eq!(reading.configs[0].secrets.len(), 5, "{:?}", reading.configs[0].secrets);
}

#[test]
fn of_a_kyverno_policy_stays_what_it_validates_and_not_what_it_writes() {
    let rule = json!({
        "name": "r", "match": {"any": []}, "validate": {"deny": {}},
        "context": [{"name": "c", "variable": {"value": "planted"}}],
        "generate": {"kind": "Secret", "data": {"stringData": {"k": "planted"}}},
    });
    let spec = json!({"validationFailureAction": "Enforce", "rules": [rule]});
    let kept = pruned(Takes::Kyverno, json!({"metadata": {"name": "p"}, "spec": spec}));
    assert!(!kept.to_string().contains("planted"), "{kept}");
    let rule = &kept["spec"]["rules"][0];
    assert_eq!((&rule["validate"], &rule["match"]), (&json!({"deny": {}}), &json!({"any": []})));
    assert!(rule["context"].is_object() && rule["generate"].is_object());
}

#[test]
fn of_kyvernos_settings_stays_whom_they_leave_alone() {
    let data = json!({
        "excludeGroupRole": "system:nodes", "excludeUsername": "ann", "excludeSomeday": "planted",
        "excludeNever": " ", "webhooks": "planted",
    });
    let kept =
        pruned(Takes::KyvernoFilters, json!({"metadata": {"name": "kyverno"}, "data": data}));
    assert_eq!(
        kept["data"],
        json!({
            "excludeGroupRole": "system:nodes", "excludeUsername": "ann",
            "excludeSomeday": "withheld", "excludeNever": "",
        })
    );
}

#[test]
fn of_the_mapping_of_aws_principals_stays_who_is_whom() {
    let data = json!({"mapRoles": "- rolearn: a", "mapUsers": "", "password": "planted"});
    let kept = pruned(Takes::AwsAuth, json!({"metadata": {"name": "aws-auth"}, "data": data}));
    assert_eq!(kept["data"], json!({"mapRoles": "- rolearn: a", "mapUsers": ""}));
}

#[test]
fn the_printed_role_lists_every_row_and_does_nothing_but_list() {
    let text = cluster_role();
    let parsed = parse(&"x".into(), text.as_bytes(), SyntaxHint::Yaml, &Limits::default());
    assert!(parsed.outcome.errors.is_empty(), "{:?}", parsed.outcome.errors);
    let role = &parsed.documents[0].root;
    for rule in role.items_at("rules") {
        let verbs: Vec<_> =
            rule.items_at("verbs").iter().filter_map(|verb| verb.as_str()).collect();
        assert_eq!(verbs, ["list"]);
    }
    for row in ROWS {
        let granted = role.items_at("rules").iter().any(|rule| {
            let has = |key: &str, wanted: &str| {
                rule.items_at(key).iter().any(|own| own.as_str() == Some(wanted))
            };
            has("apiGroups", row.group) && has("resources", row.resource)
        });
        assert!(granted, "{row:?}");
    }
}

#[test]
fn the_page_on_live_clusters_tells_every_resource_and_its_purpose() {
    const PAGE: &str = include_str!("../../../../docs/live-clusters.md");
    for row in ROWS {
        let name = match row.group {
            "" => row.resource.to_owned(),
            group => format!("{}.{group}", row.resource),
        };
        assert!(PAGE.contains(&format!("`{name}`")), "{name} is not in docs/live-clusters.md");
        assert!(PAGE.contains(row.purpose), "`{}` is not in docs/live-clusters.md", row.purpose);
    }
}
