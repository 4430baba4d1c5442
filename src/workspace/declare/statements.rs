//! Attestations and waivers: whom they speak of, and what they link to.

use std::{collections::BTreeSet, sync::Arc};

use super::Declaration;
use crate::{
    model::{
        agent::AgentId,
        declaration::{Attestation, AttestedEvidence, EvidenceCheck, Waiver},
    },
    source::{
        files::{FileRef, normalise},
        read,
        typed::{Located, nearest},
    },
    workspace::schema::{self, Words},
};

impl Declaration<'_> {
    fn declared(&mut self, agent: &Located<Words>, ids: &BTreeSet<AgentId>) -> AgentId {
        let id = AgentId::undeclared(&agent.value.0);
        if !ids.contains(&id) {
            let known: Vec<_> = ids.iter().map(AgentId::as_str).collect();
            let way_out = nearest(id.as_str(), &known).unwrap_or_else(|| {
                "declare it under `agents`; the id is `name@environment`".to_owned()
            });
            self.problem(agent.place, format!("no agent `{id}` is declared"), &way_out);
        }
        id
    }

    pub(super) fn attestation(
        &mut self,
        attestation: Located<schema::Attestation>,
        ids: &BTreeSet<AgentId>,
    ) -> Attestation {
        let location = attestation.place.location(&self.shown);
        let written = attestation.value;
        let agent = written.agent.as_ref().map(|agent| self.declared(agent, ids));
        if written.expires.value < written.on {
            let way_out = "`expires` is the last day on which the statement counts";
            self.problem(written.expires.place, "expires before the day it was made `on`", way_out);
        }
        Attestation {
            criterion: written.criterion.0,
            agent,
            statement: written.statement.0,
            by: written.by.0,
            on: written.on.0,
            expires: written.expires.value.0,
            evidence: written.evidence.map(|evidence| self.evidence(evidence)),
            location,
        }
    }

    fn evidence(&mut self, written: schema::Evidence) -> AttestedEvidence {
        let uri = written.uri.0;
        let Some(given) = written.sha256 else {
            return AttestedEvidence { uri, sha256: None, check: EvidenceCheck::NotChecked };
        };
        let digest = given.value.0.trim_start_matches("sha256:").to_ascii_lowercase();
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let way_out = "`sha256sum FILE` prints it: 64 hexadecimal digits";
            self.problem(given.place, "not a SHA-256", way_out);
        }
        let check = if uri.contains("://") {
            EvidenceCheck::NotChecked
        } else {
            let path = normalise(&uri);
            let file = FileRef { path: self.root.join(&path), display: Arc::from(path) };
            match read::sha256_of(&file, self.limits) {
                Ok(found) if found == digest => EvidenceCheck::Matches,
                Ok(_) => EvidenceCheck::Differs,
                Err(error) => EvidenceCheck::Unreadable(error.message),
            }
        };
        AttestedEvidence { uri, sha256: Some(digest), check }
    }

    pub(super) fn waiver(
        &mut self,
        waiver: Located<schema::Waiver>,
        ids: &BTreeSet<AgentId>,
    ) -> Waiver {
        let written = waiver.value;
        Waiver {
            criterion: written.criterion.0,
            agent: self.declared(&written.agent, ids),
            reason: written.reason,
            justification: written.justification.0,
            owner: written.owner.0,
            approver: written.approver.0,
            expires: written.expires.0,
            location: waiver.place.location(&self.shown),
        }
    }
}
