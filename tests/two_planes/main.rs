//! Kubernetes and AWS as one: an estate in which each agent crosses the planes in
//! a way of its own, judged through the binary.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

#[path = "../support/mod.rs"]
mod support;

mod audiences;
mod crossings;
mod inverse;
mod logs;
mod sources;

use std::{fs, path::Path};

use serde_json::Value;
use support::{copy, run};
use tempfile::TempDir;

struct Estate(TempDir);

impl Estate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/link/estate");
        copy(&fixtures, &folder.path().join("estate"));
        Self(folder)
    }

    #[track_caller]
    fn change(&self, file: &str, from: &str, to: &str) -> &Self {
        let path = self.0.path().join("estate").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file} does not hold {from}");
        fs::write(path, text.replace(from, to)).unwrap();
        self
    }

    fn without(&self, file: &str) -> &Self {
        fs::remove_file(self.0.path().join("estate").join(file)).unwrap();
        self
    }

    fn assessment(&self) -> Value {
        let run = run(self.0.path(), &["assess", "estate", "-f", "json"]);
        run.ended(0);
        serde_json::from_str(&run.stdout).unwrap()
    }

    fn agent(&self, name: &str) -> Value {
        agent(&self.assessment(), name)
    }
}

fn agent(assessment: &Value, name: &str) -> Value {
    let agents = assessment["agents"].as_array().unwrap();
    agents.iter().find(|agent| agent["name"] == name).cloned().unwrap()
}

/// The grants of the first capability whose action holds `action`.
fn grants(agent: &Value, action: &str) -> String {
    let capabilities = agent["capabilities"].as_array().unwrap();
    let held = |own: &&Value| own["action"].as_str().unwrap().contains(action);
    capabilities.iter().find(held).map_or_else(String::new, |own| own["grants"].to_string())
}

#[track_caller]
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        assert!(at.is_some(), "`{part}` is not (there) in {text}");
        rest = &rest[at.unwrap() + part.len()..];
    }
}

#[test]
fn a_service_account_holds_what_its_role_holds_and_the_way_is_told() {
    let bot = Estate::new().agent("pod-bot");
    assert_eq!(bot["granted"]["level"], 5, "{}", bot["granted"]);
    in_order(
        &grants(&bot, "s3:DeleteObject"),
        &[
            "annotation eks.amazonaws.com/role-arn (cluster/objects.yaml:1",
            "trust policy of role pod-bot",
            "role pod-bot → inline policy own",
        ],
    );
}

#[test]
fn a_trust_policy_that_names_an_account_counts_without_an_annotation() {
    let bot = Estate::new().agent("late-bot");
    in_order(&grants(&bot, "s3:DeleteObject"), &["trust policy of role late-bot", "inline policy"]);
    assert_eq!(bot["granted"]["level"], 5, "{}", bot["granted"]);
}

#[test]
fn an_annotation_that_no_trust_policy_honours_gives_nothing_and_is_a_finding() {
    let assessment = Estate::new().assessment();
    let bot = agent(&assessment, "lost-bot");
    assert_eq!(grants(&bot, "s3:DeleteObject"), "");
    let findings = assessment["findings"].as_array().unwrap();
    let told: Vec<&Value> =
        findings.iter().filter(|own| own["rule"] == "LINK-ROLE-REFUSED").collect();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["agent"], &told[0]["severity"]), (&"lost-bot@prod".into(), &"low".into()));
}

#[test]
fn a_trust_policy_of_another_clusters_provider_lets_nobody_in() {
    let estate = Estate::new();
    estate.change("aws/cluster.json", "EXAMPLED539D4633E53DE1B716D3041E", "ANOTHER");
    for name in ["pod-bot", "late-bot"] {
        assert_eq!(grants(&estate.agent(name), "s3:DeleteObject"), "", "{name}");
    }
}

#[test]
fn an_issuer_that_nobody_tells_may_be_that_of_the_trust_policy() {
    let estate = Estate::new();
    let bot = estate.without("aws/cluster.json").agent("late-bot");
    assert_ne!(grants(&bot, "s3:DeleteObject"), "");
}

