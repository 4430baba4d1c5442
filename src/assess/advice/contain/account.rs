//! Cuts in an account's IAM, and what a principal holds once they are made.
//!
//! A managed policy is never edited: others may have it attached. What stays of it
//! goes into an inline policy of the principal, which then loses the attachment; so
//! does what a group gives, and the user leaves the group. Denies stay. A pattern of
//! one service becomes what of it only looks; a wildcard over services goes whole, as
//! one over resources does in a cluster.
//!
//! A trust policy that lets the principal in by name loses it. What else others give
//! (the policy of a resource) is not changed here, and is named as what remains.

use std::collections::BTreeSet;

use super::{
    Sharing,
    cluster::{Against, Contained, Offences, offences, remaining, stays},
    listed,
    trust::Entrance,
    worst_severity,
};
use crate::{
    assess::{
        assessment::Step,
        holdings::{Estate, Holdings, InAccount},
        manifest::{
            iam::{self, Statement},
            object_name, shell,
        },
    },
    model::{
        agent::AgentId,
        aws::{
            AccountSnapshot, Attachment, Identity, InlinePolicy, Role, pattern,
            policy::{self, Document, Effect, Elements, Language, Policy},
        },
        capability::{Grant, Reach},
        location::Location,
        principal::Principal,
    },
    privilege::iam::{Evaluator, Principal as Changed},
    rubric::aws::{AwsRules, KnownAction, Service},
};

/// Each round narrows or takes all that offends; one more sees that nothing does.
const ROUNDS: usize = 6;
/// Actions of one pattern that are listed one by one; more are not kept.
const LISTED_ACTIONS: usize = 60;

/// Contains every principal of an account that counts for the agent's granted level.
pub(super) fn contain(
    agent: &AgentId,
    estate: &Estate<'_>,
    holdings: &Holdings,
    target: u8,
    sharing: Sharing<'_>,
) -> (Vec<Contained>, Vec<Step>) {
    let (mut all, mut steps) = (Vec::new(), Vec::new());
    let Some(rules) = estate.aws_rules().filter(|_| !holdings.tools_are_sole_path()) else {
        return (all, steps);
    };
    for own in &holdings.in_accounts {
        let Some((account, evaluator)) = estate.account_with(&own.arn) else { continue };
        let Some(reach) = holdings.credentials.get(own.credential) else { continue };
        let others = sharing.others(agent, &Principal::Aws(own.arn.clone()));
        // Of a shared identity both agents' steps leave what looks, and nothing else.
        let target = if others.is_empty() { target } else { target.min(1) };
        let case = Case { agent, account, evaluator, own, target, others, rules };
        let (contained, own_steps) = case.contain(reach);
        all.push(contained);
        steps.extend(own_steps);
    }
    (all, steps)
}

