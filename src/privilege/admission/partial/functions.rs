//! Operators and functions over what is known. One that is not here, or whose
//! arguments are of other types, gives `Unknown`: it may fail.

use std::{
    cmp::Ordering,
    sync::{Arc, LazyLock},
};

use cel::{Context, Env, Program, Value, common::ast::operators};

use super::{BUILT, List, Map, Partial};

/// Longest pattern of a `matches` that is tried.
const PATTERN: usize = 200;

/// The standard functions of CEL.
static ENVIRONMENT: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));
/// Regular expressions are left to the language's own evaluator.
static MATCHES: LazyLock<Option<Program>> =
    LazyLock::new(|| Program::compile("text.matches(pattern)").ok());

/// Steps that a function costs beyond its arguments.
pub(super) fn cost(name: &str) -> u32 {
    match name {
        "matches" => 500,
        "split" | operators::ADD | operators::IN => 20,
        _ => 0,
    }
}

pub(super) fn call(name: &str, target: Option<&Partial>, arguments: &[Partial]) -> Partial {
    match (target, arguments) {
        (None, [one]) => unary(name, one),
        (None, [left, right]) => binary(name, left, right),
        (Some(target), []) => member(name, target),
        (Some(Partial::Text(target)), [Partial::Text(argument)]) => texts(name, target, argument),
        _ => Partial::Unknown,
    }
}

fn unary(name: &str, value: &Partial) -> Partial {
    match (name, value) {
        (operators::LOGICAL_NOT, Partial::Bool(flag)) => Partial::Bool(!flag),
        (operators::NEGATE, Partial::Int(number)) => number_or_error(number.checked_neg()),
        ("string", Partial::Text(_)) => value.clone(),
        ("string", Partial::Int(number)) => Partial::text(number.to_string()),
        ("size", value) => size(value),
        _ => Partial::Unknown,
    }
}

fn member(name: &str, target: &Partial) -> Partial {
    match (name, target) {
        ("size", target) => size(target),
        ("lowerAscii", Partial::Text(text)) => Partial::text(text.to_ascii_lowercase()),
        ("upperAscii", Partial::Text(text)) => Partial::text(text.to_ascii_uppercase()),
        _ => Partial::Unknown,
    }
}

fn size(value: &Partial) -> Partial {
    let length = match value {
        Partial::Text(text) => text.chars().count(),
        Partial::List(List { items, open: false }) => items.len(),
        _ => return Partial::Unknown,
    };
    i64::try_from(length).map_or(Partial::Unknown, Partial::Int)
}

fn texts(name: &str, target: &Arc<str>, argument: &Arc<str>) -> Partial {
    match name {
        "startsWith" => Partial::Bool(target.starts_with(&**argument)),
        "endsWith" => Partial::Bool(target.ends_with(&**argument)),
        "contains" => Partial::Bool(target.contains(&**argument)),
        "matches" => matches(target, argument),
        "split" if !argument.is_empty() && target.len() < BUILT => {
            Partial::texts(target.split(&**argument), false)
        }
        _ => Partial::Unknown,
    }
}

/// Patterns that could be costly, or that mean something else to another
/// engine, are left open.
fn matches(text: &str, pattern: &str) -> Partial {
    let plain = pattern.len() <= PATTERN
        && pattern.is_ascii()
        && !pattern.contains(['{', '\\'])
        && !pattern.contains("(?")
        && !is_read_otherwise(pattern);
    let Some(program) = MATCHES.as_ref().filter(|_| plain) else { return Partial::Unknown };
    let mut context = Context::with_env(ENVIRONMENT.clone());
    context.add_variable_from_value("text", text.to_owned());
    context.add_variable_from_value("pattern", pattern.to_owned());
    match program.execute(&context) {
        Ok(Value::Bool(flag)) => Partial::Bool(flag),
        _ => Partial::Unknown,
    }
}

