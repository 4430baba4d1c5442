//! What a policy's validations ask of the object that is written.
//!
//! A policy bounds a call only by asking for something that not every object of
//! the kind has anyway, and that its writer cannot answer by a label or an
//! annotation. Of `a || b` the weaker is asked for, of `a && b` the stronger.
//! What is not understood asks for nothing.

use cel::{
    IdedExpr,
    common::ast::{EntryExpr, Expr, LiteralValue, operators},
};

use super::partial::{self, Partial};

/// Steps of one policy; past them it asks for nothing.
const STEPS: u32 = 4_000;
/// Variables that are followed into each other.
const DEEP: u32 = 8;

/// What must be the case for a request to pass, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Demand {
    /// Nothing that would bound anything.
    Nothing,
    /// A label or an annotation of the object, which its writer sets.
    Mark,
    /// Something else that the object holds, or held before.
    Held,
    /// What never is.
    Never,
}

/// What an expression asks for, to be true and to be false.
#[derive(Debug, Clone, Copy)]
struct Sides {
    holds: Demand,
    fails: Demand,
}

impl Sides {
    const NOTHING: Self = Self { holds: Demand::Nothing, fails: Demand::Nothing };

    fn and(self, other: Self) -> Self {
        Self { holds: self.holds.max(other.holds), fails: self.fails.min(other.fails) }
    }

    fn not(self) -> Self {
        Self { holds: self.fails, fails: self.holds }
    }

    fn or(self, other: Self) -> Self {
        self.not().and(other.not()).not()
    }
}

/// What a part of an expression goes by.
#[derive(Debug, Clone, Copy, Default)]
struct Speaks {
    /// Labels or annotations of the object that is written.
    marks: bool,
    /// Other parts of it, or of what it was before.
    held: bool,
    /// What it was before.
    before: bool,
}

/// A name with what is selected of it: `object.metadata.labels['a']`.
struct Chain<'e> {
    root: &'e IdedExpr,
    /// None for a key that is worked out.
    parts: Vec<Option<&'e str>>,
    keys: Vec<&'e IdedExpr>,
    /// Whether it is only asked for being there.
    test: bool,
}

/// What the validations ask for between them, where the names of `known` have
/// these values and a policy's variables are as written.
pub(super) fn demand<'e>(
    validations: impl Iterator<Item = &'e IdedExpr>,
    known: &[(&str, Partial)],
    variables: &'e [(&'e str, Option<IdedExpr>)],
) -> Demand {
    let mut reading = Reading { known, variables, steps: STEPS };
    let asked = validations.map(|own| reading.sides(own, DEEP).holds).max();
    asked.filter(|_| reading.steps > 0).unwrap_or(Demand::Nothing)
}

struct Reading<'k, 'e> {
    known: &'k [(&'k str, Partial)],
    variables: &'e [(&'e str, Option<IdedExpr>)],
    steps: u32,
}

