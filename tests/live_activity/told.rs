//! What gradus tells of it.

use std::fs;

use crate::scenario::scenario;

/// The premise: the API server keeps the ids that the gateway sends.
#[test]
fn the_log_holds_the_ids_of_the_tool_calls() {
    let Some(scenario) = scenario() else { return };
    let log = fs::read_to_string(scenario.folder().join("audit.log")).unwrap();
    for id in ["toolu_scale", "toolu_delete", "toolu_itself", "toolu_image", "toolu_late"] {
        assert!(log.contains(&format!("\"auditID\":\"{id}\"")), "{id}");
    }
}
