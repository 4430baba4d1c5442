use std::collections::BTreeSet;

use aws_sdk_iam::{
    operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Output,
    types::{
        AttachedPermissionsBoundary, AttachedPolicy, PermissionsBoundaryAttachmentType,
        PolicyDetail, RoleDetail, Tag,
    },
};
use serde_json::{Value, json};

use super::{
    calls::CALLS,
    json::{Service, endpoint, home_of},
    permissions::policy,
    refusal::Refusal,
    shape,
};

/// `{"Version":"2012-10-17","Statement":[]}`, as AWS sends it.
const ENCODED: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%0A%22Statement%22%3A%5B%5D%7D";

fn written(output: &Output) -> Value {
    serde_json::from_slice(&shape::page(output).unwrap().text).unwrap()
}

fn with_trust(trust: &str) -> Output {
    let role = RoleDetail::builder().arn("arn:r").assume_role_policy_document(trust).build();
    Output::builder().role_detail_list(role).build()
}

#[test]
fn a_role_is_written_as_the_cli_prints_it() {
    let boundary = AttachedPermissionsBoundary::builder()
        .permissions_boundary_type(PermissionsBoundaryAttachmentType::from("Policy"))
        .permissions_boundary_arn("arn:aws:iam::111122223333:policy/cap")
        .build();
    let role = RoleDetail::builder()
        .path("/")
        .role_name("bot")
        .arn("arn:aws:iam::111122223333:role/bot")
        .assume_role_policy_document(ENCODED)
        .role_policy_list(
            PolicyDetail::builder().policy_name("own").policy_document(ENCODED).build(),
        )
        .attached_managed_policies(AttachedPolicy::builder().policy_arn("arn:p").build())
        .permissions_boundary(boundary)
        .tags(Tag::builder().key("team").value("a+b%20").build().unwrap())
        .build();
    let document = json!({"Version": "2012-10-17", "Statement": []});
    assert_eq!(
        written(&Output::builder().role_detail_list(role).build()),
        json!({"RoleDetailList": [{
            "Path": "/", "RoleName": "bot", "Arn": "arn:aws:iam::111122223333:role/bot",
            "AssumeRolePolicyDocument": document,
            "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": document}],
            "AttachedManagedPolicies": [{"PolicyArn": "arn:p"}],
            "PermissionsBoundary": {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": "arn:aws:iam::111122223333:policy/cap",
            },
            "Tags": [{"Key": "team", "Value": "a+b%20"}],
        }]})
    );
}

#[test]
fn a_document_that_is_no_json_stays_as_it_came() {
    for text in ["%7B%22", "not json", "{\"a\": ", "%zz", ""] {
        let shaped = written(&with_trust(text));
        assert_eq!(shaped["RoleDetailList"][0]["AssumeRolePolicyDocument"], text);
    }
}

#[test]
fn a_document_keeps_its_words_and_loses_its_line_breaks() {
    let trust = "{\n  \"Sid\": \"two  spaces \\\" \\n\",\n \"Sid\": \"again\"\n}";
    let text = shape::page(&with_trust(trust)).unwrap().text;
    let text = String::from_utf8(text.into()).unwrap();
    // A key that stands twice is for the reader to refuse, not for the writer to mend.
    assert!(text.contains(r#"{"Sid":"two  spaces \" \n","Sid":"again"}"#), "{text}");
    assert!(!text.contains('\n'));
}

#[test]
fn an_answer_without_any_list_is_none() {
    let lacking = shape::page(&Output::builder().build()).unwrap_err();
    assert!(matches!(lacking, Refusal::Garbage(_)), "{lacking:?}");
    let empty = Output::builder().set_user_detail_list(Some(Vec::new())).build();
    assert_eq!(written(&empty), json!({"UserDetailList": []}));
}

#[test]
fn every_part_of_aws_has_its_hosts_and_another_is_not_gone_to_where_fips_is_demanded() {
    let config = aws_config::SdkConfig::builder().build();
    let eks = Service { id: "EKS", host: "eks" };
    for (region, host, home) in [
        ("eu-central-1", "https://eks.eu-central-1.amazonaws.com", "us-east-1"),
        ("cn-north-1", "https://eks.cn-north-1.amazonaws.com.cn", "cn-northwest-1"),
        ("us-gov-east-1", "https://eks.us-gov-east-1.amazonaws.com", "us-gov-west-1"),
        ("us-isob-east-1", "https://eks.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
        ("eusc-de-east-1", "https://eks.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
    ] {
        assert_eq!(endpoint(&config, &eks, region), Ok(host.to_owned()));
        assert_eq!(home_of(region), home);
    }
    let config = aws_config::SdkConfig::builder().use_fips(true).build();
    let refused = endpoint(&config, &eks, "eu-central-1").unwrap_err();
    assert!(refused.to_string().contains("AWS_ENDPOINT_URL_EKS names it"), "{refused}");
}

/// Actions of the printed policy.
fn actions() -> BTreeSet<String> {
    let policy: Value = serde_json::from_str(&policy()).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let actions = statements.iter().flat_map(|statement| {
        assert_eq!(statement["Effect"], "Allow");
        statement["Action"].as_array().unwrap().clone()
    });
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_printed_policy_allows_every_call_and_does_nothing_but_read() {
    let calls: BTreeSet<String> = CALLS.iter().map(|call| call.action.to_owned()).collect();
    assert_eq!(actions(), calls);
    for action in actions() {
        let (_, name) = action.split_once(':').unwrap();
        let reads = ["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb));
        assert!(reads && !action.contains('*'), "{action}");
    }
}

#[test]
fn the_page_on_live_accounts_tells_every_call_and_its_purpose() {
    const PAGE: &str = include_str!("../../../../docs/live-accounts.md");
    for call in CALLS {
        assert!(PAGE.contains(&format!("`{}`", call.action)), "{} is not told", call.action);
        assert!(PAGE.contains(call.purpose), "`{}` is not told", call.purpose);
    }
}
