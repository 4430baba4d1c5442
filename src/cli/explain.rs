//! `gradus explain ID`.

use anyhow::{Result, bail};

use crate::rubric::{
    Rubric,
    agents::AgentRisks,
    aws::AwsRules,
    explain::{Catalogue, RubricCatalogue, explain as look_up},
    findings::FindingRules,
    known::KnownAgents,
    kubernetes::KubernetesRules,
    servers::ServerRules,
};

/// The page of whatever has that id, as Markdown.
///
/// # Errors
/// When nothing has the id (the nearest one is named, and of an agent what tells of
/// it), or the embedded rubric is broken.
pub fn explain(id: &str) -> Result<String> {
    let rubric = Rubric::embedded()?;
    let kubernetes = KubernetesRules::embedded()?;
    let aws = AwsRules::embedded()?;
    let agents = AgentRisks::load()?;
    let servers = ServerRules::load()?;
    let findings = FindingRules::load()?;
    let known = KnownAgents::load()?;
    // A new family of things with ids is one more entry here.
    let criteria = RubricCatalogue(&rubric);
    let catalogues: [&dyn Catalogue; 7] =
        [&criteria, &kubernetes, &aws, &agents, &servers, &findings, &known];
    match look_up(&catalogues, id) {
        Ok(found) => Ok(found.page()),
        Err(error) if error.nearest.is_none() && id.contains('@') => bail!(
            "`{}` is the name of an agent, and what explain knows are the ids of rules: `gradus assess -v` \
             tells what it holds and why, `gradus rightsize` what it needs, and the ids in either \
             are what to explain",
            error.id
        ),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_family_of_ids_has_its_page() {
        for (id, title) in [
            ("LP-02", "# LP-02: No right amounts to administrator"),
            ("level-3", "# level-3: Human on the loop"),
            ("K8S-ADMIN", "# K8S-ADMIN: "),
            ("MCP-UNPINNED", "# MCP-UNPINNED: "),
            ("OVER-EXTENDED", "# OVER-EXTENDED: "),
            ("mcp/kubernetes-mcp-server", "# mcp/kubernetes-mcp-server: "),
            ("agent/k8sgpt", "# agent/k8sgpt: K8sGPT"),
        ] {
            let page = explain(id).expect(id);
            assert!(page.starts_with(title), "{page}");
        }
    }

    #[test]
    fn the_name_of_an_agent_is_told_what_to_ask_instead() {
        let error = explain("db-tuner@stage").expect_err("an agent").to_string();
        assert!(error.contains("gradus assess -v"), "{error}");
        assert!(error.contains("gradus rightsize"), "{error}");
    }

    #[test]
    fn an_id_nobody_knows_is_an_error_that_names_the_nearest() {
        let error = explain("LP-2").expect_err("no such id");
        assert!(error.to_string().contains("did you mean `LP-0"), "{error}");
    }
}
