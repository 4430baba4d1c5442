//! What must not look milder than it is: statements that are not dead, actions that
//! do not only look, conditions that guard nothing, names of other partitions.

use gradus::{
    assess::granted::puts_beyond_ladder,
    model::{capability::RiskClass, effect::Effect},
    privilege::iam::{Evaluator, effect_of},
};
use serde_json::{Value, json};

use crate::account::{RULES, allow, holding, reach, read};

#[test]
fn a_statement_on_an_arn_that_the_reference_leaves_out_is_not_dead() {
    for (action, resource) in [
        ("apigateway:DELETE", "arn:aws:apigateway:*::/restapis/*"),
        (
            "elasticloadbalancing:DeleteLoadBalancer",
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/shop",
        ),
        ("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:111122223333:abc/prod/sendmessage"),
        ("backup:DeleteRecoveryPoint", "arn:aws:ec2:eu-west-1::snapshot/snap-0123456789abcdef0"),
        ("backup:DeleteRecoveryPoint", "arn:aws:dynamodb:eu-west-1:111122223333:table/t/backup/1"),
        ("ecs:ExecuteCommand", "arn:aws:ecs:eu-west-1:111122223333:task/0123"),
        ("ecs:DeleteService", "arn:aws:ecs:eu-west-1:111122223333:service/web"),
    ] {
        let reach = reach(&holding(json!([allow(action, resource)])));
        assert!(reach.capabilities.iter().any(|own| own.is_mutating()), "{action} on {resource}");
    }
    let dead = reach(&holding(json!([allow("s3:DeleteBucket", "arn:aws:s3:::logs/*")])));
    assert!(!dead.capabilities.iter().any(|own| own.is_mutating()), "objects are no buckets");
}

#[test]
fn what_hands_out_rights_or_replaces_code_does_not_only_look() {
    for (action, wanted) in [
        // What an access grant gives to it already.
        ("s3:GetDataAccess", Effect::SensitiveRead),
        ("codeconnections:UseConnection", Effect::Escalation),
        ("eks-auth:AssumeRoleForPodIdentity", Effect::Escalation),
        ("lightsail:GetInstanceAccessDetails", Effect::Escalation),
        ("s3express:CreateSession", Effect::Destructive),
        ("timestream:UpdateTable", Effect::Destructive),
        ("ecr-public:PutImage", Effect::Destructive),
        ("codeartifact:PublishPackageVersion", Effect::Destructive),
    ] {
        assert_eq!(effect_of(&RULES, action), (wanted, true), "{action}");
    }
}

/// Whether a database write under a condition is beyond the ladder, with more rights.
fn is_unguarded(condition: Value, more: &[Value]) -> bool {
    let mut statements = vec![json!({"Effect": "Allow", "Action": "dynamodb:DeleteTable",
        "Resource": "*", "Condition": condition})];
    statements.extend_from_slice(more);
    let reach = reach(&holding(Value::Array(statements)));
    let database =
        |own: &&gradus::model::capability::RiskHit| own.class == RiskClass::DatabaseWrite;
    assert!(reach.risks.iter().any(|own| database(&own)), "{:?}", reach.risks);
    reach.risks.iter().filter(database).any(puts_beyond_ladder)
}

#[test]
fn a_tag_guards_a_database_unless_the_agent_can_set_it() {
    let dev = json!({"StringEquals": {"aws:ResourceTag/env": "dev"}});
    assert!(!is_unguarded(dev.clone(), &[]));
    assert!(is_unguarded(dev.clone(), &[allow("dynamodb:TagResource", "*")]));
    assert!(is_unguarded(dev, &[allow("tag:*", "*")]));
}

