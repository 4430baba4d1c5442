//! Policies that a CloudTrail log justifies, judged by the engine and not by the code
//! that writes them.

use std::{collections::BTreeSet, fs, sync::LazyLock};

use gradus::{
    assess::{
        holdings::{EngineRules, Estate},
        manifest::iam,
        rightsize::{Rightsized, SizedPrincipal, Unusable, Use, rightsize},
        roster::Subject,
    },
    model::{
        agent::{AgentId, Tier},
        aws::{AccountSnapshot, InlinePolicy},
        evidence::Evidence,
        location::Location,
        principal::Principal,
    },
    privilege::iam::{Decision, Evaluator, Known, Request},
    rubric::aws::AwsRules,
    scan::activity::{self, ActivityBuilder},
    source::{files::FileRef, limits::Limits},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::account::{self, ROLE, RULES, allow};

static ENGINE: LazyLock<EngineRules> = LazyLock::new(|| EngineRules {
    aws: Some(AwsRules::embedded().unwrap()),
    ..EngineRules::default()
});

/// A call of the role that was allowed.
fn event(id: usize, source: &str, name: &str, region: &str, parameters: Value) -> Value {
    json!({
        "eventVersion": "1.11", "eventTime": "2026-11-20T10:00:00Z", "eventID": id.to_string(),
        "eventSource": format!("{source}.amazonaws.com"), "eventName": name, "awsRegion": region,
        "sourceIPAddress": "10.0.0.1", "requestParameters": parameters, "eventType": "AwsApiCall",
        "eventCategory": "Management", "managementEvent": true, "readOnly": name.starts_with("Get"),
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "AssumedRole", "accountId": "111122223333",
            "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}}},
    })
}

fn with(mut event: Value, name: &str, value: Value) -> Value {
    event[name] = value;
    event
}

/// A call on an object of S3, as a data event.
fn on_object(id: usize, name: &str, bucket: &str, key: &str) -> Value {
    let event = event(id, "s3", name, "eu-west-1", json!({"bucketName": bucket, "key": key}));
    with(with(event, "eventCategory", json!("Data")), "managementEvent", json!(false))
}

fn sized(account: Option<AccountSnapshot>, events: &[Value]) -> Result<Rightsized, Unusable> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("trail.json");
    fs::write(&path, json!({"Records": events}).to_string()).unwrap();
    let file = FileRef { display: "trail.json".into(), path };
    let mut builder = ActivityBuilder::default();
    let format = activity::format("cloudtrail").unwrap();
    activity::read(&file, format, &mut builder, &Limits::default());
    let evidence = Evidence {
        activity: builder.finish(),
        accounts: account.into_iter().collect(),
        ..Evidence::default()
    };
    let subject = Subject {
        id: AgentId::new("bot", "prod"),
        name: "bot".to_owned(),
        environment: None,
        declaration: None,
        tier: Tier::default(),
        ceiling: None,
        principals: vec![Principal::Aws(ROLE.to_owned())],
        location: Location::file("gradus.yaml"),
        configs: Vec::new(),
        sighting: None,
        workloads: Vec::new(),
    };
    rightsize(&subject, &Estate::new(&evidence, &ENGINE), "2026-11-22".parse().unwrap())
}

fn of(statements: Value, events: &[Value]) -> Rightsized {
    sized(Some(account::holding(statements)), events).unwrap()
}

fn role(sized: &Rightsized) -> &SizedPrincipal {
    &sized.policies[0]
}

/// All statements, as AWS takes them.
fn statements(sized: &Rightsized) -> Vec<Value> {
    let policies = role(sized).policies.iter();
    policies.flat_map(|(_, statements)| statements).map(iam::Statement::value).collect()
}

/// The account where the role holds what was proposed and nothing else.
fn applied(mut account: AccountSnapshot, sized: &Rightsized) -> AccountSnapshot {
    let identity = &mut account.roles.get_mut(ROLE).unwrap().identity;
    identity.attached.clear();
    identity.inline = role(sized)
        .policies
        .iter()
        .map(|(name, all)| InlinePolicy { name: name.clone(), document: iam::to_model(all) })
        .collect();
    account
}

