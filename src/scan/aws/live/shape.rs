//! From the SDK's types to what the AWS CLI prints of them, so that one reader
//! serves both.

use std::{borrow::Cow, fmt::Write as _};

use aws_sdk_iam::{
    operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput,
    primitives::{DateTime, DateTimeFormat},
    types,
};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::refusal::Refusal;
use crate::scan::aws::policy::percent_decoded;

/// One page, as a document.
#[derive(Debug)]
pub(super) struct Item {
    /// JSON without line breaks.
    pub(super) text: Box<[u8]>,
    /// Principals and policies in it.
    pub(super) objects: usize,
}

/// A page of authorization details.
///
/// # Errors
/// It has none of the lists that every page has: it is another answer.
pub(super) fn page(output: &GetAccountAuthorizationDetailsOutput) -> Result<Item, Refusal> {
    let page = Page {
        user_detail_list: list(output.user_detail_list.as_deref(), user),
        group_detail_list: list(output.group_detail_list.as_deref(), group),
        role_detail_list: list(output.role_detail_list.as_deref(), role),
        policies: list(output.policies.as_deref(), managed),
    };
    let counts = [
        page.user_detail_list.as_ref().map(Vec::len),
        page.group_detail_list.as_ref().map(Vec::len),
        page.role_detail_list.as_ref().map(Vec::len),
        page.policies.as_ref().map(Vec::len),
    ];
    if counts.iter().all(Option::is_none) {
        return Err(Refusal::lacks("UserDetailList, GroupDetailList, RoleDetailList or Policies"));
    }
    let text = serde_json::to_vec(&page).map_err(|error| Refusal::Garbage(error.to_string()))?;
    Ok(Item { text: text.into(), objects: counts.into_iter().flatten().sum() })
}

/// `2026-11-22T00:00:00Z`; nothing where the time is none that can be written.
pub(super) fn time(time: &DateTime) -> Option<String> {
    time.fmt(DateTimeFormat::DateTime).ok()
}

fn list<'a, T, U>(items: Option<&'a [T]>, shape: impl Fn(&'a T) -> U) -> Option<Vec<U>> {
    items.map(|items| items.iter().map(shape).collect())
}

/// What AWS sends as URL-encoded text and the CLI prints as JSON. What is no JSON
/// stays the text that it is.
enum Document<'a> {
    Json(Box<RawValue>),
    Text(&'a str),
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Json(json) => json.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

fn document(text: &str) -> Document<'_> {
    let decoded = if text.trim_start().starts_with('{') {
        Some(Cow::Borrowed(text))
    } else {
        percent_decoded(text).map(Cow::Owned)
    };
    decoded
        .filter(|json| serde_json::from_str::<&RawValue>(json).is_ok())
        // The text itself, not what a parser makes of it: a key that stands twice is told.
        .and_then(|json| RawValue::from_string(compact(&json)).ok())
        .map_or(Document::Text(text), Document::Json)
}

/// Valid JSON without whitespace between its tokens.
fn compact(json: &str) -> String {
    let mut compact = String::with_capacity(json.len());
    let (mut within_text, mut escaped) = (false, false);
    for c in json.chars() {
        if within_text {
            within_text = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            within_text = c == '"';
        }
        // Writing to a String cannot fail.
        let _ = compact.write_char(c);
    }
    compact
}

/// Shapes a struct as the CLI prints it: a key for each field that has a value.
macro_rules! shape {
    ($name:ident { $($field:ident: $type:ty,)* }) => {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct $name<'a> {
            $(#[serde(skip_serializing_if = "Option::is_none")] $field: Option<$type>,)*
        }
    };
}

shape!(Page {
    user_detail_list: Vec<User<'a>>,
    group_detail_list: Vec<Group<'a>>,
    role_detail_list: Vec<Role<'a>>,
    policies: Vec<Managed<'a>>,
});

shape!(User {
    path: &'a str,
    user_name: &'a str,
    user_id: &'a str,
    arn: &'a str,
    create_date: String,
    user_policy_list: Vec<Inline<'a>>,
    group_list: &'a [String],
    attached_managed_policies: Vec<Attached<'a>>,
    permissions_boundary: Boundary<'a>,
    tags: Vec<Tag<'a>>,
});

fn user(user: &types::UserDetail) -> User<'_> {
    User {
        path: user.path(),
        user_name: user.user_name(),
        user_id: user.user_id(),
        arn: user.arn(),
        create_date: user.create_date().and_then(time),
        user_policy_list: list(user.user_policy_list.as_deref(), inline),
        group_list: user.group_list.as_deref(),
        attached_managed_policies: list(user.attached_managed_policies.as_deref(), attached),
        permissions_boundary: user.permissions_boundary().map(boundary),
        tags: list(user.tags.as_deref(), tag),
    }
}

shape!(Group {
    path: &'a str,
    group_name: &'a str,
    group_id: &'a str,
    arn: &'a str,
    create_date: String,
    group_policy_list: Vec<Inline<'a>>,
    attached_managed_policies: Vec<Attached<'a>>,
});

