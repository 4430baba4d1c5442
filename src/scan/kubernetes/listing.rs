//! Which lists of a client are dumps of all there is.
//!
//! A manifest proves that its object may exist, and nothing of any other. Only a
//! list that a server has answered, and over all namespaces, is taken as whole:
//!
//! - it is one list (`kubectl get … -o json|yaml`), read without an error;
//! - each object of the kind has a `metadata.uid`, which only a server gives: a
//!   rendered chart or a folder of manifests has none;
//! - the objects lie in two namespaces or more, as only `-A` shows them, and one
//!   of them is `kube-system` where every cluster has objects of the kind there;
//! - for namespaces, every namespace that all clusters have is among them.
//!
//! Of other kinds without a namespace, and of one namespace, a list of some looks
//! like a list of all: not listed. A selector leaves no trace in what it lets
//! through; `docs/how-gradus-decides.md` asks for lists without one. A kind of
//! which there is no object shows only in a snapshot of `gradus collect`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Kind;
use crate::{
    model::kubernetes::OWN_NAMESPACES,
    source::{Document, node::Node},
};

const SYSTEM: &str = "kube-system";
/// Kinds of which kube-system has an object in every cluster.
const IN_SYSTEM: [&str; 3] = ["ConfigMap", "Pod", "ServiceAccount"];

/// The lists of all files.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// By file and by its list, then by kind.
    found: BTreeMap<(Arc<str>, usize), BTreeMap<String, Spread>>,
    /// Files of which something is missing.
    spoilt: BTreeSet<Arc<str>>,
}

/// How far the objects of one kind in one list spread.
#[derive(Debug, Default)]
struct Spread {
    /// An object has no uid, or no name.
    handmade: bool,
    /// An object has no namespace.
    unplaced: bool,
    namespaces: BTreeSet<String>,
    /// Of the names, those of [`OWN_NAMESPACES`].
    names: BTreeSet<&'static str>,
}

impl Lists {
    /// Notes an object, should it be the item of a list.
    pub(super) fn take(&mut self, document: &Document, kind: Kind<'_>) {
        let Some(list) = document.list else { return };
        let kinds = self.found.entry((document.file.clone(), list)).or_default();
        kinds.entry(kind.to_string()).or_default().take(&document.root);
    }

    /// Notes a document that is no object: as an item of a list, it may stand for
    /// one that could not be told.
    pub(super) fn lacks_one(&mut self, document: &Document) {
        if document.list.is_some() {
            self.spoil(&document.file);
        }
    }

    /// Notes that something of a file could not be read.
    pub(super) fn spoil(&mut self, file: &Arc<str>) {
        self.spoilt.insert(file.clone());
    }

    /// Kinds of which some list holds every object.
    pub(super) fn whole(self) -> impl Iterator<Item = String> {
        let Self { found, spoilt } = self;
        found
            .into_iter()
            .filter(move |((file, _), _)| !spoilt.contains(file))
            .flat_map(|(_, kinds)| kinds)
            .filter(|(kind, spread)| spread.is_whole(kind))
            .map(|(kind, _)| kind)
    }
}

impl Spread {
    fn take(&mut self, root: &Node) {
        let text = |key: &str| {
            root.at(&["metadata", key]).and_then(Node::as_str).filter(|text| !text.is_empty())
        };
        let name = text("name");
        self.handmade |= name.is_none() || text("uid").is_none();
        self.names.extend(OWN_NAMESPACES.into_iter().find(|own| name == Some(own)));
        match text("namespace") {
            Some(namespace) if self.namespaces.contains(namespace) => {}
            Some(namespace) => {
                self.namespaces.insert(namespace.to_owned());
            }
            None => self.unplaced = true,
        }
    }

