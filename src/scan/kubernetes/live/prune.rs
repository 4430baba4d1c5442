//! What of an object goes into a snapshot: what the scanners read, named here
//! key by key. Whatever is not named stays in the cluster.

use serde_json::{Map, Value, json};

use super::resources::Takes;
use crate::scan::agents;

/// Annotations that decide something.
const ANNOTATIONS: [&str; 4] = [
    "argocd.argoproj.io/tracking-id",
    "eks.amazonaws.com/audience",
    "eks.amazonaws.com/role-arn",
    "kubernetes.io/service-account.name",
];

/// Keys of Kyverno's ConfigMap that say whom it leaves alone, of all its versions.
/// <https://kyverno.io/docs/installation/customization/#configmap-keys>
const KYVERNO_FILTERS: [&str; 7] = [
    "resourceFilters",
    "excludeUsernames",
    "excludeUsername",
    "excludeGroups",
    "excludeGroupRole",
    "excludeRoles",
    "excludeClusterRoles",
];

/// Keys of `aws-auth` that say who an AWS principal is: ARNs, users and groups.
const AWS_AUTH: [&str; 3] = ["mapRoles", "mapUsers", "mapAccounts"];

/// The object as it is kept, of the kind and version that was listed.
pub(super) fn prune(
    takes: Takes,
    api_version: &str,
    kind: &str,
    object: &Map<String, Value>,
) -> Map<String, Value> {
    let mut kept = Map::new();
    kept.insert("apiVersion".to_owned(), api_version.into());
    kept.insert("kind".to_owned(), kind.into());
    if let Some(meta) = object.get("metadata").and_then(Value::as_object) {
        kept.insert("metadata".to_owned(), metadata(meta).into());
    }
    let mut also = |key: &str, part: &dyn Fn(&Value) -> Value| {
        if let Some(value) = object.get(key) {
            kept.insert(key.to_owned(), part(value));
        }
    };
    match takes {
        Takes::Rights => {
            for key in ["aggregationRule", "rules", "roleRef", "subjects"] {
                also(key, &Value::clone);
            }
        }
        Takes::Account => also("automountServiceAccountToken", &Value::clone),
        Takes::Pod => also("spec", &pod),
        Takes::Controller => also("spec", &controller),
        Takes::Schedule => also("spec", &|spec| {
            map(spec, |spec| {
                let mut kept = pick(spec, &["schedule", "suspend"]);
                with(&mut kept, spec, "jobTemplate", &|template| {
                    map(template, |template| {
                        let mut kept = Map::new();
                        with(&mut kept, template, "spec", &controller);
                        kept
                    })
                });
                kept
            })
        }),
        Takes::Node => also("spec", &|spec| map(spec, |spec| pick(spec, &["taints"]))),
        Takes::Volume => also("spec", &|spec| {
            map(spec, |spec| {
                let mut kept = pick(spec, &["hostPath", "local"]);
                with(&mut kept, spec, "claimRef", &|claim| {
                    map(claim, |claim| pick(claim, &["namespace", "name"]))
                });
                kept
            })
        }),
        Takes::Spec => also("spec", &Value::clone),
        Takes::Kyverno => also("spec", &|spec| {
            map(spec, |spec| {
                let mut kept = spec.clone();
                if let Some(rules) = kept.get_mut("rules") {
                    *rules = each(rules, kyverno_rule);
                }
                kept
            })
        }),
        Takes::Constraint => {
            also("spec", &|spec| map(spec, |spec| pick(spec, &["enforcementAction", "match"])));
        }
        Takes::Template => also("spec", &|spec| {
            let kind = spec.pointer("/crd/spec/names/kind").cloned().unwrap_or_default();
            json!({"crd": {"spec": {"names": {"kind": kind}}}})
        }),
        Takes::Webhooks => also("webhooks", &|list| each(list, webhook)),
        Takes::Agent => also("spec", &|spec| {
            let mut spec = spec.clone();
            agents::withhold(&mut spec);
            spec
        }),
        Takes::Definition => also("spec", &|spec| {
            map(spec, |spec| {
                let mut kept = pick(spec, &["group", "scope"]);
                with(&mut kept, spec, "names", &|names| {
                    map(names, |names| pick(names, &["plural", "kind"]))
                });
                with(&mut kept, spec, "versions", &|versions| {
                    each(versions, |version| pick(version, &["name", "served"]))
                });
                kept
            })
        }),
        Takes::Extension => {
            also("spec", &|spec| map(spec, |spec| pick(spec, &["group", "version", "service"])))
        }
        Takes::Deputy => also("spec", &|spec| {
            map(spec, |spec| {
                pick(spec, &["serviceAccountName", "targetNamespace", "project", "destination"])
            })
        }),
        Takes::KyvernoFilters => {
            also("data", &|data| map(data, kyverno_filters));
        }
        Takes::AwsAuth => also("data", &|data| map(data, |data| pick(data, &AWS_AUTH))),
        Takes::Metadata | Takes::Secrets | Takes::ConfigMaps => {}
    }
    kept
}

