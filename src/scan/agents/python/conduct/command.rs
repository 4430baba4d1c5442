//! Commands that a function runs, as far as they stand in its text.

use super::Seen;
use crate::{
    scan::agents::{
        python::{
            names::{Meaning, ScopeId},
            uses::Code,
        },
        redact,
    },
    source::python::{Expr, ExprKind},
};

/// Programs that run what their arguments say.
const INTERPRETERS: [&str; 16] = [
    "sh",
    "bash",
    "zsh",
    "dash",
    "ash",
    "python",
    "python3",
    "node",
    "perl",
    "ruby",
    "pwsh",
    "powershell",
    "cmd",
    "env",
    "sudo",
    "ssh",
];

/// Most words of a command that are kept: entries of the catalogue have fewer.
const WORDS: usize = 4;

/// Text that a shell takes apart.
pub(super) fn through_a_shell<'m>(
    code: &Code<'m>,
    text: Option<&'m Expr>,
    scope: ScopeId,
    seen: &mut Seen,
) {
    let meaning = text.map(|text| code.names.meaning(text, scope));
    match meaning {
        Some(Meaning::Literal(Expr { kind: ExprKind::Text(text), .. }, _)) => {
            if text.contains(['|', ';', '&', '>', '<', '`', '$', '(', '\n']) {
                seen.unknown = true;
            } else {
                let words = text.split_whitespace().map(str::to_owned).collect();
                note(words, seen);
            }
        }
        _ => seen.shell = true,
    }
}

/// A program with its words, without a shell between.
pub(super) fn program<'m>(
    code: &Code<'m>,
    words: Option<&'m Expr>,
    scope: ScopeId,
    seen: &mut Seen,
) {
    let Some(words) = words else {
        seen.unknown = true;
        return;
    };
    match code.names.meaning(words, scope) {
        Meaning::Literal(Expr { kind: ExprKind::Text(text), .. }, _) => {
            note(vec![text.clone()], seen);
        }
        Meaning::Literal(Expr { kind: ExprKind::List(words), .. }, _) => {
            self::words(words.iter(), seen);
        }
        Meaning::Literal(Expr { kind: ExprKind::Sum(..), .. }, _) => {
            let items = code.items(words, scope);
            self::words(items.iter().map(|item| item.expr), seen);
        }
        _ => seen.shell = true,
    }
}

/// The words of a command, up to the first that is computed.
pub(super) fn words<'m>(words: impl Iterator<Item = &'m Expr>, seen: &mut Seen) {
    let words: Vec<&Expr> = words.collect();
    let fixed: Vec<String> =
        words.iter().map_while(|word| word.as_text()).map(str::to_owned).collect();
    let name = fixed.first().map(|name| name.rsplit('/').next().unwrap_or(name));
    match name {
        None => seen.shell = true,
        Some(name) if INTERPRETERS.contains(&name) => {
            seen.shell |= fixed.len() < words.len();
            seen.unknown = true;
        }
        Some(_) => note(fixed, seen),
    }
}

fn note(words: Vec<String>, seen: &mut Seen) {
    let kept = words.into_iter().take(WORDS).take_while(|word| redact::is_harmless(word));
    let kept: Vec<String> = kept.collect();
    seen.unknown |= kept.is_empty();
    seen.commands.push(kept);
}
