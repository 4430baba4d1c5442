//! Numbers, literals and escapes, byte by byte, by the rules that serde_json has for
//! values that it passes over.

/// Whether a number or a literal begins at `at` and ends where a value may.
#[inline(always)]
pub(super) fn is_scalar(bytes: &[u8], at: usize) -> bool {
    end(bytes, at).is_some_and(|end| matches!(bytes.get(end), Some(b',' | b'}' | b']')))
}

/// Where the number or the literal ends that begins at `at`.
#[inline(always)]
pub(super) fn end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    match rest.first()? {
        b'0'..=b'9' | b'-' => number(bytes, at),
        b't' => rest.starts_with(b"true").then_some(at + 4),
        b'f' => rest.starts_with(b"false").then_some(at + 5),
        b'n' => rest.starts_with(b"null").then_some(at + 4),
        _ => None,
    }
}

#[inline(always)]
fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(0);
    let at = at + usize::from(byte(at) == b'-');
    let mut at = match byte(at) {
        b'0' => at + 1,
        b'1'..=b'9' => digits(bytes, at)?,
        _ => return None,
    };
    if byte(at) == b'.' {
        at = digits(bytes, at + 1)?;
    }
    if matches!(byte(at), b'e' | b'E') {
        let sign = usize::from(matches!(byte(at + 1), b'+' | b'-'));
        at = digits(bytes, at + 1 + sign)?;
    }
    Some(at)
}

/// Where one or more digits end.
#[inline(always)]
fn digits(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at;
    while bytes.get(end).is_some_and(u8::is_ascii_digit) {
        end += 1;
    }
    (end > at).then_some(end)
}

/// Whether what stands at `at`, behind a backslash, is an escape. A surrogate without
/// its other half is one: whether it is text is asked where the text is read.
#[inline(always)]
pub(super) fn is_escape(bytes: &[u8], at: usize) -> bool {
    escape_end(bytes, at).is_some()
}

/// Where the escape ends whose letter stands at `at`.
#[inline(always)]
pub(super) fn escape_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 1),
        b'u' => bytes
            .get(at + 1..at + 5)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .map(|_| at + 5),
        _ => None,
    }
}
