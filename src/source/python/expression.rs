//! Expressions.

use tree_sitter::Node;

use super::{Argument, Call, Expr, ExprKind, Reader, children, fields};

impl Reader<'_> {
    /// An expression; what nests too deep is computed, with nothing in it.
    pub(super) fn expression(&mut self, node: Node<'_>) -> Expr {
        let node = inside(node);
        let place = self.place(node);
        let kind = self.deeper(place, |reader| reader.kind(node));
        let kind = kind.unwrap_or(ExprKind::Other { parts: Vec::new(), binds: Vec::new() });
        Expr { place, kind }
    }

    fn kind(&mut self, node: Node<'_>) -> ExprKind {
        match node.kind() {
            "identifier" => ExprKind::Name(self.text_of(node).to_owned()),
            "attribute" => {
                let of = self.field(node, "object");
                let name = node.child_by_field_name("attribute").map(|name| self.text_of(name));
                let name = name.unwrap_or_default().to_owned();
                applied(of, |of| ExprKind::Attribute(Box::new(of), name))
            }
            "subscript" => {
                let of = self.field(node, "value");
                let by = fields(node, "subscript");
                let by = by.into_iter().map(|by| self.expression(by)).collect();
                applied(of, |of| ExprKind::Subscript(Box::new(of), by))
            }
            "call" => self.call(node),
            "string" => self.string(node),
            "concatenated_string" => self.strings(node),
            "integer" | "float" => ExprKind::Number(self.text_of(node).to_owned()),
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "none" => ExprKind::None,
            "list" | "tuple" | "set" | "expression_list" | "pattern_list" | "tuple_pattern"
            | "list_pattern" => ExprKind::List(self.expressions(node)),
            "dictionary" => ExprKind::Dict(self.pairs(node)),
            "list_splat"
            | "dictionary_splat"
            | "list_splat_pattern"
            | "dictionary_splat_pattern" => ExprKind::Splat(Box::new(self.first(node))),
            "binary_operator" => self.operation(node),
            "named_expression" => {
                let bound = self.field(node, "name");
                let value = self.field(node, "value");
                ExprKind::Other { parts: vec![value], binds: vec![bound] }
            }
            "lambda" => self.lambda(node),
            "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression" => self.comprehension(node),
            _ => ExprKind::Other { parts: self.expressions(node), binds: Vec::new() },
        }
    }

    fn expressions(&mut self, node: Node<'_>) -> Vec<Expr> {
        children(node).into_iter().map(|child| self.expression(child)).collect()
    }

    /// The expression of a field; one that the text leaves out is computed.
    pub(super) fn field(&mut self, node: Node<'_>, name: &str) -> Expr {
        match node.child_by_field_name(name) {
            Some(child) => self.expression(child),
            None => self.nothing(node),
        }
    }

    fn first(&mut self, node: Node<'_>) -> Expr {
        match children(node).first() {
            Some(child) => self.expression(*child),
            None => self.nothing(node),
        }
    }

    fn nothing(&mut self, node: Node<'_>) -> Expr {
        let kind = ExprKind::Other { parts: Vec::new(), binds: Vec::new() };
        Expr { place: self.place(node), kind }
    }

    fn call(&mut self, node: Node<'_>) -> ExprKind {
        let function = self.field(node, "function");
        let arguments = match node.child_by_field_name("arguments") {
            Some(list) if list.kind() == "argument_list" => self.arguments(list),
            Some(only) => vec![Argument { name: None, value: self.expression(only) }],
            None => Vec::new(),
        };
        applied(function, |function| ExprKind::Call(Box::new(Call { function, arguments })))
    }

    /// What stands between the brackets of a call or a class.
    pub(super) fn arguments(&mut self, list: Node<'_>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        for child in children(list) {
            if child.kind() == "keyword_argument" {
                let name = child.child_by_field_name("name").map(|name| self.text_of(name));
                let name = name.map(str::to_owned);
                arguments.push(Argument { name, value: self.field(child, "value") });
            } else {
                arguments.push(Argument { name: None, value: self.expression(child) });
            }
        }
        arguments
    }

    fn pairs(&mut self, node: Node<'_>) -> Vec<(Option<Expr>, Expr)> {
        let mut pairs = Vec::new();
        for child in children(node) {
            if child.kind() == "pair" {
                let key = self.field(child, "key");
                pairs.push((Some(key), self.field(child, "value")));
            } else {
                let inner = match self.expression(child) {
                    Expr { kind: ExprKind::Splat(inner), .. } => *inner,
                    other => other,
                };
                pairs.push((None, inner));
            }
        }
        pairs
    }

    fn operation(&mut self, node: Node<'_>) -> ExprKind {
        let left = self.field(node, "left");
        let right = self.field(node, "right");
        let operator = node.child_by_field_name("operator").map(|operator| operator.kind());
        if operator == Some("+") {
            ExprKind::Sum(Box::new(left), Box::new(right))
        } else {
            ExprKind::Other { parts: vec![left, right], binds: Vec::new() }
        }
    }

    fn lambda(&mut self, node: Node<'_>) -> ExprKind {
        let binds = node.child_by_field_name("parameters").map(|list| self.expressions(list));
        let parts = vec![self.field(node, "body")];
        ExprKind::Other { parts, binds: binds.unwrap_or_default() }
    }

    fn comprehension(&mut self, node: Node<'_>) -> ExprKind {
        let (mut parts, mut binds) = (Vec::new(), Vec::new());
        for child in children(node) {
            match child.kind() {
                "for_in_clause" => {
                    binds.push(self.field(child, "left"));
                    for right in fields(child, "right") {
                        if right.is_named() {
                            parts.push(self.expression(right));
                        }
                    }
                }
                "pair" => {
                    parts.push(self.field(child, "key"));
                    parts.push(self.field(child, "value"));
                }
                _ => parts.push(self.expression(child)),
            }
        }
        ExprKind::Other { parts, binds }
    }
}

/// What is made of an expression that stands first. The grammar takes `*f(x)` for a
/// call of `*f`; to Python it is the elements of `f(x)`.
fn applied(of: Expr, make: impl FnOnce(Expr) -> ExprKind) -> ExprKind {
    match of.kind {
        ExprKind::Splat(inner) => {
            let place = inner.place;
            ExprKind::Splat(Box::new(Expr { place, kind: make(*inner) }))
        }
        _ => make(of),
    }
}

/// What stands inside brackets and behind `await`.
fn inside(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    while matches!(node.kind(), "parenthesized_expression" | "await") {
        let mut cursor = node.walk();
        let mut named = node.named_children(&mut cursor).filter(|child| !child.is_extra());
        let Some(child) = named.next() else { return node };
        drop(named);
        node = child;
    }
    node
}
