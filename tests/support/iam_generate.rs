//! Random principals, policies and requests, aimed at the edges of the language:
//! wildcards within, complements, variables with and without values, every operator
//! under every modifier, absent and multivalued keys.
//!
//! What `disagreements.yaml` explains is left out here, because it would be found
//! again and again: variables without a value where a comparison is negated, ranges
//! of all addresses, epoch seconds beside dates, and its further entries.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    iam_case::{ACCOUNT, Asked, Case, FULL_ACCESS},
    random::Random,
};

/// What requests are made of: an action, and resources that it may name.
const REQUESTS: [(&str, &[&str]); 12] = [
    ("s3:GetObject", BUCKETS),
    ("s3:PutObjectTagging", BUCKETS),
    ("s3:ListBucket", &["arn:aws:s3:::logs", "arn:aws:s3:::logs-prod", "arn:aws:s3:::Logs"]),
    ("s3:ListAllMyBuckets", &["*"]),
    ("ec2:DescribeInstances", &["*"]),
    ("ec2:TerminateInstances", INSTANCES),
    ("ec2:StopInstances", INSTANCES),
    ("dynamodb:GetItem", TABLES),
    ("dynamodb:DeleteTable", TABLES),
    (
        "iam:PassRole",
        &["arn:aws:iam::111122223333:role/agents/a", "arn:aws:iam::111122223333:role/ab"],
    ),
    (
        "iam:CreateAccessKey",
        &["arn:aws:iam::111122223333:user/agent", "arn:aws:iam::111122223333:user/alice"],
    ),
    ("sqs:SendMessage", QUEUES),
];
const BUCKETS: &[&str] = &[
    "arn:aws:s3:::logs/a",
    "arn:aws:s3:::logs/agent/b",
    "arn:aws:s3:::logs-prod/blue/x",
    "arn:aws:s3:::logs/a:b/c",
    "arn:aws:s3:::logs/agent",
];
const INSTANCES: &[&str] = &[
    "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
    "arn:aws:ec2:us-east-1:111122223333:instance/i-22",
];
const TABLES: &[&str] = &[
    "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/orders/index/by-day",
    "arn:aws:dynamodb:us-east-1:111122223333:table/audit",
];
const QUEUES: &[&str] =
    &["arn:aws:sqs:eu-west-1:111122223333:jobs", "arn:aws:sqs:eu-west-1:111122223333:jobs-dead"];

const ACTIONS: [&str; 20] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:get?bject",
    "S3:*OBJECT*",
    "s3:*t",
    "s3:List*",
    "s3:ListBucket",
    "s3:PutObject",
    "ec2:*",
    "ec2:*Instances",
    "ec2:Describe*",
    "ec2:St?pInstances",
    "ec2:Terminate*s",
    "dynamodb:*Item",
    "dynamodb:D*e",
    "dynamodb:*",
    "iam:*",
    "iam:Pass*",
    "sqs:*",
];
const RESOURCES: [&str; 24] = [
    "*",
    "*",
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::logs",
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::log?/a",
    "arn:aws:s3:::logs*/b*",
    "arn:aws:s3:::*/*/x",
    "arn:aws:s3:::logs/${aws:username}/*",
    "arn:aws:s3:::logs-*/${aws:PrincipalTag/Team}/*",
    "arn:aws:s3:::logs-prod/${aws:PrincipalTag/Project, 'blue'}/*",
    "arn:aws:s3:::logs/${*}",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:eu-*:111122223333:instance/i-?",
    "arn:aws:ec2:??-????-1:*:instance/*",
    "arn:aws:dynamodb:*:*:table/*",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
    "arn:aws:dynamodb:*:111122223333:table/*/index/*",
    "arn:aws:iam::*:role/agents/*",
    "arn:aws:iam::111122223333:role/a*",
    "arn:aws:iam::111122223333:user/${aws:username}",
    "arn:aws:sqs:*:*:jobs*",
    "arn:aws:sqs:*:*:*d",
];

