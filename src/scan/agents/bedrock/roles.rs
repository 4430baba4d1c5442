//! The roles that an agent acts as: its own, and those of the functions that it calls.
//!
//! A function of Lambda acts with a role of its own, so what the agent has done through
//! it is done with that. Which roles these are is told by the template, and in which
//! account by what was read of accounts.

use super::template::{ACCOUNT, Template, Worked};
use crate::{
    model::{
        agent_config::{AgentConfig, IamRole},
        aws::AccountSnapshot,
        coverage::Gap,
    },
    scan::agents::patterns,
    source::{Document, node::Node},
};

/// Said of an agent whose role cannot be told.
const ELSEWHERE: &str = "which role it acts as is decided when the stack is made";

/// Said of one whose account cannot be told.
const NO_ACCOUNT: &str = "its role is in no account that was read";

/// Said of a function of an action group whose role cannot be told.
const OF_FUNCTION: &str =
    "which role the function of an action group acts as is not in the template";

/// Said of an agent that hands work to others.
const OF_OTHERS: &str = "which roles the agents act as that it hands work to is not read";

/// Notes the roles of an agent with these properties.
pub(super) fn read(
    document: &Document,
    properties: &Node,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let template = Template(&document.root);
    let mut roles = Vec::new();
    let mut unknown = None;
    if let Some(node) = properties.get("AgentResourceRoleArn") {
        if !add(template, node, &mut roles) {
            unknown = Some(ELSEWHERE);
            gaps.push(gap(document, node, ELSEWHERE));
        }
    } else {
        unknown = Some(ELSEWHERE);
    }
    let mut untold: Vec<IamRole> = unknown.map(IamRole::Unknown).into_iter().collect();
    if let Some(groups) = properties.get("ActionGroups") {
        let each = groups.as_sequence().unwrap_or(std::slice::from_ref(groups));
        for node in each.iter().filter_map(acting) {
            let role = function_of(template, node)
                .and_then(|function| function.at(&["Properties", "Role"]));
            if !role.is_some_and(|role| add(template, role, &mut roles)) {
                untold.push(IamRole::Unknown(OF_FUNCTION));
                gaps.push(gap(document, node, OF_FUNCTION));
            }
        }
    }
    if properties.get("AgentCollaborators").is_some() {
        untold.push(IamRole::Unknown(OF_OTHERS));
    }
    untold.dedup();
    if let Some(identity) = &mut config.identity {
        identity.roles = roles;
        identity.roles.extend(untold);
        if let Some(why) = unknown {
            identity.opaque.get_or_insert(why);
        }
    }
}

/// What names the function of an action group, or holds it where that is decided when the
/// stack is made; none where no function is called.
fn acting(group: &Node) -> Option<&Node> {
    let Some(executor) = group.get("ActionGroupExecutor") else {
        let computed = group.entries().iter().any(|(key, _)| key.name.starts_with("Fn::"));
        return (computed || group.as_mapping().is_none()).then_some(group);
    };
    match (executor.get("Lambda"), executor.get("CustomControl")) {
        (Some(function), _) => Some(function),
        (None, Some(_)) => None,
        (None, None) => Some(executor),
    }
}

/// Adds the roles that a value comes to; tells whether these are certain and all.
fn add(template: Template<'_>, node: &Node, roles: &mut Vec<IamRole>) -> bool {
    let Some(values) = template.values(node) else { return false };
    let mut certain = true;
    for Worked { text, may_differ } in values {
        certain &= !may_differ;
        match role(&text) {
            Some(role) if !roles.contains(&role) => roles.push(role),
            Some(_) => {}
            None => certain = false,
        }
    }
    certain
}

/// The role that an ARN is of.
fn role(arn: &str) -> Option<IamRole> {
    let mut parts = arn.splitn(6, ':');
    let (head, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
    let (_, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
    let name = resource.strip_prefix("role/")?;
    // What IAM lets into a name and a path, and no secret that stands there by mistake.
    let spelt = name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-/".contains(c));
    let named = spelt && !name.is_empty() && name.len() <= 600 && patterns::find(name).is_none();
    let fits = head == "arn" && service == "iam" && partition.starts_with("aws") && named;
    let known = partition.len() < 20
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit());
    match (fits, known, account == ACCOUNT) {
        (true, true, _) => Some(IamRole::Arn(arn.to_owned())),
        (true, false, true) => Some(IamRole::OfSomeAccount(name.to_owned())),
        _ => None,
    }
}

/// The function of the template that a value names, however it names it.
fn function_of<'t>(template: Template<'t>, node: &Node) -> Option<&'t Node> {
    const KINDS: [&str; 2] = ["AWS::Lambda::Function", "AWS::Serverless::Function"];
    // Other functions name what is not in the template.
    if node.tag().is_some_and(|tag| !matches!(tag, "!GetAtt" | "!Ref" | "!Sub")) {
        return None;
    }
    let text = match node.as_str() {
        Some(text) => text.to_owned(),
        None => {
            let inner =
                node.get("Fn::GetAtt").or_else(|| node.get("Fn::Sub")).or_else(|| node.get("Ref"));
            let inner = inner.unwrap_or(node);
            match inner.as_sequence() {
                Some([name, _]) => name.as_str()?.to_owned(),
                _ => inner.as_str()?.to_owned(),
            }
        }
    };
    let name = text.trim_start_matches("${").trim_end_matches('}');
    let name = name.strip_suffix(".Arn").unwrap_or(name);
    KINDS.iter().find_map(|kind| template.resource(name, kind))
}

fn gap(document: &Document, node: &Node, reason: &str) -> Gap {
    Gap { location: node.location(&document.file), reason: reason.to_owned() }
}

/// Finds the accounts of roles whose template does not tell them: every role of that
/// path and name is taken. That the stack is made in that account is a guess, so the role
/// stays one of some account besides.
pub(in crate::scan::agents) fn settle(
    configs: &mut [AgentConfig],
    account: Option<&AccountSnapshot>,
) {
    for identity in configs.iter_mut().filter_map(|config| config.identity.as_mut()) {
        let mut found: Vec<IamRole> = Vec::new();
        for role in std::mem::take(&mut identity.roles) {
            let IamRole::OfSomeAccount(name) = &role else {
                found.push(role);
                continue;
            };
            let end = format!(":role/{name}");
            let arns = account.into_iter().flat_map(|account| account.roles.keys());
            let before = found.len();
            found.extend(
                arns.filter(|arn| arn.ends_with(&end)).map(|arn| IamRole::Arn(arn.clone())),
            );
            if found.len() == before {
                identity.opaque.get_or_insert(NO_ACCOUNT);
            }
            found.push(role);
        }
        found.dedup();
        identity.roles = found;
    }
}
