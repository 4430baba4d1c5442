//! What is written is read back as what was meant.

use proptest::prelude::*;

use super::*;
use crate::{
    assess::manifest::Rule,
    model::kubernetes::{Scope, rbac::RoleKind},
};

#[test]
fn a_role_reads_as_a_person_writes_it() {
    let role = Manifest::Role {
        scope: Scope::Namespace("shop".into()),
        name: "gradus-bot".to_owned(),
        rules: vec![Rule {
            api_groups: vec![String::new(), "apps".to_owned()],
            resources: vec!["deployments/scale".to_owned()],
            resource_names: vec!["web".to_owned(), "123".to_owned()],
            verbs: vec!["get".to_owned(), "patch".to_owned()],
            ..Rule::default()
        }],
    };
    assert_eq!(
        documents(std::slice::from_ref(&role)),
        "apiVersion: rbac.authorization.k8s.io/v1\n\
         kind: Role\n\
         metadata:\n  name: gradus-bot\n  namespace: shop\n\
         rules:\n- apiGroups: [\"\", apps]\n  resources: [deployments/scale]\n  \
         resourceNames: [web, \"123\"]\n  verbs: [get, patch]\n"
    );
}

#[test]
fn a_comment_cannot_be_ended_from_within() {
    let text = comment("grant to a\u{2028}kind: x\u{85}y\rz\u{202e}\nnext line");
    assert_eq!(text, "# grant to a\\u{2028}kind: x\\u{85}y\\u{d}z\\u{202e}\n# next line\n");
}

#[test]
fn a_binding_without_subjects_says_so() {
    let binding = Manifest::Binding {
        scope: Scope::Cluster,
        name: "x".to_owned(),
        role: (RoleKind::ClusterRole, "admin".to_owned()),
        subjects: Vec::new(),
    };
    assert!(documents(&[binding]).ends_with("subjects: []\n"));
}

proptest! {
    #[test]
    fn any_text_is_read_back_as_it_was(texts in prop::collection::vec(any::<String>(), 1..6)) {
        let role = Manifest::Role {
            scope: Scope::Namespace(texts[0].as_str().into()),
            name: texts[0].clone(),
            rules: vec![Rule { verbs: texts.clone(), ..Rule::default() }],
        };
        let text = documents(std::slice::from_ref(&role));
        let read: Value = serde_saphyr::from_str(&text).expect(&text);
        prop_assert_eq!(read, role.value(), "{}", text);
    }

    #[test]
    fn odd_words_are_read_back_as_text(
        word in "(~|y|Y|no|NO|On|null|Null|1e3|0x1f|1_000|12:30|-|- a|\\? b|: c|#d|a: b|a #b|&a|\\*a|!x|%y|@z|`w|\\[|\\{|\"|'|\n---\nkind: Secret\n|2026-11-22|\\.nan|=|<<| x|x )"
    ) {
        let role = Manifest::Role { scope: Scope::Cluster, name: word, rules: Vec::new() };
        let text = documents(std::slice::from_ref(&role));
        let read: Value = serde_saphyr::from_str(&text).expect(&text);
        prop_assert_eq!(read, role.value(), "{}", text);
    }
}