/// How a key is compared, and with what.
enum Kind {
    Text(&'static [&'static str]),
    Arn(&'static [&'static str]),
    Number(&'static [&'static str]),
    Date(&'static [&'static str]),
    Bool,
    Address(&'static [&'static str]),
    Binary(&'static [&'static str]),
}

struct Key {
    name: &'static str,
    /// Other spellings of it: names have no case.
    spelled: &'static [&'static str],
    kind: Kind,
    many: bool,
    /// What requests have; the principal's own keys are its own business.
    values: &'static [&'static str],
}

const fn key(name: &'static str, kind: Kind, values: &'static [&'static str]) -> Key {
    Key { name, spelled: &[], kind, many: false, values }
}

const fn many(
    name: &'static str,
    wanted: &'static [&'static str],
    values: &'static [&'static str],
) -> Key {
    Key { name, spelled: &[], kind: Kind::Text(wanted), many: true, values }
}

const KEYS: [Key; 20] = [
    key(
        "aws:PrincipalArn",
        Kind::Arn(&[
            "arn:aws:iam::111122223333:user/agent",
            "arn:aws:iam::111122223333:role/agent",
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::??????????33:*/agent",
            "arn:*:iam::111122223333:user/${aws:username}",
            "arn:aws:iam::999999999999:*",
        ]),
        &[],
    ),
    key(
        "aws:PrincipalAccount",
        Kind::Text(&["111122223333", "999999999999", "1111*", "${aws:PrincipalAccount}"]),
        &[],
    ),
    key("aws:PrincipalType", Kind::Text(&["User", "AssumedRole", "*Role", "user"]), &[]),
    key("aws:username", Kind::Text(&["agent", "Agent", "a*", "??????"]), &[]),
    Key {
        spelled: &["aws:principaltag/team", "AWS:PrincipalTag/TEAM"],
        ..key(
            "aws:PrincipalTag/Team",
            Kind::Text(&["blue", "Blue", "b*", "red", "${s3:prefix}"]),
            &["blue", "red", "Blue"],
        )
    },
    key(
        "aws:PrincipalTag/Project",
        Kind::Text(&["x", "?", "${aws:PrincipalTag/Team}", "${aws:RequestTag/cost, 'x'}"]),
        &["x", "blue", "*"],
    ),
    Key {
        spelled: &["aws:resourcetag/Env"],
        ..key(
            "aws:ResourceTag/env",
            Kind::Text(&["dev", "prod", "p*d", "${*}", "${aws:PrincipalTag/Team, 'dev'}"]),
            &["dev", "prod", "*", "Prod"],
        )
    },
    key("aws:RequestTag/cost", Kind::Text(&["x", "*", "?${?}", "${$}1"]), &["x", "y?", "$1", ""]),
    key(
        "aws:RequestedRegion",
        Kind::Text(&["eu-west-1", "eu-*", "us-????-1", "EU-WEST-1"]),
        &["eu-west-1", "us-east-1", "ap-south-1"],
    ),
    key(
        "aws:SourceIp",
        Kind::Address(&[
            "10.0.0.0/8",
            "10.1.2.3",
            "192.168.0.0/31",
            "203.0.113.7/32",
            "2001:db8::/33",
            "172.16.0.0/12",
        ]),
        &[
            "10.1.2.3",
            "10.1.2.4",
            "192.168.0.1",
            "192.168.0.2",
            "203.0.113.7",
            "2001:db8::1",
            "2001:db8:8000::1",
            "172.32.0.1",
        ],
    ),
    key("aws:SecureTransport", Kind::Bool, &["true", "false"]),
    key("aws:MultiFactorAuthPresent", Kind::Bool, &["true", "false"]),
    key(
        "aws:MultiFactorAuthAge",
        Kind::Number(&["0", "10", "3600", "-1", "10.5"]),
        &["0", "10", "3600", "10.5", "9"],
    ),
    key(
        "aws:CurrentTime",
        Kind::Date(&[
            "2026-11-22T00:00:00Z",
            "2020-01-01T00:00:00Z",
            "2026-11-22T01:00:00+01:00",
            "2026-11-21",
            "2027-06-30T12:30:00Z",
        ]),
        &[
            "2026-11-22T00:00:00Z",
            "2026-11-21T23:59:59Z",
            "2026-11-21T00:00:00Z",
            "2027-07-01T00:00:00Z",
        ],
    ),
    key(
        "aws:SourceArn",
        Kind::Arn(&[
            "arn:aws:lambda:*:111122223333:function:*",
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "arn:aws:sns:*:*:*",
            "arn:*:*:*:*:*x",
        ]),
        &[
            "arn:aws:lambda:eu-west-1:111122223333:function:f",
            "arn:aws:lambda:eu-west-1:111122223333:function:f:x",
            "arn:aws:sns:us-east-1:999999999999:topic",
        ],
    ),
    key(
        "aws:UserAgent",
        Kind::Text(&["aws-cli/*", "*[x]*", "a.b+(c)"]),
        &["aws-cli/2", "axb[x]", "a.b+(c)", "aXb+(c)"],
    ),
    key(
        "s3:prefix",
        Kind::Text(&["", "home/*", "home/${aws:username}/*", "${aws:PrincipalTag/Team}*", "blue"]),
        &["", "home/agent/x", "home/", "blue", "bluex"],
    ),
    key("s3:max-keys", Kind::Number(&["10", "100", "007"]), &["10", "7", "1000"]),
    key("kms:Blob", Kind::Binary(&["QmluYXJ5", "qmluYXJ5"]), &["QmluYXJ5", "AAAA"]),
    many(
        "aws:TagKeys",
        &["cost", "env", "c*", "Cost", "${aws:PrincipalTag/Team, 'env'}"],
        &["cost", "env", "owner", "blue"],
    ),
];
const MANY: [Key; 2] = [
    many(
        "aws:CalledVia",
        &["athena.amazonaws.com", "*.amazonaws.com", "dynamodb.amazonaws.com"],
        &["athena.amazonaws.com", "dynamodb.amazonaws.com"],
    ),
    many(
        "aws:PrincipalOrgPaths",
        &["o-a/r-b/*", "o-a/r-b/ou-c/", "o-?/*"],
        &["o-a/r-b/ou-c/", "o-x/r-y/"],
    ),
];

