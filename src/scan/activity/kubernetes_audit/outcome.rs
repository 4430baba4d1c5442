//! What came of a request, read so that nothing that happened is ever taken for
//! something that did not.

use std::borrow::Cow;

use serde::Deserialize;

use super::event::Event;
use crate::scan::activity::request::{Authorisation, DeniedBy, Outcome};

/// Whether a request was a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rehearsal {
    /// No.
    No,
    /// Yes: the API server does not persist it.
    Yes,
    /// It says so where the API server may not have looked.
    Claimed,
}

/// The outcome of a request by an event that ends or begins its answer. A
/// request for a path that is no resource has no `subresource`, not an empty one.
pub(super) fn outcome(
    event: &Event<'_>,
    verb: &str,
    subresource: Option<&str>,
    panicked: bool,
) -> Outcome {
    let decision = event.annotations.as_ref().and_then(|found| found.decision.as_deref());
    // A status outside HTTP's range tells as much as none.
    let code = event
        .response_status
        .and_then(|status| status.code)
        .filter(|code| (100..=599).contains(code));
    let rehearsal = rehearsal(event, verb, subresource);
    if decision == Some("forbid") {
        return match code {
            // Forbidden and yet answered well: the line contradicts itself.
            Some(..=399) => Outcome::Unclear,
            _ => Outcome::Denied(DeniedBy::Authorization),
        };
    }
    if rehearsal == Rehearsal::Yes && !code.is_some_and(|code| (400..=499).contains(&code)) {
        return Outcome::DryRun;
    }
    if panicked {
        return Outcome::Unclear;
    }
    // Behind a proxy the code is the backend's own; and a collection may be
    // half deleted when the next object is refused.
    let half_way =
        decision == Some("allow") && (subresource == Some("proxy") || verb == "deletecollection");
    match code {
        None | Some(500..) => Outcome::Unclear,
        Some(400..=499) if half_way => Outcome::Unclear,
        Some(401) => Outcome::Denied(DeniedBy::Authorization),
        Some(403) if decision == Some("allow") => Outcome::Denied(DeniedBy::Later),
        Some(403) => Outcome::Denied(DeniedBy::Unsaid),
        Some(400..=499) => Outcome::Failed,
        Some(_) if rehearsal == Rehearsal::Claimed => Outcome::Unclear,
        Some(_) => Outcome::Done,
    }
}

/// Whether the authorizer let a request pass.
///
/// Its own word decides. Where the log lacks it, an answer that only what comes
/// after the authorizer can give shows that it did; a server error or a refusal
/// for want of capacity (429) may come before it.
pub(super) fn authorised(event: &Event<'_>, verb: &str) -> Authorisation {
    let code = event.response_status.and_then(|status| status.code);
    let passed = match event.annotations.as_ref().and_then(|found| found.decision.as_deref()) {
        Some("allow") => true,
        Some("forbid") => false,
        Some(_) | None => {
            matches!(code, Some(100..=399 | 404..=406 | 409 | 410 | 412 | 415 | 422))
        }
    };
    match (passed, code) {
        (false, _) => Authorisation::NotShown,
        // A patch or update of an object that is not there may create it, and the
        // API server then asks for `create` with its name
        // (`k8s.io/apiserver/pkg/endpoints/handlers/{patch,update}.go`).
        (true, Some(201)) if matches!(verb, "patch" | "update") => Authorisation::PassedToCreate,
        (true, _) => Authorisation::Passed,
    }
}

/// Subresources that the API server stores like objects, so that a dry run of
/// them is one. `exec`, `proxy` and their like run at once; `token` issues a
/// token all the same; others belong to servers with rules of their own.
const STORED: [&str; 10] = [
    "",
    "approval",
    "binding",
    "ephemeralcontainers",
    "eviction",
    "finalize",
    "resize",
    "rollback",
    "scale",
    "status",
];

fn rehearsal(event: &Event<'_>, verb: &str, subresource: Option<&str>) -> Rehearsal {
    let query = event.request_uri.as_ref().is_some_and(|uri| asks_for_dry_run(uri));
    match verb {
        "create" | "update" | "patch" if !query => Rehearsal::No,
        "create" | "update" | "patch" if subresource.is_some_and(|part| STORED.contains(&part)) => {
            Rehearsal::Yes
        }
        "create" | "update" | "patch" => Rehearsal::Claimed,
        "delete" | "deletecollection" => deletion_rehearsal(event, query),
        _ => Rehearsal::No,
    }
}

