//! The fields of an audit event from tight JSON, as every server writes it, in any
//! order. What is odd in any way is left to serde_json.

use super::event::{Annotations, Event, ObjectRef, ResponseStatus, User};
use crate::{
    scan::activity::text::{Json, Text},
    source::checked::{Cursor, Task, Wide, widest},
};

/// The event that all of `line` is, or the list of events; none where serde_json must
/// look at it.
pub(super) struct Line<'a>(pub(super) &'a [u8]);

impl<'a> Task for Line<'a> {
    type Output = Option<Event<'a>>;

    #[inline(always)]
    fn run<W: Wide>(self, wide: W) -> Self::Output {
        let mut cursor = Cursor::new(wide, self.0, 0);
        let event = event(&mut cursor)?;
        let whole = cursor.at() == self.0.len();
        (whole && (cursor.is_ascii() || std::str::from_utf8(self.0).is_ok())).then_some(event)
    }
}

/// The items of a list, each as it stands there; none where serde_json must look at it.
pub(super) fn items(list: &str) -> Option<Vec<&str>> {
    struct Items<'a>(&'a str);
    impl<'a> Task for Items<'a> {
        type Output = Option<Vec<&'a str>>;

        #[inline(always)]
        fn run<W: Wide>(self, wide: W) -> Self::Output {
            let mut found = Vec::new();
            let mut cursor = Cursor::new(wide, self.0.as_bytes(), 0);
            cursor.items(|cursor| {
                let start = cursor.at();
                cursor.value()?;
                found.push(self.0.get(start..cursor.at())?);
                Some(())
            })?;
            (cursor.at() == self.0.len()).then_some(found)
        }
    }
    widest(Items(list))
}

/// The user that all of `object` is.
pub(super) fn whole_user(object: &[u8]) -> Option<User<'_>> {
    struct Whole<'a>(&'a [u8]);
    impl<'a> Task for Whole<'a> {
        type Output = Option<User<'a>>;

        #[inline(always)]
        fn run<W: Wide>(self, wide: W) -> Self::Output {
            let mut cursor = Cursor::new(wide, self.0, 0);
            let user = user(&mut cursor)?;
            (cursor.at() == self.0.len()).then_some(user)
        }
    }
    widest(Whole(object))
}

/// What all of `object` tells, if it is one of annotations.
pub(super) fn whole_annotations(object: &[u8]) -> Option<Annotations<'_>> {
    struct Whole<'a>(&'a [u8]);
    impl<'a> Task for Whole<'a> {
        type Output = Option<Annotations<'a>>;

        #[inline(always)]
        fn run<W: Wide>(self, wide: W) -> Self::Output {
            let mut cursor = Cursor::new(wide, self.0, 0);
            let found = annotations(&mut cursor)?;
            (cursor.at() == self.0.len()).then_some(found)
        }
    }
    widest(Whole(object))
}