/// A case of a seed's stream.
pub(crate) fn case(random: &mut Random) -> Case {
    let user = random.chance(50);
    let mut tags = BTreeMap::from([("Owner".to_owned(), "team".to_owned())]);
    for (tag, values) in [("Team", ["blue", "red"]), ("Project", ["x", "*"])] {
        if random.chance(60) {
            tags.insert(tag.to_owned(), random.one(&values).to_owned());
        }
    }
    let identity = documents(random, 1, 3, Purpose::Grant);
    let group = if user && random.chance(30) {
        documents(random, 1, 1, Purpose::Grant)
    } else {
        Vec::new()
    };
    let boundary = random.chance(35).then(|| document(random, Purpose::Cap));
    let session = (!user && random.chance(25)).then(|| document(random, Purpose::Cap));
    let levels = if random.chance(40) { levels(random, Purpose::Control) } else { Vec::new() };
    let guards = if random.chance(20) { levels_of_guards(random) } else { Vec::new() };
    let guarded = !guards.is_empty();
    let mut case = Case {
        user,
        tags,
        identity,
        group,
        boundary,
        levels,
        guards,
        session,
        requests: Vec::new(),
    };
    for _ in 0..12 {
        let request = request(random, &case, guarded);
        case.requests.push(request);
    }
    case
}

/// What a document is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Grant,
    Cap,
    Control,
    Guard,
}

fn documents(random: &mut Random, least: usize, most: usize, purpose: Purpose) -> Vec<Value> {
    let count = least + random.below(most - least + 1);
    (0..count).map(|_| document(random, purpose)).collect()
}