/// A deletion takes its options from the body if it has one, and only otherwise
/// from the query (`k8s.io/apiserver/pkg/endpoints/handlers/delete.go`). So a
/// query alone proves nothing unless the log would show the body.
fn deletion_rehearsal(event: &Event<'_>, query: bool) -> Rehearsal {
    if let Some(body) = event.request_object {
        return match serde_json::from_str::<DeleteOptions<'_>>(body.get()) {
            Ok(options) if options.dry_run.iter().any(|stage| stage == "All") => Rehearsal::Yes,
            _ => Rehearsal::No,
        };
    }
    let bodies_logged =
        event.level.as_ref().is_some_and(|level| matches!(&**level, "Request" | "RequestResponse"));
    let truncated = event.annotations.as_ref().is_some_and(|found| found.truncated);
    match (query, bodies_logged && !truncated) {
        (false, _) => Rehearsal::No,
        (true, true) => Rehearsal::Yes,
        (true, false) => Rehearsal::Claimed,
    }
}

#[derive(Deserialize)]
struct DeleteOptions<'a> {
    #[serde(borrow, default, rename = "dryRun")]
    dry_run: Vec<Cow<'a, str>>,
}

/// Whether the query holds `dryRun=All`, read as Go's `net/url` reads queries:
/// percent signs are decoded, a pair with a semicolon or a bad escape is dropped.
pub(super) fn asks_for_dry_run(uri: &str) -> bool {
    let Some((_, query)) = uri.split_once('?') else { return false };
    query.split('&').filter(|pair| !pair.contains(';')).any(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        spells(key, b"dryRun") && spells(value, b"All")
    })
}

