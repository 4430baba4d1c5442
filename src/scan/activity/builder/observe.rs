//! Whoever wants to see every request as it is counted.

use std::{fmt, net::IpAddr, sync::Arc};

use crate::{
    model::{
        activity::{ObservedAction, Source, Trace},
        location::Location,
    },
    scan::activity::{
        request::{Authorisation, LABEL_BYTES, Request, decode},
        row_texts::RowTexts,
    },
};

/// Is shown every request once: not its stages, and no event again that was counted.
///
/// Files are read in their order, and what stands in one is shown in its order as long as
/// one thread reads it.
#[derive(Clone, Copy)]
pub struct Observer(pub &'static (dyn Fn(ObservedAction) + Sync));

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

impl PartialEq for Observer {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::addr_eq(self.0, other.0)
    }
}

impl Eq for Observer {}

impl Observer {
    /// Shows a request that stands in `path`.
    pub(super) fn see(self, request: &Request<'_>, path: &Arc<str>) {
        let Some(action) = decode(&request.key) else { return };
        let user_agent = request.user_agent.as_deref().map(Into::into);
        (self.0)(ObservedAction {
            actor: request.actor.to_string(),
            groups: request.groups.as_deref().and_then(|list| serde_json::from_str(list).ok()),
            action,
            object: request.one_object().map(str::to_owned),
            outcome: request.outcome.into(),
            authorised: request.authorised != Authorisation::NotShown,
            grant: request.grant.as_deref().map(str::to_owned),
            time: request.time,
            source: request.source.as_deref().and_then(source_of),
            changes: request.trace.is_some(),
            trace: request
                .kept_trace(&mut RowTexts::default())
                .unwrap_or_else(|| Trace { user_agent, ..Trace::default() }),
            place: Location {
                path: path.clone(),
                line: u32::try_from(request.line).ok(),
                column: None,
                object: None,
            },
        });
    }
}

/// What the log names as the source of a request; none where that is neither an address nor
/// a service.
fn source_of(text: &str) -> Option<Source> {
    let is_service = || {
        let name = text.strip_suffix(".cn").unwrap_or(text).strip_suffix(".amazonaws.com");
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
        name.is_some_and(|name| name.len() <= LABEL_BYTES && name.bytes().all(plain))
            || text == "AWS Internal"
    };
    match text.parse::<IpAddr>() {
        Ok(address) => Some(Source::Address(address)),
        Err(_) => is_service().then(|| Source::Service(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_address_or_a_service_and_no_other_text() {
        let address = |text: &str| Some(Source::Address(text.parse().unwrap()));
        let service = |text: &str| Some(Source::Service(text.to_owned()));
        for (text, expected) in [
            ("10.0.0.1", address("10.0.0.1")),
            ("2001:db8::1", address("2001:db8::1")),
            ("eks.amazonaws.com", service("eks.amazonaws.com")),
            ("ec2.amazonaws.com.cn", service("ec2.amazonaws.com.cn")),
            ("AWS Internal", service("AWS Internal")),
            ("private", None),
            ("<script>.amazonaws.com", None),
            ("10.0.0.1, 10.0.0.2", None),
            ("", None),
        ] {
            assert_eq!(source_of(text), expected, "{text}");
        }
    }
}