/// Whether CEL's own engine, RE2, may read a pattern without escapes in another
/// way: sets within sets, operators on sets, and what repeats a repetition.
fn is_read_otherwise(pattern: &str) -> bool {
    let (mut in_set, mut repeats) = (false, 0_usize);
    let mut before = [' '; 2];
    for own in pattern.chars() {
        match own {
            '[' if in_set => return true,
            '[' => in_set = true,
            '&' | '-' | '~' if in_set && before[1] == own => return true,
            // The first in a set stands for itself.
            ']' if in_set => {
                in_set = before[1] == '[' || before == ['[', '^'];
            }
            _ => {}
        }
        repeats = if !in_set && matches!(own, '*' | '+' | '?') { repeats + 1 } else { 0 };
        let lazy = repeats == 2 && own == '?';
        if repeats > 1 && !lazy {
            return true;
        }
        before = [before[1], own];
    }
    false
}

fn binary(name: &str, left: &Partial, right: &Partial) -> Partial {
    let truth = |answer: Option<bool>| answer.map_or(Partial::Unknown, Partial::Bool);
    match name {
        operators::EQUALS => truth(left.equals(right)),
        operators::NOT_EQUALS => truth(left.equals(right).map(|same| !same)),
        operators::LESS => truth(order(left, right).map(Ordering::is_lt)),
        operators::LESS_EQUALS => truth(order(left, right).map(Ordering::is_le)),
        operators::GREATER => truth(order(left, right).map(Ordering::is_gt)),
        operators::GREATER_EQUALS => truth(order(left, right).map(Ordering::is_ge)),
        operators::IN => contains(left, right),
        operators::INDEX => index(left, right),
        operators::ADD => add(left, right),
        _ => match (left, right) {
            (Partial::Int(left), Partial::Int(right)) => number_or_error(match name {
                operators::SUBSTRACT => left.checked_sub(*right),
                operators::MULTIPLY => left.checked_mul(*right),
                operators::DIVIDE => left.checked_div(*right),
                operators::MODULO => left.checked_rem(*right),
                _ => None,
            }),
            _ => Partial::Unknown,
        },
    }
}

fn number_or_error(number: Option<i64>) -> Partial {
    number.map_or(Partial::Unknown, Partial::Int)
}

fn order(left: &Partial, right: &Partial) -> Option<Ordering> {
    match (left, right) {
        (Partial::Int(left), Partial::Int(right)) => Some(left.cmp(right)),
        (Partial::Double(left), Partial::Double(right)) => left.partial_cmp(right),
        (Partial::Text(left), Partial::Text(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn contains(element: &Partial, container: &Partial) -> Partial {
    match (element, container) {
        (Partial::Text(key), Partial::Map(map)) => map.has(key),
        (element, Partial::List(List { items, open })) if element.is_known() => {
            let mut answer = if *open { Partial::Unknown } else { Partial::Bool(false) };
            for item in items.iter() {
                match element.equals(item) {
                    Some(true) => return Partial::Bool(true),
                    Some(false) => {}
                    None => answer = Partial::Unknown,
                }
            }
            answer
        }
        _ => Partial::Unknown,
    }
}

fn index(container: &Partial, key: &Partial) -> Partial {
    match (container, key) {
        (Partial::Map(map), Partial::Text(key)) => Map::get(map, key),
        (Partial::List(List { items, open: false }), Partial::Int(number)) => {
            usize::try_from(*number)
                .ok()
                .and_then(|number| items.get(number))
                .cloned()
                .unwrap_or(Partial::Unknown)
        }
        _ => Partial::Unknown,
    }
}

fn add(left: &Partial, right: &Partial) -> Partial {
    match (left, right) {
        (Partial::Int(left), Partial::Int(right)) => number_or_error(left.checked_add(*right)),
        (Partial::Text(left), Partial::Text(right)) if left.len() + right.len() <= BUILT => {
            Partial::text(format!("{left}{right}"))
        }
        (
            Partial::List(List { items: left, open: false }),
            Partial::List(List { items: right, open: false }),
        ) if left.len() + right.len() <= BUILT => {
            let items = left.iter().chain(right.iter()).cloned().collect();
            Partial::List(List { items: Arc::new(items), open: false })
        }
        _ => Partial::Unknown,
    }
}