impl<'e> Reading<'_, 'e> {
    fn sides(&mut self, expression: &'e IdedExpr, deep: u32) -> Sides {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return Sides::NOTHING;
        }
        if let Expr::Call(call) = &expression.expr {
            match (call.func_name.as_str(), call.args.as_slice()) {
                (operators::LOGICAL_AND, [left, right]) => {
                    return self.sides(left, deep).and(self.sides(right, deep));
                }
                (operators::LOGICAL_OR, [left, right]) => {
                    return self.sides(left, deep).or(self.sides(right, deep));
                }
                (operators::LOGICAL_NOT, [own]) => return self.sides(own, deep).not(),
                (operators::CONDITIONAL, [condition, yes, no]) => {
                    let condition = self.sides(condition, deep);
                    let yes = condition.and(self.sides(yes, deep));
                    let no = condition.not().and(self.sides(no, deep));
                    return Sides {
                        holds: yes.holds.min(no.holds),
                        fails: condition.holds.max(yes.fails).min(condition.fails.max(no.fails)),
                    };
                }
                _ => {}
            }
        }
        self.part(expression, deep)
    }

    /// A part that no logic takes apart.
    fn part(&mut self, expression: &'e IdedExpr, deep: u32) -> Sides {
        match partial::evaluate(expression, self.known) {
            Partial::Bool(true) => {
                return Sides { holds: Demand::Nothing, fails: Demand::Never };
            }
            Partial::Bool(false) => {
                return Sides { holds: Demand::Never, fails: Demand::Nothing };
            }
            _ => {}
        }
        if let Some(chain) = chain(expression)
            && !chain.test
            && chain.parts.len() == 1
            && let Some(variable) = self.variable(&chain)
            && let Some(deep) = deep.checked_sub(1)
        {
            return self.sides(variable, deep);
        }
        if says_nothing(expression) {
            return Sides::NOTHING;
        }
        let mut speaks = Speaks::default();
        self.speaks(expression, deep, &mut speaks);
        match speaks {
            // That a mark stays as it is bounds little, and is no mark to set.
            Speaks { marks: true, before: true, .. } => Sides::NOTHING,
            // What must not be there is left off.
            Speaks { marks: true, .. } if is_presence(expression) => {
                Sides { holds: Demand::Mark, fails: Demand::Nothing }
            }
            Speaks { marks: true, .. } => Sides { holds: Demand::Mark, fails: Demand::Mark },
            Speaks { held: true, .. } => Sides { holds: Demand::Held, fails: Demand::Held },
            Speaks { .. } => Sides::NOTHING,
        }
    }

    /// The expression of `variables.name`.
    fn variable(&self, chain: &Chain<'e>) -> Option<&'e IdedExpr> {
        let name = chain.parts.first().copied().flatten()?;
        let is_variable = matches!(&chain.root.expr, Expr::Ident(root) if root == "variables");
        let mut own = self.variables.iter().filter(|(own, _)| is_variable && *own == name);
        own.next()?.1.as_ref()
    }

    fn speaks(&mut self, expression: &'e IdedExpr, deep: u32, found: &mut Speaks) {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return;
        }
        if let Some(own) = chain(expression) {
            for key in &own.keys {
                self.speaks(key, deep, found);
            }
            return self.speaks_of(own, deep, found);
        }
        match &expression.expr {
            Expr::Call(call) => {
                for part in call.target.iter().map(Box::as_ref).chain(&call.args) {
                    self.speaks(part, deep, found);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|own| self.speaks(own, deep, found)),
            Expr::Comprehension(own) => {
                for part in [&own.iter_range, &own.accu_init, &own.loop_step, &own.result] {
                    self.speaks(part, deep, found);
                }
            }
            Expr::Map(own) => {
                own.entries.iter().for_each(|own| self.in_entry(&own.expr, deep, found));
            }
            Expr::Struct(own) => {
                own.entries.iter().for_each(|own| self.in_entry(&own.expr, deep, found));
            }
            Expr::Select(_) | Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => {}
        }
    }

    fn in_entry(&mut self, entry: &'e EntryExpr, deep: u32, found: &mut Speaks) {
        match entry {
            EntryExpr::StructField(field) => self.speaks(&field.value, deep, found),
            EntryExpr::MapEntry(entry) => {
                self.speaks(&entry.key, deep, found);
                self.speaks(&entry.value, deep, found);
            }
        }
    }

    fn speaks_of(&mut self, own: Chain<'e>, deep: u32, found: &mut Speaks) {
        let Expr::Ident(root) = &own.root.expr else {
            return self.speaks(own.root, deep, found);
        };
        if let Some(variable) = self.variable(&own) {
            let Some(deep) = deep.checked_sub(1) else { return };
            // A variable may be a name for a part of the object.
            let Some(mut whole) = chain(variable) else {
                return self.speaks(variable, deep, found);
            };
            for key in &whole.keys {
                self.speaks(key, deep, found);
            }
            whole.parts.extend(own.parts.into_iter().skip(1));
            whole.test = own.test;
            return self.speaks_of(whole, deep, found);
        }
        let is_mark = own
            .parts
            .iter()
            .any(|part| part.is_some_and(|part| matches!(part, "labels" | "annotations")));
        // What every object has.
        let is_given = match own.parts.as_slice() {
            [] | [Some("kind" | "apiVersion")] => true,
            [Some("metadata"), ..] => !is_mark,
            [_] => own.test,
            _ => false,
        };
        match root.as_str() {
            "object" => {
                found.marks |= is_mark;
                found.held |= !is_mark && !is_given;
            }
            "oldObject" => {
                found.before = true;
                found.held |= !is_given;
            }
            _ => {}
        }
    }
}

/// A name, or what is selected of something; none for any other expression.
fn chain(expression: &IdedExpr) -> Option<Chain<'_>> {
    let mut own = Chain { root: expression, parts: Vec::new(), keys: Vec::new(), test: false };
    loop {
        match &own.root.expr {
            Expr::Select(select) => {
                own.test |= select.test;
                own.parts.push(Some(&select.field));
                own.root = &select.operand;
            }
            Expr::Call(call) => {
                let selects = matches!(
                    call.func_name.as_str(),
                    operators::INDEX | operators::OPT_INDEX | operators::OPT_SELECT
                );
                let [of, key] = call.args.as_slice() else { break };
                if !selects {
                    break;
                }
                match &key.expr {
                    Expr::Literal(LiteralValue::String(text)) => own.parts.push(Some(text.inner())),
                    _ => {
                        own.parts.push(None);
                        own.keys.push(key);
                    }
                }
                own.root = of;
            }
            _ => break,
        }
    }
    own.parts.reverse();
    let is_name = matches!(own.root.expr, Expr::Ident(_));
    (is_name || !own.parts.is_empty()).then_some(own)
}

/// Whether it compares something with itself, or asks of a part that every
/// object has whether it is there.
fn says_nothing(expression: &IdedExpr) -> bool {
    let Expr::Call(call) = &expression.expr else { return false };
    let [left, right] = call.args.as_slice() else { return false };
    let is_null = |own: &IdedExpr| own.expr == Expr::Literal(LiteralValue::Null);
    let is_shallow = |own| chain(own).is_some_and(|own| own.parts.len() <= 1);
    let equates = matches!(call.func_name.as_str(), operators::EQUALS | operators::NOT_EQUALS);
    let orders = matches!(
        call.func_name.as_str(),
        operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS
    );
    let same = || match (chain(left), chain(right)) {
        (Some(a), Some(b)) => a.root.expr == b.root.expr && a.parts == b.parts && a.keys.is_empty(),
        _ => false,
    };
    equates && (is_null(left) && is_shallow(right) || is_null(right) && is_shallow(left))
        || (equates || orders) && same()
}

/// Whether it asks whether something is there, rather than what it is.
fn is_presence(expression: &IdedExpr) -> bool {
    match &expression.expr {
        Expr::Select(select) => select.test,
        Expr::Call(call) => call.func_name == operators::IN,
        Expr::Comprehension(_) => true,
        _ => false,
    }
}
