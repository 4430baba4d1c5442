//! A principal with its policies, requests of it, and what gradus says of them. A
//! case is spelled in JSON, so that others can be asked the same.

#![allow(dead_code, reason = "each test uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

use std::{collections::BTreeMap, sync::LazyLock};

use gradus::{
    model::aws::{AccountSnapshot, policy::Document},
    privilege::iam::{Decision, Evaluator, Known, Request},
    rubric::aws::AwsRules,
    scan::aws,
    source::{self, SyntaxHint, limits::Limits},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) const ACCOUNT: &str = "111122223333";
const ROOT: &str = "r-ab12";
const UNIT: &str = "ou-ab12-agents00";
/// In the place of a document: the AWS-managed policy that narrows nothing.
pub(crate) const FULL_ACCESS: &str = "FullAWSAccess";

static RULES: LazyLock<AwsRules> = LazyLock::new(|| AwsRules::embedded().unwrap());

/// Every context key that a request of a case may have. What a request does not
/// tell of these is not in it.
pub(crate) const KEYS: [&str; 22] = [
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:PrincipalType",
    "aws:username",
    "aws:PrincipalTag/Team",
    "aws:PrincipalTag/Project",
    "aws:ResourceTag/env",
    "aws:RequestTag/cost",
    "aws:RequestedRegion",
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:CurrentTime",
    "aws:SourceArn",
    "aws:UserAgent",
    "s3:prefix",
    "s3:max-keys",
    "kms:Blob",
    "aws:TagKeys",
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
];

/// One principal and what is asked about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Case {
    /// Whether it is a user; a role if not.
    pub(crate) user: bool,
    pub(crate) tags: BTreeMap<String, String>,
    /// Documents of its policies.
    pub(crate) identity: Vec<Value>,
    /// Documents of a group of the user's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) group: Vec<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boundary: Option<Value>,
    /// Documents of service control policies of the root, the unit and the account;
    /// no levels where there is no organisation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) levels: Vec<Vec<Value>>,
    /// The same of resource control policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) guards: Vec<Vec<Value>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<Value>,
    pub(crate) requests: Vec<Asked>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) action: String,
    pub(crate) resource: String,
    /// A text, or a list of texts for keys that hold many.
    pub(crate) context: Map<String, Value>,
}

/// An answer without its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Answer {
    Allowed,
    Denied,
    /// `allowed-if` or `unknown`.
    Open,
}

impl From<&Decision> for Answer {
    fn from(decision: &Decision) -> Self {
        match decision {
            Decision::Allowed { .. } => Self::Allowed,
            Decision::Denied { .. } => Self::Denied,
            Decision::AllowedIf { .. } | Decision::Unknown(_) => Self::Open,
        }
    }
}

impl Asked {
    /// Whether the case of its keys, or of a key withheld, is told.
    fn known(&self, withheld: &[&str]) -> BTreeMap<String, Known> {
        let mut context = BTreeMap::new();
        for key in KEYS.iter().filter(|key| !withheld.contains(key)) {
            let told = self.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            let known = match told {
                None => Known::Absent,
                Some((_, Value::Array(values))) => {
                    Known::Many(values.iter().map(|v| v.as_str().unwrap().to_owned()).collect())
                }
                Some((_, value)) => Known::One(value.as_str().unwrap().to_owned()),
            };
            context.insert(key.to_ascii_lowercase(), known);
        }
        context
    }
}

impl Case {
    pub(crate) fn arn(&self) -> String {
        let kind = if self.user { "user" } else { "role" };
        format!("arn:aws:iam::{ACCOUNT}:{kind}/agent")
    }

    /// The case as the scanners read it.
    pub(crate) fn account(&self) -> AccountSnapshot {
        let mut snapshot = AccountSnapshot::default();
        for (name, content) in self.files() {
            let document = parse(&name, &content);
            assert!(aws::recognise(&document), "{name}: {content}");
            let details = aws::read(&document);
            assert_eq!(details.malformed, 0, "{name}: {:?}", details.gaps);
            snapshot.merge(details.snapshot);
        }
        snapshot
    }

    /// What gradus says, with nothing told of these keys.
    pub(crate) fn decide(
        &self,
        evaluator: &Evaluator<'_>,
        asked: &Asked,
        withheld: &[&str],
    ) -> Decision {
        let session: Vec<Document> = self
            .session
            .iter()
            .map(|policy| aws::read_policy(&parse("session.json", policy), "the session"))
            .collect();
        let request = Request {
            action: &asked.action,
            resource: &asked.resource,
            context: asked.known(withheld),
            session: &session,
        };
        evaluator.decide(&self.arn(), &request)
    }

    /// The answers of gradus to all requests, with nothing told of these keys.
    pub(crate) fn decisions(&self, withheld: &[&str]) -> Vec<Decision> {
        let account = self.account();
        let evaluator = Evaluator::new(&account, &RULES);
        self.requests.iter().map(|asked| self.decide(&evaluator, asked, withheld)).collect()
    }

    /// The case with one of its requests alone.
    pub(crate) fn only(&self, index: usize) -> Self {
        Self { requests: vec![self.requests[index].clone()], ..self.clone() }
    }

