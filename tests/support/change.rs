//! The changes that contain advises, as what kubectl asks the API server for.

use serde_json::Value;

/// One call of kubectl.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    /// `kubectl apply`, with its objects.
    Apply(Vec<Value>),
    /// `kubectl delete`.
    Delete(Object),
    /// `kubectl patch --type json`.
    Patch(Object, Value),
}

/// An object as kubectl is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// In lower case.
    pub(crate) kind: String,
    /// Its name.
    pub(crate) name: String,
    /// Its namespace, if one is given.
    pub(crate) namespace: Option<String>,
}

/// The commands of a change: of each list, the first that succeeds is followed by
/// the next list.
pub(crate) fn commands(change: &str) -> Vec<Vec<Command>> {
    let lines: Vec<&str> = change.lines().skip_while(|line| line.starts_with('#')).collect();
    let script = lines.join("\n");
    script.split(" &&\n").filter(|one| !one.is_empty()).map(alternatives).collect()
}

fn alternatives(text: &str) -> Vec<Command> {
    let Some(rest) = text.strip_prefix("for i in ") else { return vec![command(text)] };
    let (places, rest) = rest.split_once("; do ").unwrap();
    let body = rest.strip_suffix(" && break; done").unwrap();
    places.split(' ').map(|place| command(&body.replace("'$i'", place))).collect()
}

fn command(text: &str) -> Command {
    if let Some(rest) = text.strip_prefix("printf %s ") {
        let (yaml, apply) = rest.rsplit_once(" | ").unwrap();
        assert_eq!(apply, "kubectl apply --filename -");
        let documents = words(yaml).remove(0);
        let read = |one| serde_saphyr::from_str(one).unwrap();
        return Command::Apply(documents.split("---\n").map(read).collect());
    }
    let words = words(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let object = |kind: &str, name: &str, namespace: Option<&str>| Object {
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: namespace.map(str::to_owned),
    };
    match words.as_slice() {
        ["kubectl", "delete", kind, name] => Command::Delete(object(kind, name, None)),
        ["kubectl", "delete", kind, name, "--namespace", namespace] => {
            Command::Delete(object(kind, name, Some(namespace)))
        }
        ["kubectl", "patch", kind, name, "--type", "json", "--patch", patch] => {
            Command::Patch(object(kind, name, None), serde_json::from_str(patch).unwrap())
        }
        [
            "kubectl",
            "patch",
            kind,
            name,
            "--namespace",
            namespace,
            "--type",
            "json",
            "--patch",
            patch,
        ] => Command::Patch(
            object(kind, name, Some(namespace)),
            serde_json::from_str(patch).unwrap(),
        ),
        _ => panic!("{text}"),
    }
}

/// Words as a shell splits them, whose only quotes are single ones.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut within = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let word = words.last_mut().unwrap();
        match character {
            '\'' => within = !within,
            ' ' if !within => words.push(String::new()),
            '\\' if !within => word.extend(characters.next()),
            _ => word.push(character),
        }
    }
    assert!(!within, "{text}");
    words
}
