//! Which of the table's resources a server serves, and in which version.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, de::DeserializeOwned};
use tokio::task::JoinSet;

use super::{
    list::Target,
    request::{Accept, Refusal, Server},
    resources::{Absent, ROWS, Row},
};
use crate::scan::{
    kubernetes::snapshot::{Listed, Unlisted},
    live::plain,
};

/// What there is to list, and what cannot even be looked for.
#[derive(Debug, Default)]
pub(super) struct Discovered {
    /// Resources, in the order of the table.
    pub(super) targets: Vec<Target>,
    /// Resources that this server does not know, and so has none of.
    pub(super) none: Vec<Listed>,
    /// Resources of which it is unknown whether the server has them, or which
    /// every server must have.
    pub(super) gaps: Vec<Unlisted>,
}

#[derive(Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<Version>,
    preferred_version: Option<Version>,
}

#[derive(Clone, Deserialize)]
struct Version {
    version: String,
}

#[derive(Deserialize)]
struct Resources {
    resources: Vec<Resource>,
}

#[derive(Clone, Deserialize)]
struct Resource {
    name: String,
    kind: String,
    #[serde(default)]
    verbs: Vec<String>,
}

/// What one version of a group serves, or why that is unknown.
type Served = Vec<(String, Result<Vec<Resource>, Refusal>)>;

/// Asks the server what it serves.
///
/// # Errors
/// The list of API groups cannot be had, so nothing else can.
pub(super) async fn discover(server: &Arc<Server>) -> Result<Discovered, Refusal> {
    let known: Groups = read(&server.get("/apis", Accept::Objects).await?)?;
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    versions.insert(String::new(), vec!["v1".to_owned()]);
    for group in known.groups {
        let all = group.preferred_version.into_iter().chain(group.versions);
        let mut ordered: Vec<String> = Vec::new();
        for Version { version } in all {
            if is_name(&version) && !ordered.contains(&version) {
                ordered.push(version);
            }
        }
        versions.insert(group.name, ordered);
    }
    let mut tasks = JoinSet::new();
    let mut wanted: Vec<&'static str> = ROWS.iter().map(|row| row.group).collect();
    wanted.sort_unstable();
    wanted.dedup();
    for group in wanted {
        let Some(versions) = versions.remove(group) else { continue };
        let server = server.clone();
        tasks.spawn(async move { (group, served(&server, group, versions).await) });
    }
    let mut groups: BTreeMap<&str, Served> = BTreeMap::new();
    while let Some(joined) = tasks.join_next().await {
        let (group, served) = joined.map_err(|error| Refusal::Garbage(error.to_string()))?;
        groups.insert(group, served);
    }
    let mut found = Discovered::default();
    for row in ROWS {
        found.row(row, groups.get(row.group));
    }
    Ok(found)
}

/// What a group serves, version by version, the preferred one first, until
/// nothing more is wanted of it.
async fn served(server: &Server, group: &str, versions: Vec<String>) -> Served {
    let mut served = Served::new();
    for version in versions {
        let path = match group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        let answer = server.get(&path, Accept::Objects).await;
        let answer = answer.and_then(|body| read::<Resources>(&body));
        let resources = answer.map(|answer| {
            let listable = |resource: &Resource| resource.verbs.iter().any(|verb| verb == "list");
            answer.resources.into_iter().filter(listable).collect::<Vec<_>>()
        });
        let has = |wanted: &Row| {
            // Of all that a group has, each version may serve its own.
            let named = |resource: &Resource| resource.name == wanted.resource;
            resources.as_ref().is_ok_and(|resources| resources.iter().any(named))
        };
        let all = ROWS.iter().filter(|row| row.group == group).all(has);
        served.push((version, resources));
        if all {
            break;
        }
    }
    served
}

impl Discovered {
    fn row(&mut self, row: &Row, served: Option<&Served>) {
        let mut found = BTreeMap::new();
        let mut unknown = None;
        for (version, resources) in served.into_iter().flatten() {
            match resources {
                Ok(resources) => {
                    for resource in resources {
                        let wanted = row.resource == "*" || resource.name == row.resource;
                        // Subresources are no objects; of two versions the first counts.
                        if wanted && !resource.name.contains('/') {
                            found.entry(&resource.name).or_insert((version, resource));
                        }
                    }
                }
                Err(refusal) => unknown = Some(refusal.clone()),
            }
        }
        let mut gap = |resource: &str, reason: String| {
            self.gaps.push(Unlisted {
                group: row.group.to_owned(),
                resource: resource.to_owned(),
                reason,
            });
        };
        match unknown {
            Some(refusal) if found.is_empty() || row.resource == "*" => {
                gap(row.resource, format!("what its group serves cannot be read: {refusal}"));
            }
            None if found.is_empty() => match row.absent {
                Absent::Gap => gap(row.resource, "the API server does not serve it".to_owned()),
                Absent::None("") => {}
                Absent::None(kind) => self.none.push(Listed {
                    group: row.group.to_owned(),
                    version: String::new(),
                    resource: row.resource.to_owned(),
                    kind: kind.to_owned(),
                    items: 0,
                }),
            },
            _ => {}
        }
        for (name, (version, resource)) in found {
            if is_name(name) && is_kind(&resource.kind) {
                self.targets.push(Target {
                    group: row.group.to_owned(),
                    version: version.clone(),
                    resource: name.clone(),
                    kind: resource.kind.clone(),
                    takes: row.takes,
                });
            } else {
                let shown = plain(name);
                self.gaps.push(Unlisted {
                    group: row.group.to_owned(),
                    resource: shown,
                    reason: "the API server gives it a name that none can have".to_owned(),
                });
            }
        }
    }
}

/// Reads an answer of the server.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::Garbage(plain(&error.to_string())))
}

/// Whether text can be part of a path of the API.
fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    !text.is_empty() && text.len() <= 253 && text.chars().all(fits)
}

fn is_kind(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && !text.ends_with("List")
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}
