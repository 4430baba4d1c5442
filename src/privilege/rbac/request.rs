//! Requests, and what becomes of them.

use crate::model::{capability::Grant, coverage::Gap};

/// One request to the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The API verb (`get`, `deletecollection`) or, for a URL, the lower-case HTTP method.
    pub verb: &'a str,
    /// On what.
    pub target: Target<'a>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// A resource.
    Resource {
        /// API group; `""` is the core group.
        group: &'a str,
        /// Plural, lower-case.
        resource: &'a str,
        /// Empty where there is none.
        subresource: &'a str,
        /// None for cluster-scoped resources and requests over all namespaces.
        namespace: Option<&'a str>,
        /// None for lists and creation.
        name: Option<&'a str>,
    },
    /// A URL that is no resource.
    Url(&'a str),
}

impl<'a> Request<'a> {
    /// The namespace that the API server asks its authorizer about: a request
    /// for one Namespace object counts as one within that namespace, if its path
    /// names it. A list and a deletion of many name it by a field selector only; a
    /// watch has both forms, of which the one with more rights counts.
    pub(super) fn namespace(&self) -> Option<&'a str> {
        match self.target {
            Target::Resource { group: "", resource: "namespaces", name: Some(name), .. }
                if !matches!(self.verb, "list" | "deletecollection") =>
            {
                Some(name)
            }
            Target::Resource { namespace, .. } => namespace,
            Target::Url(_) => None,
        }
    }
}

/// What the evidence says about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These grants allow it, in a fixed order; never empty.
    Allowed {
        /// What allows it.
        by: Vec<Grant>,
    },
    /// Nothing allows it, and all rights are known.
    NotAllowed,
    /// Nothing known allows it, and not all rights are known.
    Unknown {
        /// What is not known.
        gaps: Vec<Gap>,
    },
}

impl Decision {
    /// Whether a known grant allows it.
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}
