//! What keeps an approval that is waited for: the checkpointer.

use crate::{
    model::location::Location,
    scan::agents::python::{
        names::{Meaning, ScopeId},
        uses::{Code, Site},
    },
    source::python::Call,
};

/// Whether an approval that is asked for is there until somebody gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keeps {
    /// Whatever happens.
    Durably,
    /// Until the process ends.
    InMemory(Location),
    /// Not at all: nothing can be resumed.
    Nowhere,
    /// It is not known; says why.
    Unclear(&'static str),
}

/// What certainly keeps its checkpoints elsewhere than in the process.
const DURABLE: [&str; 12] = [
    "PostgresSaver",
    "AsyncPostgresSaver",
    "ShallowPostgresSaver",
    "AsyncShallowPostgresSaver",
    "RedisSaver",
    "AsyncRedisSaver",
    "MongoDBSaver",
    "AsyncMongoDBSaver",
    "MySQLSaver",
    "PyMySQLSaver",
    "AIOMySQLSaver",
    "DynamoDBSaver",
];

/// What a call that makes an agent says of its checkpointer.
pub(super) fn of(code: &Code<'_>, site: &Site<'_>) -> Keeps {
    let Some(checkpointer) = site.call.named("checkpointer") else {
        return if site.call.passes_on() {
            Keeps::Unclear("its arguments are computed")
        } else {
            Keeps::Nowhere
        };
    };
    if code.flag(checkpointer, site.scope) == Some(false) {
        return Keeps::Nowhere;
    }
    match code.names.meaning(checkpointer, site.scope) {
        Meaning::Call(call, place, scope) => {
            let callee = code.names.callee(&call.function, scope);
            match callee.exactly() {
                Some(path) if path.starts_with("langgraph") => {
                    by_name(code, path, call, scope, code.location(place))
                }
                _ => Keeps::Unclear("what its checkpointer keeps is not known"),
            }
        }
        _ => Keeps::Unclear("which checkpointer it has is decided elsewhere"),
    }
}

fn by_name<'m>(
    code: &Code<'m>,
    path: &str,
    call: &'m Call,
    scope: ScopeId,
    location: Location,
) -> Keeps {
    let mut names = path.split('.');
    if names.any(|name| matches!(name, "InMemorySaver" | "MemorySaver")) {
        return Keeps::InMemory(location);
    }
    let is = |known: &[&str]| path.split('.').any(|name| known.contains(&name));
    if is(&DURABLE) {
        return Keeps::Durably;
    }
    if is(&["SqliteSaver", "AsyncSqliteSaver"]) {
        return match database(code, call, scope) {
            Some(file) if file.is_empty() || file.contains(":memory:") => Keeps::InMemory(location),
            Some(file) if !file.contains("mode=memory") => Keeps::Durably,
            _ => Keeps::Unclear("which database its checkpointer has is computed"),
        };
    }
    Keeps::Unclear("what its checkpointer keeps is not known")
}

/// The database of a SQLite checkpointer: text, or a connection to it.
fn database<'m>(code: &Code<'m>, call: &'m Call, scope: ScopeId) -> Option<&'m str> {
    let given = call.argument(0, "conn_string").or_else(|| call.argument(0, "conn"))?;
    match code.names.meaning(given, scope) {
        Meaning::Call(connect, _, scope) => {
            let callee = code.names.callee(&connect.function, scope);
            let opens = matches!(callee.exactly(), Some("sqlite3.connect" | "aiosqlite.connect"));
            code.text(connect.argument(0, "database").filter(|_| opens)?, scope)
        }
        _ => code.text(given, scope),
    }
}