/// Whether `text` with its percent escapes decoded is `word` (of ASCII letters).
fn spells(text: &str, word: &[u8]) -> bool {
    let mut bytes = text.bytes();
    let mut decoded = std::iter::from_fn(|| match bytes.next()? {
        b'%' => {
            let mut digit = || (bytes.next()? as char).to_digit(16);
            // A broken escape yields a byte that no word holds.
            Some(match (digit(), digit()) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or(b'%'),
                _ => b'%',
            })
        }
        byte => Some(byte),
    });
    word.iter().all(|&letter| decoded.next() == Some(letter)) && decoded.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(event: &str) -> Outcome {
        let event: Event<'_> = serde_json::from_str(event).unwrap();
        let verb = event.verb.as_deref().unwrap_or("patch").to_owned();
        let subresource = event
            .object_ref
            .as_ref()
            .and_then(|object| object.subresource.as_deref())
            .unwrap_or("");
        outcome(&event, &verb, Some(subresource), false)
    }

    #[test]
    fn a_dry_run_is_found_however_it_is_written() {
        for uri in ["/x?dryRun=All", "/x?a=b\\u0026dryRun=All", "/x?dry%52un=%41ll&force=true"] {
            let event = format!(r#"{{"requestURI":"{uri}","responseStatus":{{"code":200}}}}"#);
            assert_eq!(of(&event), Outcome::DryRun, "{uri}");
        }
    }

    #[test]
    fn what_only_looks_like_a_dry_run_is_none() {
        for uri in [
            "/x?dryRun=all",
            "/x?dryRun=",
            "/x?dryrun=All",
            "/x?dryRun=All;a=b",
            "/x?dryRun=Al%6",
            "/x?notdryRun=All",
            "/dryRun=All",
            "/x?command=dryRun%3DAll",
        ] {
            let event = format!(r#"{{"requestURI":"{uri}","responseStatus":{{"code":200}}}}"#);
            assert_eq!(of(&event), Outcome::Done, "{uri}");
        }
    }

    #[test]
    fn an_exec_cannot_be_rehearsed() {
        let exec = r#"{"verb":"get","requestURI":"/x/exec?dryRun=All","objectRef":{"subresource":"exec"},"responseStatus":{"code":101}}"#;
        assert_eq!(of(exec), Outcome::Done);
        let create = exec.replace("get", "create");
        assert_eq!(of(&create), Outcome::Unclear);
    }

    #[test]
    fn a_token_is_issued_even_in_a_dry_run() {
        let event = r#"{"verb":"create","requestURI":"/x?dryRun=All","objectRef":{"subresource":"token"},"responseStatus":{"code":201}}"#;
        assert_eq!(of(event), Outcome::Unclear);
    }

    #[test]
    fn a_deletion_is_a_dry_run_only_if_its_body_cannot_say_otherwise() {
        let delete = |rest: &str| {
            of(&format!(r#"{{"verb":"delete","responseStatus":{{"code":200}},{rest}}}"#))
        };
        assert_eq!(delete(r#""level":"Request","requestURI":"/x?dryRun=All""#), Outcome::DryRun);
        assert_eq!(delete(r#""level":"Metadata","requestURI":"/x?dryRun=All""#), Outcome::Unclear);
        assert_eq!(
            delete(
                r#""level":"Request","requestURI":"/x?dryRun=All","annotations":{"audit.k8s.io/truncated":"true"}"#
            ),
            Outcome::Unclear
        );
        assert_eq!(
            delete(
                r#""level":"Request","requestURI":"/x?dryRun=All","requestObject":{"kind":"DeleteOptions"}"#
            ),
            Outcome::Done
        );
        assert_eq!(
            delete(
                r#""level":"Request","requestURI":"/x","requestObject":{"kind":"DeleteOptions","dryRun":["All"]}"#
            ),
            Outcome::DryRun
        );
    }

    #[test]
    fn refusals_are_told_apart_by_who_refused() {
        let event = |decision: &str, code: u16| {
            of(&format!(
                r#"{{"responseStatus":{{"code":{code}}},"annotations":{{"authorization.k8s.io/decision":"{decision}"}}}}"#
            ))
        };
        assert_eq!(event("forbid", 403), Outcome::Denied(DeniedBy::Authorization));
        assert_eq!(event("allow", 403), Outcome::Denied(DeniedBy::Later));
        assert_eq!(event("", 403), Outcome::Denied(DeniedBy::Unsaid));
        assert_eq!(event("", 401), Outcome::Denied(DeniedBy::Authorization));
        assert_eq!(event("allow", 409), Outcome::Failed);
    }

    #[test]
    fn only_what_passed_the_authorizer_shows_a_right() {
        let of = |event: &str| authorised(&serde_json::from_str(event).unwrap(), "patch");
        let decided = |decision: &str, code: u16| {
            of(&format!(
                r#"{{"responseStatus":{{"code":{code}}},"annotations":{{"authorization.k8s.io/decision":"{decision}"}}}}"#
            ))
        };
        for code in [200, 403, 404, 500] {
            assert_eq!(decided("allow", code), Authorisation::Passed, "{code}");
            assert_eq!(decided("forbid", code), Authorisation::NotShown, "{code}");
        }
        assert_eq!(decided("allow", 201), Authorisation::PassedToCreate);
        let undecided = |code: u16| of(&format!(r#"{{"responseStatus":{{"code":{code}}}}}"#));
        for code in [200, 404, 409] {
            assert_eq!(undecided(code), Authorisation::Passed, "{code}");
        }
        for code in [401, 403, 429, 500, 504] {
            assert_eq!(undecided(code), Authorisation::NotShown, "{code}");
        }
        assert_eq!(of("{}"), Authorisation::NotShown);
    }

    #[test]
    fn what_may_have_happened_is_unclear() {
        assert_eq!(of(r#"{"responseStatus":{"code":504}}"#), Outcome::Unclear);
        assert_eq!(of(r"{}"), Outcome::Unclear);
        assert_eq!(of(r#"{"responseStatus":{"code":0}}"#), Outcome::Unclear);
        assert_eq!(
            of(
                r#"{"responseStatus":{"code":200},"annotations":{"authorization.k8s.io/decision":"forbid"}}"#
            ),
            Outcome::Unclear
        );
        assert_eq!(
            of(
                r#"{"verb":"deletecollection","responseStatus":{"code":403},"annotations":{"authorization.k8s.io/decision":"allow"}}"#
            ),
            Outcome::Unclear
        );
        assert_eq!(
            of(
                r#"{"verb":"create","objectRef":{"subresource":"proxy"},"responseStatus":{"code":404},"annotations":{"authorization.k8s.io/decision":"allow"}}"#
            ),
            Outcome::Unclear
        );
    }
}
