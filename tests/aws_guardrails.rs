//! Controls of AWS as a report tells them.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must stop")]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::run;

const SERVERS: &str =
    r#"{"mcpServers": {"aws": {"type": "http", "url": "https://aws-mcp.eu-west-1.api.aws/mcp"}}}"#;

/// The findings about an agent with these statements and settings of its client.
fn findings(statements: Value, settings: Option<Value>) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let mut agent = json!({"name": "bot", "environment": "prod", "tier": "standard",
        "owner": "team", "purpose": "test",
        "principals": {"aws": ["arn:aws:iam::111122223333:role/agent"]}});
    let mut sources = json!({"aws": [{"path": "details.json"}]});
    if let Some(settings) = settings {
        agent["configs"] = json!(["agents/bot/"]);
        sources["agents"] = json!([{"path": "agents/"}]);
        write("agents/bot/.mcp.json", SERVERS.to_owned());
        write("agents/bot/.claude/settings.json", settings.to_string());
    }
    let workspace = json!({"apiVersion": "gradus/v1", "kind": "Workspace",
        "metadata": {"name": "test"}, "agents": [agent], "sources": sources});
    write("gradus.yaml", workspace.to_string());
    let mut dump: Value =
        serde_json::from_str(include_str!("fixtures/aws/example-account.json")).unwrap();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] = statements;
    write("details.json", dump.to_string());
    let run = run(folder.path(), &["assess", ".", "-f", "json"]);
    run.ended(0);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    assessment["findings"].as_array().unwrap().clone()
}

fn of<'f>(findings: &'f [Value], rule: &str) -> Vec<&'f str> {
    let of_rule = findings.iter().filter(|finding| finding["rule"] == rule);
    of_rule.map(|finding| finding["message"].as_str().unwrap()).collect()
}

fn through_mcp() -> Value {
    json!([
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
        {"Sid": "Mcp", "Effect": "Deny", "Action": "ec2:Delete*", "Resource": "*",
            "Condition": {"Bool": {"aws:ViaAWSMCPService": "true"}}},
    ])
}

#[test]
fn a_deny_that_cannot_work_is_a_finding_with_what_would_work() {
    let statements = json!([
        {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"},
        {"Sid": "Mcp", "Effect": "Deny", "Action": "ec2:Delete*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:CalledViaAWSMCP": "true"}}},
    ]);
    let findings = findings(statements, None);
    let found = findings.iter().find(|own| own["rule"] == "AWS-GUARDRAIL-INEFFECTIVE").unwrap();
    assert_eq!(found["agent"], "bot@prod");
    assert!(found["message"].as_str().unwrap().starts_with("policy/agent/Mcp never denies"));
    assert!(found["remedy"].as_str().unwrap().contains("StringLike"), "{found}");
    assert!(found["location"]["line"].as_u64().is_some(), "{found}");
}

#[test]
fn a_deny_on_managed_mcp_servers_is_walked_around_by_a_shell() {
    let findings = findings(through_mcp(), Some(json!({"permissions": {"allow": ["Bash(*)"]}})));
    let told = of(&findings, "AWS-GUARDRAIL-INEFFECTIVE");
    assert_eq!(told.len(), 1, "{findings:#?}");
    assert!(told[0].contains("need not take that way"), "{told:?}");
}

#[test]
fn without_a_known_way_around_it_is_no_finding() {
    assert!(of(&findings(through_mcp(), None), "AWS-GUARDRAIL-INEFFECTIVE").is_empty());
}

#[test]
fn an_agent_that_may_detach_its_own_deny_is_told_so() {
    let findings = findings(
        json!([
            {"Effect": "Allow", "Action": ["ec2:*", "iam:DetachRolePolicy"], "Resource": "*"},
            {"Effect": "Deny", "Action": "ec2:Delete*", "Resource": "*"},
        ]),
        None,
    );
    let told = of(&findings, "AWS-OWN-GUARDRAIL");
    assert_eq!(told.len(), 1, "{findings:#?}");
    assert!(told[0].contains("iam:DetachRolePolicy"), "{told:?}");
}

