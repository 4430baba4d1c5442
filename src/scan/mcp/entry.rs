//! Which entry of a configuration an answer belongs to.

use std::fmt::Write as _;

use crate::{
    model::agent_config::{Argument, SafeText, Server, Setting, Transport},
    source::read::digest_of,
};

/// `sha256:…` of all that an entry says about how its server runs: another version,
/// switch, variable or address is another one. Secrets take part by their own digests.
/// Where it stands does not count, nor what the client makes of its tools.
#[must_use]
pub fn digest(server: &Server) -> String {
    let mut text = String::new();
    match &server.transport {
        Transport::Stdio(launch) => {
            line(&mut text, "program", &format!("{:?}", launch.program));
            line(&mut text, "pin", &format!("{:?}", launch.pin));
            for argument in &launch.arguments {
                match argument {
                    Argument::Flag { name, value: None, .. } => line(&mut text, "flag", name),
                    Argument::Flag { name, value: Some(value), .. } => {
                        line(&mut text, "flag", &format!("{name}={}", exact(value)));
                    }
                    Argument::Word(word) => line(&mut text, "word", &exact(word)),
                    Argument::Url(url) => line(&mut text, "url", &url.to_string()),
                }
            }
        }
        Transport::Http { url, headers } => {
            let url = url.as_ref().map(ToString::to_string).unwrap_or_default();
            line(&mut text, "call", &url);
            settings(&mut text, "header", headers);
        }
        Transport::Unreadable => line(&mut text, "unreadable", ""),
    }
    settings(&mut text, "env", &server.env);
    if server.env_elsewhere {
        line(&mut text, "env", "elsewhere");
    }
    digest_of(&[text.as_bytes()])
}

/// In the order of names: it says nothing to a server, but for names that stand twice.
fn settings(text: &mut String, what: &str, settings: &[Setting]) {
    let mut sorted: Vec<&Setting> = settings.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    for setting in sorted {
        line(text, what, &format!("{}={}", setting.name, exact(&setting.value)));
    }
}

/// Debug quotes: no value can be taken for two.
fn line(text: &mut String, what: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{what} {value:?}");
}

fn exact(value: &SafeText) -> String {
    match value {
        SafeText::Plain(text) => format!("plain {text}"),
        SafeText::Reference(text) => format!("reference {text}"),
        SafeText::Withheld { digest } => digest.clone(),
    }
}
