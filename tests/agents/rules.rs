//! The catalogue of servers and the risks of agent configurations are data;
//! here every example in them is run through the real scanner and engine.

use gradus::rubric::servers::State;

use crate::support::{catalogue, layer_of, risks, server_of};

#[test]
fn every_server_is_recognised_by_its_examples_and_by_no_others() {
    let rules = catalogue();
    for rule in &rules.servers {
        for example in &rule.examples.is {
            let server = server_of(example);
            let found = rules.recognise(&server).map(|found| found.id.as_str());
            assert_eq!(found, Some(rule.id.as_str()), "{example}");
        }
        for example in &rule.examples.is_not {
            let server = server_of(example);
            let found = rules.recognise(&server).map(|found| found.id.as_str());
            assert_ne!(found, Some(rule.id.as_str()), "{example}");
        }
    }
}

#[test]
fn every_switch_is_on_in_its_examples_and_in_no_others() {
    for rule in &catalogue().servers {
        for switch in &rule.switches {
            for example in &switch.examples.on {
                let state = switch.state(&server_of(example));
                assert!(matches!(state, State::On(_)), "{}: {example}: {state:?}", switch.name);
            }
            for example in &switch.examples.off {
                let state = switch.state(&server_of(example));
                assert!(!matches!(state, State::On(_)), "{}: {example}: {state:?}", switch.name);
            }
        }
    }
}

#[test]
fn every_risk_is_seen_in_its_examples_and_in_no_others() {
    for risk in &risks().0 {
        assert!(!risk.examples.matches.is_empty(), "{} never matches", risk.id);
        assert!(!risk.examples.does_not_match.is_empty(), "{} always matches", risk.id);
        for (files, expected) in risk
            .examples
            .matches
            .iter()
            .map(|files| (files, true))
            .chain(risk.examples.does_not_match.iter().map(|files| (files, false)))
        {
            let layer = layer_of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
            let seen: Vec<&str> = layer.risks.iter().map(|hit| hit.rule.as_str()).collect();
            assert_eq!(
                seen.contains(&risk.id.as_str()),
                expected,
                "{}: {files:?}: {seen:?}",
                risk.id
            );
        }
    }
}

#[test]
fn risks_have_ids_of_their_own() {
    let mut ids: Vec<String> = risks().0.into_iter().map(|risk| risk.id).collect();
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
