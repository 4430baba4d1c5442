//! What `gradus rightsize` prints: objects to apply, with what they rest on; the
//! same for a program, and for a person who only looks.

use std::str::FromStr;

use serde_json::{Value, json};

use super::{escape::one_line, phrase::count};
use crate::assess::{
    manifest::{Manifest, Rule, iam, yaml},
    rightsize::{HeldBinding, HeldPolicy, Rightsized, SizedPrincipal, Use},
};
use crate::model::aws::policy::{Effect, Elements};

/// The name and version of the JSON form.
pub const SCHEMA: &str = "gradus.rightsize/v1";

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Objects for `kubectl apply`, told about in comments.
    Yaml,
    /// For a program.
    Json,
    /// For a person.
    Table,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "yaml" => Ok(Self::Yaml),
            "json" => Ok(Self::Json),
            "table" => Ok(Self::Table),
            other => Err(format!("`{other}` is none of yaml, json, table")),
        }
    }
}

/// Writes it, ending in a newline.
///
/// # Errors
/// When it has no JSON form.
pub fn render(sized: &Rightsized, form: Form) -> Result<String, serde_json::Error> {
    Ok(match form {
        Form::Yaml => {
            let mut text = yaml::comment(&told(sized));
            if sized.manifests.is_empty() {
                text.push_str(&documents(sized));
            } else {
                // `kubectl apply` takes no policy of IAM.
                text.push_str(&yaml::comment(&commands(sized)));
                text.push_str(&yaml::documents(&sized.manifests));
            }
            text
        }
        Form::Json => format!("{}\n", serde_json::to_string_pretty(&value(sized))?),
        Form::Table => table(sized),
    })
}

/// All that is said beside the objects.
fn told(sized: &Rightsized) -> String {
    let mut text = String::new();
    line(&mut text, &format!("Rights that {} used: {}.", sized.agent, basis(sized)));
    for warning in &sized.warnings {
        line(&mut text, &format!("WARNING: {warning}"));
    }
    for note in &sized.notes {
        line(&mut text, &format!("note: {note}"));
    }
    text.push('\n');
    if sized.policies.is_empty() || !sized.manifests.is_empty() {
        text.push_str(&removal(sized));
    }
    sized.policies.iter().for_each(|one| tell_principal(&mut text, one));
    if !sized.unexplained.is_empty() {
        text.push_str("\nUsed, and no grant that was read explains it:\n");
        for one in &sized.unexplained {
            let place = one.location.as_ref().map(|place| format!(" ({place})"));
            let place = place.unwrap_or_default();
            line(&mut text, &format!("  {} × {}{place}", one.action, one.requests));
        }
    }
    text.push('\n');
    text
}

/// Adds a line: names in it add none of their own.
fn line(text: &mut String, line: &str) {
    text.push_str(&one_line(line));
    text.push('\n');
}

/// From what it was worked out.
fn basis(sized: &Rightsized) -> String {
    let window = match sized.window {
        Some((first, last)) => {
            let days = count(sized.days, "day", "days");
            format!("{first} to {last}, {days} with events")
        }
        None => "no event with a time".to_owned(),
    };
    format!("{}, {window}", count(sized.requests, "authorised request", "authorised requests"))
}

/// What goes once these policies are all that is left, and what stays unseen.
fn tell_principal(text: &mut String, sized: &SizedPrincipal) {
    let asked = count(sized.proof.asked, "use", "uses");
    line(
        text,
        &format!(
            "{}: {asked} of a named resource asked of these policies, {} refused",
            sized.arn,
            sized.proof.refused.len()
        ),
    );
    match &sized.held {
        None => line(text, "No authorization details hold it: what it holds now is not known."),
        Some(held) if held.is_empty() => line(text, "It holds nothing now that was read."),
        Some(held) => {
            line(text, "Held now, and in force until these are detached:");
            held.iter().for_each(|one| tell_held(text, one));
        }
    }
    for (title, all) in [
        ("Kept, since no use of it can stand in this log:", &sized.kept),
        ("Not kept, and not known to be unused; for a person to decide:", &sized.undecided),
    ] {
        if !all.is_empty() {
            line(text, title);
            all.iter().for_each(|one| line(text, &format!("  {one}")));
        }
    }
}

