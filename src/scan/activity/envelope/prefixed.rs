//! Lines with words before the event: what an export of CloudWatch Logs to S3 writes
//! (`TIME EVENT`), `aws logs tail` (`TIME STREAM EVENT`), and `oc adm node-logs`
//! (`NODE EVENT`).

use super::{content, contents::Contents, layout::each_line};
use crate::{
    model::capability::Plane,
    scan::activity::{Format, framing::text_of},
};

/// The entry in the registry.
pub(in crate::scan::activity) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| {
        text_of(head)
            .lines()
            .take(LINES)
            .filter_map(|line| event_of(line.trim()))
            .any(|event| content::of(event).is_some() || content::is_list(event))
    },
    read: |file, builder, limits| {
        let mut contents = Contents::new(builder.caps(), builder.shared(), file, limits);
        let passed =
            each_line(file, limits, &mut contents, &mut |line, _, contents| match event_of(line) {
                Some(event) => contents.text(event),
                None => contents.foreign(),
            });
        let (lines, stopped) = passed.unwrap_or_else(|error| (0, Some(error)));
        contents.finish(lines, stopped).absorb(KIND, file, Plane::Kubernetes, builder)
    },
};

const KIND: &str = "prefixed-lines";

/// Lines that are looked at.
const LINES: usize = 50;
/// Longer words are none of a prefix.
const WORD_BYTES: usize = 512;

/// The event of a line, behind one word or two. More words are a message that quotes
/// something, which anybody may have written.
fn event_of(line: &str) -> Option<&str> {
    let object = line.find('{')?;
    // Or of a list of them.
    let list = line.get(..object).and_then(|before| before.trim_end().strip_suffix('['));
    let start = list.map_or(object, str::len);
    let (prefix, event) = line.split_at_checked(start)?;
    let mut words = prefix.split_ascii_whitespace();
    let first = words.next()?;
    let second = words.next();
    let is_prefix = prefix.ends_with([' ', '\t'])
        && prefix.len() <= WORD_BYTES
        && words.next().is_none()
        && match second {
            None => is_time(first) || is_name(first),
            Some(stream) => is_time(first) && is_name(stream),
        };
    is_prefix.then_some(event)
}

/// `2026-10-01T10:11:12.123Z`, or with an offset.
fn is_time(word: &str) -> bool {
    word.len() >= 19
        && word.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && word.as_bytes().get(4) == Some(&b'-')
        && word.as_bytes().get(10) == Some(&b'T')
}

/// What a node or a stream may be called.
fn is_name(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/[]$".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_stands_behind_a_time_a_node_or_a_time_and_a_stream() {
        for line in [
            "2026-10-01T10:11:12.123Z {\"a\":1}",
            "2026-10-01T10:11:12.123000+00:00 kube-apiserver-audit-0f {\"a\":1}",
            "ip-10-0-1-2.ec2.internal {\"a\":1}",
        ] {
            assert_eq!(event_of(line), Some("{\"a\":1}"), "{line}");
        }
    }

    #[test]
    fn a_list_of_events_stands_there_as_well() {
        let line = "2026-10-01T10:11:12.123Z [ {\"a\":1},{\"a\":2}]";
        assert_eq!(event_of(line), Some("[ {\"a\":1},{\"a\":2}]"));
    }

    #[test]
    fn a_message_that_quotes_an_event_holds_none() {
        for line in [
            "I1001 10:11:12.123456 1 audit.go:12] got {\"a\":1}",
            "2026-10-01T10:11:12.123Z stdout F {\"a\":1}",
            "body={\"a\":1}",
            "stream[{\"a\":1}]",
            "{\"a\":1}",
            "level=info {\"a\":1}",
            "",
        ] {
            assert_eq!(event_of(line), None, "{line}");
        }
    }
}
