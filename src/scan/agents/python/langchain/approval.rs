//! Which tools of an agent a human is asked about, and whether the question lasts.

use super::{interrupt, keeps::Keeps};
use crate::{
    model::{
        agent_config::{Approval, ProblemKind},
        location::Location,
    },
    scan::agents::python::{
        draft::{Draft, asked, unasked, undecided},
        names::{Meaning, ScopeId},
        uses::{Code, Defined, Site},
    },
    source::{
        node::Place,
        python::{Expr, ExprKind},
    },
};

/// What the code says of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Ask(Location, &'static str),
    Free(&'static str),
    Unsure(&'static str),
}

/// One tool that `interrupt_on` lists.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) tool: String,
    pub(super) place: Place,
    wish: Wish,
}

/// Everything that stands before the tools of one agent.
#[derive(Debug)]
pub(super) struct Gates {
    pub(super) listed: Vec<Listed>,
    /// Why more may be listed than shows.
    unclear: Option<&'static str>,
    /// Where the graph pauses before it runs any tool.
    pub(super) paused: Option<Location>,
    pub(super) keeps: Keeps,
    /// Where code answers what a human is asked.
    pub(super) answered: Option<Location>,
}

impl Gates {
    pub(super) fn new(keeps: Keeps, answered: Option<Location>) -> Self {
        Self { listed: Vec::new(), unclear: None, paused: None, keeps, answered }
    }

    /// Reads `middleware=[HumanInTheLoopMiddleware(interrupt_on={…})]`.
    pub(super) fn middleware<'m>(&mut self, code: &Code<'m>, site: &Site<'m>) {
        let Some(list) = site.call.named("middleware") else {
            if site.call.passes_on() {
                self.unclear = Some("its arguments are computed");
            }
            return;
        };
        for item in code.items(list, site.scope) {
            let Meaning::Call(call, _, scope) = code.names.meaning(item.expr, item.scope) else {
                self.unclear = Some("which middleware it has is computed");
                continue;
            };
            let callee = code.names.callee(&call.function, scope);
            let asks = |path: &str| path.ends_with(".HumanInTheLoopMiddleware");
            if callee.exactly().is_some_and(|path| asks(path) && path.starts_with("langchain.")) {
                match call.argument(0, "interrupt_on") {
                    Some(tools) => self.interrupt_on(code, tools, scope),
                    None => self.unclear = Some("which tools its middleware asks for is computed"),
                }
            } else if item.spread || callee.may_be(asks).is_some() {
                self.unclear = Some("which middleware it has is computed");
            }
        }
    }

    /// Reads `interrupt_on={tool: True, …}`.
    pub(super) fn interrupt_on<'m>(&mut self, code: &Code<'m>, tools: &'m Expr, scope: ScopeId) {
        if matches!(tools.kind, ExprKind::None) {
            return;
        }
        let Some((pairs, scope)) = code.pairs(tools, scope) else {
            self.unclear = Some("which tools interrupt_on lists is computed");
            return;
        };
        for (key, value) in pairs {
            match key.as_ref().and_then(|key| Some((code.text(key, scope)?, key.place))) {
                Some((tool, place)) => {
                    let wish = wish(code, value, scope, code.location(place));
                    // Of a key that stands twice the last one counts.
                    self.listed.retain(|listed| listed.tool != tool);
                    self.listed.push(Listed { tool: tool.to_owned(), place, wish });
                }
                None => self.unclear = Some("which tools interrupt_on lists is computed"),
            }
        }
    }

    /// Reads `interrupt_before` and `interrupt_after`; `tools` is the node that runs
    /// tools, `before` those right before it.
    pub(super) fn pauses<'m>(
        &mut self,
        code: &Code<'m>,
        site: &Site<'m>,
        tools: &str,
        before: &[&str],
        draft: &mut Draft,
    ) {
        for (key, nodes) in [("interrupt_before", &[tools][..]), ("interrupt_after", before)] {
            let Some(list) = site.call.named(key) else { continue };
            let location = code.location(list.place);
            if code.text(list, site.scope) == Some("*") {
                self.paused = Some(location);
                continue;
            }
            for item in code.items(list, site.scope) {
                match code.text(item.expr, item.scope) {
                    Some(name) if nodes.contains(&name) => self.paused = Some(location.clone()),
                    Some(name) if key == "interrupt_after" && name == tools => {
                        let reason = "it pauses once the tools have run";
                        draft.problem(ProblemKind::NoToolGate, key, reason, location.clone());
                    }
                    Some(_) => {}
                    None => self.unclear = Some("where the graph pauses is computed"),
                }
            }
        }
    }

    /// What stands before a tool; `function` is its code, where it is in this file.
    pub(super) fn of<'m>(
        &self,
        code: &Code<'m>,
        tool: &str,
        function: Option<Defined<'m>>,
        draft: &mut Draft,
    ) -> Approval {
        let listed = self.listed.iter().find(|listed| listed.tool == tool);
        let inside = function.map(|function| interrupt::of(code, function));
        let wish = match (listed.map(|listed| &listed.wish), &self.paused, inside) {
            (Some(wish @ Wish::Ask(..)), _, _) => wish.clone(),
            (_, Some(place), _) => {
                Wish::Ask(place.clone(), "the graph pauses before it runs a tool")
            }
            (_, None, Some(interrupt::Asks::First(place))) => {
                Wish::Ask(code.location(place), "interrupt() stands before all that it does")
            }
            (_, None, Some(interrupt::Asks::Unsure(why))) => Wish::Unsure(why),
            (Some(wish), _, _) => wish.clone(),
            (None, None, _) => match self.unclear {
                Some(why) => Wish::Unsure(why),
                None if self.listed.is_empty() => Wish::Free("nothing asks before it"),
                None => Wish::Free("interrupt_on does not list it"),
            },
        };
        self.settle(wish, draft)
    }

    /// What a wish comes to, by where the question is kept and who answers it.
    fn settle(&self, wish: Wish, draft: &mut Draft) -> Approval {
        let (location, reason) = match wish {
            Wish::Free(reason) => return unasked(reason),
            Wish::Unsure(reason) => return undecided(reason),
            Wish::Ask(location, reason) => (location, reason),
        };
        if let Some(place) = &self.answered {
            let why = "code answers in place of a human";
            draft.problem(ProblemKind::AnsweredByCode, "interrupt", why, place.clone());
            return undecided(why);
        }
        match &self.keeps {
            Keeps::Durably => asked(location, reason),
            Keeps::InMemory(place) => {
                let why = "its checkpointer is in memory: a restart loses what waits for approval";
                draft.problem(ProblemKind::LostApproval, "checkpointer", why, place.clone());
                undecided(why)
            }
            Keeps::Nowhere => {
                let why =
                    "it has no checkpointer of its own: what waits for approval cannot be resumed";
                let place = draft.config.location.clone();
                draft.problem(ProblemKind::LostApproval, "checkpointer", why, place);
                undecided(why)
            }
            Keeps::Unclear(why) => undecided(*why),
        }
    }
}