fn tell_held(text: &mut String, held: &HeldPolicy) {
    let unused = held.actions.iter().filter(|one| one.used != Use::Used);
    line(
        text,
        &format!(
            "  {} ({}): {} of {} patterns not used",
            held.grant,
            held.location,
            unused.clone().count(),
            held.actions.len()
        ),
    );
    for one in unused {
        let why = match one.used {
            Use::NotObservable => ", and this log cannot show it",
            Use::PartlyObservable => ", and this log cannot show all of it",
            Use::Used | Use::Unused => "",
        };
        line(text, &format!("    not used: {}{why}", one.pattern));
    }
}

/// The policies as JSON, each a document of its own.
fn documents(sized: &Rightsized) -> String {
    let policies: Vec<_> = sized
        .policies
        .iter()
        .flat_map(|one| one.policies.iter().map(move |(name, statements)| (one, name, statements)))
        .collect();
    let mut text = String::new();
    for (position, (one, name, statements)) in policies.iter().enumerate() {
        if position > 0 {
            text.push_str("---\n");
        }
        text.push_str(&yaml::comment(&one_line(&format!("Policy {name}, for {}:", one.arn))));
        // JSON is YAML; characters that YAML's readers trip over are escaped.
        let json = serde_json::to_string_pretty(&iam::document(statements)).unwrap_or_default();
        text.push_str(&ascii(&json));
        text.push('\n');
    }
    text
}