    fn files(&self) -> Vec<(String, Value)> {
        let mut files = vec![("details.json".to_owned(), self.details())];
        if self.levels.is_empty() && self.guards.is_empty() {
            return files;
        }
        let arn = |rest: &str| format!("arn:aws:organizations::999988887777:{rest}");
        files.push((
            "describe-organization.json".to_owned(),
            json!({"Organization": {"Id": "o-gradus0000", "Arn": arn("organization/o-gradus0000"),
                "FeatureSet": "ALL", "MasterAccountId": "999988887777"}}),
        ));
        let kinds = ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"];
        let switched_on: Vec<Value> = [(kinds[0], &self.levels), (kinds[1], &self.guards)]
            .iter()
            .filter(|(_, levels)| !levels.is_empty())
            .map(|(kind, _)| json!({"Type": kind, "Status": "ENABLED"}))
            .collect();
        files.push((
            "list-roots.json".to_owned(),
            json!({"Roots": [{"Id": ROOT, "Arn": arn(&format!("root/o-gradus0000/{ROOT}")),
                "PolicyTypes": switched_on}]}),
        ));
        for (child, parent, kind) in [(ACCOUNT, UNIT, "ORGANIZATIONAL_UNIT"), (UNIT, ROOT, "ROOT")]
        {
            files.push((
                format!("list-parents.{child}.json"),
                json!({"Parents": [{"Id": parent, "Type": kind}]}),
            ));
        }
        for (levels, kind, full) in [
            (&self.levels, kinds[0], "p-FullAWSAccess"),
            (&self.guards, kinds[1], "p-RCPFullAWSAccess"),
        ] {
            for (level, (place, policies)) in [ROOT, UNIT, ACCOUNT].iter().zip(levels).enumerate() {
                let mut list = Vec::new();
                for (number, policy) in policies.iter().enumerate() {
                    let managed = policy == FULL_ACCESS;
                    let id = if managed {
                        full.to_owned()
                    } else {
                        format!("p-{}{level}{number}", kind[..3].to_lowercase())
                    };
                    let summary = json!({"Id": id, "Arn": arn(&format!("policy/o-gradus0000/{id}")),
                        "Name": id, "Type": kind, "AwsManaged": managed});
                    list.push(summary.clone());
                    if !managed {
                        files.push((
                            format!("{id}.json"),
                            json!({"Policy": {"PolicySummary": summary, "Content": policy.to_string()}}),
                        ));
                    }
                }
                files.push((format!("{kind}.{place}.json"), json!({"Policies": list})));
            }
        }
        files
    }

    fn details(&self) -> Value {
        let arn = |rest: &str| format!("arn:aws:iam::{ACCOUNT}:{rest}");
        let inline = |documents: &[Value]| -> Vec<Value> {
            documents
                .iter()
                .enumerate()
                .map(|(number, policy)| {
                    json!({"PolicyName": format!("p{number}"), "PolicyDocument": policy})
                })
                .collect()
        };
        let tags: Vec<Value> =
            self.tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect();
        let policies: Vec<Value> = self
            .boundary
            .iter()
            .map(|policy| {
                json!({"PolicyName": "boundary", "Arn": arn("policy/boundary"),
                    "DefaultVersionId": "v1", "PolicyVersionList":
                        [{"VersionId": "v1", "IsDefaultVersion": true, "Document": policy}]})
            })
            .collect();
        let mut entry = json!({"Arn": self.arn(), "Tags": tags, "AttachedManagedPolicies": []});
        if self.boundary.is_some() {
            entry["PermissionsBoundary"] = json!({"PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": arn("policy/boundary")});
        }
        let (mut users, mut roles) = (Vec::new(), Vec::new());
        if self.user {
            entry["UserName"] = json!("agent");
            entry["GroupList"] = json!(["ops"]);
            entry["UserPolicyList"] = json!(inline(&self.identity));
            users.push(entry);
        } else {
            entry["RoleName"] = json!("agent");
            entry["RolePolicyList"] = json!(inline(&self.identity));
            entry["AssumeRolePolicyDocument"] = json!({"Version": "2012-10-17", "Statement":
                [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
                  "Action": "sts:AssumeRole"}]});
            roles.push(entry);
        }
        json!({"UserDetailList": users, "RoleDetailList": roles, "Policies": policies,
            "GroupDetailList": [{"GroupName": "ops", "Arn": arn("group/ops"),
                "AttachedManagedPolicies": [], "GroupPolicyList": inline(&self.group)}]})
    }
}

fn parse(name: &str, content: &Value) -> source::Document {
    let file = format!("aws/{name}").into();
    let text = content.to_string();
    let parsed = source::parse(&file, text.as_bytes(), SyntaxHint::Json, &Limits::default());
    assert!(parsed.outcome.errors.is_empty(), "{name}: {:?}", parsed.outcome.errors);
    parsed.documents.into_iter().next().unwrap()
}

/// The rules that gradus ships.
pub(crate) fn rules() -> &'static AwsRules {
    &RULES
}