#[test]
fn whoever_owns_the_resources_of_a_database_tags_them() {
    let dev = json!({"StringEquals": {"aws:ResourceTag/env": "dev"}});
    for tags in [
        "rds:AddTagsToResource",
        "redshift:CreateTags",
        "redshift-serverless:TagResource",
        "elasticache:AddTagsToResource",
        "memorydb:TagResource",
        "es:AddTags",
        "aoss:TagResource",
        "docdb-elastic:TagResource",
        "neptune-graph:TagResource",
        "timestream:TagResource",
        "cassandra:TagResource",
        "dsql:TagResource",
        "kafka:TagResource",
        "qldb:TagResource",
    ] {
        assert!(is_unguarded(dev.clone(), &[allow(tags, "*")]), "{tags}");
    }
    assert!(!is_unguarded(dev, &[allow("ec2:CreateTags", "*")]));
}

#[test]
fn a_condition_that_everything_meets_guards_no_database() {
    for condition in [
        json!({"StringLike": {"aws:ResourceTag/env": "*"}}),
        json!({"StringNotEquals": {"aws:ResourceTag/env": "nonexistent"}}),
        json!({"Null": {"aws:ResourceTag/env": "false"}}),
        json!({"StringEqualsIfExists": {"aws:ResourceTag/env": "dev"}}),
        json!({"StringEquals": {"aws:UserAgent": "aws:resourcetag/x"}}),
        json!({"Bool": {"aws:ViaAWSMCPService": "false"}}),
    ] {
        assert!(is_unguarded(condition.clone(), &[]), "{condition}");
    }
}

/// An account of one partition: `bot` holds `rights`, and `boss`, which may do
/// everything, has a trust policy of these statements.
fn partition(name: &str, rights: Value, trust: Value) -> Value {
    let role = |role: &str, trust: Value, statements: Value| {
        json!({"RoleName": role, "Arn": format!("arn:{name}:iam::111122223333:role/{role}"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
            "RolePolicyList": [{"PolicyName": "p", "PolicyDocument":
                {"Version": "2012-10-17", "Statement": statements}}],
            "AttachedManagedPolicies": []})
    };
    let nobody = json!([{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole"}]);
    json!({"RoleDetailList": [
        role("bot", nobody, rights),
        role("boss", trust, json!([allow("*", "*")])),
    ]})
}

fn becomes_admin(name: &str, dump: &Value) -> bool {
    let account = read(dump).snapshot;
    let bot = format!("arn:{name}:iam::111122223333:role/bot");
    let reach = Evaluator::new(&account, &RULES).reach(&bot);
    reach.risks.iter().any(|own| own.class == RiskClass::AdminEquivalent)
}

#[test]
fn a_session_that_a_trust_policy_names_counts_in_every_partition() {
    for name in ["aws", "aws-us-gov", "aws-cn"] {
        let session = format!("arn:{name}:sts::111122223333:assumed-role/bot/run");
        let trust =
            json!([{"Effect": "Allow", "Principal": {"AWS": session}, "Action": "sts:AssumeRole"}]);
        let reads = json!([allow("s3:ListAllMyBuckets", "*")]);
        assert!(becomes_admin(name, &partition(name, reads, trust)), "{name}");
    }
}

#[test]
fn a_role_passed_to_a_service_by_its_name_in_china_is_passed() {
    for (name, service) in [("aws", "ec2.amazonaws.com"), ("aws-cn", "ec2.amazonaws.com.cn")] {
        let trust = json!([{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]);
        let passes = json!([{"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"],
            "Resource": "*"}]);
        assert!(becomes_admin(name, &partition(name, passes, trust)), "{name}");
    }
}

#[test]
fn a_deny_for_services_takes_no_role_its_way_in() {
    let root = "arn:aws:iam::111122223333:root";
    for (denied, wanted) in [
        (json!({"Service": "*"}), true),
        (json!({"Federated": "*"}), true),
        (json!({"AWS": "*"}), false),
        (json!("*"), false),
    ] {
        let trust = json!([
            {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"},
            {"Effect": "Deny", "Principal": denied, "Action": "sts:*"},
        ]);
        let assumes = json!([allow("sts:AssumeRole", "*")]);
        assert_eq!(becomes_admin("aws", &partition("aws", assumes, trust)), wanted, "{denied}");
    }
}