fn levels(random: &mut Random, purpose: Purpose) -> Vec<Vec<Value>> {
    (0..3)
        .map(|_| {
            let mut level = documents(random, 0, 1, purpose);
            if level.is_empty() || random.chance(40) {
                level.push(json!(FULL_ACCESS));
            }
            level
        })
        .collect()
}

fn levels_of_guards(random: &mut Random) -> Vec<Vec<Value>> {
    let mut levels = levels(random, Purpose::Guard);
    for level in &mut levels {
        // AWS attaches it everywhere, and it cannot be detached.
        level.retain(|policy| policy != FULL_ACCESS);
        level.push(json!(FULL_ACCESS));
    }
    levels
}

fn document(random: &mut Random, purpose: Purpose) -> Value {
    let old = random.chance(10);
    let count = 1 + random.below(4);
    let mut statements: Vec<Value> = (0..count).map(|_| statement(random, purpose, old)).collect();
    // Caps of random statements would allow next to nothing.
    if matches!(purpose, Purpose::Cap | Purpose::Control) && random.chance(60) {
        statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    }
    let mut document = json!({"Version": if old { "2008-10-17" } else { "2012-10-17" },
        "Statement": statements});
    if old && random.chance(30) {
        document.as_object_mut().unwrap().shift_remove("Version");
    }
    document
}

fn statement(random: &mut Random, purpose: Purpose, old: bool) -> Value {
    let denies = match purpose {
        Purpose::Grant => 20,
        Purpose::Cap | Purpose::Control => 35,
        Purpose::Guard => 100,
    };
    let deny = random.chance(denies);
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!(if deny { "Deny" } else { "Allow" }));
    if purpose == Purpose::Guard {
        statement.insert("Principal".to_owned(), json!("*"));
    }
    let not_action = random.chance(15);
    // A Deny of everything tells nothing about anything else.
    let all = |pattern: &&str| !(deny || not_action) || **pattern != *"*";
    let actions: Vec<&str> = ACTIONS.iter().filter(|p| all(p)).copied().collect();
    let actions = json!(random.some(&actions, 1, 4));
    statement.insert(
        if not_action { "NotAction" } else { "Action" }.to_owned(),
        one_or_many(random, actions),
    );
    let not_resource = random.chance(15);
    let fits = |pattern: &&str| {
        let variable = pattern.contains("${");
        let has_value = pattern.contains(", '") || pattern.contains("${*}");
        (!not_resource || (*pattern != "*" && (!variable || has_value))) && !(old && variable)
    };
    let resources: Vec<&str> = RESOURCES.iter().filter(|p| fits(p)).copied().collect();
    let resources = json!(random.some(&resources, 1, 3));
    statement.insert(
        if not_resource { "NotResource" } else { "Resource" }.to_owned(),
        one_or_many(random, resources),
    );
    if random.chance(if deny { 75 } else { 50 }) {
        statement.insert("Condition".to_owned(), conditions(random, old));
    }
    Value::Object(statement)
}

/// A list of one is often written without the list.
fn one_or_many(random: &mut Random, mut list: Value) -> Value {
    let single = list.as_array().is_some_and(|list| list.len() == 1);
    if single && random.chance(50) { list[0].take() } else { list }
}

fn conditions(random: &mut Random, old: bool) -> Value {
    let mut block = Map::new();
    for _ in 0..=random.below(3) {
        let (operator, name, values) = condition(random, old);
        let keys = block.entry(operator).or_insert_with(|| json!({}));
        keys[name] = one_or_many(random, json!(values));
    }
    Value::Object(block)
}

