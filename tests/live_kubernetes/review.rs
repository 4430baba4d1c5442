//! Questions put to the server, and clusters made and read there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    api_server::{ApiServer, Call},
    recorded::{Asked, Question, Who},
    world::{API, LABEL, NAMESPACES},
};

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/subjectaccessreviews";

/// A question as a SubjectAccessReview: what the authorizer is handed for the
/// request. For one Namespace object that a path names it is the namespace itself
/// (`k8s.io/apiserver/pkg/endpoints/request/requestinfo.go`).
pub(crate) fn review(question: &Question, who: &Who) -> Value {
    let identity = who.identity();
    let mut spec = json!({
        "user": identity.user().unwrap_or_default(),
        "groups": identity.groups().collect::<Vec<_>>(),
    });
    match &question.target {
        Asked::Resource { group, resource, subresource, namespace, name } => {
            let by_path = !matches!(question.verb.as_str(), "list" | "deletecollection");
            let within = match name {
                Some(name) if group.is_empty() && resource == "namespaces" && by_path => Some(name),
                _ => namespace.as_ref(),
            };
            spec["resourceAttributes"] = json!({
                "verb": question.verb,
                "group": group,
                "resource": resource,
                "subresource": subresource,
                "namespace": within.map_or("", String::as_str),
                "name": name.as_deref().unwrap_or_default(),
            });
        }
        Asked::Url(path) => {
            spec["nonResourceAttributes"] = json!({"verb": question.verb, "path": path});
        }
    }
    json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec,
    })
}

/// The server's answers, in the order of the questions.
pub(crate) fn ask(server: &ApiServer, identities: &[Who], questions: &[Question]) -> Vec<bool> {
    let calls = questions
        .iter()
        .map(|question| Call::post(REVIEWS, review(question, &identities[question.who])))
        .collect();
    server
        .send_all(calls)
        .into_iter()
        .map(|(status, body)| {
            assert_eq!(status, 201, "{body}");
            body["status"]["allowed"].as_bool().unwrap()
        })
        .collect()
}

/// The path of an RBAC manifest's collection.
pub(crate) fn collection(manifest: &Value) -> String {
    let kind = manifest["kind"].as_str().unwrap().to_lowercase();
    match manifest["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("{API}/namespaces/{namespace}/{kind}s"),
        None => format!("{API}/{kind}s"),
    }
}

/// Creates the objects of a cluster; two of one name are one.
pub(crate) fn create(server: &ApiServer, manifests: &[Value]) {
    let calls = manifests.iter().map(|manifest| Call::post(collection(manifest), manifest.clone()));
    for (manifest, (status, body)) in manifests.iter().zip(server.send_all(calls.collect())) {
        assert_eq!(status, 201, "{manifest}: {body}");
    }
}

/// Removes every object that bears the label of random worlds.
pub(crate) fn clear(server: &ApiServer) {
    let mut folders = vec![format!("{API}/clusterrolebindings"), format!("{API}/clusterroles")];
    for namespace in NAMESPACES {
        for kind in ["rolebindings", "roles"] {
            folders.push(format!("{API}/namespaces/{namespace}/{kind}"));
        }
    }
    for folder in folders {
        server.must(Call::delete(format!("{folder}?labelSelector={LABEL}")));
    }
}

/// What the server lists, one text a kind, as a dump would hold it.
pub(crate) fn dump(server: &ApiServer) -> Vec<String> {
    let lists = [
        format!("{API}/clusterroles"),
        format!("{API}/clusterrolebindings"),
        format!("{API}/roles"),
        format!("{API}/rolebindings"),
        "/api/v1/serviceaccounts".to_owned(),
        "/api/v1/namespaces".to_owned(),
    ];
    lists.into_iter().map(|path| server.must(Call::get(path)).to_string()).collect()
}

/// Stands in for the controller that fills aggregated ClusterRoles, which is part
/// of no API server: what a selector means is asked of the server, what is then
/// written follows `clusterroleaggregation_controller.go`.
pub(crate) fn aggregate(server: &ApiServer) {
    let path = format!("{API}/clusterroles");
    for _ in 0..20 {
        let mut changed = false;
        let roles = server.must(Call::get(&path))["items"].as_array().unwrap().clone();
        for mut role in roles {
            let name = role["metadata"]["name"].clone();
            let Some(selectors) = role["aggregationRule"]["clusterRoleSelectors"].as_array() else {
                continue;
            };
            let mut rules: Vec<Value> = Vec::new();
            for selector in selectors {
                let text = encode(&selector_text(selector));
                let met = server.must(Call::get(format!("{path}?labelSelector={text}")));
                let mut met: BTreeMap<String, Value> = met["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|met| (met["metadata"]["name"].to_string(), met["rules"].clone()))
                    .collect();
                met.remove(&name.to_string());
                for rule in met.values().filter_map(Value::as_array).flatten() {
                    if !rules.contains(rule) {
                        rules.push(rule.clone());
                    }
                }
            }
            let written = role["rules"].as_array().cloned().unwrap_or_default();
            // The order is no change, or two that collect each other never rest.
            if rules.iter().any(|rule| !written.contains(rule)) || rules.len() != written.len() {
                role["rules"] = json!(rules);
                let name = name.as_str().unwrap();
                server.must(Call::put(format!("{path}/{}", encode(name)), role));
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
    panic!("aggregated ClusterRoles never rest");
}

/// A label selector as the query of a list spells it.
fn selector_text(selector: &Value) -> String {
    let mut parts = Vec::new();
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        parts.push(format!("{key}={}", value.as_str().unwrap()));
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = expression["key"].as_str().unwrap();
        let values = expression["values"].as_array().into_iter().flatten();
        let values = values.map(|value| value.as_str().unwrap()).collect::<Vec<_>>().join(",");
        parts.push(match expression["operator"].as_str().unwrap() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            other => panic!("operator {other}"),
        });
    }
    parts.join(",")
}

/// A text within a URL.
pub(crate) fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
