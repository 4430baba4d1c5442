//! Agents that a description tells of, joined to what they act as: workloads that mount
//! their settings, roles that a template gives them.

use std::fs;

use super::{Assessment, Cluster, run, texts};

const TRIAGE: &str = "system:serviceaccount:sre:triage";
const HOLMES: &str = include_str!("../fixtures/agents/holmes/configmap.yaml");
const ROLE: &str = "arn:aws:iam::111122223333:role/agents/fixer";
const CODE: &str = "arn:aws:iam::111122223333:role/pods-code";

fn cluster(text: &str) -> Cluster {
    let cluster = Cluster::of(&[]);
    cluster.add("triage.yaml", text);
    cluster
}

#[test]
fn settings_in_a_config_map_are_those_of_the_workload_that_mounts_it() {
    let assessment = cluster(HOLMES).assess();
    assert_eq!(assessment.ids(), ["sre/holmes"]);
    assert_eq!(texts(&assessment.agent("sre/holmes")["principals"]), [TRIAGE]);
}

#[test]
fn an_agent_that_is_declared_by_the_account_of_that_workload_owns_them() {
    let assessment = cluster(HOLMES).declare(&[("triage", TRIAGE)]).assess();
    assert_eq!(assessment.ids(), ["triage@prod"]);
    let tools = assessment.agent("triage@prod")["capabilities"].to_string();
    assert!(tools.contains("k8s: pods_delete"), "{tools}");
}

#[test]
fn settings_that_nothing_mounts_are_an_agent_without_a_known_account() {
    let other = HOLMES.replace("configMap: {name: custom-toolsets-configmap}", "emptyDir: {}");
    let assessment = cluster(&other).assess();
    assert!(texts(&assessment.agent("sre/holmes")["principals"]).is_empty());
}