#[inline(always)]
fn event<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<Event<'a>> {
    let mut event = Event::default();
    let mut seen = Seen(0);
    cursor.members(|cursor, name| {
        match name {
            b"kind" => event.kind = seen.once(0, text(cursor)?)?,
            b"apiVersion" => event.api_version = seen.once(1, text(cursor)?)?,
            b"level" => event.level = seen.once(2, text(cursor)?)?,
            b"auditID" => event.audit_id = seen.once(3, text(cursor)?)?,
            b"stage" => event.stage = seen.once(4, text(cursor)?)?,
            b"requestURI" => event.request_uri = seen.once(5, text(cursor)?)?,
            b"verb" => event.verb = seen.once(6, text(cursor)?)?,
            b"user" => event.user = seen.once(7, unless_null(cursor, user)?)?,
            b"impersonatedUser" => {
                event.impersonated_user = seen.once(8, unless_null(cursor, user)?)?;
            }
            b"userAgent" => event.user_agent = seen.once(9, text(cursor)?)?,
            b"objectRef" => event.object_ref = seen.once(10, unless_null(cursor, object)?)?,
            b"responseStatus" => {
                event.response_status = seen.once(11, unless_null(cursor, status)?)?;
            }
            b"requestObject" => event.request_object = seen.once(12, json(cursor)?)?,
            b"requestReceivedTimestamp" => event.received_at = seen.once(13, text(cursor)?)?,
            b"stageTimestamp" => event.stage_at = seen.once(14, text(cursor)?)?,
            b"timestamp" => event.at = seen.once(15, text(cursor)?)?,
            b"annotations" => {
                event.annotations = seen.once(16, unless_null(cursor, annotations)?)?;
            }
            b"items" => event.items = seen.once(17, json(cursor)?)?,
            b"sourceIPs" => event.sources = seen.once(18, json(cursor)?)?,
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    Some(event)
}

#[inline(always)]
fn user<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<User<'a>> {
    let mut user = User::default();
    let mut seen = Seen(0);
    cursor.members(|cursor, name| {
        match name {
            b"username" => user.username = seen.once(0, text(cursor)?)?,
            b"groups" => user.groups = seen.once(1, json(cursor)?)?,
            b"extra" => user.extra = seen.once(2, json(cursor)?)?,
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    Some(user)
}

#[inline(always)]
fn object<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<ObjectRef<'a>> {
    let mut object = ObjectRef::default();
    let mut seen = Seen(0);
    cursor.members(|cursor, name| {
        match name {
            b"resource" => object.resource = seen.once(0, text(cursor)?)?,
            b"namespace" => object.namespace = seen.once(1, text(cursor)?)?,
            b"name" => object.name = seen.once(2, text(cursor)?)?,
            b"apiGroup" => object.api_group = seen.once(3, text(cursor)?)?,
            b"apiVersion" => object.api_version = seen.once(4, text(cursor)?)?,
            b"subresource" => object.subresource = seen.once(5, text(cursor)?)?,
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    Some(object)
}

#[inline(always)]
pub(super) fn status<W: Wide>(cursor: &mut Cursor<'_, W>) -> Option<ResponseStatus> {
    let mut status = ResponseStatus::default();
    let mut seen = Seen(0);
    cursor.members(|cursor, name| {
        let value = cursor.value()?;
        if name == b"code" {
            status.code = seen.once(0, code(value)?)?;
        }
        Some(())
    })?;
    Some(status)
}

/// A whole number without a sign that has no exponent, as every status is.
fn code(value: &[u8]) -> Option<Option<i64>> {
    match value {
        b"null" => Some(None),
        [b'0'..=b'9', ..] => std::str::from_utf8(value).ok()?.parse().ok().map(Some),
        _ => None,
    }
}

#[inline(always)]
fn annotations<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<Annotations<'a>> {
    let mut found = Annotations::default();
    let mut seen = Seen(0);
    cursor.members(|cursor, name| {
        match name {
            b"authorization.k8s.io/decision" => {
                found.decision = seen.once(0, Some(text(cursor)??.0))?;
            }
            b"authorization.k8s.io/reason" => {
                found.reason = seen.once(1, Some(text(cursor)??.0))?;
            }
            b"audit.k8s.io/truncated" => {
                found.truncated = seen.once(2, &*text(cursor)?? == "true")?;
            }
            name if name.starts_with(b"failed-open.") => found.failed_open.push(text(cursor)??.0),
            _ => {
                cursor.value()?;
            }
        }
        Some(())
    })?;
    Some(found)
}

/// Members that were seen, of which none may come again.
struct Seen(u32);

impl Seen {
    #[inline(always)]
    fn once<T>(&mut self, member: u32, value: T) -> Option<T> {
        let bit = 1 << member;
        let again = self.0 & bit != 0;
        self.0 |= bit;
        (!again).then_some(value)
    }
}

#[inline(always)]
fn text<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<Option<Text<'a>>> {
    if cursor.eat(b"\"") {
        Text::of(cursor.string()?).map(Some)
    } else {
        cursor.eat(b"null").then_some(None)
    }
}

#[inline(always)]
fn json<'a, W: Wide>(cursor: &mut Cursor<'a, W>) -> Option<Option<Json<'a>>> {
    match cursor.value()? {
        b"null" => Some(None),
        value => Json::of(value).map(Some),
    }
}

#[inline(always)]
fn unless_null<'a, W: Wide, T>(
    cursor: &mut Cursor<'a, W>,
    read: impl FnOnce(&mut Cursor<'a, W>) -> Option<T>,
) -> Option<Option<T>> {
    if cursor.eat(b"null") { Some(None) } else { read(cursor).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serde_json_refuses_or_reads_otherwise_is_left_to_it() {
        for line in [
            r#"{"verb":"get","verb":"get"}"#,
            r#"{"user":{"username":"a","username":"b"}}"#,
            r#"{"responseStatus":{"code":1,"code":1}}"#,
            r#"{"responseStatus":{"code":-1}}"#,
            r#"{"responseStatus":{"code":2e2}}"#,
            r#"{"responseStatus":{"code":"200"}}"#,
            r#"{"verb":1}"#,
            r#"{"verb":"\ud800"}"#,
            r#"{"ve\u0072b":"get"}"#,
            r#"{"annotations":{"authorization.k8s.io/decision":null}}"#,
            r#"{"annotations":{"authorization.k8s.io/decision":"forbid","authorization.k8s.io/decision":"allow"}}"#,
            r#"{"verb": "get"}"#,
            r#"{"verb":"get"} "#,
            r#"{"verb":"get"}{}"#,
            r#"["get"]"#,
            "null",
            "",
        ] {
            assert!(widest(Line(line.as_bytes())).is_none(), "{line}");
        }
        assert!(widest(Line(b"{\"x\":\"\xff\"}")).is_none());
    }

    #[test]
    fn members_in_any_order_are_read_as_serde_json_reads_them() {
        for line in [
            r#"{"annotations":{"authorization.k8s.io/reason":"a \"b\"","failed-open.x":"w","audit.k8s.io/truncated":"true","y":[1]},"verb":"get","x":{"y":[{}]},"user":{"groups":["a"],"username":"é"},"objectRef":null,"sourceIPs":["::1"],"responseStatus":{"metadata":{},"code":200},"items":null}"#,
            r#"{"requestObject":{"a":[1,2]},"requestURI":"/x?a\u0026b","objectRef":{"name":"n","apiVersion":"v1"},"kind":"Event","user":null}"#,
            "{}",
        ] {
            let quick = widest(Line(line.as_bytes())).unwrap();
            let slow: Event<'_> = serde_json::from_str(line).unwrap();
            assert_eq!(format!("{quick:?}"), format!("{slow:?}"), "{line}");
        }
    }
}
