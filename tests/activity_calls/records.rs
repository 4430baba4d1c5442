//! gradus' own records, as their documentation shows them.

use gradus::model::{
    activity::{DeciderKind, DrillOf},
    coverage::SourceStatus,
};

use super::{call, decision, read_texts};

#[test]
fn every_example_of_the_documentation_is_read() {
    let text = include_str!("../../docs/activity-records.md");
    let mut within = false;
    let mut examples = String::new();
    for line in text.lines() {
        match line {
            "```json" => within = true,
            "```" => within = false,
            line if within => {
                examples.push_str(line);
                examples.push('\n');
            }
            _ => {}
        }
    }
    let (activity, records) = read_texts(&[("a", &examples)]);
    assert_eq!(records[0].status, SourceStatus::Read, "{records:?}");
    let all = &activity.records;
    assert_eq!(
        [
            all.tool_calls.len(),
            all.decisions.len(),
            all.notifications.len(),
            all.reversals.len(),
            all.reviews.len(),
            all.drills.len()
        ],
        [1; 6]
    );
    assert!(call(&activity, "call_7").began.is_some());
    assert_eq!(decision(&activity, "call_7").kind, DeciderKind::Person);
    assert_eq!(all.drills.iter().next().map(|drill| drill.of), Some(DrillOf::Stop));
}
