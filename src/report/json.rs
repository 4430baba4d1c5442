//! JSON: the assessment as it stands.

use super::RenderError;
use crate::assess::assessment::Assessment;

/// Pretty-printed, keys in the order of the types, ending in a newline.
pub(super) fn render(assessment: &Assessment) -> Result<String, RenderError> {
    let mut text = serde_json::to_string_pretty(assessment)?;
    text.push('\n');
    Ok(text)
}
