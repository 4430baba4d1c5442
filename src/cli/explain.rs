//! `gradus explain ID`.

use anyhow::Result;

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
/// When nothing has the id (the nearest one is named), or the embedded rubric is
/// broken.
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
    Ok(look_up(&catalogues, id)?.page())
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
    fn an_id_nobody_knows_is_an_error_that_names_the_nearest() {
        let error = explain("LP-2").expect_err("no such id");
        assert!(error.to_string().contains("did you mean `LP-0"), "{error}");
    }
}