/// What POL-01 comes to for an agent whose role holds `statements` within `boundary`, with
/// or without what its organisation says.
fn bounding(statements: Value, boundary: Option<Value>, organization: bool) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, value: &Value| {
        fs::write(folder.path().join(name), value.to_string()).unwrap();
    };
    let mut dump: Value =
        serde_json::from_str(include_str!("fixtures/aws/example-account.json")).unwrap();
    dump["Policies"][0]["PolicyVersionList"][0]["Document"]["Statement"] = statements;
    if let Some(boundary) = boundary {
        let mut policy = dump["Policies"][0].clone();
        policy["PolicyName"] = "cap".into();
        policy["Arn"] = "arn:aws:iam::111122223333:policy/cap".into();
        policy["PolicyVersionList"][0]["Document"]["Statement"] = boundary;
        dump["Policies"].as_array_mut().unwrap().push(policy);
        dump["RoleDetailList"][0]["PermissionsBoundary"] = json!({
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/cap"});
    }
    write("details.json", &dump);
    if organization {
        write(
            "organization.json",
            &json!({"Organization": {"Id": "o-exampleorgid", "FeatureSet": "CONSOLIDATED_BILLING",
                "MasterAccountId": "999900001111",
                "Arn": "arn:aws:organizations::999900001111:organization/o-exampleorgid"}}),
        );
    }
    let workspace = json!({"apiVersion": "gradus/v1", "kind": "Workspace",
        "metadata": {"name": "test"},
        "agents": [{"name": "bot", "environment": "prod", "tier": "standard", "owner": "team",
            "purpose": "test", "principals": {"aws": ["arn:aws:iam::111122223333:role/agent"]}}],
        "sources": {"aws": [{"path": "*.json"}]}});
    fs::write(folder.path().join("gradus.yaml"), workspace.to_string()).unwrap();
    let run = run(folder.path(), &["assess", ".", "-f", "json"]);
    run.ended(0);
    let assessment: Value = serde_json::from_str(&run.stdout).unwrap();
    let criteria = assessment["agents"][0]["criteria"].as_array().unwrap();
    let own = criteria.iter().find(|own| own["id"] == "POL-01").unwrap();
    (own["status"].as_str().unwrap().to_owned(), own["reason"].as_str().unwrap().to_owned())
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/agent-notes";

#[test]
fn a_boundary_that_names_the_things_is_a_policy_that_bounds_each_change() {
    let named = json!([allow("dynamodb:*", TABLE)]);
    let (status, reason) = bounding(json!([allow("dynamodb:UpdateTable", "*")]), Some(named), true);
    assert_eq!(status, "pass", "{reason}");
}

#[test]
fn without_a_boundary_nothing_bounds_what_a_role_changes() {
    let given = || json!([allow("dynamodb:UpdateTable", "*")]);
    let (status, reason) = bounding(given(), None, true);
    assert_eq!(status, "fail", "{reason}");
    let (status, reason) = bounding(given(), None, false);
    assert_eq!(status, "unknown", "{reason}");
    assert!(reason.contains("no control policies of an organisation"), "{reason}");
}

#[test]
fn a_boundary_that_leaves_every_table_open_decides_nothing() {
    let open = json!([allow("dynamodb:UpdateTable", "*")]);
    let (status, reason) = bounding(json!([allow("dynamodb:*", "*")]), Some(open), true);
    assert_eq!(status, "unknown", "{reason}");
    assert!(reason.contains("permissions-boundary/cap"), "{reason}");
}

/// What a role that is given `action` on everything comes to within a boundary of `resource`.
fn within(action: &str, resource: &str) -> (String, String) {
    let service = action.split(':').next().unwrap();
    let cap = json!([allow(&format!("{service}:*"), resource)]);
    bounding(json!([allow(action, "*")]), Some(cap), true)
}

#[test]
fn a_boundary_that_leaves_names_open_names_no_things() {
    for (action, resource) in [
        ("ec2:TerminateInstances", "arn:aws:ec2:*:*:instance/i-*"),
        ("s3:DeleteObject", "arn:aws:s3:::?*"),
        ("s3:DeleteObject", "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"),
        ("s3:DeleteObject", "arn:aws:s3:::${aws:PrincipalTag/team}*/*"),
        ("dynamodb:UpdateTable", "arn:aws:dynamodb:*:*:table/a*"),
        (
            "elasticloadbalancing:DeleteLoadBalancer",
            "arn:aws:elasticloadbalancing:*:*:loadbalancer/app/*",
        ),
    ] {
        let (status, reason) = within(action, resource);
        assert_eq!(status, "unknown", "{resource}: {reason}");
    }
}

#[test]
fn a_boundary_that_names_a_thing_may_leave_open_what_is_below_it() {
    for (action, resource) in [
        ("s3:DeleteObject", "arn:aws:s3:::notes/*"),
        ("dynamodb:UpdateTable", "arn:aws:dynamodb:*:*:table/notes/index/*"),
    ] {
        let (status, reason) = within(action, resource);
        assert_eq!(status, "pass", "{resource}: {reason}");
    }
}

#[test]
fn a_boundary_that_names_a_role_does_not_bound_what_the_role_may_do() {
    let (status, reason) = within("sts:AssumeRole", "arn:aws:iam::111122223333:role/deployer");
    assert_eq!(status, "unknown", "{reason}");
}
