//! Clusters of EKS in one region: who comes into them, and which roles they give.

use std::sync::Arc;

use aws_config::SdkConfig;
use serde_json::{Map, Value};

use super::{
    calls::{self, Call},
    errand::{Ask, Told, put_all},
    json::{JsonClient, Question, Service},
    refusal::Refusal,
    server::Server,
};
use crate::scan::live::together;

const SERVICE: Service = Service { id: "EKS", host: "eks" };

/// All that EKS tells in a region.
pub(super) async fn read(server: Arc<Server>, config: SdkConfig, region: String) -> Vec<Told> {
    let client = match JsonClient::new(&server, &config, &SERVICE, &region) {
        Ok(client) => client,
        Err(refusal) => {
            let told = Told::of(&calls::EKS, Err(refusal));
            return vec![Told { region: Some(region), ..told }];
        }
    };
    let region = Region { client, name: region };
    let ask = region.ask(&calls::EKS, None, &["clusters"], "clusters");
    let (document, told) = ask.put(&region.client).await;
    let mut all = vec![told];
    let clusters = texts(&document, "clusters");
    let work = clusters.iter().map(|name| cluster(region.clone(), name.clone()));
    let answers = together(work.collect::<Vec<_>>(), |_| {}).await;
    for (name, told) in clusters.into_iter().zip(answers) {
        all.extend(told.unwrap_or_else(|| {
            let told = Told::of(&calls::CLUSTER, Err(Refusal::Failed));
            vec![Told { region: Some(region.name.clone()), object: Some(name), ..told }]
        }));
    }
    all
}

/// EKS in one region.
#[derive(Debug, Clone)]
struct Region {
    client: JsonClient,
    name: String,
}

impl Region {
    fn ask(
        &self,
        call: &'static Call,
        object: Option<String>,
        path: &[&str],
        key: &'static str,
    ) -> Ask {
        let question = Question::path(path);
        Ask { call, region: Some(self.name.clone()), object, name: None, question, key }
    }
}

async fn cluster(region: Region, name: String) -> Vec<Told> {
    let own = |call, path: &[&str], key| {
        let path = [&["clusters", name.as_str()], path].concat();
        region.ask(call, Some(name.clone()), &path, key)
    };
    let (cluster, told) = own(&calls::CLUSTER, &[], "cluster").put(&region.client).await;
    let mut all = vec![told];
    let mut lists = vec![
        own(&calls::PODS, &["pod-identity-associations"], "associations"),
        own(&calls::NODES, &["node-groups"], "nodegroups"),
    ];
    // EKS keeps no access entries of a cluster that leaves access to its ConfigMap.
    if cluster.get("cluster").and_then(|own| own["accessConfig"]["authenticationMode"].as_str())
        != Some("CONFIG_MAP")
    {
        lists.push(own(&calls::ENTRIES, &["access-entries"], "accessEntries"));
    }
    let mut details = Vec::new();
    for (list, told) in put_all(&region.client, lists).await {
        all.push(told);
        let of = |id: &str| Some(format!("{name}/{id}"));
        let base = ["clusters", name.as_str()];
        for id in texts(&list, "nodegroups") {
            let path = [&base[..], &["node-groups", &id]].concat();
            details.push(region.ask(&calls::NODE, of(&id), &path, "nodegroup"));
        }
        for id in texts(&list, "accessEntries") {
            let path = [&base[..], &["access-entries", &id]].concat();
            details.push(region.ask(&calls::ENTRY, of(&id), &path, "accessEntry"));
            let path = [&path[..], &["access-policies"]].concat();
            details.push(region.ask(&calls::ACCESS, of(&id), &path, "associatedAccessPolicies"));
        }
        let associations = list.get("associations").and_then(Value::as_array).into_iter().flatten();
        for id in associations.filter_map(|own| own["associationId"].as_str()) {
            let path = [&base[..], &["pod-identity-associations", id]].concat();
            details.push(region.ask(&calls::POD, of(id), &path, "association"));
        }
    }
    all.extend(put_all(&region.client, details).await.into_iter().map(|(_, told)| told));
    all
}

/// The texts of a list.
fn texts(document: &Map<String, Value>, key: &str) -> Vec<String> {
    let list = document.get(key).and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}
