//! The organisation, from the account up: what is above it, and which policies
//! control it there.
//!
//! A member account may usually ask what its organisation is and no more; what it may
//! not ask is told.

use std::{collections::BTreeSet, sync::Arc};

use aws_config::SdkConfig;
use serde_json::Value;

use super::{
    calls::{self, Call},
    errand::{Answer, Ask, Told, put_all},
    json::{JsonClient, Question, Service, home_of},
    refusal::Refusal,
    server::Server,
};

const SERVICE: Service = Service { id: "Organizations", host: "organizations" };
/// The kinds of policies that narrow rights.
const KINDS: [&str; 2] = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];
/// Units nest five deep between a root and an account.
const DEEPEST: usize = 8;

/// All that tells what controls `account`.
pub(super) async fn read(
    server: Arc<Server>,
    config: SdkConfig,
    region: String,
    account: String,
) -> Vec<Told> {
    match JsonClient::new(&server, &config, &SERVICE, home_of(&region)) {
        Ok(client) => above(&client, &account).await,
        Err(refusal) => vec![Told::of(&calls::ORGANIZATION, Err(refusal))],
    }
}

async fn above(client: &JsonClient, account: &str) -> Vec<Told> {
    let (_, mut own) =
        whole(&calls::ORGANIZATION, "DescribeOrganization", "Organization").put(client).await;
    if own.answer.refusal == Some(Refusal::NoOrganization) {
        // That there is none is the answer.
        own.answer = Answer::default();
        return vec![own];
    }
    let (roots, told) = whole(&calls::ROOTS, "ListRoots", "Roots").put(client).await;
    let mut all = vec![own, told];
    let kinds = enabled(roots.get("Roots"));
    let path = path(client, account, &mut all).await;
    let places = path.iter().flat_map(|place| kinds.iter().map(move |kind| (place, *kind)));
    let asks = places.map(|(place, kind)| attached(place, kind)).collect();
    let mut policies = BTreeSet::new();
    for (document, mut told) in put_all(client, asks).await {
        let attached = ids(document.get("Policies"));
        if attached.is_empty() {
            // An empty list does not say what it is a list of.
            told.answer.items.clear();
        }
        policies.extend(attached);
        all.push(told);
    }
    let asks = policies.iter().map(|id| policy(id)).collect();
    all.extend(put_all(client, asks).await.into_iter().map(|(_, told)| told));
    all
}

/// The account and what is above it, up to the root or to where the answers end.
async fn path(client: &JsonClient, account: &str, all: &mut Vec<Told>) -> Vec<String> {
    let mut path = vec![account.to_owned()];
    while path.len() <= DEEPEST
        && let Some(last) = path.last().filter(|last| !last.starts_with("r-"))
    {
        let (document, told) = parents(last).put(client).await;
        all.push(told);
        let parents = ids(document.get("Parents"));
        let [parent] = parents.as_slice() else { break };
        path.push(parent.clone());
    }
    path
}

/// The kinds that the root has switched on; all where it does not tell.
fn enabled(roots: Option<&Value>) -> BTreeSet<&'static str> {
    let Some([root]) = roots.and_then(Value::as_array).map(Vec::as_slice) else {
        return KINDS.into();
    };
    let types = root["PolicyTypes"].as_array();
    let is_on = |kind: &&str| {
        types.is_none_or(|types| {
            types.iter().any(|own| own["Type"] == *kind && own["Status"] == "ENABLED")
        })
    };
    KINDS.into_iter().filter(is_on).collect()
}

/// The ids of a list that can be part of a file's name, as those of AWS can.
fn ids(list: Option<&Value>) -> Vec<String> {
    let is_id = |id: &&str| {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let entries = list.and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| entry["Id"].as_str().filter(is_id)).map(str::to_owned).collect()
}

/// A question about everything.
fn whole(call: &'static Call, operation: &'static str, key: &'static str) -> Ask {
    let question = Question::operation(operation, &[]);
    Ask { call, region: None, object: None, name: None, question, key }
}

/// What is above an account or unit.
fn parents(child: &str) -> Ask {
    about(
        &calls::PARENTS,
        child,
        format!("list-parents.{child}.json"),
        Question::operation("ListParents", &[("ChildId", child)]),
        "Parents",
    )
}

/// The policies of a kind that are attached to a root, unit or account.
fn attached(place: &str, kind: &str) -> Ask {
    let name = kind.to_ascii_lowercase();
    about(
        &calls::ATTACHED,
        place,
        format!("list-policies-for-target.{place}.{name}.json"),
        Question::operation("ListPoliciesForTarget", &[("TargetId", place), ("Filter", kind)]),
        "Policies",
    )
}

/// What a policy says.
fn policy(id: &str) -> Ask {
    about(
        &calls::POLICY,
        id,
        format!("describe-policy.{id}.json"),
        Question::operation("DescribePolicy", &[("PolicyId", id)]),
        "Policy",
    )
}

fn about(
    call: &'static Call,
    object: &str,
    name: String,
    question: Question,
    key: &'static str,
) -> Ask {
    let (object, name) = (Some(object.to_owned()), Some(name));
    Ask { call, region: None, object, name, question, key }
}
