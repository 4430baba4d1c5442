//! What rights over everything in a place lead to.

use super::{
    super::{
        facts::Facts,
        graph::Node,
        power::{Power, Powers},
        step::{Doubt, Technique},
    },
    Drawing, Place, Proof,
    runs::Runs,
};
use crate::model::kubernetes::{Scope, version::ServerVersion};

/// From this version on, opening a shell or attaching takes `create` even through a WebSocket
/// (`AuthorizePodWebsocketUpgradeCreatePermission`, beta and on by default).
const EXEC_CHECKED: ServerVersion = ServerVersion { major: 1, minor: 35 };

impl<'a> Drawing<'_, 'a> {
    /// What rights over everything in a place lead to. What follows from rights
    /// in the whole cluster alone is not drawn again for a namespace.
    pub(super) fn place(&mut self, place: Place<'a>, scope: &Scope, own: Powers) {
        let above = if place == Place::All { Powers::default() } else { self.profile.everywhere() };
        let all = above.with(own);
        let fresh = |powers: &[Power]| {
            powers.iter().all(|power| all.has(*power))
                && !powers.iter().all(|power| above.has(*power))
        };
        let (accounts, running, secrets) = match place {
            Place::All | Place::Somewhere => {
                (Node::AnyAccount, Node::AnyRunning, Node::AnyTokenSecret)
            }
            Place::In(name) => {
                (Node::AnyOf(name), Node::AnyRunningIn(name), Node::AnyTokenSecretIn(name))
            }
        };
        let runs = self.runs(place, all);
        // Where a quota keeps pods out, rights in the whole cluster lead nowhere
        // by themselves.
        let is_full = matches!(place, Place::In(name) if self.facts.is_full(name));
        for runs in runs.iter().filter(|runs| is_full || !above.has(runs.power)) {
            self.run(scope, runs);
        }
        if !matches!(place, Place::In(_)) {
            self.run_where_quotas_are_lifted(scope, all);
        }
        for (power, technique) in [
            (Power::MintTokens, Technique::Token),
            (Power::ImpersonateAccounts, Technique::ImpersonateAccount),
        ] {
            if fresh(&[power]) {
                self.take(scope, accounts, technique, &[power], Vec::new());
            }
        }
        if fresh(&[Power::ReadSecrets]) {
            self.take(scope, secrets, Technique::ReadTokenSecret, &[Power::ReadSecrets], vec![]);
        }
        self.new_account(place, scope, (above, all), &runs);
        self.made_secret(place, scope, (above, all), accounts, runs.first());
        for (power, technique, doubts) in shells(self.facts) {
            if fresh(&[power]) {
                self.take(scope, running, technique, &[power], doubts.clone());
                if let Some((workload, reach)) = self.exposed(place) {
                    let doubts = doubts.into_iter().chain(reach).collect();
                    self.take(scope, Node::Some, Technique::NodeShell, &[power], doubts);
                    self.show(Some(workload));
                }
            }
        }
        for runs in &runs {
            self.nodes_by_pods(place, scope, (above, all), runs);
        }
    }

    /// A ServiceAccount of its own making, which a trust policy lets in for what it is
    /// called, and a pod or a token of it.
    fn new_account(
        &mut self,
        place: Place<'a>,
        scope: &Scope,
        (above, all): (Powers, Powers),
        runs: &[Runs<'a>],
    ) {
        if !all.has(Power::CreateAccounts) {
            return;
        }
        let to = match place {
            Place::All | Place::Somewhere => Node::AnyNewAccount,
            Place::In(name) => Node::NewAccount(name),
        };
        let mint = all.has(Power::MintTokens).then(|| (Power::MintTokens, Vec::new()));
        let runs = runs.iter().map(|runs| (runs.power, runs.doubts.clone()));
        for (power, doubts) in mint.into_iter().chain(runs) {
            if !(above.has(Power::CreateAccounts) && above.has(power)) {
                let powers = [Power::CreateAccounts, power];
                self.take(scope, to, Technique::NewAccount, &powers, doubts);
            }
        }
    }

    /// A Secret that Kubernetes fills with a token, and the right to read it or
    /// to mount it into a pod.
    fn made_secret(
        &mut self,
        place: Place<'a>,
        scope: &Scope,
        (above, all): (Powers, Powers),
        accounts: Node<'a>,
        runs: Option<&Runs<'a>>,
    ) {
        if !all.has(Power::CreateSecrets) {
            return;
        }
        let reads_some = |where_: &Scope| {
            self.profile.naming(Power::ReadSecrets).find(|held| {
                held.scope() == where_ || *held.scope() == Scope::Cluster || place == Place::All
            })
        };
        let technique = Technique::MakeTokenSecret;
        if all.has(Power::ReadSecrets) {
            let powers = [Power::CreateSecrets, Power::ReadSecrets];
            if !powers.iter().all(|power| above.has(*power)) {
                self.take(scope, accounts, technique, &powers, Vec::new());
            }
        } else if let Some(held) = reads_some(scope)
            && !above.has(Power::CreateSecrets)
        {
            self.take(scope, accounts, technique, &[Power::CreateSecrets], Vec::new());
            if let Some(edge) = self.edges.last_mut() {
                edge.proofs.push(Proof::Held(held));
            }
        } else if let Some(runs) = runs
            && !(above.has(Power::CreateSecrets) && above.has(runs.power))
        {
            let powers = [Power::CreateSecrets, runs.power];
            self.take(scope, accounts, technique, &powers, runs.doubts.clone());
        }
    }
}

/// Ways into running pods, as far as the API server's version allows them.
pub(in super::super) fn shells<'a>(
    facts: &Facts<'_>,
) -> Vec<(Power, Technique<'a>, Vec<Doubt<'a>>)> {
    let mut ways = vec![
        (Power::Exec, Technique::Exec, Vec::new()),
        (Power::DebugPods, Technique::Debug, Vec::new()),
        (Power::PatchPods, Technique::PodImage, Vec::new()),
        (Power::Attach, Technique::Attach, vec![Doubt::ProcessInput]),
    ];
    let version = facts.snapshot.version;
    if version.is_none_or(|version| version < EXEC_CHECKED) {
        let unsure = version.is_none().then_some(Doubt::ServerVersion);
        let attach = unsure.into_iter().chain([Doubt::ProcessInput]).collect();
        ways.push((Power::ExecByGet, Technique::Exec, unsure.into_iter().collect()));
        ways.push((Power::AttachByGet, Technique::Attach, attach));
    }
    ways
}