fn metadata(meta: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = pick(meta, &["name", "namespace", "labels"]);
    if let Some(notes) = meta.get("annotations").and_then(Value::as_object) {
        let notes = pick(notes, &ANNOTATIONS);
        if !notes.is_empty() {
            kept.insert("annotations".to_owned(), notes.into());
        }
    }
    with(&mut kept, meta, "ownerReferences", &|owners| {
        each(owners, |owner| pick(owner, &["apiVersion", "kind", "name", "controller"]))
    });
    kept
}

fn controller(spec: &Value) -> Value {
    map(spec, |spec| {
        let mut kept = pick(
            spec,
            &[
                "replicas",
                "selector",
                "strategy",
                "updateStrategy",
                "revisionHistoryLimit",
                "workloadRef",
            ],
        );
        // What its claims are called begins with these names.
        with(&mut kept, spec, "volumeClaimTemplates", &|claims| {
            each(claims, |claim| {
                let mut kept = Map::new();
                with(&mut kept, claim, "metadata", &|meta| map(meta, |meta| pick(meta, &["name"])));
                kept
            })
        });
        with(&mut kept, spec, "template", &|template| {
            map(template, |template| {
                let mut kept = Map::new();
                with(&mut kept, template, "metadata", &|meta| map(meta, metadata));
                with(&mut kept, template, "spec", &pod);
                kept
            })
        });
        kept
    })
}

fn pod(spec: &Value) -> Value {
    map(spec, |spec| {
        let mut kept = pick(
            spec,
            &[
                "serviceAccountName",
                "serviceAccount",
                "automountServiceAccountToken",
                "nodeName",
                "nodeSelector",
                "hostNetwork",
                "hostPID",
                "hostIPC",
                "hostUsers",
                "runtimeClassName",
                "securityContext",
                "tolerations",
            ],
        );
        for list in ["initContainers", "containers", "ephemeralContainers"] {
            with(&mut kept, spec, list, &|containers| each(containers, container));
        }
        with(&mut kept, spec, "volumes", &|volumes| each(volumes, volume));
        kept
    })
}

fn container(container: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = pick(container, &["name", "image", "securityContext", "resources"]);
    with(&mut kept, container, "volumeMounts", &|mounts| {
        each(mounts, |mount| pick(mount, &["name", "mountPath", "readOnly"]))
    });
    with(&mut kept, container, "envFrom", &Value::clone);
    // Where a variable comes from, never what it is.
    with(&mut kept, container, "env", &|variables| {
        each(variables, |variable| pick(variable, &["name", "valueFrom"]))
    });
    kept
}

fn volume(volume: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = pick(
        volume,
        &["name", "hostPath", "secret", "configMap", "projected", "persistentVolumeClaim"],
    );
    with(&mut kept, volume, "csi", &|csi| map(csi, |csi| pick(csi, &["driver", "readOnly"])));
    kept
}

/// A rule of Kyverno. What it writes into objects may be a Secret's content, and
/// what it looks up is known only when it is asked.
fn kyverno_rule(rule: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = rule.clone();
    withhold_lookups(&mut kept);
    kept
}

/// The same at any depth: a `foreach` looks things up by itself.
fn withhold_lookups(rule: &mut Map<String, Value>) {
    for (key, value) in rule.iter_mut() {
        match value {
            value if ["context", "generate", "mutate", "verifyImages"].contains(&key.as_str()) => {
                *value = json!({"withheld": true});
            }
            Value::Object(object) => withhold_lookups(object),
            Value::Array(items) => {
                items.iter_mut().filter_map(Value::as_object_mut).for_each(withhold_lookups);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

/// Settings of Kyverno: of one that is not known, only that it leaves somebody alone.
fn kyverno_filters(data: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = pick(data, &KYVERNO_FILTERS);
    for (key, value) in data.iter().filter(|(key, _)| key.starts_with("exclude")) {
        let says_nothing = value.as_str().is_some_and(|text| text.trim().is_empty());
        let kept_as = if says_nothing { "" } else { "withheld" };
        kept.entry(key.as_str()).or_insert_with(|| kept_as.into());
    }
    kept
}

fn webhook(webhook: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = webhook.clone();
    if let Some(client) = kept.get_mut("clientConfig").and_then(Value::as_object_mut) {
        client.remove("caBundle");
        // Its path may be a password; that there is a server elsewhere is enough.
        if let Some(url) = client.get_mut("url") {
            *url = "https://withheld.invalid/".into();
        }
    }
    kept
}

/// The named keys, in the order in which they are named.
fn pick(from: &Map<String, Value>, keys: &[&str]) -> Map<String, Value> {
    keys.iter().filter_map(|key| Some(((*key).to_owned(), from.get(*key)?.clone()))).collect()
}

fn with(
    kept: &mut Map<String, Value>,
    from: &Map<String, Value>,
    key: &str,
    part: &dyn Fn(&Value) -> Value,
) {
    if let Some(value) = from.get(key) {
        kept.insert(key.to_owned(), part(value));
    }
}

/// A mapping, pruned. What is none becomes its kind of value without its
/// content, so that the scanner says what is wrong with it.
fn map(value: &Value, part: impl Fn(&Map<String, Value>) -> Map<String, Value>) -> Value {
    match value {
        Value::Object(object) => part(object).into(),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::String(_) => Value::String(String::new()),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Every element of a list, pruned.
fn each(value: &Value, part: impl Fn(&Map<String, Value>) -> Map<String, Value>) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| map(item, &part)).collect(),
        other => map(other, part),
    }
}