/// By which way a document counts for a principal.
#[derive(Debug, Clone, Copy)]
enum Way<'a> {
    Inline(&'a str),
    Managed(&'a Attachment),
    Group(&'a str),
}

/// A document that counts for a principal, with what becomes of its statements.
struct Source<'a> {
    way: Way<'a>,
    document: &'a Document,
    /// Where the principal loses it.
    cut_at: Location,
    fates: Vec<Fate<'a>>,
    against: Against,
}

/// What becomes of a statement.
enum Fate<'a> {
    Kept(&'a policy::Statement),
    Narrowed(policy::Statement),
    Gone,
}

impl Source<'_> {
    fn language(&self) -> Language {
        match self.document {
            Document::Read(policy) => policy.language,
            Document::Unreadable(_) => Language::V2012,
        }
    }

    /// Whether a grant says that it is the statement at `position`: as the document
    /// is called today, or once what stays of it is a policy of the principal's own.
    fn is_told(&self, position: usize, grant: &Grant) -> bool {
        let Some(statement) = self.document.statements().get(position) else { return false };
        let number = format!(", statement {}", statement.index + 1);
        let called = |way: &str| {
            let (_, rest) = grant.description.rsplit_once(way)?;
            let rest = rest.strip_prefix(&number)?;
            Some(rest.is_empty() || rest.starts_with(" ("))
        };
        let is_called = |way: String| called(&way) == Some(true);
        match self.way {
            Way::Inline(name) => is_called(format!("→ inline policy {name}")),
            Way::Managed(attachment) => {
                is_called(format!("→ policy {}", short(&attachment.arn)))
                    || is_called(format!("→ inline policy {}", attachment.arn))
            }
            Way::Group(name) => {
                let numbered = grant.description.ends_with(&number)
                    || grant.description.contains(&format!("{number} ("));
                numbered && grant.description.contains(&format!("→ group {name} → "))
                    || is_called(format!("→ inline policy {name}"))
            }
        }
    }

    fn is_changed(&self) -> bool {
        self.fates.iter().any(|fate| !matches!(fate, Fate::Kept(_)))
    }

    /// The statements that stay, in today's language, at the places of those they
    /// are made of.
    fn left(&self) -> Vec<policy::Statement> {
        let language = self.language();
        let kept = |fate: &Fate<'_>| match fate {
            Fate::Kept(statement) => {
                let written = Statement::of(statement, language)?.to_model(statement.index);
                Some(policy::Statement { location: statement.location.clone(), ..written })
            }
            Fate::Narrowed(statement) => Some(statement.clone()),
            Fate::Gone => None,
        };
        self.fates.iter().filter_map(kept).collect()
    }
}

/// One principal to contain.
struct Case<'c, 'e> {
    agent: &'c AgentId,
    account: &'c AccountSnapshot,
    evaluator: &'c Evaluator<'e>,
    own: &'c InAccount,
    target: u8,
    /// The other agents that act as it.
    others: Vec<&'c AgentId>,
    rules: &'c AwsRules,
}