    fn is_whole(&self, kind: &str) -> bool {
        if self.handmade {
            return false;
        }
        if kind == "Namespace" {
            return self.names.len() == OWN_NAMESPACES.len();
        }
        !self.unplaced
            && self.namespaces.len() > 1
            && (!IN_SYSTEM.contains(&kind) || self.namespaces.contains(SYSTEM))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::{
        scan::kubernetes::ClusterBuilder,
        source::{SyntaxHint, limits::Limits, parse_each},
    };

    /// What a client gets for `kind`; each object as `namespace/name`.
    fn dump(kind: &str, objects: &[&str]) -> String {
        let items: Vec<String> = objects.iter().map(|own| object(kind, own)).collect();
        format!(
            r#"{{"apiVersion": "v1", "items": [{}], "kind": "List", "metadata": {{"resourceVersion": ""}}}}"#,
            items.join(", ")
        )
    }

    fn object(kind: &str, own: &str) -> String {
        let (namespace, name) = own.split_once('/').expect("namespace/name");
        let namespace = if namespace.is_empty() {
            String::new()
        } else {
            format!(r#""namespace": "{namespace}", "#)
        };
        format!(
            r#"{{"apiVersion": "v1", "kind": "{kind}", "metadata": {{{namespace}"name": "{name}", "uid": "u-{name}"}}, "spec": {{"containers": []}}}}"#
        )
    }

    /// The kinds that files list whole.
    fn listed(texts: &[&str]) -> Vec<String> {
        let mut builder = ClusterBuilder::new("cluster");
        for (number, text) in texts.iter().enumerate() {
            let file: Arc<str> = format!("{number}.yaml").into();
            let limits = Limits::default();
            let hint = SyntaxHint::Unknown;
            let outcome = parse_each(&file, text.as_bytes(), hint, &limits, &mut |document| {
                builder.accept(&document);
            });
            for error in &outcome.errors {
                builder.unread(error.into());
            }
        }
        builder.finish().listed.into_iter().collect()
    }

    const SPREAD: [&str; 2] = ["kube-system/coredns", "shop/web"];

    #[test]
    fn a_list_over_all_namespaces_is_whole_in_json_and_yaml() {
        let json = dump("Pod", &SPREAD);
        assert_eq!(listed(&[&json]), ["Pod"]);
        let yaml = format!(
            "apiVersion: v1\nitems:\n- {}\n- {}\nkind: List\nmetadata:\n  resourceVersion: \"\"\n",
            object("Pod", SPREAD[0]),
            object("Pod", SPREAD[1])
        );
        assert_eq!(listed(&[&yaml]), ["Pod"]);
        assert_eq!(listed(&[&json.replace(r#""kind": "List""#, r#""kind": "PodList""#)]), ["Pod"]);
    }

    #[test]
    fn what_a_server_did_not_answer_is_no_list() {
        let rendered = dump("Pod", &SPREAD).replace("uid", "generation");
        assert!(listed(&[&rendered]).is_empty(), "a chart may render a list");
        let folder = [object("Pod", SPREAD[0]), object("Pod", SPREAD[1])];
        assert!(listed(&[&folder[0], &folder[1]]).is_empty(), "nor are manifests");
        assert!(listed(&[&folder.join("\n---\n")]).is_empty());
    }

    #[test]
    fn a_list_of_one_namespace_is_not_whole_however_many_there_are() {
        let one = dump("Pod", &["kube-system/a", "kube-system/b"]);
        let other = dump("Pod", &["shop/a", "shop/b"]);
        assert!(listed(&[&one, &other]).is_empty());
        assert!(listed(&[&format!("{one}\n{other}")]).is_empty());
        let selected = dump("Pod", &["shop/web", "bank/web"]);
        assert!(listed(&[&selected]).is_empty(), "kube-system has pods in every cluster");
        assert_eq!(listed(&[&dump("Secret", &["shop/web", "bank/web"])]), ["Secret"]);
    }

    #[test]
    fn a_list_that_was_not_read_whole_is_none() {
        let page = dump("Pod", &SPREAD)
            .replace(r#""resourceVersion": """#, r#""resourceVersion": "9", "continue": "x""#);
        assert!(listed(&[&page]).is_empty());
        let cut = dump("Pod", &SPREAD);
        assert!(listed(&[&cut[..cut.len() - 30]]).is_empty());
        let odd = dump("Pod", &SPREAD).replace(r#""items": ["#, r#""items": [7, "#);
        assert!(listed(&[&odd]).is_empty(), "an item that is no object");
    }

    #[test]
    fn namespaces_are_listed_where_those_of_every_cluster_are() {
        let own = ["/default", "/kube-node-lease", "/kube-public", "/kube-system"];
        assert_eq!(listed(&[&dump("Namespace", &[&own[..], &["/shop"]].concat())]), ["Namespace"]);
        assert!(listed(&[&dump("Namespace", &["/default", "/kube-system", "/shop"])]).is_empty());
        let nodes = dump("Node", &["/a", "/b"]);
        assert!(listed(&[&nodes]).is_empty(), "some look like all");
    }
}