fn condition(random: &mut Random, old: bool) -> (String, &'static str, Vec<String>) {
    let key = if random.chance(10) { random.pick(&MANY) } else { random.pick(&KEYS) };
    let name = if key.spelled.is_empty() || random.chance(60) {
        key.name
    } else {
        *random.pick(key.spelled)
    };
    if random.chance(12) {
        return ("Null".to_owned(), name, vec![random.one(&["true", "false", "True"]).to_owned()]);
    }
    let (operators, wanted): (&[&str], &[&str]) = match key.kind {
        Kind::Text(wanted) => (
            &[
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
                "stringlike",
            ],
            wanted,
        ),
        Kind::Arn(wanted) => (
            &[
                "ArnEquals",
                "ArnLike",
                "ArnNotEquals",
                "ArnNotLike",
                "StringLike",
                "StringEquals",
                "StringNotLike",
            ],
            wanted,
        ),
        Kind::Number(wanted) => (
            &[
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ],
            wanted,
        ),
        Kind::Date(wanted) => (
            &[
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ],
            wanted,
        ),
        Kind::Bool => (&["Bool", "Bool", "StringEquals"], &["true", "false", "True"]),
        Kind::Address(wanted) => (&["IpAddress", "NotIpAddress"], wanted),
        Kind::Binary(wanted) => (&["BinaryEquals"], wanted),
    };
    let operator = random.one(operators);
    let negated = operator.contains("Not");
    let fits = |value: &&str| {
        let variable = value.contains("${");
        let has_value =
            value.contains(", '") || value.len() < 7 || value.contains("PrincipalAccount");
        // `${*}`, `${?}` and `${$}`, where no wildcards are.
        let escape = variable && value.len() < 7 && !operator.to_lowercase().contains("like");
        let plain_address = matches!(key.kind, Kind::Address(_)) && !value.contains('/');
        !(negated && ((variable && !has_value) || plain_address)) && !(old && variable) && !escape
    };
    let wanted: Vec<&str> = wanted.iter().filter(|v| fits(v)).copied().collect();
    let values = random.some(&wanted, 1, 3).into_iter().map(str::to_owned).collect();
    let quantifier = match random.below(10) {
        0..=3 if key.many => "ForAllValues:",
        4..=8 if key.many => "ForAnyValue:",
        // An empty text alone is no value there.
        _ if key.values.contains(&"") => "",
        0 => "ForAllValues:",
        1 => "ForAnyValue:",
        _ => "",
    };
    let if_exists = if random.chance(20) { "IfExists" } else { "" };
    (format!("{quantifier}{operator}{if_exists}"), name, values)
}

fn request(random: &mut Random, case: &Case, guarded: bool) -> Asked {
    let (action, resources) = loop {
        let found = random.pick(&REQUESTS);
        // Control of resources is not asked where it does not reach.
        if !guarded || found.0.starts_with("sqs:") || found.0.starts_with("s3:") {
            break found;
        }
    };
    let resource = random.one(resources);
    let mut context = Map::new();
    context.insert("aws:PrincipalArn".to_owned(), json!(case.arn()));
    context.insert("aws:PrincipalAccount".to_owned(), json!(ACCOUNT));
    let kind = if case.user { "User" } else { "AssumedRole" };
    context.insert("aws:PrincipalType".to_owned(), json!(kind));
    if case.user {
        context.insert("aws:username".to_owned(), json!("agent"));
    }
    for tag in ["Team", "Project"] {
        let name = format!("aws:PrincipalTag/{tag}");
        let values = KEYS.iter().find(|key| key.name == name).unwrap().values;
        match case.tags.get(tag) {
            Some(value) if case.user => drop(context.insert(name, json!(value))),
            // The tags of a session go before those of its role.
            Some(value) => {
                let value = if random.chance(70) { value } else { random.one(values) };
                context.insert(name, json!(value));
            }
            None if !case.user && random.chance(30) => {
                context.insert(name, json!(random.one(values)));
            }
            None => {}
        }
    }
    for key in KEYS.iter().chain(&MANY) {
        if key.values.is_empty() || key.name.starts_with("aws:PrincipalTag/") || !random.chance(55)
        {
            continue;
        }
        let value = if key.many {
            let most = key.values.len().min(3);
            json!(random.some(key.values, 1, most))
        } else {
            json!(random.one(key.values))
        };
        context.insert(key.name.to_owned(), value);
    }
    let action = if random.chance(10) { action.to_ascii_uppercase() } else { action.to_string() };
    Asked { action, resource: resource.to_owned(), context }
}