#[test]
fn pod_identity_gives_a_role_whose_trust_policy_lets_it_tag_sessions() {
    let estate = Estate::new();
    in_order(
        &grants(&estate.agent("identity-bot"), "s3:DeleteObject"),
        &["PodIdentityAssociation/a-example", "trust policy of role identity-bot", "inline policy"],
    );
    estate.change(
        "aws/authorization-details.json",
        "\"sts:TagSession\"",
        "\"sts:SetSourceIdentity\"",
    );
    assert_eq!(grants(&estate.agent("identity-bot"), "s3:DeleteObject"), "");
    let listed = Estate::new();
    let unknown = listed.without("aws/pod-identity.json").agent("identity-bot");
    assert_eq!(unknown["granted"]["level"], Value::Null, "which role it gives is not known");
}

#[test]
fn a_role_with_an_access_entry_holds_what_its_policies_give() {
    let estate = Estate::new();
    let bot = estate.agent("cloud-bot");
    in_order(
        &grants(&bot, "secrets"),
        &[
            "access entry of arn:aws:iam::111122223333:role/agents/cloud-bot in cluster prod",
            "eks:AmazonEKSEditPolicy",
        ],
    );
    let scopes = bot["capabilities"].to_string();
    assert!(scopes.contains("namespace/shop") && !scopes.contains("namespace/ops"));
    let admin = Estate::new();
    admin.change(
        "aws/policies-cloud-bot.json",
        "AmazonEKSEditPolicy",
        "AmazonEKSClusterAdminPolicy",
    );
    admin.change("aws/policies-cloud-bot.json", "\"namespace\"", "\"cluster\"");
    assert_eq!(admin.agent("cloud-bot")["verdict"], "beyond-ladder");
}

#[test]
fn an_access_policy_that_nobody_knows_is_an_administrators() {
    let estate = Estate::new();
    estate.change("aws/policies-cloud-bot.json", "AmazonEKSEditPolicy", "AmazonEKSTomorrowPolicy");
    estate.change("aws/policies-cloud-bot.json", "\"namespace\"", "\"cluster\"");
    let assessment = estate.assessment();
    assert_eq!(agent(&assessment, "cloud-bot")["verdict"], "beyond-ladder");
    assert!(assessment["coverage"].to_string().contains("AmazonEKSTomorrowPolicy is not known"));
}

#[test]
fn the_mode_of_a_cluster_decides_whether_its_config_map_counts() {
    let estate = Estate::new();
    assert_eq!(estate.agent("cloud-bot")["granted"]["level"], 5);
    estate.change("aws/cluster.json", "API_AND_CONFIG_MAP", "CONFIG_MAP");
    assert_ne!(estate.agent("cloud-bot")["granted"]["level"], 5, "its entry counts no more");
    let api = Estate::new();
    assert!(paths(&api.agent("jump-bot")).contains("cluster-admin"));
    api.change("aws/cluster.json", "API_AND_CONFIG_MAP", "API");
    assert!(!paths(&api.agent("jump-bot")).contains("cluster-admin"));
}

#[test]
fn entries_that_are_missing_leave_the_rights_of_aws_principals_unknown() {
    let estate = Estate::new();
    assert_eq!(estate.agent("plain-bot")["granted"]["level"], 1);
    for file in ["aws/entry-cloud-bot.json", "aws/policies-cloud-bot.json"] {
        let estate = Estate::new();
        let bot = estate.without(file).agent("cloud-bot");
        assert_eq!(bot["granted"]["level"], Value::Null, "{file}");
    }
    let unlisted = Estate::new();
    let bot = unlisted.without("aws/entries.json").agent("plain-bot");
    assert_eq!(bot["granted"]["level"], Value::Null, "it may have an entry");
}

fn paths(agent: &Value) -> String {
    agent["paths"].to_string()
}

#[test]
fn a_path_goes_from_aws_into_the_cluster() {
    let bot = Estate::new().agent("jump-bot");
    let path = bot["paths"].as_array().unwrap().iter().find(|own| own["target"] == "cluster-admin");
    let hops = path.unwrap()["hops"].as_array().unwrap();
    assert_eq!(hops.len(), 2, "{hops:#?}");
    assert_eq!(hops[0]["how"], "assumes arn:aws:iam::111122223333:role/deployer");
    assert!(hops[0]["grants"].to_string().contains("trust policy of role deployer"));
    assert!(hops[1]["how"].as_str().unwrap().starts_with("is deployer in cluster prod"));
    assert!(hops[1]["grants"].to_string().contains("mapRoles 1"));
    assert_eq!(bot["verdict"], "beyond-ladder");
}