/// `True`, `False`, or which decisions a human has.
fn wish<'m>(code: &Code<'m>, value: &'m Expr, scope: ScopeId, location: Location) -> Wish {
    let unsure = Wish::Unsure("which decisions a human has is computed");
    match code.flag(value, scope) {
        Some(true) => return Wish::Ask(location, "HumanInTheLoopMiddleware asks for it"),
        Some(false) => return Wish::Free("interrupt_on lets it run"),
        None => {}
    }
    let decisions = match code.names.meaning(value, scope) {
        Meaning::Literal(Expr { kind: ExprKind::Dict(pairs), .. }, scope) => {
            let mut decisions = None;
            for (key, value) in pairs {
                match key.as_ref().and_then(|key| code.text(key, scope)) {
                    Some("when") => return Wish::Unsure("it asks only where `when` says so"),
                    Some("allowed_decisions") => decisions = Some((value, scope)),
                    Some(_) => {}
                    None => return unsure,
                }
            }
            decisions
        }
        Meaning::Call(call, _, scope) => {
            let callee = code.names.callee(&call.function, scope);
            if !callee.exactly().is_some_and(|path| path.ends_with(".InterruptOnConfig"))
                || call.passes_on()
            {
                return unsure;
            }
            if call.named("when").is_some() {
                return Wish::Unsure("it asks only where `when` says so");
            }
            call.named("allowed_decisions").map(|decisions| (decisions, scope))
        }
        _ => return unsure,
    };
    let Some((decisions, scope)) = decisions else { return unsure };
    match code.listed(decisions, scope) {
        Some(named) if !named.is_empty() => {
            Wish::Ask(location, "HumanInTheLoopMiddleware asks for it")
        }
        _ => unsure,
    }
}

/// Where code resumes what waits for a human by an answer of its own.
pub(super) fn answered_by_code(code: &Code<'_>) -> Option<Location> {
    let resumes = code.all_sites().find(|site| {
        let command = |path: &str| path.starts_with("langgraph.") && path.ends_with(".Command");
        let answer = site.call.named("resume").filter(|_| site.callee.may_be(command).is_some());
        answer.is_some_and(|answer| is_fixed(code, answer, site.scope))
    });
    resumes.map(|site| code.location(site.place))
}

/// Where code goes on without an answer: `invoke(None, …)`.
pub(super) fn resumed_by_code(code: &Code<'_>) -> Option<Location> {
    let resumes = code.all_sites().find(|site| {
        let ExprKind::Attribute(_, method) = &site.call.function.kind else { return false };
        let runs = matches!(method.as_str(), "invoke" | "ainvoke" | "stream" | "astream");
        let nothing = site.call.argument(0, "input").map(|input| &input.kind);
        runs && matches!(nothing, Some(ExprKind::None))
    });
    resumes.map(|site| code.location(site.place))
}

/// Whether a value is the same each time.
fn is_fixed<'m>(code: &Code<'m>, expr: &'m Expr, scope: ScopeId) -> bool {
    // `[{"type": "approve"} for call in calls]`, `[…] * len(calls)`.
    if let ExprKind::Other { parts, binds } = &expr.kind {
        let repeated = !binds.is_empty() || parts.len() == 2;
        return repeated && parts.first().is_some_and(|first| is_fixed(code, first, scope));
    }
    match code.names.meaning(expr, scope) {
        Meaning::Literal(found, scope) => {
            found.children().into_iter().all(|child| is_fixed(code, child, scope))
        }
        _ => false,
    }
}