/// Asks for a call in a region.
fn ask(evaluator: &Evaluator<'_>, action: &str, resource: &str, region: &str) -> Decision {
    let mut request = Request::new(action, resource);
    request.context.insert("aws:requestedregion".to_owned(), Known::One(region.to_owned()));
    evaluator.decide(ROLE, &request)
}

fn may(decision: &Decision) -> bool {
    matches!(decision, Decision::Allowed { .. } | Decision::AllowedIf { .. })
}

#[test]
fn what_was_used_stays_on_what_it_was_used_on_and_the_rest_goes() {
    let sized = of(
        json!([allow("s3:*", "*"), allow("rds:*", "*")]),
        &[
            on_object(1, "GetObject", "books", "a"),
            on_object(2, "PutObject", "books", "b"),
            event(3, "s3", "GetBucketPolicy", "eu-west-1", json!({"bucketName": "books"})),
        ],
    );
    assert_eq!(
        statements(&sized),
        [
            json!({"Effect": "Allow", "Action": ["s3:GetBucketPolicy"],
                "Resource": ["arn:aws:s3:::books"],
                "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}}),
            json!({"Effect": "Allow", "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::books/a"],
                "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}}),
            json!({"Effect": "Allow", "Action": ["s3:PutObject"],
                "Resource": ["arn:aws:s3:::books/b"],
                "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}}}),
        ]
    );
    let held = role(&sized).held.as_ref().unwrap();
    let uses: Vec<Use> = held.iter().flat_map(|one| &one.actions).map(|one| one.used).collect();
    assert_eq!(uses, [Use::Used, Use::Unused]);
    assert_eq!((role(&sized).proof.asked, role(&sized).proof.refused.len()), (3, 0));
}

#[test]
fn a_refused_call_gives_nothing() {
    let refused = with(on_object(1, "GetObject", "b", "k"), "errorCode", json!("AccessDenied"));
    let unusable = sized(Some(account::holding(json!([allow("s3:*", "*")]))), &[refused]);
    assert!(unusable.unwrap_err().reasons.iter().any(|reason| reason.contains("refused")));
}

#[test]
fn many_objects_are_told_by_their_bucket_within_what_is_granted() {
    let events: Vec<Value> =
        (0..30).map(|n| on_object(n, "GetObject", "books", &format!("2026/{n}"))).collect();
    for (granted, given) in [
        ("*", "arn:aws:s3:::books/*"),
        ("arn:aws:s3:::books/*", "arn:aws:s3:::books/*"),
        ("arn:aws:s3:::books/2026/*", "arn:aws:s3:::books/2026/*"),
        ("arn:aws:s3:::b*", "arn:aws:s3:::books/*"),
    ] {
        let sized = of(json!([allow("s3:GetObject", granted)]), &events);
        assert_eq!(statements(&sized)[0]["Resource"], json!([given]), "{granted}");
    }
}

#[test]
fn a_resource_that_the_log_does_not_tell_stays_as_it_is_granted() {
    let get =
        event(1, "secretsmanager", "GetSecretValue", "eu-west-1", json!({"secretId": "shop/db"}));
    let granted = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/*";
    let sized = of(json!([allow("secretsmanager:*", granted)]), &[get]);
    assert_eq!(statements(&sized)[0]["Resource"], json!([granted]));
    assert!(sized.warnings.iter().any(|w| w.contains("secretsmanager:GetSecretValue")));
}

#[test]
fn conditions_of_the_grant_stay_and_those_that_every_use_met_are_added() {
    let mut granted = allow("lambda:Create*", "*");
    granted["Condition"] = json!({"StringEquals": {"aws:ResourceTag/team": "shop"}});
    let pass = json!({"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"});
    let parameters = json!({"functionName": "f", "role": "arn:aws:iam::111122223333:role/compute"});
    let mut events = vec![event(1, "lambda", "CreateFunction20150331", "eu-west-1", parameters)];
    events[0]["userIdentity"]["invokedBy"] = json!("aws-mcp.amazonaws.com");
    let sized = of(json!([granted, pass]), &events);
    let by_mcp = json!({"aws:ViaAWSMCPService": ["true"]});
    assert_eq!(
        statements(&sized),
        [
            json!({"Effect": "Allow", "Action": ["iam:PassRole"],
                "Resource": ["arn:aws:iam::111122223333:role/compute"],
                "Condition": {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}}}),
            json!({"Effect": "Allow", "Action": ["lambda:CreateFunction"],
                "Resource": ["arn:aws:lambda:eu-west-1:111122223333:function:f"],
                "Condition": {"Bool": by_mcp, "StringEquals": {"aws:ResourceTag/team": ["shop"]}}}),
        ]
    );
}

#[test]
fn one_use_without_a_mark_takes_the_condition_away() {
    let call = |id, name| event(id, "ec2", name, "eu-west-1", json!({}));
    let mut marked = call(1, "DescribeInstances");
    marked["userIdentity"]["invokedBy"] = json!("aws-mcp.amazonaws.com");
    let elsewhere = with(call(2, "DescribeInstances"), "awsRegion", json!("eu-north-1"));
    let nowhere = with(call(3, "DescribeInstances"), "awsRegion", Value::Null);
    let granted = json!([allow("ec2:Describe*", "*")]);
    let sized = of(granted.clone(), &[marked.clone(), elsewhere.clone()]);
    assert_eq!(
        statements(&sized)[0]["Condition"],
        json!({"StringEquals": {"aws:RequestedRegion": ["eu-north-1", "eu-west-1"]}})
    );
    let sized = of(granted, &[marked, elsewhere, nowhere]);
    assert_eq!(statements(&sized)[0].get("Condition"), None);
}

#[test]
fn denies_that_bear_on_what_is_given_are_repeated() {
    let secret = "arn:aws:s3:::books/secret/*";
    let granted = json!([
        allow("s3:*", "*"),
        account::deny("s3:GetObject", secret),
        account::deny("ec2:*", "*")
    ]);
    let events: Vec<Value> =
        (0..30).map(|n| on_object(n, "GetObject", "books", &n.to_string())).collect();
    let account = account::holding(granted);
    let sized = sized(Some(account.clone()), &events).unwrap();
    let denies: Vec<Value> =
        statements(&sized).into_iter().filter(|one| one["Effect"] == "Deny").collect();
    assert_eq!(
        denies,
        [json!({"Effect": "Deny", "Action": ["s3:GetObject"], "Resource": [secret]})]
    );
    let changed = applied(account, &sized);
    let decision = Evaluator::new(&changed, &RULES).allows(
        ROLE,
        "s3:GetObject",
        "arn:aws:s3:::books/secret/x",
    );
    assert!(matches!(decision, Decision::Denied { .. }), "{decision:?}");
}

#[test]
fn what_the_log_cannot_show_is_never_called_unused() {
    let looks = event(1, "ec2", "DescribeInstances", "eu-west-1", json!({}));
    let granted = json!([
        allow("ec2:*", "*"),
        allow("s3:GetObject", "arn:aws:s3:::books/*"),
        allow("dynamodb:*", "arn:aws:dynamodb:eu-west-1:111122223333:table/books"),
        allow("rds-db:connect", "*"),
    ]);
    let sized = of(granted.clone(), std::slice::from_ref(&looks));
    let held = role(&sized).held.as_ref().unwrap();
    let uses: Vec<Use> = held.iter().flat_map(|one| &one.actions).map(|one| one.used).collect();
    assert_eq!(uses, [Use::Used, Use::NotObservable, Use::PartlyObservable, Use::NotObservable]);
    let account = applied(account::holding(granted.clone()), &sized);
    let evaluator = Evaluator::new(&account, &RULES);
    for (action, resource, stays) in [
        ("s3:GetObject", "arn:aws:s3:::books/a", true),
        ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/books", true),
        ("rds-db:connect", "arn:aws:rds-db:eu-west-1:111122223333:dbuser:x/y", true),
        ("dynamodb:DeleteTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/books", false),
    ] {
        assert_eq!(may(&evaluator.allows(ROLE, action, resource)), stays, "{action}");
    }
    // Data events of S3 are on: that none is of this object says something.
    let sized = of(granted, &[looks, on_object(2, "PutObject", "other", "x")]);
    let held = role(&sized).held.as_ref().unwrap();
    assert_eq!(held[1].actions[0].used, Use::Unused);
}

#[test]
fn what_only_a_wildcard_gives_and_no_log_shows_is_left_to_a_person() {
    let looks = event(1, "ec2", "DescribeInstances", "eu-west-1", json!({}));
    let sized = of(json!([allow("*", "*")]), &[looks]);
    assert_eq!(role(&sized).kept, Vec::<String>::new());
    assert!(role(&sized).undecided[0].contains("dynamodb"), "{:?}", role(&sized).undecided);
    assert_eq!(statements(&sized).len(), 1);
}

#[test]
fn a_call_that_no_grant_explains_is_told_and_not_given() {
    let sized = of(
        json!([allow("ec2:Describe*", "*")]),
        &[
            event(1, "ec2", "DescribeInstances", "eu-west-1", json!({})),
            event(2, "rds", "DeleteDBInstance", "eu-west-1", json!({"dBInstanceIdentifier": "x"})),
            event(3, "signin", "ConsoleLogin", "us-east-1", json!({})),
        ],
    );
    let told: Vec<&str> = sized.unexplained.iter().map(|one| one.action.as_str()).collect();
    assert_eq!(told, ["rds:DeleteDBInstance in eu-west-1", "signin:ConsoleLogin in us-east-1"]);
    assert_eq!(statements(&sized).len(), 1);
}

#[test]
fn without_the_account_the_log_alone_speaks_and_that_is_said() {
    let sized = sized(None, &[on_object(1, "GetObject", "b", "k")]).unwrap();
    assert_eq!(statements(&sized)[0]["Resource"], json!(["arn:aws:s3:::b/k"]));
    assert_eq!(role(&sized).held, None);
}

/// What random policies and events are made of.
const ACTIONS: [(&str, &str, &str); 8] = [
    ("s3", "GetObject", "s3:GetObject"),
    ("s3", "PutObject", "s3:PutObject"),
    ("s3", "DeleteObject", "s3:DeleteObject"),
    ("s3", "HeadObject", "s3:GetObject"),
    ("dynamodb", "GetItem", "dynamodb:GetItem"),
    ("dynamodb", "DeleteItem", "dynamodb:DeleteItem"),
    ("lambda", "Invoke", "lambda:InvokeFunction"),
    ("lambda", "UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode"),
];
const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

/// An event, the action and the resource that it needed.
fn made(id: usize, (action, name, region): (usize, u8, usize)) -> (Value, &'static str, String) {
    let (source, call, iam) = ACTIONS[action];
    let region = REGIONS[region];
    let (parameters, arn) = match source {
        "s3" => (
            json!({"bucketName": format!("b{}", name % 3), "key": format!("k/{name}")}),
            format!("arn:aws:s3:::b{}/k/{name}", name % 3),
        ),
        "dynamodb" => (
            json!({"tableName": format!("t{name}")}),
            format!("arn:aws:dynamodb:{region}:111122223333:table/t{name}"),
        ),
        _ => (
            json!({"functionName": format!("f{name}")}),
            format!("arn:aws:lambda:{region}:111122223333:function:f{name}"),
        ),
    };
    (event(id, source, call, region, parameters), iam, arn)
}

fn statement() -> impl Strategy<Value = Value> {
    let actions = prop::sample::select(vec![
        "*",
        "s3:*",
        "s3:Get*",
        "s3:GetObject",
        "s3:*Object",
        "dynamodb:*",
        "dynamodb:GetItem",
        "lambda:*",
        "lambda:Invoke*",
        "lambda:UpdateFunctionCode",
    ]);
    let resources = prop::sample::select(vec![
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::b0/*",
        "arn:aws:s3:::b1/k/1*",
        "arn:aws:s3:::b?/k/*",
        "arn:aws:dynamodb:*:111122223333:table/*",
        "arn:aws:dynamodb:eu-west-1:111122223333:table/t1",
        "arn:aws:lambda:*:*:function:f*",
    ]);
    let conditions = prop::option::of(prop::sample::select(vec![
        json!({"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]}}),
        json!({"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        json!({"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}),
        json!({"StringLike": {"aws:ResourceTag/team": "shop*"}}),
    ]));
    (
        prop::collection::vec(actions, 1..3),
        prop::collection::vec(resources, 1..3),
        0..5u8,
        conditions,
    )
        .prop_map(|(actions, resources, deny, conditions)| {
            let effect = if deny == 0 { "Deny" } else { "Allow" };
            let mut statement = json!({"Effect": effect, "Action": actions, "Resource": resources});
            if let Some(conditions) = conditions.filter(|_| deny > 0) {
                statement["Condition"] = conditions;
            }
            statement
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// None of the window's calls that grants explain is refused, nothing is given
    /// that is not granted now, and no policy is larger than AWS takes.
    #[test]
    fn every_explained_call_is_allowed_and_nothing_more_than_is_granted(
        granted in prop::collection::vec(statement(), 1..6),
        calls in prop::collection::vec((0..ACTIONS.len(), 0..40u8, 0..2usize), 1..60),
        asked in prop::collection::vec((0..ACTIONS.len(), 0..60u8, 0..2usize), 40),
    ) {
        let account = account::holding(json!(granted));
        let now = Evaluator::new(&account, &RULES);
        let made_all: Vec<_> = calls.iter().enumerate().map(|(id, call)| made(id, *call)).collect();
        let events: Vec<Value> = made_all.iter().map(|(event, ..)| event.clone()).collect();
        let region = |event: &Value| event["awsRegion"].as_str().unwrap().to_owned();
        let explained: BTreeSet<(&str, &str, String)> = made_all
            .iter()
            .map(|(event, action, arn)| (*action, arn.as_str(), region(event)))
            .filter(|(action, arn, region)| may(&ask(&now, action, arn, region)))
            .collect();
        let Ok(sized) = sized(Some(account.clone()), &events) else {
            prop_assert!(explained.is_empty());
            return Ok(());
        };
        let changed = applied(account.clone(), &sized);
        let then = Evaluator::new(&changed, &RULES);
        for (action, arn, region) in &explained {
            let decision = ask(&then, action, arn, region);
            prop_assert!(may(&decision), "{action} on {arn}: {decision:?} {:?}", statements(&sized));
        }
        prop_assert_eq!(&role(&sized).proof.refused, &Vec::<String>::new());
        for (event, action, arn) in asked.iter().enumerate().map(|(id, call)| made(id, *call)) {
            if may(&ask(&then, action, &arn, &region(&event))) {
                let before = ask(&now, action, &arn, &region(&event));
                prop_assert!(may(&before), "{action} on {arn} is new: {:?}", statements(&sized));
            }
        }
        for (_, all) in &role(&sized).policies {
            let text = iam::document(all).to_string();
            prop_assert!(text.chars().filter(|c| !c.is_whitespace()).count() <= iam::MANAGED_CHARACTERS);
        }
    }
}

/// Neighbours of what was used: other actions of the services, other resources.
#[test]
fn neighbours_of_what_was_used_are_refused() {
    let account = account::holding(json!([allow("*", "*")]));
    let calls: Vec<_> = (0..120).map(|n| made(n, (n % 8, (n % 9) as u8, 0))).collect();
    let events: Vec<Value> = calls
        .iter()
        .map(|(event, ..)| {
            with(
                with(event.clone(), "eventCategory", json!("Data")),
                "managementEvent",
                json!(false),
            )
        })
        .collect();
    let sized = sized(Some(account.clone()), &events).unwrap();
    let changed = applied(account, &sized);
    let evaluator = Evaluator::new(&changed, &RULES);
    let used: BTreeSet<&str> = calls.iter().map(|(_, action, _)| *action).collect();
    let (mut asked, mut given) = (0, 0);
    for service in ["s3", "dynamodb", "lambda"] {
        for action in RULES.service(service).unwrap().actions() {
            for (_, _, arn) in calls.iter().take(24) {
                let is_used = used.contains(action.name.as_str());
                let arn = if is_used { format!("{arn}-other") } else { arn.clone() };
                asked += 1;
                given += u32::from(may(&evaluator.allows(ROLE, &action.name, &arn)));
            }
        }
    }
    assert!(asked > 5_000, "{asked}");
    assert_eq!(given, 0, "of {asked} neighbours");
}