/// The trust policy of `deployer` names somebody else for `jump-bot`.
fn trusts(principal: &str) -> Estate {
    let names = r#""AWS": "arn:aws:iam::111122223333:role/jump-bot""#;
    let estate = Estate::new();
    estate.change("aws/authorization-details.json", names, principal);
    estate
}

#[test]
fn a_path_goes_through_a_role_only_where_its_trust_policy_lets_in() {
    let other = trusts(r#""AWS": "arn:aws:iam::111122223333:role/plain-bot""#);
    assert!(!paths(&other.agent("jump-bot")).contains("cluster-admin"));
    let account = trusts(r#""AWS": "arn:aws:iam::111122223333:root""#);
    assert_eq!(account.agent("jump-bot")["granted"]["beyondLadder"], true);
}

#[test]
fn what_a_trust_policy_asks_for_leaves_the_path_possible() {
    let asking = r#""AWS": "arn:aws:iam::111122223333:root"
            },
            "Condition": {
              "Bool": {"aws:MultiFactorAuthPresent": "true"}"#;
    let bot = trusts(asking).agent("jump-bot");
    assert_eq!(bot["granted"]["beyondLadder"], false, "{}", bot["granted"]);
    in_order(&paths(&bot), &["cluster-admin", "aws:MultiFactorAuthPresent"]);
}

#[test]
fn a_role_that_may_only_perhaps_be_had_leads_on_only_perhaps() {
    let estate = trusts(r#""AWS": "arn:aws:iam::111122223333:role/late-bot""#);
    let may_assume = r#""sts:AssumeRole", "s3:DeleteObject""#;
    estate.change("aws/authorization-details.json", r#""s3:DeleteObject""#, may_assume);
    estate.change("aws/authorization-details.json", r#""arn:aws:s3:::orders/*""#, r#""*""#);
    let bot = estate.agent("late-bot");
    assert!(paths(&bot).contains("cluster-admin"));
    assert_eq!(bot["granted"]["beyondLadder"], false, "{}", bot["granted"]);
}

#[test]
fn a_path_goes_from_the_cluster_into_aws_and_back() {
    let bot = Estate::new().agent("maker-bot");
    let path = bot["paths"].as_array().unwrap().iter().find(|own| own["target"] == "cluster-admin");
    let hops = path.unwrap()["hops"].as_array().unwrap();
    let ends: Vec<&str> = hops.iter().map(|hop| hop["to"].as_str().unwrap()).collect();
    assert_eq!(
        ends,
        [
            "system:serviceaccount:ops:deployer",
            "arn:aws:iam::111122223333:role/deployer",
            "deployer"
        ]
    );
}

fn read(estate: &Estate, file: &str) -> Value {
    let text = fs::read_to_string(estate.0.path().join("estate").join(file)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn write(estate: &Estate, file: &str, value: &Value) {
    fs::write(estate.0.path().join("estate").join(file), value.to_string()).unwrap();
}

#[test]
fn the_role_of_a_node_may_be_every_pods_unless_its_metadata_is_out_of_reach() {
    let role = "arn:aws:iam::111122223333:role/plain-bot";
    let group = serde_json::json!({"nodegroup": {"nodegroupName": "blue", "clusterName": "prod",
        "nodegroupArn": "arn:aws:eks:eu-central-1:111122223333:nodegroup/prod/blue/x",
        "nodeRole": role}});
    let instances = |hops: u8| {
        serde_json::json!({"Reservations": [{"Instances": [{"InstanceId": "i-0example",
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": hops,
                "HttpEndpoint": "enabled"},
            "Tags": [{"Key": "eks:cluster-name", "Value": "prod"},
                {"Key": "eks:nodegroup-name", "Value": "blue"}]}]}]})
    };
    let estate = Estate::new();
    assert_eq!(estate.agent("lost-bot")["granted"]["level"], 1);
    write(&estate, "aws/nodegroup.json", &group);
    let bot = estate.agent("lost-bot");
    assert_eq!(bot["granted"]["level"], Value::Null, "{}", bot["granted"]);
    assert!(paths(&bot).contains("takes the role of its node"), "{}", paths(&bot));
    write(&estate, "aws/instances.json", &instances(2));
    assert_eq!(estate.agent("lost-bot")["granted"]["level"], Value::Null);
    write(&estate, "aws/instances.json", &instances(1));
    assert_eq!(estate.agent("lost-bot")["granted"]["level"], 1);
}

#[test]
fn an_access_policy_is_contained_by_the_command_that_ends_it() {
    let bot = Estate::new().agent("cloud-bot");
    let steps = bot["next"]["contain"].to_string();
    assert!(
        steps.contains("aws eks disassociate-access-policy --cluster-name prod --principal-arn"),
        "{steps}"
    );
    for binding in ["kubectl delete", "kubectl patch"] {
        assert!(!steps.contains(binding), "no binding gives it: {steps}");
    }
}

#[test]
fn answers_of_eks_that_are_broken_are_gaps_and_never_a_pass() {
    for (file, from, to) in [
        ("aws/entry-cloud-bot.json", "\"kubernetesGroups\": []", "\"kubernetesGroups\": [7]"),
        ("aws/entry-cloud-bot.json", "\"clusterName\"", "\"cluster\""),
        ("aws/policies-cloud-bot.json", "\"policyArn\"", "\"policy\""),
        ("aws/entries.json", "\"accessEntries\"", "\"nextToken\": \"more\", \"accessEntries\""),
    ] {
        let estate = Estate::new();
        estate.change(file, from, to);
        for name in ["cloud-bot", "plain-bot"] {
            let bot = estate.agent(name);
            assert_ne!(bot["granted"]["level"], 1, "{name} with {to}");
        }
        let assessment = estate.assessment();
        let sources = assessment["coverage"]["sources"].as_array().unwrap();
        let own = sources.iter().find(|own| own["path"] == file).unwrap();
        assert_eq!(own["status"], "partial", "{file} with {to}");
    }
}

#[test]
fn who_may_write_access_entries_lets_itself_in_where_they_count() {
    let estate = Estate::new();
    let action = "\"cloudwatch:GetMetricData\"";
    let entry =
        "\"eks:CreateAccessEntry\", \"eks:AssociateAccessPolicy\", \"eks:UpdateAccessEntry\"";
    estate.change("aws/authorization-details.json", action, entry);
    let bot = estate.agent("plain-bot");
    assert_eq!(bot["verdict"], "beyond-ladder");
    let path = paths(&bot);
    in_order(&path, &["cluster-admin", "lets itself into cluster prod", "role plain-bot"]);
    estate.change("aws/cluster.json", "API_AND_CONFIG_MAP", "CONFIG_MAP");
    assert!(!paths(&estate.agent("plain-bot")).contains("lets itself in"));
}

#[test]
fn a_path_from_the_cluster_ends_at_the_administrator_of_an_account() {
    let estate = Estate::new();
    estate.change("aws/authorization-details.json", "\"cloudwatch:GetMetricData\"", "\"*\"");
    let bot = estate.agent("maker-bot");
    let paths = bot["paths"].as_array().unwrap();
    let admin = paths.iter().find(|own| own["target"] == "aws-admin/111122223333");
    let hops = admin.unwrap()["hops"].as_array().unwrap();
    assert_eq!(hops.last().unwrap()["to"], "arn:aws:iam::111122223333:role/deployer");
    assert_eq!(bot["verdict"], "beyond-ladder", "whoever becomes administrator is one");
    assert!(bot.to_string().contains("AWS-PATH-ADMIN"));
}

const OTHER_CLUSTER: &str = r#"{"cluster": {"name": "stage",
    "arn": "arn:aws:eks:eu-central-1:111122223333:cluster/stage",
    "accessConfig": {"authenticationMode": "API"}}}"#;

#[test]
fn entries_and_pod_identities_count_where_it_is_not_known_which_cluster_of_eks_it_is() {
    let estate = Estate::new();
    write(&estate, "aws/other.json", &serde_json::from_str(OTHER_CLUSTER).unwrap());
    let cloud = estate.agent("cloud-bot");
    assert_eq!(cloud["granted"]["level"], Value::Null, "{}", cloud["granted"]);
    let identity = estate.agent("identity-bot");
    assert_eq!(identity["granted"]["level"], 5, "one of them may give it: {identity}");
    estate.change("gradus.yaml", "kubernetes: [{path: cluster/}]", "kubernetes: []");
    let alone = estate.agent("cloud-bot");
    assert_eq!(alone["granted"]["level"], Value::Null, "{}", alone["granted"]);
}

#[test]
fn a_list_of_pod_identities_that_is_missing_or_cut_short_is_no_list_without_them() {
    let whole = Estate::new();
    write(&whole, "aws/pod-identities.json", &serde_json::json!({"associations": []}));
    whole.without("aws/pod-identity.json");
    assert_eq!(whole.agent("identity-bot")["granted"]["level"], 1, "it has none");
    let estate = Estate::new();
    estate.without("aws/pod-identity.json").without("aws/pod-identities.json");
    let bot = estate.agent("identity-bot");
    assert_eq!(bot["granted"]["level"], Value::Null, "{}", bot["granted"]);
    assert!(bot.to_string().contains("aws eks list-pod-identity-associations"));
    let cut = serde_json::json!({"associations": [], "nextToken": "more"});
    write(&estate, "aws/pod-identities.json", &cut);
    assert_eq!(estate.agent("identity-bot")["granted"]["level"], Value::Null);
}

#[test]
fn a_role_without_session_tags_needs_no_trust_policy_that_lets_it_tag() {
    let estate = Estate::new();
    let tagging = "\"sts:TagSession\"";
    estate.change("aws/authorization-details.json", tagging, "\"sts:SetSourceIdentity\"");
    let untagged = "\"disableSessionTags\": true, \"associationId\"";
    estate.change("aws/pod-identity.json", "\"associationId\"", untagged);
    let bot = estate.agent("identity-bot");
    assert_ne!(grants(&bot, "s3:DeleteObject"), "", "{}", bot["granted"]);
}

#[test]
fn an_object_called_like_an_access_policy_hides_nothing_of_it() {
    let estate = Estate::new();
    let role = |kind: &str, namespace: &str| {
        serde_json::json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": {"name": "eks:AmazonEKSEditPolicy", "namespace": namespace},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
    };
    for (kind, namespace) in [("Role", "shop"), ("ClusterRole", "")] {
        write(&estate, "cluster/role.json", &role(kind, namespace));
        let bot = estate.agent("cloud-bot");
        assert_ne!(grants(&bot, "secrets"), "", "{kind}");
    }
}

#[test]
fn nodes_that_no_group_tells_of_have_roles_too() {
    let role = "arn:aws:iam::111122223333:role/plain-bot";
    let entry = serde_json::json!({"accessEntry": {"clusterName": "prod", "principalArn": role,
        "kubernetesGroups": ["system:nodes"], "username": "system:node:{{EC2PrivateDNSName}}",
        "type": "EC2_LINUX"}});
    let mapped = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles":
            format!("- rolearn: {role}\n  username: node\n  groups: [system:nodes]\n")}});
    let instance = serde_json::json!({"Reservations": [{"Instances": [{"InstanceId": "i-0example",
        "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/plain-bot"},
        "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled"},
        "Tags": [{"Key": "kubernetes.io/cluster/prod", "Value": "owned"}]}]}]});
    for (file, object) in [
        ("aws/entry-node.json", entry),
        ("cluster/nodes.json", mapped),
        ("aws/instances.json", instance),
    ] {
        let estate = Estate::new();
        write(&estate, file, &object);
        let bot = estate.agent("lost-bot");
        assert!(paths(&bot).contains("takes the role of its node"), "{file}: {}", paths(&bot));
        assert_ne!(bot["granted"]["level"], 1, "{file}");
    }
}

#[test]
fn a_token_for_another_audience_that_a_trust_policy_asks_for_lets_in() {
    let estate = Estate::new();
    estate.change("aws/authorization-details.json", "\"sts.amazonaws.com\"", "\"other.example\"");
    for name in ["pod-bot", "late-bot"] {
        let bot = estate.agent(name);
        assert_ne!(grants(&bot, "s3:DeleteObject"), "", "{name}: {}", bot["granted"]);
    }
    let assessment = estate.assessment();
    let findings = assessment["findings"].as_array().unwrap();
    let refused =
        |own: &&Value| own["rule"] == "LINK-ROLE-REFUSED" && own["agent"] == "pod-bot@prod";
    assert_eq!(findings.iter().filter(refused).count(), 0, "one of them opens");
}
