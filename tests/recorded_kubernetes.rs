//! What a real API server answered, asked again of gradus without a server.
//! `docs/live-tests.md` tells how the recordings come about.

#[path = "support/attempted.rs"]
mod attempted;
#[path = "support/recorded.rs"]
mod recorded;

use recorded::{Recording, bootstrap, disagreements, list, snapshot};

/// Replays every recording of a kind; returns how many answers and how many of
/// them allow.
fn replay(prefix: &str) -> (usize, usize) {
    let shared = list(&bootstrap());
    let mut counted = (0, 0);
    for (name, recording) in Recording::all(prefix) {
        let cluster = snapshot([shared.as_str(), &list(&recording.manifests)]);
        let wrong = disagreements(&cluster, &recording.identities, &recording.decisions);
        assert!(
            wrong.is_empty(),
            "{name} ({}): the server says otherwise on {} questions: {:#?}",
            recording.about,
            wrong.len(),
            wrong.iter().take(5).collect::<Vec<_>>()
        );
        counted.0 += recording.decisions.len();
        counted.1 += recording.decisions.iter().filter(|(_, allowed)| *allowed).count();
    }
    counted
}

#[test]
fn every_recorded_decision_is_taken_as_the_server_takes_it() {
    let (decisions, allowed) = replay("decisions-");
    assert!(decisions >= 3_000, "{decisions} recorded decisions");
    assert!(allowed * 4 >= decisions, "{allowed} of {decisions} recorded decisions allow");
    assert!(allowed * 4 <= decisions * 3, "{allowed} of {decisions} recorded decisions allow");
}

#[test]
fn every_known_trap_is_judged_as_the_server_judges_it() {
    let (decisions, allowed) = replay("traps");
    assert!(decisions >= 40 && allowed > 0, "{allowed} of {decisions}");
}

#[test]
fn what_was_once_judged_otherwise_is_judged_rightly_now() {
    // Asserts within; there may be none.
    let (decisions, allowed) = replay("failed-decisions-");
    assert!(allowed <= decisions);
}

#[test]
fn every_recorded_attempt_ends_as_it_did_on_the_server() {
    let shared = list(&bootstrap());
    let (mut made_in_all, mut happened) = (0, 0);
    for prefix in ["attempts-", "failed-attempts-"] {
        for (name, text) in recorded::files(prefix) {
            let (recording, made) = attempted::from_text(&text);
            let cluster = snapshot([shared.as_str(), &list(&recording.manifests)]);
            let wrong = attempted::disagreements(&cluster, &recording.identities, &made);
            assert!(wrong.is_empty(), "{name} ({}): {wrong:#?}", recording.about);
            made_in_all += made.len();
            happened += made.iter().filter(|(_, _, happened)| *happened).count();
        }
    }
    assert!(made_in_all >= 400, "{made_in_all} recorded attempts");
    assert!(happened * 10 >= made_in_all, "{happened} of {made_in_all} were let happen");
}
