//! Policy documents: as objects, as JSON text, or as URL-encoded JSON text
//! (the raw API). A statement that cannot be read as IAM would read it is a gap;
//! it is never guessed.

use std::{borrow::Cow, sync::Arc};

use crate::{
    model::{
        aws::policy::{
            Clause, Document, Effect, Elements, Language, Policy, Principals, Statement,
        },
        coverage::Gap,
        location::Location,
    },
    source::{
        self, Syntax, SyntaxHint,
        limits::Limits,
        node::{Node, Value},
    },
};

/// Patterns and condition values in one document. IAM ends at 10,240
/// characters, which hold far fewer.
const MAX_ELEMENTS: usize = 8_192;
/// Characters of one of them; ARNs end at 2,048.
const MAX_TEXT: usize = 4_096;

/// Where the parts of a document stand.
enum Places<'a> {
    /// In the file itself.
    File(&'a Arc<str>),
    /// In a text, of which only the start can be told.
    Text(&'a Location),
}

/// Reads an identity policy of `owner`.
pub(super) fn read(node: &Node, file: &Arc<str>, owner: &str) -> Document {
    read_as(node, file, owner, Kind::Identity)
}

/// Reads the trust policy of `owner`.
pub(super) fn read_trust(node: &Node, file: &Arc<str>, owner: &str) -> Document {
    read_as(node, file, owner, Kind::Trust)
}

/// Reads a policy of `owner` that names both principals and resources: of a
/// resource, or of what controls resources.
pub(super) fn read_with_principal(node: &Node, file: &Arc<str>, owner: &str) -> Document {
    read_as(node, file, owner, Kind::Resource)
}

/// Which elements a statement must have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A resource, and no principal.
    Identity,
    /// A principal.
    Trust,
    /// Both.
    Resource,
}

fn read_as(node: &Node, file: &Arc<str>, owner: &str, kind: Kind) -> Document {
    let location = node.location(file).with_object(owner);
    let unreadable = |reason: String| {
        let reason = format!("a policy document of {owner}: {reason}");
        Document::Unreadable(Gap { location: location.clone(), reason })
    };
    let result = match node.as_str() {
        None => read_policy(node, &Places::File(file), &location, owner, kind),
        Some(text) => parse(text, file)
            .and_then(|root| read_policy(&root, &Places::Text(&location), &location, owner, kind)),
    };
    result.map_or_else(unreadable, Document::Read)
}

/// The JSON in a text, which may be URL-encoded.
fn parse(text: &str, file: &Arc<str>) -> Result<Node, String> {
    let text = if text.trim_start().starts_with('{') {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(percent_decoded(text).ok_or("neither JSON nor URL-encoded JSON")?)
    };
    let limits = Limits { documents: 1, ..Limits::default() };
    let parsed = source::parse(file, text.as_bytes(), SyntaxHint::Json, &limits);
    if let Some(error) = parsed.outcome.errors.first() {
        return Err(error.message.clone());
    }
    match parsed.documents.into_iter().next() {
        Some(document) if document.syntax == Syntax::Json && document.lenient.is_none() => {
            Ok(document.root)
        }
        _ => Err("not JSON".to_owned()),
    }
}

/// What a URL-encoded text says; none where it is no such text.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let (high, low) = (after.first()?, after.get(1)?);
            let digit = |byte: u8| char::from(byte).to_digit(16);
            bytes.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
            rest = after.get(2..)?;
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

fn read_policy(
    root: &Node,
    places: &Places<'_>,
    location: &Location,
    owner: &str,
    kind: Kind,
) -> Result<Policy, String> {
    let mapping =
        root.as_mapping().ok_or_else(|| format!("{} instead of an object", root.kind()))?;
    if let Some(key) = mapping.duplicates().first() {
        return Err(format!("{} stands twice", key.name));
    }
    let language = match root.get("Version").map(|node| node.as_str()) {
        Some(Some("2012-10-17")) => Language::V2012,
        None | Some(Some("2008-10-17")) => Language::V2008,
        Some(_) => return Err("an unknown Version".to_owned()),
    };
    let statements = root.get("Statement").ok_or("no Statement")?;
    let one = std::slice::from_ref(statements);
    let nodes = statements.as_sequence().unwrap_or(one);
    let mut budget = MAX_ELEMENTS;
    let mut policy = Policy {
        language,
        statements: Vec::with_capacity(nodes.len()),
        unreadable: Vec::new(),
        location: location.clone(),
    };
    for (index, node) in nodes.iter().enumerate() {
        let location = match places {
            // One name serves all statements.
            Places::File(file) => {
                Location { object: location.object.clone(), ..node.location(file) }
            }
            Places::Text(location) => (*location).clone(),
        };
        match read_statement(node, index, &location, kind, &mut budget) {
            Ok(statement) => policy.statements.push(statement),
            Err(reason) => {
                let reason = format!("statement {} of a policy of {owner}: {reason}", index + 1);
                policy.unreadable.push(Gap { location, reason });
            }
        }
    }
    Ok(policy)
}

