//! What an expression speaks of, whatever it evaluates to.

use std::collections::BTreeSet;

use cel::{
    IdedExpr,
    common::ast::{EntryExpr, Expr, LiteralValue, operators},
};

/// What was found in an expression.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::privilege::admission) struct Survey {
    /// Texts that something is compared with: `==`, `!=`, or a written-out list.
    pub(in crate::privilege::admission) compared: BTreeSet<String>,
    /// Whether it goes by labels of the namespace.
    pub(in crate::privilege::admission) namespace: bool,
}

/// Surveys an expression.
pub(in crate::privilege::admission) fn survey(expression: &IdedExpr, found: &mut Survey) {
    match &expression.expr {
        Expr::Ident(name) => found.namespace |= name == "namespaceObject",
        Expr::Literal(_) | Expr::Unspecified => {}
        Expr::Select(select) => survey(&select.operand, found),
        Expr::List(list) => list.elements.iter().for_each(|element| survey(element, found)),
        Expr::Call(call) => {
            let compares = matches!(
                call.func_name.as_str(),
                operators::EQUALS | operators::NOT_EQUALS | operators::IN
            );
            for part in call.target.iter().map(Box::as_ref).chain(&call.args) {
                if compares {
                    compared(part, found);
                }
                survey(part, found);
            }
        }
        Expr::Comprehension(macro_) => {
            for part in [&macro_.iter_range, &macro_.accu_init, &macro_.loop_step, &macro_.result] {
                survey(part, found);
            }
        }
        Expr::Map(map) => map.entries.iter().for_each(|entry| in_entry(&entry.expr, found)),
        Expr::Struct(value) => value.entries.iter().for_each(|entry| in_entry(&entry.expr, found)),
    }
}

fn in_entry(entry: &EntryExpr, found: &mut Survey) {
    match entry {
        EntryExpr::StructField(field) => survey(&field.value, found),
        EntryExpr::MapEntry(entry) => {
            survey(&entry.key, found);
            survey(&entry.value, found);
        }
    }
}

fn compared(part: &IdedExpr, found: &mut Survey) {
    let elements = match &part.expr {
        Expr::List(list) => list.elements.as_slice(),
        _ => std::slice::from_ref(part),
    };
    for element in elements {
        if let Expr::Literal(LiteralValue::String(text)) = &element.expr {
            found.compared.insert(text.inner().to_owned());
        }
    }
}
