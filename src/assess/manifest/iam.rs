//! IAM policies that gradus proposes, ready for `aws iam`.

use serde_json::{Map, Value, json};

use super::shell;
use crate::model::{
    aws::{
        account_of,
        arn::partition_of,
        policy::{self, Clause, Effect, Elements, Language, Policy},
    },
    location::Location,
};

/// The most characters of a managed policy, white space not counted.
pub const MANAGED_CHARACTERS: usize = 6_144;
/// Managed policies that a role or user can have unless AWS raises it.
pub const ATTACHED: usize = 10;

/// One statement of a proposed policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// Allow or Deny.
    pub effect: Effect,
    /// In the order in which they are written.
    pub actions: Elements,
    /// In the order in which they are written.
    pub resources: Elements,
    /// All must hold; no operator has a key twice.
    pub conditions: Vec<Clause>,
}

impl Statement {
    /// A statement of the evidence as today's language writes it; none of a trust
    /// policy, which has no resources.
    #[must_use]
    pub fn of(statement: &policy::Statement, language: Language) -> Option<Self> {
        Some(Self {
            effect: statement.effect,
            actions: statement.actions.clone(),
            resources: written(statement.resources.as_ref()?, language),
            conditions: conditions(statement, language),
        })
    }

    /// As AWS takes it.
    #[must_use]
    pub fn value(&self) -> Value {
        let elements = [(&self.actions, "Action"), (&self.resources, "Resource")];
        Value::Object(statement(self.effect, &elements, &self.conditions))
    }

    /// As the engine reads it.
    #[must_use]
    pub fn to_model(&self, index: usize) -> policy::Statement {
        policy::Statement {
            sid: None,
            index,
            effect: self.effect,
            actions: self.actions.clone(),
            resources: Some(self.resources.clone()),
            principals: None,
            conditions: self.conditions.clone(),
            location: proposed(),
        }
    }

    /// Halves of it that together say the same, where it can be halved.
    fn halves(&self) -> Option<[Self; 2]> {
        let half = |patterns: &[String]| {
            let (first, second) = patterns.split_at(patterns.len() / 2);
            (!first.is_empty())
                .then(|| [Elements::Only(first.to_vec()), Elements::Only(second.to_vec())])
        };
        // The halves of an exclusion, or of a Deny with one, would say less.
        if let Elements::Only(resources) = &self.resources
            && let Some(parts) = half(resources)
        {
            return Some(parts.map(|resources| Self { resources, ..self.clone() }));
        }
        let Elements::Only(actions) = &self.actions else { return None };
        half(actions).map(|parts| parts.map(|actions| Self { actions, ..self.clone() }))
    }
}

/// The members that all statements have.
fn statement(
    effect: Effect,
    elements: &[(&Elements, &str)],
    conditions: &[Clause],
) -> Map<String, Value> {
    let mut value = Map::new();
    let effect = match effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    value.insert("Effect".to_owned(), json!(effect));
    for (elements, name) in elements {
        match elements {
            Elements::Only(patterns) => value.insert((*name).to_owned(), json!(patterns)),
            Elements::Except(patterns) => value.insert(format!("Not{name}"), json!(patterns)),
        };
    }
    if !conditions.is_empty() {
        let mut operators = Map::new();
        for clause in conditions {
            let keys = operators.entry(clause.operator.as_str()).or_insert_with(|| json!({}));
            keys[clause.key.as_str()] = json!(clause.values);
        }
        value.insert("Condition".to_owned(), Value::Object(operators));
    }
    value
}

/// One statement of a proposed trust policy.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustStatement(Value);

impl TrustStatement {
    /// A statement of the evidence as today's language writes it; none where it
    /// speaks of nobody, as those of other policies do.
    #[must_use]
    pub fn of(one: &policy::Statement, language: Language) -> Option<Self> {
        let principals = one.principals.as_ref()?;
        let conditions = conditions(one, language);
        let mut value = statement(one.effect, &[(&one.actions, "Action")], &conditions);
        if let Some(sid) = one.sid.as_ref().filter(|sid| !sid.is_empty()) {
            value.insert("Sid".to_owned(), json!(sid));
        }
        let mut kinds = Map::new();
        for (kind, who) in &principals.entries {
            // `"Principal": "*"` has no kind; `{"AWS": "*"}` says the same.
            let kind = if kind == "*" { "AWS" } else { kind };
            if let Value::Array(all) = kinds.entry(kind).or_insert_with(|| json!([])) {
                all.push(json!(who));
            }
        }
        let name = if principals.negated { "NotPrincipal" } else { "Principal" };
        value.insert(name.to_owned(), Value::Object(kinds));
        Some(Self(Value::Object(value)))
    }
}