fn group(group: &types::GroupDetail) -> Group<'_> {
    Group {
        path: group.path(),
        group_name: group.group_name(),
        group_id: group.group_id(),
        arn: group.arn(),
        create_date: group.create_date().and_then(time),
        group_policy_list: list(group.group_policy_list.as_deref(), inline),
        attached_managed_policies: list(group.attached_managed_policies.as_deref(), attached),
    }
}

shape!(Role {
    path: &'a str,
    role_name: &'a str,
    role_id: &'a str,
    arn: &'a str,
    create_date: String,
    assume_role_policy_document: Document<'a>,
    instance_profile_list: Vec<Profile<'a>>,
    role_policy_list: Vec<Inline<'a>>,
    attached_managed_policies: Vec<Attached<'a>>,
    permissions_boundary: Boundary<'a>,
    tags: Vec<Tag<'a>>,
    role_last_used: LastUsed<'a>,
});

fn role(role: &types::RoleDetail) -> Role<'_> {
    Role {
        path: role.path(),
        role_name: role.role_name(),
        role_id: role.role_id(),
        arn: role.arn(),
        create_date: role.create_date().and_then(time),
        assume_role_policy_document: role.assume_role_policy_document().map(document),
        instance_profile_list: list(role.instance_profile_list.as_deref(), profile),
        role_policy_list: list(role.role_policy_list.as_deref(), inline),
        attached_managed_policies: list(role.attached_managed_policies.as_deref(), attached),
        permissions_boundary: role.permissions_boundary().map(boundary),
        tags: list(role.tags.as_deref(), tag),
        role_last_used: role.role_last_used().map(|used| LastUsed {
            last_used_date: used.last_used_date().and_then(time),
            region: used.region(),
        }),
    }
}

shape!(Managed {
    policy_name: &'a str,
    policy_id: &'a str,
    arn: &'a str,
    path: &'a str,
    default_version_id: &'a str,
    attachment_count: i32,
    permissions_boundary_usage_count: i32,
    is_attachable: bool,
    description: &'a str,
    create_date: String,
    update_date: String,
    policy_version_list: Vec<Version<'a>>,
});

fn managed(policy: &types::ManagedPolicyDetail) -> Managed<'_> {
    Managed {
        policy_name: policy.policy_name(),
        policy_id: policy.policy_id(),
        arn: policy.arn(),
        path: policy.path(),
        default_version_id: policy.default_version_id(),
        attachment_count: policy.attachment_count(),
        permissions_boundary_usage_count: policy.permissions_boundary_usage_count(),
        is_attachable: Some(policy.is_attachable()),
        description: policy.description(),
        create_date: policy.create_date().and_then(time),
        update_date: policy.update_date().and_then(time),
        policy_version_list: list(policy.policy_version_list.as_deref(), version),
    }
}

shape!(Version {
    document: Document<'a>,
    version_id: &'a str,
    is_default_version: bool,
    create_date: String,
});

fn version(version: &types::PolicyVersion) -> Version<'_> {
    Version {
        document: version.document().map(document),
        version_id: version.version_id(),
        is_default_version: Some(version.is_default_version()),
        create_date: version.create_date().and_then(time),
    }
}

shape!(Inline { policy_name: &'a str, policy_document: Document<'a>, });

fn inline(policy: &types::PolicyDetail) -> Inline<'_> {
    Inline {
        policy_name: policy.policy_name(),
        policy_document: policy.policy_document().map(document),
    }
}

shape!(Attached { policy_name: &'a str, policy_arn: &'a str, });

fn attached(policy: &types::AttachedPolicy) -> Attached<'_> {
    Attached { policy_name: policy.policy_name(), policy_arn: policy.policy_arn() }
}

shape!(Boundary { permissions_boundary_type: &'a str, permissions_boundary_arn: &'a str, });

fn boundary(boundary: &types::AttachedPermissionsBoundary) -> Boundary<'_> {
    Boundary {
        permissions_boundary_type: boundary.permissions_boundary_type().map(|kind| kind.as_str()),
        permissions_boundary_arn: boundary.permissions_boundary_arn(),
    }
}

shape!(Tag { key: &'a str, value: &'a str, });

fn tag(tag: &types::Tag) -> Tag<'_> {
    Tag { key: Some(tag.key()), value: Some(tag.value()) }
}

shape!(LastUsed { last_used_date: String, region: &'a str, });

shape!(Profile {
    path: &'a str,
    instance_profile_name: &'a str,
    instance_profile_id: &'a str,
    arn: &'a str,
    create_date: String,
    roles: Vec<ProfileRole<'a>>,
});

fn profile(profile: &types::InstanceProfile) -> Profile<'_> {
    Profile {
        path: Some(profile.path()),
        instance_profile_name: Some(profile.instance_profile_name()),
        instance_profile_id: Some(profile.instance_profile_id()),
        arn: Some(profile.arn()),
        create_date: time(profile.create_date()),
        roles: list(Some(profile.roles()), |role| ProfileRole {
            path: Some(role.path()),
            role_name: Some(role.role_name()),
            role_id: Some(role.role_id()),
            arn: Some(role.arn()),
        }),
    }
}

shape!(ProfileRole { path: &'a str, role_name: &'a str, role_id: &'a str, arn: &'a str, });
