//! A small AWS account, played by a server that misbehaves on purpose.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop"
)]

use std::path::Path;

use serde_json::json;

use crate::{
    fake_server::{Asked, FakeServer, Reply, json_reply, status},
    support::{Run, gradus},
};

/// Whose it is.
pub(crate) const ACCOUNT: &str = "111122223333";
/// Who may look, and nothing else.
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/bot";

impl FakeServer {
    /// An account that answers as `handler` says.
    pub(crate) fn account(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::of(healthy, handler)
    }
}

impl Asked {
    /// `GetCallerIdentity`, whichever way the service is asked.
    pub(crate) fn action(&self) -> &str {
        let operation = || self.target.rsplit('.').next().filter(|name| !name.is_empty());
        self.parameter("Action").or_else(operation).unwrap_or_else(|| self.of_path())
    }

    /// What the REST of EKS calls what stands under a path.
    fn of_path(&self) -> &str {
        match *self.segments().as_slice() {
            ["clusters"] => "ListClusters",
            ["clusters", _] => "DescribeCluster",
            ["clusters", _, "access-entries"] => "ListAccessEntries",
            ["clusters", _, "access-entries", _] => "DescribeAccessEntry",
            ["clusters", _, "access-entries", _, "access-policies"] => {
                "ListAssociatedAccessPolicies"
            }
            ["clusters", _, "pod-identity-associations"] => "ListPodIdentityAssociations",
            ["clusters", _, "pod-identity-associations", _] => "DescribePodIdentityAssociation",
            ["clusters", _, "node-groups"] => "ListNodegroups",
            ["clusters", _, "node-groups", _] => "DescribeNodegroup",
            _ => "",
        }
    }

    /// The parts of the path, encoded as they came.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.path.trim_start_matches('/').split('/').collect()
    }

    /// A parameter of the query protocol, encoded as it came.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let mut pairs = self.body.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

/// `gradus` in a folder, with somebody else's keys among the variables.
pub(crate) fn run(folder: &Path, url: &str, arguments: &[&str]) -> Run {
    let output = gradus(folder)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_CONFIG_FILE", folder.join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "KEYOFTHEENVIRONMENT")
        .env("AWS_SECRET_ACCESS_KEY", "planted-secret")
        .args(arguments)
        .output()
        .unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// XML with a status.
pub(crate) fn xml(code: u16, text: &str) -> Reply {
    Reply::Full(code, vec![("content-type", "text/xml".to_owned())], text.as_bytes().to_vec())
}

/// What AWS says where it does not do what it was asked for.
pub(crate) fn error(status: u16, code: &str) -> Reply {
    let text = format!(
        "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>because {code}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    );
    xml(status, &text)
}

/// The same of a service that speaks JSON.
pub(crate) fn json_error(code: u16, name: &str) -> Reply {
    status(code, &json!({"__type": name, "message": format!("because {name}")}))
}

/// An answer to an action, by what its result holds.
pub(crate) fn result(action: &str, content: &str) -> Reply {
    let text = format!(
        "<{action}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{action}Result>\
         {content}</{action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>\
         </{action}Response>"
    );
    xml(200, &text)
}

/// A page of authorization details that holds a role, and what stands after the lists.
pub(crate) fn page(arn: &str, end: &str) -> Reply {
    let name = arn.rsplit('/').next().unwrap_or_default();
    result(
        "GetAccountAuthorizationDetails",
        &format!(
            "<UserDetailList/><GroupDetailList/><RoleDetailList><member><Path>/</Path>\
             <RoleName>{name}</RoleName><Arn>{arn}</Arn><RoleId>AROA</RoleId>\
             <CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             <AssumeRolePolicyDocument>{TRUST}</AssumeRolePolicyDocument>\
             <RolePolicyList><member><PolicyName>look</PolicyName>\
             <PolicyDocument>{LOOK}</PolicyDocument></member></RolePolicyList>\
             <AttachedManagedPolicies/></member></RoleDetailList><Policies/>{end}"
        ),
    )
}

const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22\
                     %3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22ec2.amazonaws.com%22\
                     %7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
const LOOK: &str = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A\
                    %22Allow%22%2C%22Action%22%3A%22ec2%3ADescribeInstances%22%2C%22Resource%22\
                    %3A%22*%22%7D%7D";

/// What a healthy account answers: one of no organisation, without clusters.
pub(crate) fn healthy(asked: &Asked) -> Reply {
    match asked.action() {
        "GetCallerIdentity" => result(
            "GetCallerIdentity",
            &format!(
                "<Arn>arn:aws:iam::{ACCOUNT}:user/it</Arn><UserId>AIDA</UserId>\
                 <Account>{ACCOUNT}</Account>"
            ),
        ),
        "GetAccountAuthorizationDetails" => page(ROLE, "<IsTruncated>false</IsTruncated>"),
        "GetAccountSummary" => result(
            "GetAccountSummary",
            "<SummaryMap><entry><key>Roles</key><value>1</value></entry></SummaryMap>",
        ),
        "GetCredentialReport" => result(
            "GetCredentialReport",
            "<Content>dXNlcixhcm4=</Content><ReportFormat>text/csv</ReportFormat>\
             <GeneratedTime>2026-11-22T00:00:00Z</GeneratedTime>",
        ),
        "ListAccountAliases" => result(
            "ListAccountAliases",
            "<AccountAliases><member>acme</member></AccountAliases><IsTruncated>false</IsTruncated>",
        ),
        "DescribeOrganization" => json_error(400, "AWSOrganizationsNotInUseException"),
        "ListClusters" => json_reply(&json!({"clusters": []})),
        _ => error(400, "InvalidAction"),
    }
}