/// JSON in which nothing but ASCII stands.
fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            text.push(character);
        } else {
            for unit in character.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

/// The commands that apply the policies.
fn commands(sized: &Rightsized) -> String {
    let mut text = String::new();
    for one in &sized.policies {
        for (name, statements) in &one.policies {
            let command = iam::commands(name, statements, &one.arn).map_or_else(
                || {
                    format!(
                        "By hand, since its name cannot be pasted: give {} this policy.",
                        one.arn
                    )
                },
                |command| ascii(&command),
            );
            command.lines().for_each(|part| line(&mut text, part));
        }
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// What goes once these roles are all that is left.
fn removal(sized: &Rightsized) -> String {
    let Some(held) = &sized.held else {
        return "No cluster objects were read: what it holds now is not known.\n".to_owned();
    };
    if held.is_empty() {
        return "It holds nothing now that was read.\n".to_owned();
    }
    let mut text = String::new();
    let (own, grouped): (Vec<_>, Vec<_>) =
        held.iter().partition(|binding| binding.through_group.is_none());
    for (title, bindings) in [
        ("Held now, and in force until the agent is taken out of these bindings:", own),
        ("Held through groups, and not changed by these roles:", grouped),
    ] {
        if !bindings.is_empty() {
            line(&mut text, title);
            bindings.into_iter().for_each(|binding| tell(&mut text, binding));
        }
    }
    text
}

fn tell(text: &mut String, binding: &HeldBinding) {
    let unused: Vec<_> = binding.rules.iter().filter(|rule| !rule.used).collect();
    line(
        text,
        &format!(
            "  {} → {}{} ({}): {} of {} rules not used",
            binding.binding,
            binding.role,
            through(binding),
            binding.location,
            unused.len(),
            binding.rules.len()
        ),
    );
    for rule in unused {
        line(text, &format!("    not used: {} ({})", rule.gives, rule.location));
    }
}

fn through(binding: &HeldBinding) -> String {
    match (&binding.through_group, binding.shared) {
        (Some(group), _) => format!(", through group {group}"),
        (None, true) => ", which names others too".to_owned(),
        (None, false) => String::new(),
    }
}

fn value(sized: &Rightsized) -> Value {
    let held = sized.held.as_ref().map(|held| {
        let binding = |binding: &HeldBinding| {
            let rules: Vec<Value> = binding
                .rules
                .iter()
                .map(|rule| {
                    json!({"gives": rule.gives, "location": rule.location, "used": rule.used})
                })
                .collect();
            json!({
                "binding": binding.binding, "role": binding.role,
                "principal": binding.principal.to_string(),
                "throughGroup": binding.through_group, "shared": binding.shared,
                "location": binding.location, "rules": rules,
            })
        };
        held.iter().map(binding).collect::<Vec<Value>>()
    });
    let unexplained: Vec<Value> = sized
        .unexplained
        .iter()
        .map(|one| {
            json!({
                "principal": one.principal.to_string(), "action": one.action,
                "requests": one.requests, "location": one.location,
            })
        })
        .collect();
    let policies: Vec<Value> = sized.policies.iter().map(principal).collect();
    json!({
        "schema": SCHEMA,
        "agent": sized.agent,
        "principals": sized.principals.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "window": sized.window.map(|(first, last)| json!({"first": first, "last": last})),
        "days": sized.days,
        "requests": sized.requests,
        "objects": sized.manifests.iter().map(Manifest::value).collect::<Vec<_>>(),
        "held": held,
        "policies": policies,
        "unexplained": unexplained,
        "warnings": sized.warnings,
        "notes": sized.notes,
    })
}

/// One IAM identity.
fn principal(one: &SizedPrincipal) -> Value {
    let policies: Vec<Value> = one
        .policies
        .iter()
        .map(|(name, statements)| {
            json!({
                "name": name, "document": iam::document(statements),
                "commands": iam::commands(name, statements, &one.arn),
            })
        })
        .collect();
    let held = one.held.as_ref().map(|held| {
        let statement = |held: &HeldPolicy| {
            let actions: Vec<Value> = held
                .actions
                .iter()
                .map(|one| json!({"pattern": one.pattern, "used": one.used.as_str()}))
                .collect();
            json!({"grant": held.grant, "location": held.location, "actions": actions})
        };
        held.iter().map(statement).collect::<Vec<Value>>()
    });
    json!({
        "principal": one.arn, "policies": policies, "held": held,
        "kept": one.kept, "undecided": one.undecided,
        "proof": {"asked": one.proof.asked, "refused": one.proof.refused},
    })
}

fn table(sized: &Rightsized) -> String {
    let mut text = String::new();
    line(&mut text, &format!("{} · {}", sized.agent, basis(sized)));
    text.push('\n');
    for manifest in &sized.manifests {
        if let Manifest::Role { scope, name, rules } = manifest {
            line(&mut text, &format!("  {} {name}  {scope}", manifest.kind()));
            for rule in rules {
                line(&mut text, &format!("    {}", spelt(rule)));
            }
        }
    }
    for one in &sized.policies {
        for (name, statements) in &one.policies {
            line(&mut text, &format!("  Policy {name}  {}", one.arn));
            for statement in statements {
                line(&mut text, &format!("    {}", spelt_statement(statement)));
            }
        }
    }
    text.push('\n');
    text.push_str(&told(sized));
    let commands = commands(sized);
    if !commands.is_empty() {
        text.push_str("Next, and then detach what it holds now:\n\n");
        text.push_str(&commands);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// A rule on one line.
fn spelt(rule: &Rule) -> String {
    let mut text = rule.verbs.join(",");
    for word in [&rule.resources, &rule.non_resource_urls] {
        if !word.is_empty() {
            text = format!("{text}  {}", word.join(","));
        }
    }
    if let Some(group) = rule.api_groups.first().filter(|group| !group.is_empty()) {
        text = format!("{text}  ({group})");
    }
    if !rule.resource_names.is_empty() {
        text = format!("{text}  [{}]", rule.resource_names.join(", "));
    }
    text
}

/// A statement on one line.
fn spelt_statement(statement: &iam::Statement) -> String {
    let list = |elements: &Elements| match elements {
        Elements::Only(patterns) => patterns.join(","),
        Elements::Except(patterns) => format!("all but {}", patterns.join(",")),
    };
    let effect = match statement.effect {
        Effect::Allow => "",
        Effect::Deny => "deny  ",
    };
    let mut text = format!("{effect}{}  {}", list(&statement.actions), list(&statement.resources));
    for clause in &statement.conditions {
        text = format!("{text}  [{} {} {}]", clause.key, clause.operator, clause.values.join(", "));
    }
    text
}
