//! `gradus explain ID`.

use anyhow::Result;

use crate::rubric::{
    Rubric,
    explain::{Catalogue, RubricCatalogue, explain as look_up},
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
    let risks = KubernetesRules::embedded()?;
    let servers = ServerRules::load()?;
    // A new family of things with ids is one more entry here.
    let criteria = RubricCatalogue(&rubric);
    let catalogues: [&dyn Catalogue; 3] = [&criteria, &risks, &servers];
    Ok(look_up(&catalogues, id)?.page())
}
