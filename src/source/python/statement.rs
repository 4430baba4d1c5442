//! Statements.

use tree_sitter::Node;

use super::{
    Branch, BranchKind, Class, Expr, Function, Imported, Reader, Statement, children, fields,
};

impl Reader<'_> {
    /// The statements of a block.
    pub(super) fn block(&mut self, node: Node<'_>) -> Vec<Statement> {
        let place = self.place(node);
        let read = self.deeper(place, |reader| {
            let mut body = Vec::new();
            for child in children(node) {
                reader.statement(child, &mut body);
            }
            body
        });
        read.unwrap_or_default()
    }

    fn statement(&mut self, node: Node<'_>, body: &mut Vec<Statement>) {
        match node.kind() {
            "import_statement" => body.push(self.import(node)),
            "import_from_statement" => body.push(self.import_from(node)),
            "future_import_statement"
            | "pass_statement"
            | "break_statement"
            | "continue_statement" => {}
            "expression_statement" => self.expression_statement(node, body),
            "return_statement" => {
                let value = children(node).first().map(|value| self.expression(*value));
                body.push(Statement::Return(value));
            }
            "raise_statement" => body.push(Statement::Raise(self.all(node))),
            "delete_statement" => body.push(Statement::Delete(self.all(node))),
            "global_statement" | "nonlocal_statement" => {
                let names = children(node).into_iter().map(|name| self.text_of(name).to_owned());
                body.push(Statement::Outer(names.collect()));
            }
            "function_definition" => {
                let function = self.function(node, Vec::new());
                body.push(Statement::Function(function));
            }
            "class_definition" => {
                let class = self.class(node, Vec::new());
                body.push(Statement::Class(class));
            }
            "decorated_definition" => self.decorated(node, body),
            "with_statement" => body.push(self.with(node)),
            "if_statement" | "match_statement" => self.branch(node, BranchKind::Choice, body),
            "for_statement" | "while_statement" => self.branch(node, BranchKind::Loop, body),
            "try_statement" => self.branch(node, BranchKind::Try, body),
            _ => body.push(Statement::Other(self.all(node))),
        }
    }

    fn all(&mut self, node: Node<'_>) -> Vec<Expr> {
        children(node).into_iter().map(|child| self.expression(child)).collect()
    }

    fn import(&mut self, node: Node<'_>) -> Statement {
        let mut names = Vec::new();
        for name in fields(node, "name") {
            let (path, alias) = self.aliased(name);
            match alias {
                Some(alias) => names.push(Imported { name: alias, path }),
                // `import a.b` binds `a`.
                None => {
                    let first = path.split('.').next().unwrap_or_default().to_owned();
                    names.push(Imported { name: first.clone(), path: first });
                }
            }
        }
        Statement::Import(names)
    }

    fn import_from(&mut self, node: Node<'_>) -> Statement {
        let module = node.child_by_field_name("module_name").map(|name| self.text_of(name));
        let module = without_blanks(module.unwrap_or_default());
        if children(node).iter().any(|child| child.kind() == "wildcard_import") {
            return Statement::Star(module);
        }
        let mut names = Vec::new();
        for name in fields(node, "name") {
            let (path, alias) = self.aliased(name);
            let dot = if module.ends_with('.') { "" } else { "." };
            let path_in = format!("{module}{dot}{path}");
            names.push(Imported { name: alias.unwrap_or(path), path: path_in });
        }
        Statement::Import(names)
    }

    /// `a.b` or `a.b as c`.
    fn aliased(&self, node: Node<'_>) -> (String, Option<String>) {
        if node.kind() != "aliased_import" {
            return (without_blanks(self.text_of(node)), None);
        }
        let field = |name| node.child_by_field_name(name).map(|child| self.text_of(child));
        let path = without_blanks(field("name").unwrap_or_default());
        (path, field("alias").map(str::to_owned))
    }

    fn expression_statement(&mut self, node: Node<'_>, body: &mut Vec<Statement>) {
        for child in children(node) {
            let statement = match child.kind() {
                "assignment" => self.assignment(child),
                "augmented_assignment" => {
                    let target = self.field(child, "left");
                    Statement::Change { target, value: self.field(child, "right") }
                }
                _ => Statement::Expr(self.expression(child)),
            };
            body.push(statement);
        }
    }

    fn assignment(&mut self, node: Node<'_>) -> Statement {
        let mut targets = vec![self.field(node, "left")];
        let mut value = node.child_by_field_name("right");
        while let Some(next) = value.filter(|value| value.kind() == "assignment") {
            targets.push(self.field(next, "left"));
            value = next.child_by_field_name("right");
        }
        Statement::Assign { targets, value: value.map(|value| self.expression(value)) }
    }

    fn decorated(&mut self, node: Node<'_>, body: &mut Vec<Statement>) {
        let mut decorators = Vec::new();
        for child in children(node) {
            match child.kind() {
                "decorator" => decorators.extend(self.all(child)),
                "function_definition" => {
                    let function = self.function(child, std::mem::take(&mut decorators));
                    body.push(Statement::Function(function));
                }
                "class_definition" => {
                    let class = self.class(child, std::mem::take(&mut decorators));
                    body.push(Statement::Class(class));
                }
                _ => body.push(Statement::Other(vec![self.expression(child)])),
            }
        }
    }

    fn function(&mut self, node: Node<'_>, decorators: Vec<Expr>) -> Function {
        let place = self.place(node);
        let (mut parameters, mut defaults) = (Vec::new(), Vec::new());
        if let Some(list) = node.child_by_field_name("parameters") {
            for parameter in children(list) {
                self.parameter(parameter, &mut parameters, &mut defaults);
            }
        }
        let body = node.child_by_field_name("body").map(|body| self.block(body));
        Function {
            name: self.name_of(node),
            place,
            decorators,
            parameters,
            defaults,
            body: body.unwrap_or_default(),
        }
    }

    fn parameter(&mut self, node: Node<'_>, names: &mut Vec<String>, defaults: &mut Vec<Expr>) {
        match node.kind() {
            "identifier" => names.push(self.text_of(node).to_owned()),
            "default_parameter" | "typed_default_parameter" => {
                names.push(self.name_of(node));
                defaults.push(self.field(node, "value"));
            }
            "typed_parameter" | "list_splat_pattern" | "dictionary_splat_pattern" => {
                // The name, or the pattern that holds it; the annotation comes after.
                let mut inner = node;
                while let Some(child) = children(inner).first().copied() {
                    inner = child;
                }
                names.push(self.text_of(inner).to_owned());
            }
            _ => {}
        }
    }

    fn class(&mut self, node: Node<'_>, decorators: Vec<Expr>) -> Class {
        let place = self.place(node);
        let arguments = node.child_by_field_name("superclasses").map(|list| self.arguments(list));
        let body = node.child_by_field_name("body").map(|body| self.block(body));
        Class {
            name: self.name_of(node),
            place,
            decorators,
            arguments: arguments.unwrap_or_default(),
            body: body.unwrap_or_default(),
        }
    }

    fn name_of(&self, node: Node<'_>) -> String {
        node.child_by_field_name("name")
            .map(|name| self.text_of(name))
            .unwrap_or_default()
            .to_owned()
    }

    fn with(&mut self, node: Node<'_>) -> Statement {
        let mut items = Vec::new();
        let clauses = children(node).into_iter().filter(|child| child.kind() == "with_clause");
        for item in clauses.flat_map(children) {
            let Some(value) = item.child_by_field_name("value") else { continue };
            if value.kind() == "as_pattern" {
                let parts = children(value);
                let entered = parts.first().map(|value| self.expression(*value));
                let alias = value.child_by_field_name("alias");
                let alias = alias.and_then(|alias| children(alias).first().copied());
                let alias = alias.map(|alias| self.expression(alias));
                items.extend(entered.map(|entered| (entered, alias)));
            } else {
                items.push((self.expression(value), None));
            }
        }
        let body = node.child_by_field_name("body").map(|body| self.block(body));
        Statement::With { items, body: body.unwrap_or_default() }
    }

    fn branch(&mut self, node: Node<'_>, kind: BranchKind, body: &mut Vec<Statement>) {
        let mut branch =
            Branch { kind, conditions: Vec::new(), binds: Vec::new(), bodies: Vec::new() };
        let place = self.place(node);
        let within = self.deeper(place, |reader| reader.parts(node, &mut branch));
        if within.is_some() {
            body.push(Statement::Branch(branch));
        }
    }

    /// What a compound statement decides by, binds and runs, its clauses included.
    fn parts(&mut self, node: Node<'_>, branch: &mut Branch) {
        for child in children(node) {
            match child.kind() {
                "block" => {
                    let cases = children(child);
                    if cases.iter().any(|case| case.kind() == "case_clause") {
                        cases.into_iter().for_each(|case| self.parts(case, branch));
                    } else {
                        branch.bodies.push(self.block(child));
                    }
                }
                "elif_clause"
                | "else_clause"
                | "except_clause"
                | "except_group_clause"
                | "finally_clause"
                | "case_clause" => self.parts(child, branch),
                // Of `except E as e` and `case {"a": b}` every name may be bound.
                "as_pattern" | "case_pattern" | "as_pattern_target" => {
                    let bound = self.expression(child);
                    branch.binds.push(bound);
                }
                _ => {
                    let is_target = node.kind() == "for_statement"
                        && node.child_by_field_name("left") == Some(child);
                    let read = self.expression(child);
                    if is_target { &mut branch.binds } else { &mut branch.conditions }.push(read);
                }
            }
        }
    }
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect()
}
