//! Requests of a platform's own log.

use super::{
    ActionRecord, Authorization, Endpoint, HttpRequest, Kind, OversightRecord, Resource, Session,
    Status, User, named, owned,
};
use crate::model::activity::{LoggedOutcome, Manner, ObservedAction, Source, Target};

/// The record of a request. `oversight` is of one that may have changed something.
#[must_use]
pub fn of_request(action: &ObservedAction, oversight: Option<OversightRecord>) -> ActionRecord {
    let (status, outcome) = match action.outcome {
        LoggedOutcome::Done => (Status::Success, "done"),
        LoggedOutcome::Unclear => (Status::Unknown, "unclear"),
        LoggedOutcome::Denied => (Status::Failure, "denied"),
        LoggedOutcome::Failed => (Status::Failure, "failed"),
        LoggedOutcome::DryRun => (Status::Success, "dry-run"),
    };
    let verb = action.action.verb.as_str();
    let (log_name, service, resource) = match &action.action.target {
        Target::KubernetesResource { group, resource, subresource, namespace } => {
            let of_type = match subresource {
                Some(subresource) => format!("{resource}/{subresource}"),
                None => resource.clone(),
            };
            let resource = Resource {
                of_type,
                name: action.object.clone(),
                namespace: namespace.clone(),
                region: None,
            };
            let service = if group.is_empty() { "core" } else { group };
            ("kubernetes-audit", service.to_owned(), resource)
        }
        Target::KubernetesPath(path) => {
            let name = action.object.clone().or_else(|| Some(path.clone()));
            let resource = Resource { of_type: "path".to_owned(), name, ..Resource::default() };
            ("kubernetes-audit", "paths".to_owned(), resource)
        }
        Target::Aws(call) => {
            let service = verb.split_once(':').map_or(verb, |(service, _)| service);
            let resource = Resource {
                of_type: service.to_owned(),
                name: action.object.clone(),
                namespace: None,
                region: call.region.clone(),
            };
            ("cloudtrail", service.to_owned(), resource)
        }
    };
    let kind = if action.changes { kind_of(verb) } else { Kind::Read };
    let mut record = ActionRecord::new(kind, status, log_name.to_owned(), verb.to_owned());
    record.time = action.time.map(|time| time.as_millisecond());
    record.api.service = Some(named(&service));
    record.api.request = owned(&action.trace.request).map(|uid| Session { uid });
    record.resources = vec![resource];
    record.metadata.uid = owned(&action.trace.id);
    record.metadata.correlation_uid = owned(&action.trace.session);
    let groups = action.groups.iter().flatten().map(|group| named(group)).collect();
    record.actor.user = Some(User { name: action.actor.clone(), groups });
    record.actor.session = owned(&action.trace.session).map(|uid| Session { uid });
    record.actor.invoked_by = owned(&action.trace.impersonator);
    record.http_request =
        owned(&action.trace.user_agent).map(|user_agent| HttpRequest { user_agent });
    record.src_endpoint = action.source.as_ref().map(|source| match source {
        Source::Address(ip) => Endpoint { ip: Some(ip.to_string()), ..Endpoint::default() },
        Source::Service(name) => Endpoint { svc_name: Some(name.clone()), ..Endpoint::default() },
    });
    let policy = action.grant.as_deref().map(named);
    let denied = action.outcome == LoggedOutcome::Denied;
    record.action_id = match (denied, action.authorised) {
        (true, _) => Some(2),
        (false, true) => Some(1),
        (false, false) => None,
    };
    if action.authorised {
        record.authorizations = vec![Authorization { decision: "allowed", policy }];
    } else if denied {
        record.authorizations = vec![Authorization { decision: "denied", policy }];
    }
    let oversight = oversight.filter(|_| action.changes);
    record.oversight = oversight.map(|known| match action.outcome.may_be_done() {
        true => known,
        false => OversightRecord::of_no_effect(),
    });
    record.unmapped.outcome = outcome;
    record.unmapped.path = action.place.path.to_string();
    record.unmapped.line = action.place.line;
    record.unmapped.source_identity = owned(&action.trace.source_identity);
    record.unmapped.manner = action.trace.manner.map(|manner| match manner {
        Manner::Undo => "undo",
        Manner::Restart => "restart",
    });
    record
}

/// What a verb that may change something does, as far as its name says.
fn kind_of(verb: &str) -> Kind {
    let name = verb.split_once(':').map_or(verb, |(_, name)| name).to_ascii_lowercase();
    let starts = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if starts(&["create", "run", "add", "post"]) {
        Kind::Create
    } else if starts(&["delete", "terminate", "remove"]) {
        Kind::Delete
    } else if starts(&[
        "update", "patch", "put", "modify", "set", "tag", "untag", "attach", "detach",
    ]) {
        Kind::Update
    } else {
        Kind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        activity::{ActionKey, AwsCall, Trace},
        location::Location,
    };

    fn action(verb: &str, target: Target, changes: bool) -> ObservedAction {
        ObservedAction {
            actor: "bot".to_owned(),
            groups: None,
            action: ActionKey { verb: verb.to_owned(), target },
            object: Some("web".to_owned()),
            outcome: LoggedOutcome::Done,
            authorised: true,
            grant: None,
            time: None,
            source: None,
            changes,
            trace: Trace::default(),
            place: Location::at("a.log", 3, 1),
        }
    }

    #[test]
    fn a_get_that_changes_something_is_no_read() {
        let exec = Target::KubernetesResource {
            group: String::new(),
            resource: "pods".to_owned(),
            subresource: Some("exec".to_owned()),
            namespace: Some("shop".to_owned()),
        };
        let record = of_request(&action("get", exec.clone(), true), None);
        assert_eq!((record.activity_id, record.type_uid), (99, 600_399));
        assert_eq!(record.resources[0].of_type, "pods/exec");
        assert_eq!(of_request(&action("get", exec, false), None).activity_name, "Read");
    }

    #[test]
    fn calls_of_aws_are_told_by_what_their_names_begin_with() {
        let kind = |verb: &str| {
            of_request(&action(verb, Target::Aws(AwsCall::default()), true), None).activity_name
        };
        assert_eq!(kind("ec2:RunInstances"), "Create");
        assert_eq!(kind("ec2:TerminateInstances"), "Delete");
        assert_eq!(kind("s3:PutObject"), "Update");
        assert_eq!(kind("kms:Decrypt"), "Other");
    }

    #[test]
    fn of_what_took_no_effect_it_is_said_that_it_did_not() {
        let path = Target::KubernetesPath("/metrics".to_owned());
        for (outcome, told) in [
            (LoggedOutcome::Done, "nothing else"),
            (LoggedOutcome::Denied, "it took no effect"),
            (LoggedOutcome::Failed, "it took no effect"),
            (LoggedOutcome::DryRun, "it took no effect"),
        ] {
            let action = ObservedAction { outcome, ..action("post", path.clone(), true) };
            let record = of_request(&action, Some(OversightRecord::unknown()));
            let reason = record.oversight.and_then(|own| own.approval.reason).unwrap_or_default();
            assert!(reason.starts_with(told), "{outcome:?}: {reason}");
        }
    }

    #[test]
    fn nobody_approves_what_only_looks() {
        let path = Target::KubernetesPath("/healthz".to_owned());
        let known = Some(OversightRecord::unknown());
        assert!(of_request(&action("get", path.clone(), false), known.clone()).oversight.is_none());
        assert!(of_request(&action("post", path, true), known).oversight.is_some());
    }
}