#[test]
fn an_agent_that_a_container_starts_with_its_gates_off_is_that_workload() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: fixer, namespace: sre}\n\
                spec: {template: {spec: {serviceAccountName: fixer, containers: [{name: c, \
                image: \"example.com/claude-code:2\", args: [--dangerously-skip-permissions]}]}}}\n";
    let assessment = cluster(text).assess();
    assert_eq!(assessment.ids(), ["sre/fixer"]);
    assert_eq!(
        texts(&assessment.agent("sre/fixer")["principals"]),
        ["system:serviceaccount:sre:fixer"]
    );
}

#[test]
fn the_pods_of_a_workload_that_starts_an_agent_are_no_agents_of_their_own() {
    let spec = "{serviceAccountName: fixer, containers: [{name: c, \
                image: \"example.com/claude-code:2\", args: [--dangerously-skip-permissions]}]}";
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: fixer, namespace: sre}}\n\
         spec: {{template: {{spec: {spec}}}}}\n---\napiVersion: v1\nkind: Pod\n\
         metadata: {{name: fixer-7f9-abc, namespace: sre, ownerReferences: [{{apiVersion: apps/v1, \
         kind: ReplicaSet, name: fixer-7f9, uid: \"1\", controller: true}}]}}\nspec: {spec}\n"
    );
    assert_eq!(cluster(&text).assess().ids(), ["sre/fixer"]);
    let pod = text.split("---\n").nth(1).unwrap();
    assert_eq!(cluster(pod).assess().ids(), ["sre/fixer-7f9-abc"]);
}

/// A template beside what the account gives these roles.
fn template(role: &str) -> Assessment {
    stack(
        &include_str!("../fixtures/agents/bedrock/roles.yaml").replace("{role}", role),
        "ec2:TerminateInstances",
    )
}

/// The same, with what the role of its function may do.
fn stack(text: &str, code: &str) -> Assessment {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("stack.yaml"), text).unwrap();
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal":
        {"Service": "bedrock.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let of = |arn: &str, path: &str, name: &str, action: &str| {
        format!(
            r#"{{"Path": "{path}", "RoleName": "{name}", "RoleId": "AROA{name}", "Arn": "{arn}",
            "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": {trust},
            "InstanceProfileList": [], "AttachedManagedPolicies": [], "Tags": [],
            "RolePolicyList": [{{"PolicyName": "p", "PolicyDocument": {{"Version": "2012-10-17",
            "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}}}]}}"#
        )
    };
    let details = format!(
        r#"{{"UserDetailList": [], "GroupDetailList": [], "Policies": [], "IsTruncated": false,
        "RoleDetailList": [{}, {}]}}"#,
        of(ROLE, "/agents/", "fixer", "bedrock:InvokeModel"),
        of(CODE, "/", "pods-code", code),
    );
    fs::write(folder.path().join("details.json"), details).unwrap();
    let run = run(folder.path(), &["assess", ".", "-f", "json"]);
    run.ended(0);
    Assessment(serde_json::from_str(&run.stdout).unwrap())
}

#[test]
fn an_agent_of_a_template_is_judged_by_its_role_and_those_of_its_functions() {
    for role in [
        ROLE,
        "!GetAtt Role.Arn",
        "!GetAtt [Role, Arn]",
        "!Sub '${Role.Arn}'",
        "{'Fn::GetAtt': [Role, Arn]}",
        "{'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/agents/fixer'}",
        "!Join ['', ['arn:aws:iam::', !Ref AWS::AccountId, ':role/agents/fixer']]",
    ] {
        let assessment = template(role);
        let agent = assessment.agent("stack");
        assert_eq!(texts(&agent["principals"]), [ROLE, CODE], "{role}");
        let held = agent["capabilities"].to_string();
        assert!(held.contains("ec2:TerminateInstances"), "{role}");
        assert!(!held.contains("code of its own"), "{role}");
    }
}

#[test]
fn a_role_that_the_template_does_not_settle_leaves_the_agents_reach_unknown() {
    for role in [
        "!ImportValue role",
        "!ImportValue Role.Arn",
        "!Select [Role, Arn]",
        "Role.Arn",
        "!Ref RoleArn",
        "!GetAtt Elsewhere.Arn",
        "!GetAtt Unnamed.Arn",
        "arn:aws:iam::111122223333:user/ada",
        "!If [Prod, !GetAtt Role.Arn, !ImportValue role]",
        "{'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/agents/gone'}",
    ] {
        let held = template(role).agent("stack")["capabilities"].to_string();
        assert!(held.contains("code of its own"), "{role}");
    }
    let parameter = template("!Ref RoleArn");
    assert_eq!(texts(&parameter.agent("stack")["principals"]), [ROLE, CODE], "its default counts");
}

#[test]
fn a_role_that_its_template_does_not_tell_for_certain_leaves_the_reach_unknown() {
    let known = include_str!("../fixtures/agents/bedrock/roles.yaml")
        .replace("{Role: !GetAtt CodeRole.Arn}", &format!("{{Role: \"{CODE}\"}}"));
    let passes = |text: &str, role: &str| {
        let assessment = stack(&text.replace("{role}", role), "ec2:DescribeInstances");
        let criteria = assessment.agent("stack")["criteria"].as_array().cloned().unwrap();
        let least = ["LP-01", "LP-02", "LP-03", "LP-04"];
        let passed = |own: &serde_json::Value| {
            least.iter().any(|id| own["id"] == *id) && own["status"] == "pass"
        };
        criteria.iter().filter(|own| passed(own)).count()
    };
    assert_ne!(passes(&known, ROLE), 0, "both roles are told");
    for function in [
        "!ImportValue shared-code",
        "!ImportValue Code",
        "!Select [Code, Arn]",
        "arn:aws:lambda:eu-west-1:111122223333:function:code",
        "{'Fn::If': [Prod, {'Fn::ImportValue': shared}, {'Fn::GetAtt': [Code, Arn]}]}",
    ] {
        let text = known.replace("Lambda: !GetAtt Code.Arn", &format!("Lambda: {function}"));
        assert_eq!(passes(&text, ROLE), 0, "{function}");
    }
    for role in [
        "!Ref RoleArn",
        "{'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:role/agents/fixer'}",
        "!ImportValue shared-role",
    ] {
        assert_eq!(passes(&known, role), 0, "{role}");
    }
}
