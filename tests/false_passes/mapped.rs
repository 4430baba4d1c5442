//! AWS principals that a cluster maps to somebody of its own.

use super::*;

/// ConfigMap `aws-auth` with this in `data`.
fn aws_auth(data: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: aws-auth, namespace: kube-system}}\n{data}"
    )
}

fn map_role(arn: &str, group: &str) -> String {
    aws_auth(&format!(
        "data:\n  mapRoles: |\n    - rolearn: {arn}\n      username: bot\n      groups: [{group}]\n"
    ))
}

/// An estate whose cluster goes by its ConfigMap, too.
fn by_config_map() -> Estate {
    let estate = Estate::new();
    estate.change("aws/eks/cluster.json", "\"API\"", "\"API_AND_CONFIG_MAP\"");
    estate
}

const READER: &str = "arn:aws:iam::111122223333:role/brackwater-reader";

#[test]
fn an_aws_role_is_whom_the_cluster_maps_it_to() {
    let tuner = "arn:aws:iam::111122223333:role/db-tuner-stage";
    for (arn, agent) in [(READER, "reader@prod"), (tuner, "db-tuner@stage")] {
        for group in ["system:masters", "bosses"] {
            let estate = by_config_map();
            let bound = BINDING.replace(
                "kind: ServiceAccount, name: reader, namespace: agents",
                "apiGroup: rbac.authorization.k8s.io, kind: Group, name: bosses",
            );
            estate.add("cluster/aws-auth.yaml", map_role(arn, group)).add("cluster/b.yaml", bound);
            let found = estate.agent(agent);
            assert_eq!(found["verdict"], "beyond-ladder", "{arn} in {group}");
            let grants = found["capabilities"].to_string();
            assert!(
                grants.contains("aws-auth, mapRoles 1 (cluster/aws-auth.yaml:6"),
                "the grants say by which entry"
            );
        }
        let estate = by_config_map();
        estate.add("cluster/aws-auth.yaml", map_role(arn, "nobody-bound-this"));
        assert_ne!(estate.agent(agent)["verdict"], "beyond-ladder", "{arn}");
    }
    let other = by_config_map();
    other.add("cluster/aws-auth.yaml", map_role(&format!("{READER}-2"), "system:masters"));
    assert_eq!(other.agent("reader@prod")["verdict"], "within");
}

#[test]
fn a_mapping_of_aws_roles_that_cannot_be_read_may_map_any() {
    let unread = [
        "",
        "data: {mapRoles: 7}\n",
        "data: [mapRoles]\n",
        "data:\n  mapRoles: |\n    - rolearn: [broken\n",
        "data:\n  mapRoles: |\n    rolearn: a\n",
        "data:\n  mapRoles: |\n    - {username: x, groups: [system:masters]}\n",
        "data:\n  mapRoles: |\n    - {rolearn: x, username: x, groups: system:masters}\n",
        "data:\n  mapUsers: |\n    - {{ .Values.users }}\n",
    ];
    for data in unread {
        let estate = by_config_map();
        let reader = estate.add("cluster/aws-auth.yaml", aws_auth(data)).agent("reader@prod");
        is_not_within(&reader);
        assert_ne!(status(&reader, "LP-01"), "pass", "{data}");
    }
}

#[test]
fn a_cluster_on_eks_of_which_nobody_tells_whom_it_lets_in_may_let_in_anybody() {
    is_not_within(&by_config_map().agent("reader@prod"));
    for file in ["cluster", "access-entries"] {
        let estate = Estate::new();
        fs::remove_file(estate.path(&format!("aws/eks/{file}.json"))).unwrap();
        is_not_within(&estate.agent("reader@prod"));
    }
    let estate = Estate::new();
    fs::remove_dir_all(estate.path("aws/eks")).unwrap();
    let reader = estate.agent("reader@prod");
    is_not_within(&reader);
    assert_ne!(status(&reader, "LP-01"), "pass");
    let other = Estate::new();
    fs::remove_file(other.path("aws/eks/access-policies-platform-operator.json")).unwrap();
    assert_eq!(other.agent("reader@prod")["verdict"], "within", "an entry of somebody else");
}

#[test]
fn what_a_role_did_counts_for_the_agent_whose_pods_are_given_it() {
    let estate = Estate::new();
    let declared = estate.agent("reader@prod")["exercised"].clone();
    let line = "      aws: [\"arn:aws:iam::111122223333:role/brackwater-reader\"]\n";
    let found = estate.change("gradus.yaml", line, "").agent("reader@prod")["exercised"].clone();
    assert_eq!(found, declared);
    assert_eq!(estate.agent("courier@prod")["exercised"]["actions"], 28);
}
