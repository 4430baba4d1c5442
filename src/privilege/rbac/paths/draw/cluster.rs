//! What rights in the whole cluster lead to.

use super::{
    super::{
        facts::SYSTEM,
        graph::{Node, Proof},
        named,
        power::{Power, Powers},
        step::{Doubt, Technique},
    },
    Drawing,
};
use crate::model::kubernetes::{Scope, version::ServerVersion};

/// From this version on mutating admission policies are served by default, and
/// before the other they do not exist.
const MUTATING_POLICIES: ServerVersion = ServerVersion { major: 1, minor: 36 };
const MUTATING_POLICIES_ALPHA: ServerVersion = ServerVersion { major: 1, minor: 32 };

impl<'a> Drawing<'_, 'a> {
    /// What takes rights in the whole cluster.
    pub(super) fn cluster(&mut self, powers: Powers) {
        use Power as P;
        let scope = &Scope::Cluster;
        let all = |needed: &[Power]| needed.iter().all(|power| powers.has(*power));
        let admin = Node::Administrator;
        let eks = self.facts.snapshot.eks.is_some();
        let on_eks = || if eks { vec![Doubt::EksSigner] } else { Vec::new() };
        let mut take = |needed: &[Power], to, technique, doubts: Vec<Doubt<'a>>| {
            if all(needed) {
                self.take(scope, to, technique, needed, doubts);
            }
        };
        take(
            &[P::ImpersonateUsers, P::ImpersonateGroups],
            admin,
            Technique::ImpersonateMasters,
            vec![],
        );
        take(
            &[P::ImpersonateAccounts, P::ImpersonateGroups],
            admin,
            Technique::ImpersonateMasters,
            vec![],
        );
        take(&[P::ImpersonateUsers], admin, Technique::ImpersonateControlPlane, vec![]);
        let approves = [P::RequestCertificates, P::WriteApprovals, P::ApproveSigners];
        take(&approves, admin, Technique::Certificate, on_eks());
        take(
            &[P::RequestCertificates, P::NodeCertificates],
            Node::Chosen,
            Technique::NodeCertificate,
            on_eks(),
        );
        take(&[P::Sign, P::WriteCertificates], admin, Technique::Sign, vec![Doubt::SignerKey]);
        take(&[P::CreateWebhooks], admin, Technique::Webhook, vec![]);
        take(&[P::DefineApis], admin, Technique::ApiDefinition, vec![Doubt::ApiClients]);
        take(&[P::NodeProxy], Node::Chosen, Technique::NodeProxy, vec![]);
        if !powers.has(P::CreateWebhooks) {
            let snapshot = self.facts.snapshot;
            let shown = snapshot.shows(named::WEBHOOKS);
            let doubts = if shown { vec![] } else { vec![Doubt::WebhooksUnlisted] };
            if powers.has(P::ChangeWebhooks) && (shown || !snapshot.lists(named::WEBHOOKS)) {
                self.take(scope, admin, Technique::Webhook, &[P::ChangeWebhooks], doubts);
            }
        }
        let policies = [P::WriteMutatingPolicies, P::WriteMutatingPolicyBindings];
        let version = self.facts.snapshot.version;
        if policies.iter().all(|power| powers.has(*power))
            && version.is_none_or(|version| version >= MUTATING_POLICIES_ALPHA)
        {
            let served = version.is_some_and(|version| version >= MUTATING_POLICIES);
            let doubts = if served { vec![] } else { vec![Doubt::MutatingPoliciesServed] };
            self.take(scope, admin, Technique::MutatingPolicy, &policies, doubts);
        }
        self.system_objects();
    }

    /// Objects of kube-system that decide who is who.
    fn system_objects(&mut self) {
        let system = Scope::Namespace(SYSTEM.into());
        let held_there = |power| self.profile.witness(power, &system);
        let maps = held_there(Power::WriteConfigMaps).or_else(|| {
            self.profile.naming(Power::WriteConfigMaps).find(|held| {
                held.rule.resource_names.iter().any(|name| &**name == "aws-auth")
                    && (*held.scope() == Scope::Cluster || held.scope().may_be_in(SYSTEM))
            })
        });
        let makes = held_there(Power::CreateSecrets);
        if let Some(held) = maps
            && self.facts.snapshot.eks.is_some()
        {
            let doubts = vec![Doubt::AuthenticationMode];
            self.draw(Node::Administrator, Technique::AwsAuth, vec![Proof::Held(held)], doubts);
        }
        if let Some(held) = makes
            && self.facts.bootstrappers_join
        {
            let doubts = vec![Doubt::BootstrapTokens];
            self.draw(Node::Chosen, Technique::BootstrapToken, vec![Proof::Held(held)], doubts);
        }
    }
}
