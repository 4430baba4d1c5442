//! What intrinsic functions of a template come to, as far as the template alone tells.

use crate::source::node::Node;

/// What stands for the account that the stack is made in.
pub(super) const ACCOUNT: &str = "{account}";

/// Functions within functions that are followed.
const DEPTH: u8 = 8;

/// Text of a template once it is worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Worked {
    /// The text; the account of the stack is [`ACCOUNT`].
    pub(super) text: String,
    /// Whether another value may be given when the stack is made.
    pub(super) may_differ: bool,
}

/// One template.
#[derive(Clone, Copy)]
pub(super) struct Template<'t>(pub(super) &'t Node);

impl<'t> Template<'t> {
    /// What a value comes to: several texts where a condition decides, none where
    /// something that is not in the template does.
    pub(super) fn values(self, node: &Node) -> Option<Vec<Worked>> {
        self.worked(node, DEPTH)
    }

    /// A resource of a type, by its logical name, with what sets it.
    pub(super) fn resource(self, name: &str, kind: &str) -> Option<&'t Node> {
        let resource = self.0.get("Resources")?.get(name)?;
        (resource.str_at("Type") == Some(kind)).then_some(resource)
    }

    fn worked(self, node: &Node, depth: u8) -> Option<Vec<Worked>> {
        let depth = depth.checked_sub(1)?;
        if let Some(tag) = node.tag() {
            return self.function(tag.strip_prefix('!')?, node, depth);
        }
        if let Some(text) = node.as_str() {
            return Some(vec![Worked { text: text.to_owned(), may_differ: false }]);
        }
        match node.entries() {
            [(name, argument)] if name.name == "Ref" => self.function("Ref", argument, depth),
            [(name, argument)] => self.function(name.name.strip_prefix("Fn::")?, argument, depth),
            _ => None,
        }
    }

    /// What a function gives for an argument, by its name in YAML's short form.
    fn function(self, name: &str, argument: &Node, depth: u8) -> Option<Vec<Worked>> {
        match (name, argument.as_str(), argument.as_sequence()) {
            ("Ref", Some(name), _) => self.referred(name, depth),
            ("GetAtt", Some(text), _) => self.attribute(text, depth),
            ("GetAtt", _, Some([resource, attribute])) => {
                let (resource, attribute) = (resource.as_str()?, attribute.as_str()?);
                self.attribute(&format!("{resource}.{attribute}"), depth)
            }
            ("Sub", Some(text), _) => self.substituted(text, None, depth),
            ("Sub", _, Some([text, names])) => self.substituted(text.as_str()?, Some(names), depth),
            ("If", _, Some([_, then, otherwise])) => {
                let mut both = self.worked(then, depth)?;
                both.extend(self.worked(otherwise, depth)?);
                Some(both)
            }
            ("Join", _, Some([delimiter, parts])) => {
                self.joined(delimiter.as_str()?, parts.as_sequence()?, depth)
            }
            _ => None,
        }
    }

    fn joined(self, delimiter: &str, parts: &[Node], depth: u8) -> Option<Vec<Worked>> {
        let mut whole: Option<Worked> = None;
        for part in parts {
            let next = one(self.worked(part, depth)?)?;
            whole = Some(match whole {
                None => next,
                Some(before) => Worked {
                    text: format!("{}{delimiter}{}", before.text, next.text),
                    may_differ: before.may_differ || next.may_differ,
                },
            });
        }
        whole.map(|whole| vec![whole])
    }

    /// What `Ref` gives.
    fn referred(self, name: &str, depth: u8) -> Option<Vec<Worked>> {
        let certain = |text: &str| Some(vec![Worked { text: text.to_owned(), may_differ: false }]);
        match name {
            "AWS::AccountId" => return certain(ACCOUNT),
            "AWS::Partition" => return certain("aws"),
            _ => {}
        }
        if let Some(parameter) = self.0.get("Parameters").and_then(|all| all.get(name)) {
            let text = parameter.get("Default")?.text()?.into_owned();
            return Some(vec![Worked { text, may_differ: true }]);
        }
        let role = self.resource(name, ROLE)?;
        self.worked(role.at(&["Properties", "RoleName"])?, depth)
    }

    /// What `Fn::GetAtt` gives: of roles, the ARN.
    fn attribute(self, text: &str, depth: u8) -> Option<Vec<Worked>> {
        let name = text.strip_suffix(".Arn")?;
        let properties = self.resource(name, ROLE)?.get("Properties")?;
        let path = match properties.get("Path") {
            Some(path) => one(self.worked(path, depth)?)?,
            None => Worked { text: "/".to_owned(), may_differ: false },
        };
        let names = self.worked(properties.get("RoleName")?, depth)?;
        let arn = |name: Worked| Worked {
            text: format!("arn:aws:iam::{ACCOUNT}:role{}{}", path.text, name.text),
            may_differ: path.may_differ || name.may_differ,
        };
        Some(names.into_iter().map(arn).collect())
    }

    /// Text with `${…}` replaced.
    fn substituted(self, text: &str, own: Option<&Node>, depth: u8) -> Option<Vec<Worked>> {
        let mut whole = Worked { text: String::new(), may_differ: false };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}')?;
            whole.text.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                whole.text.push_str(&format!("${{{literal}}}"));
            } else {
                let worked = match own.and_then(|own| own.get(name)) {
                    Some(node) => self.worked(node, depth)?,
                    None if name.contains('.') => self.attribute(name, depth)?,
                    None => self.referred(name, depth)?,
                };
                let worked = one(worked)?;
                whole.text.push_str(&worked.text);
                whole.may_differ |= worked.may_differ;
            }
            rest = tail;
        }
        whole.text.push_str(rest);
        Some(vec![whole])
    }
}

const ROLE: &str = "AWS::IAM::Role";

/// The value, where there is one only.
fn one(worked: Vec<Worked>) -> Option<Worked> {
    let mut values = worked.into_iter();
    values.next().filter(|_| values.next().is_none())
}