/// A trust policy of these statements. AWS takes none that is empty: one of no
/// statements says outright that nobody is let in.
#[must_use]
pub fn trust_document(statements: &[TrustStatement]) -> Value {
    let nobody = json!({"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    let all: Vec<&Value> = match statements {
        [] => vec![&nobody],
        some => some.iter().map(|own| &own.0).collect(),
    };
    json!({"Version": "2012-10-17", "Statement": all})
}

/// Patterns as a document of today's language writes them.
#[must_use]
pub fn written(elements: &Elements, language: Language) -> Elements {
    let all = |patterns: &[String]| patterns.iter().map(|p| literal(p, language)).collect();
    match elements {
        Elements::Only(patterns) => Elements::Only(all(patterns)),
        Elements::Except(patterns) => Elements::Except(all(patterns)),
    }
}

/// The conditions of a statement, likewise.
#[must_use]
pub fn conditions(statement: &policy::Statement, language: Language) -> Vec<Clause> {
    let values = |clause: &Clause| clause.values.iter().map(|v| literal(v, language)).collect();
    let clause = |clause: &Clause| Clause { values: values(clause), ..clause.clone() };
    statement.conditions.iter().map(clause).collect()
}

/// Text as today's language writes it: before 2012 `${` was plain.
#[must_use]
pub fn literal(text: &str, language: Language) -> String {
    match language {
        Language::V2008 => text.replace("${", "${$}{"),
        Language::V2012 => text.to_owned(),
    }
}

/// A document as one word of a command.
#[must_use]
pub fn quoted(document: &Value) -> String {
    shell::quoted(&document.to_string())
}

/// Where statements stand that nobody wrote yet.
fn proposed() -> Location {
    Location::file("proposed")
}

/// A policy document of these statements.
#[must_use]
pub fn document(statements: &[Statement]) -> Value {
    let all: Vec<Value> = statements.iter().map(Statement::value).collect();
    json!({"Version": "2012-10-17", "Statement": all})
}

/// The same, as the engine reads it.
#[must_use]
pub fn to_model(statements: &[Statement]) -> policy::Document {
    policy::Document::Read(Policy {
        language: Language::V2012,
        statements: (0..).zip(statements).map(|(index, one)| one.to_model(index)).collect(),
        unreadable: Vec::new(),
        location: proposed(),
    })
}

/// The characters of a document that AWS counts.
fn characters(statements: &[Statement]) -> usize {
    document(statements).to_string().chars().filter(|c| !c.is_whitespace()).count()
}

/// Statements in as few policies as hold them, in their order.
#[must_use]
pub fn pack(statements: &[Statement]) -> Vec<Vec<Statement>> {
    let mut waiting: Vec<Statement> = statements.iter().rev().cloned().collect();
    let mut policies: Vec<Vec<Statement>> = Vec::new();
    while let Some(statement) = waiting.pop() {
        if characters(std::slice::from_ref(&statement)) > MANAGED_CHARACTERS
            && let Some([first, second]) = statement.halves()
        {
            waiting.extend([second, first]);
            continue;
        }
        if let Some(last) = policies.last_mut() {
            last.push(statement);
            if characters(last) <= MANAGED_CHARACTERS {
                continue;
            }
            if let Some(statement) = last.pop() {
                policies.push(vec![statement]);
            }
        } else {
            policies.push(vec![statement]);
        }
    }
    policies
}

/// The kind and the name of a principal, as `aws iam` asks for them; none for what
/// no policy can be attached to.
#[must_use]
pub fn attachable(arn: &str) -> Option<(&'static str, &str)> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let (kind, path) = resource.split_once('/')?;
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    match kind {
        "role" => Some(("role", name)),
        "user" => Some(("user", name)),
        _ => None,
    }
}

/// The commands that create a policy and attach it to a principal; none where a name
/// cannot be pasted.
#[must_use]
pub fn commands(name: &str, statements: &[Statement], principal: &str) -> Option<String> {
    let (kind, owner) = attachable(principal)?;
    let partition = partition_of(principal)?;
    let arn = format!("arn:{partition}:iam::{}:policy/{name}", account_of(principal)?);
    Some(format!(
        "aws iam create-policy --policy-name {} --policy-document {} &&\naws iam attach-{kind}-policy --{kind}-name {} --policy-arn {}",
        shell::word(name)?,
        quoted(&document(statements)),
        shell::word(owner)?,
        shell::word(&arn)?,
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn statement(actions: usize, resources: usize) -> Statement {
        let many = |what: &str, count: usize| (0..count).map(|n| format!("{what}{n:04}")).collect();
        Statement {
            effect: Effect::Allow,
            actions: Elements::Only(many("s3:Get", actions)),
            resources: Elements::Only(many("arn:aws:s3:::bucket-", resources)),
            conditions: Vec::new(),
        }
    }

    /// What statements give, one by one.
    fn pairs<'s>(all: impl IntoIterator<Item = &'s Statement>) -> BTreeSet<(String, String)> {
        let pairs = |one: &Statement| {
            let (actions, resources) = (one.actions.patterns(), one.resources.patterns());
            let of = |action: &String| -> Vec<(String, String)> {
                resources.iter().map(|resource| (action.clone(), resource.clone())).collect()
            };
            actions.iter().flat_map(of).collect::<Vec<_>>()
        };
        all.into_iter().flat_map(pairs).collect()
    }

    #[test]
    fn no_policy_is_larger_than_aws_takes_and_nothing_is_lost() {
        for (actions, resources) in [(1, 1), (3, 700), (900, 1), (400, 400)] {
            let all = [statement(actions, resources), statement(2, 2)];
            let policies = pack(&all);
            for policy in &policies {
                assert!(characters(policy) <= MANAGED_CHARACTERS);
            }
            assert_eq!(pairs(policies.iter().flatten()), pairs(&all));
        }
    }

    #[test]
    fn conditions_are_kept_by_operator_and_key() {
        let clause = |operator: &str, key: &str, value: &str| Clause {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: vec![value.to_owned()],
        };
        let mut one = statement(1, 1);
        one.conditions = vec![clause("StringEquals", "a", "1"), clause("StringEquals", "b", "2")];
        let value = one.value();
        assert_eq!(value["Condition"]["StringEquals"], json!({"a": ["1"], "b": ["2"]}));
    }

    #[test]
    fn commands_name_the_principal_without_its_path() {
        let role = "arn:aws:iam::111122223333:role/agents/bot";
        let text = commands("gradus-bot.prod", &[statement(1, 1)], role).unwrap();
        assert!(text.contains("attach-role-policy --role-name bot --policy-arn"), "{text}");
        assert!(commands("x", &[], "arn:aws:iam::111122223333:root").is_none());
    }
}
