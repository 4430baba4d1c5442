//! One self-contained page.

use askama::Template;

use super::{RenderError, phrase};
use crate::assess::assessment::Assessment;

#[derive(Template)]
#[template(path = "html/page.html")]
struct Page {
    title: String,
}

pub(super) fn render(assessment: &Assessment) -> Result<String, RenderError> {
    let mut page = Page { title: phrase::verdict_sentence(assessment) }.render()?;
    page.push('\n');
    Ok(page)
}