/// The elements that IAM knows.
const KNOWN: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn read_statement(
    node: &Node,
    index: usize,
    location: &Location,
    kind: Kind,
    budget: &mut usize,
) -> Result<Statement, String> {
    let mapping =
        node.as_mapping().ok_or_else(|| format!("{} instead of an object", node.kind()))?;
    if let Some((key, _)) =
        mapping.entries.iter().find(|(key, _)| !KNOWN.contains(&key.name.as_str()))
    {
        return Err(format!("the element {:?} is not known", key.name));
    }
    if let Some(key) = mapping.duplicates().first() {
        return Err(format!("{} stands twice", key.name));
    }
    let effect = match node.str_at("Effect") {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err("no Effect of Allow or Deny".to_owned()),
    };
    let actions = elements(node, "Action", "NotAction", budget)?.ok_or("no Action")?;
    let resources = elements(node, "Resource", "NotResource", budget)?;
    if matches!(kind, Kind::Identity | Kind::Resource) && resources.is_none() {
        return Err("no Resource".to_owned());
    }
    let principals = principals(node, budget)?;
    match kind {
        Kind::Trust | Kind::Resource if principals.is_none() => {
            return Err("no Principal".to_owned());
        }
        Kind::Identity if principals.is_some() => {
            return Err("a Principal, which no identity policy has".to_owned());
        }
        Kind::Trust | Kind::Resource | Kind::Identity => {}
    }
    Ok(Statement {
        sid: node.str_at("Sid").map(str::to_owned),
        index,
        effect,
        actions,
        resources,
        principals,
        conditions: conditions(node, budget)?,
        location: location.clone(),
    })
}

fn elements(
    statement: &Node,
    name: &str,
    negated: &str,
    budget: &mut usize,
) -> Result<Option<Elements>, String> {
    match (statement.get(name), statement.get(negated)) {
        (Some(_), Some(_)) => Err(format!("both {name} and {negated}")),
        (Some(node), None) => Ok(Some(Elements::Only(texts(node, name, budget)?))),
        (None, Some(node)) => Ok(Some(Elements::Except(texts(node, negated, budget)?))),
        (None, None) => Ok(None),
    }
}

fn principals(statement: &Node, budget: &mut usize) -> Result<Option<Principals>, String> {
    let (node, negated) = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(_), Some(_)) => return Err("both Principal and NotPrincipal".to_owned()),
        (Some(node), None) => (node, false),
        (None, Some(node)) => (node, true),
        (None, None) => return Ok(None),
    };
    if node.as_str() == Some("*") {
        let entries = vec![("*".to_owned(), "*".to_owned())];
        return Ok(Some(Principals { negated, entries }));
    }
    let mapping = node.as_mapping().ok_or("a Principal that is neither * nor an object")?;
    let mut entries = Vec::new();
    for (kind, values) in &mapping.entries {
        for value in texts(values, "Principal", budget)? {
            entries.push((kind.name.clone(), value));
        }
    }
    Ok(Some(Principals { negated, entries }))
}

fn conditions(statement: &Node, budget: &mut usize) -> Result<Vec<Clause>, String> {
    // A null is no condition that holds: it must not turn a Deny into a plain one.
    let Some(node) = statement.as_mapping().and_then(|mapping| mapping.get("Condition")) else {
        return Ok(Vec::new());
    };
    let operators = node.as_mapping().ok_or("a Condition that is no object")?;
    let mut clauses = Vec::new();
    for (operator, keys) in &operators.entries {
        let keys = keys.as_mapping().ok_or("a condition operator that is no object")?;
        for (key, values) in &keys.entries {
            clauses.push(Clause {
                operator: operator.name.clone(),
                key: key.name.clone(),
                values: texts(values, "Condition", budget)?,
            });
        }
    }
    Ok(clauses)
}

/// One text or a list of them.
fn texts(node: &Node, name: &str, budget: &mut usize) -> Result<Vec<String>, String> {
    let one = std::slice::from_ref(node);
    let nodes = node.as_sequence().unwrap_or(one);
    *budget = budget.checked_sub(nodes.len()).ok_or("more elements than IAM permits")?;
    nodes
        .iter()
        .map(|node| {
            let text = match &node.value {
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
                    node.text().map(Cow::into_owned).unwrap_or_default()
                }
                Value::Null | Value::Sequence(_) | Value::Mapping(_) => {
                    return Err(format!("{} in {name}", node.kind()));
                }
            };
            if text.len() > MAX_TEXT {
                return Err(format!("an element of {} characters in {name}", text.len()));
            }
            Ok(text)
        })
        .collect()
}
