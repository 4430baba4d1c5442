//! Which IAM roles a cluster hands out, and to whom: what trust policies and Pod
//! Identity make of its ServiceAccounts, worked out once for all who ask.

use std::collections::BTreeMap;

use crate::model::capability::{Condition, Grant};

/// The roles of one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloudRoles {
    /// Those of ServiceAccounts, by namespace and name. The namespace is `?` where no
    /// manifest tells it; an account may stand here that the evidence does not hold.
    pub accounts: BTreeMap<(String, String), Vec<CloudRole>>,
    /// Those of a ServiceAccount that is yet to be made in a namespace, by namespace.
    pub made: BTreeMap<String, Vec<CloudRole>>,
    /// Those of nodes.
    pub nodes: Vec<NodeCredential>,
}

/// A role of a ServiceAccount, by what is held of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloudRole {
    /// Its ARN.
    pub arn: String,
    /// In a pod that runs as the account: what it was given.
    pub running: Given,
    /// In a pod of one's own making, which asks for any token.
    pub made: Given,
    /// With a token of the account of one's own wording.
    pub minted: Given,
}

impl CloudRole {
    /// Whether pods of the account are given it without asking for more than they do:
    /// an annotation or an association has it given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.running.condition == self.made.condition
    }
}

/// How a role is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What gives it, the first step first.
    pub grants: Vec<Grant>,
    /// What must hold for it.
    pub condition: Condition,
}

/// The role that nodes act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeCredential {
    /// Its ARN.
    pub arn: String,
    /// What says that nodes act as it.
    pub grant: Grant,
    /// Whether that is certain.
    pub condition: Condition,
}