impl<'c> Case<'c, '_> {
    /// What is left, and the steps that leave it.
    fn contain(&self, reach: &Reach) -> (Contained, Vec<Step>) {
        let mut sources = self.sources();
        let mut entrances: Vec<Entrance<'_>> = Vec::new();
        let mut left: Option<Reach> = None;
        for _ in 0..ROUNDS {
            let reach = left.as_ref().unwrap_or(reach);
            let offences = offences(reach, self.target);
            let mut changed = false;
            for (grant, found) in &offences {
                changed |= self.cut(&mut sources, grant, found);
                if let Some(told) = Entrance::told_by(self.account, &self.own.arn, grant)
                    && !entrances.iter().any(|own| own.is_of(told.role))
                {
                    entrances.push(told);
                    entrances.sort_by_key(Entrance::arn);
                }
                for entrance in &mut entrances {
                    changed |= entrance.shut(&self.own.arn, grant, found);
                }
            }
            if !changed {
                break;
            }
            let trusting: Vec<Role> = entrances
                .iter()
                .filter(|own| own.is_shut())
                .map(|own| own.after(&self.own.arn))
                .collect();
            left = self.after(&sources).map(|own| self.evaluator.reach_if(&own, &trusting));
        }
        let left = left.unwrap_or_else(|| reach.clone());
        let cut =
            sources.iter().filter(|source| source.is_changed()).map(|source| self.step(source));
        let shut = entrances.iter().filter(|own| own.is_shut()).map(|own| self.shut(own));
        let steps = cut.chain(shut).collect();
        let remaining = remaining(&left, self.target);
        (Contained { credential: self.own.credential, left, remaining }, steps)
    }

    /// Cuts the statements that a grant stands for, and whether there was more of
    /// them to cut.
    fn cut(&self, sources: &mut [Source<'c>], grant: &Grant, found: &Offences<'_>) -> bool {
        let stands_for = |statement: &policy::Statement| {
            statement.location == grant.location && statement.effect == Effect::Allow
        };
        let mut meant: Vec<(usize, usize)> = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let statements = source.document.statements().iter().enumerate();
            meant.extend(statements.filter(|(_, one)| stands_for(one)).map(|(at, _)| (number, at)));
        }
        // Statements of one principal stand in one place where the evidence has no
        // lines; what the grant says of them tells them apart.
        let told: Vec<(usize, usize)> = meant
            .iter()
            .copied()
            .filter(|&(number, at)| sources.get(number).is_some_and(|own| own.is_told(at, grant)))
            .collect();
        let mut changed = false;
        for (number, at) in if told.is_empty() { meant } else { told } {
            let Some(source) = sources.get_mut(number) else { continue };
            let Some(fate) = source.fates.get_mut(at) else { continue };
            if let Some(next) = self.next_fate(fate) {
                *fate = next;
                source.against.add(found);
                changed = true;
            }
        }
        changed
    }

    /// Less of a statement; or nothing, where it offends by what it allows together
    /// with others, or did so before. None where it is gone already.
    fn next_fate(&self, now: &Fate<'c>) -> Option<Fate<'c>> {
        match now {
            Fate::Gone => None,
            Fate::Narrowed(_) => Some(Fate::Gone),
            Fate::Kept(statement) => Some(match self.narrowed(statement) {
                Some(less) => Fate::Narrowed(less),
                None => Fate::Gone,
            }),
        }
    }

    /// What of a statement may stay; none where it is nothing, or all of it.
    fn narrowed(&self, statement: &policy::Statement) -> Option<policy::Statement> {
        let Elements::Only(patterns) = &statement.actions else { return None };
        let mut all = BTreeSet::new();
        let mut refused = false;
        for pattern in patterns {
            refused |= !self.looking(pattern, &mut all);
        }
        let actions = Elements::Only(all.into_iter().collect());
        (refused && !actions.patterns().is_empty())
            .then(|| policy::Statement { actions, ..statement.clone() })
    }

    /// Adds what of a pattern may stay; whether that is all of it.
    fn looking(&self, pattern: &str, into: &mut BTreeSet<String>) -> bool {
        let lower = pattern.to_ascii_lowercase();
        let Some((prefix, _)) = lower.split_once(':').filter(|(p, _)| !pattern::is_wild(p)) else {
            return false;
        };
        let known = self.rules.service(prefix).map(Service::actions).unwrap_or_default();
        let may_stay =
            |action: &KnownAction| stays(self.target, action.effect, action.effect_known);
        let within: Vec<&KnownAction> =
            known.iter().filter(|action| pattern::matches(&lower, &action.lower)).collect();
        if !within.is_empty() && within.iter().all(|action| may_stay(action)) {
            into.insert(pattern.to_owned());
            return true;
        }
        let mut listed = Vec::new();
        for action in within.into_iter().filter(|action| may_stay(action)) {
            let verb = format!("{}*", verb_of(&action.name));
            let of_verb = verb.to_ascii_lowercase();
            let clean = pattern::covers(&lower, &of_verb)
                && known.iter().filter(|one| pattern::matches(&of_verb, &one.lower)).all(may_stay);
            if clean {
                into.insert(verb);
            } else {
                listed.push(action.name.clone());
            }
        }
        into.extend(listed.into_iter().take(LISTED_ACTIONS));
        false
    }

    /// Every document that counts for the principal.
    fn sources(&self) -> Vec<Source<'c>> {
        let mut all = Vec::new();
        let arn = &self.own.arn;
        if let Some(role) = self.account.roles.get(arn) {
            self.add(&role.identity, None, &mut all);
        }
        if let Some(user) = self.account.users.get(arn) {
            self.add(&user.identity, None, &mut all);
            for name in &user.groups {
                let home = crate::model::aws::account_of(arn);
                let group = self.account.groups.values().find(|group| {
                    group.identity.name == *name
                        && crate::model::aws::account_of(&group.identity.arn) == home
                });
                if let Some(group) = group {
                    self.add(&group.identity, Some((name, &user.identity.location)), &mut all);
                }
            }
        }
        all
    }

    fn add(
        &self,
        identity: &'c Identity,
        group: Option<(&'c str, &'c Location)>,
        all: &mut Vec<Source<'c>>,
    ) {
        let mut push = |way: Way<'c>, document: &'c Document, cut_at: &Location| {
            let (way, cut_at) = match group {
                Some((name, member)) => (Way::Group(name), member),
                None => (way, cut_at),
            };
            all.push(Source {
                way,
                document,
                cut_at: cut_at.clone(),
                fates: document.statements().iter().map(Fate::Kept).collect(),
                against: Against::default(),
            });
        };
        for inline in &identity.inline {
            push(Way::Inline(&inline.name), &inline.document, inline.document.location());
        }
        for attachment in &identity.attached {
            let document = match self.account.policies.get(&attachment.arn) {
                Some(policy) => policy.in_force().ok().map(|version| &version.document),
                None => self.rules.managed(&attachment.arn).map(|known| &known.document),
            };
            if let Some(document) = document {
                push(Way::Managed(attachment), document, &attachment.location);
            }
        }
    }

    /// The groups that a user leaves.
    fn left_groups(sources: &[Source<'c>]) -> BTreeSet<&'c str> {
        let of_group = |source: &Source<'c>| match source.way {
            Way::Group(name) if source.is_changed() => Some(name),
            Way::Group(_) | Way::Inline(_) | Way::Managed(_) => None,
        };
        sources.iter().filter_map(of_group).collect()
    }

    /// The principal once the changes are made.
    fn after(&self, sources: &[Source<'c>]) -> Option<Changed> {
        let groups = Self::left_groups(sources);
        let inline = |name: &str, source: &Source<'_>| InlinePolicy {
            name: name.to_owned(),
            document: Document::Read(Policy {
                language: Language::V2012,
                statements: source.left(),
                unreadable: Vec::new(),
                location: source.document.location().clone(),
            }),
        };
        let change = |identity: &mut Identity| {
            for source in sources {
                match source.way {
                    Way::Inline(name) if source.is_changed() => {
                        identity.inline.retain(|one| one.name != name);
                        identity.inline.push(inline(name, source));
                    }
                    Way::Managed(attachment) if source.is_changed() => {
                        identity.attached.retain(|one| one.arn != attachment.arn);
                        identity.inline.push(inline(&attachment.arn, source));
                    }
                    // All that a group gives is lost with it.
                    Way::Group(name) if groups.contains(name) => {
                        identity.inline.push(inline(name, source));
                    }
                    Way::Inline(_) | Way::Managed(_) | Way::Group(_) => {}
                }
            }
        };
        if let Some(role) = self.account.roles.get(&self.own.arn) {
            let mut role = role.clone();
            change(&mut role.identity);
            return Some(Changed::Role(role));
        }
        let mut user = self.account.users.get(&self.own.arn)?.clone();
        change(&mut user.identity);
        user.groups.retain(|name| !groups.contains(name.as_str()));
        Some(Changed::User(user))
    }

    fn step(&self, source: &Source<'_>) -> Step {
        let risk = source.against.risk();
        let capabilities = source.against.capabilities();
        let what = match source.way {
            Way::Inline(name) => format!("cut inline policy {name}"),
            Way::Managed(attachment) => format!("detach policy {}", short(&attachment.arn)),
            Way::Group(name) => format!("leave group {name}"),
        };
        let first = capabilities.keys().next().cloned();
        Step {
            id: risk.map(|told| told.rule.clone()).or(first).unwrap_or_default(),
            action: match risk {
                Some(_) => format!("{what} of {}", short(&self.own.arn)),
                None => {
                    let actions = capabilities.values().map(|(action, _)| action.as_str());
                    format!("drop {}", listed(actions))
                }
            },
            reason: risk.map_or_else(
                || format!("{what} of {}", short(&self.own.arn)),
                |told| told.message.clone(),
            ),
            location: Some(source.cut_at.clone()),
            change: Some(self.change(source)),
            severity: match risk {
                Some(told) => told.severity,
                None => worst_severity(capabilities.values().map(|(_, effect)| *effect)),
            },
            settles: source.against.settles(),
        }
    }

    /// The step that takes the principal out of a trust policy.
    fn shut(&self, entrance: &Entrance<'_>) -> Step {
        let role = &entrance.role.identity.name;
        let against = &entrance.against;
        let risk = against.risk();
        let what = format!("trust policy of role {role}");
        let mut change = self.shared();
        change.push_str(&entrance.change(&self.own.arn));
        Step {
            id: risk
                .map(|told| told.rule.clone())
                .or_else(|| against.capabilities().keys().next().cloned())
                .unwrap_or_default(),
            action: format!("take {} out of the {what}", short(&self.own.arn)),
            reason: risk.map_or_else(
                || format!("the {what} lets in {}", self.own.arn),
                |told| told.message.clone(),
            ),
            location: Some(entrance.location()),
            change: Some(change),
            severity: match risk {
                Some(told) => told.severity,
                None => worst_severity(against.capabilities().values().map(|(_, effect)| *effect)),
            },
            settles: against.settles(),
        }
    }

    /// That other agents lose the same.
    fn shared(&self) -> String {
        let told = |other: &&AgentId| {
            shell::comment(&format!(
                "{other} acts as {} too: it loses the same, and both keep only what looks.",
                self.own.arn
            ))
        };
        self.others.iter().map(told).collect()
    }

    /// The change, as commands to paste.
    fn change(&self, source: &Source<'_>) -> String {
        let mut text = self.shared();
        let unread = source.document.gaps().len();
        if unread > 0 {
            text.push_str(&shell::comment(&format!(
                "What of the policy could not be read, {unread} times, is not in what stays."
            )));
        }
        match self.commands(source) {
            Some(commands) => text.push_str(&commands),
            None => text.push_str(&shell::comment(&format!(
                "By hand, since a name cannot be pasted: leave of {} only {}",
                source.cut_at,
                iam::document(&self.written(source))
            ))),
        }
        text
    }

    /// The statements that stay, as they are written.
    fn written(&self, source: &Source<'_>) -> Vec<Statement> {
        let left = source.left();
        left.iter().filter_map(|one| Statement::of(one, Language::V2012)).collect()
    }

    fn commands(&self, source: &Source<'_>) -> Option<String> {
        let (kind, owner) = iam::attachable(&self.own.arn)?;
        let owner = format!("--{kind}-name {}", shell::word(owner)?);
        let left = self.written(source);
        let gives = left.iter().any(|one| one.effect == Effect::Allow);
        let put = |name: &str| {
            let name = shell::word(name)?;
            let document = iam::quoted(&iam::document(&left));
            Some(format!(
                "aws iam put-{kind}-policy {owner} --policy-name {name} --policy-document {document}"
            ))
        };
        let cut = match source.way {
            Way::Inline(name) if left.is_empty() => {
                return Some(format!(
                    "aws iam delete-{kind}-policy {owner} --policy-name {}",
                    shell::word(name)?
                ));
            }
            Way::Inline(name) => return put(name),
            Way::Managed(attachment) => format!(
                "aws iam detach-{kind}-policy {owner} --policy-arn {}",
                shell::word(&attachment.arn)?
            ),
            Way::Group(name) => {
                format!(
                    "aws iam remove-user-from-group {owner} --group-name {}",
                    shell::word(name)?
                )
            }
        };
        let of = match source.way {
            Way::Managed(attachment) => short(&attachment.arn).to_owned(),
            Way::Group(_) | Way::Inline(_) => {
                source.document.location().object.as_deref().unwrap_or("group").to_owned()
            }
        };
        let has_denies = left.iter().any(|one| one.effect == Effect::Deny);
        if gives || has_denies {
            let name: String = object_name(self.agent, &[&of]).chars().take(128).collect();
            Some(format!("{} &&\n{cut}", put(&name)?))
        } else {
            Some(cut)
        }
    }
}

/// `ec2:Describe` of `ec2:DescribeInstances`: the service and the first word.
fn verb_of(action: &str) -> &str {
    let start = action.find(':').map_or(0, |at| at + 1);
    let name = action.get(start..).unwrap_or_default();
    let word = name.char_indices().skip(1).find(|(_, c)| c.is_ascii_uppercase());
    let end = word.map_or(name.len(), |(at, _)| at);
    action.get(..start + end).unwrap_or(action)
}

/// The last part of an ARN.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
