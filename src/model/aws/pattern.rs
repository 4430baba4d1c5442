//! The globs of policies: `*` stands for any text, `?` for any one character,
//! everything else for itself.
//!
//! Three questions are asked of them, and all three are answered on the text of
//! the patterns, without a list of actions: does a pattern match a name, does
//! it cover another pattern, and is there a name that both match.

/// Whether `pattern` matches `text`. Case counts; callers lower-case actions.
#[must_use]
pub fn matches(pattern: &str, text: &str) -> bool {
    walk(pattern.as_bytes(), text.as_bytes(), false)
}

/// Whether `pattern` certainly matches everything that `other` matches.
///
/// A `false` may be wrong for a few odd pairs (`?*` and `*?`), a `true` never is:
/// whoever removes rights by this answer never removes too much.
#[must_use]
pub fn covers(pattern: &str, other: &str) -> bool {
    pattern == "*" || walk(pattern.as_bytes(), other.as_bytes(), true)
}

/// Whether `pattern` holds a wildcard.
#[must_use]
pub fn is_wild(pattern: &str) -> bool {
    pattern.bytes().any(is_wildcard)
}

/// The text before the first wildcard.
#[must_use]
pub fn literal_prefix(pattern: &str) -> &str {
    let end = pattern.bytes().position(is_wildcard).unwrap_or(pattern.len());
    pattern.get(..end).unwrap_or(pattern)
}

/// Whether some text matches both patterns.
#[must_use]
pub fn overlaps(a: &str, b: &str) -> bool {
    let Some((a, b)) = beyond_common_ends(a, b) else { return false };
    // Of two such ends, one text goes before the other.
    let meet = |a: &str, b: &str| a.ends_with('*') && b.starts_with('*');
    if a == "*" || b == "*" || meet(a, b) || meet(b, a) {
        return true;
    }
    match (is_wild(a), is_wild(b)) {
        (false, false) => a == b,
        (false, true) => matches(b, a),
        (true, false) => matches(a, b),
        (true, true) => both_wild_overlap(a, b),
    }
}

fn is_wildcard(byte: u8) -> bool {
    byte == b'*' || byte == b'?'
}

/// Greedy matching with one point of return: the last `*`. With `symbols`, the
/// text is a pattern itself: its `*` is matched by `*` alone.
fn walk(pattern: &[u8], text: &[u8], symbols: bool) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while let Some(&have) = text.get(t) {
        match pattern.get(p) {
            Some(b'*') => {
                p += 1;
                if p == pattern.len() {
                    return true;
                }
                back = Some((p, t));
            }
            Some(b'?') if !(symbols && have == b'*') => {
                p += 1;
                t += width(have);
            }
            Some(&want) if want == have && want != b'?' => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((resume, from)) = back else { return false };
                let from = from + text.get(from).copied().map_or(1, width);
                back = Some((resume, from));
                p = resume;
                t = from;
            }
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|&byte| byte == b'*'))
}

/// Bytes of the UTF-8 character that starts with `first`.
fn width(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0.. => 4,
        _ => 1,
    }
}

/// Two patterns without the plain text that both begin with and that both end with:
/// it decides nothing, and little is left of most. None where plain text differs
/// there, so that nothing matches both.
fn beyond_common_ends<'p>(mut a: &'p str, mut b: &'p str) -> Option<(&'p str, &'p str)> {
    let is_plain = |x: char, y: char| !['*', '?'].contains(&x) && !['*', '?'].contains(&y);
    let (mut in_a, mut in_b) = (a.chars(), b.chars());
    while let (Some(x), Some(y)) = (in_a.next(), in_b.next())
        && is_plain(x, y)
    {
        if x != y {
            return None;
        }
        (a, b) = (in_a.as_str(), in_b.as_str());
    }
    let (mut in_a, mut in_b) = (a.chars(), b.chars());
    while let (Some(x), Some(y)) = (in_a.next_back(), in_b.next_back())
        && is_plain(x, y)
    {
        if x != y {
            return None;
        }
        (a, b) = (in_a.as_str(), in_b.as_str());
    }
    Some((a, b))
}

/// One row of the table of (rest of `a`, rest of `b`) at a time: reachable
/// pairs of positions, moving forward by one common character or over a `*`.
fn both_wild_overlap(a: &str, b: &str) -> bool {
    let b: Vec<char> = b.chars().collect();
    // row[j]: the part of `a` so far and b[..j] can match one common text.
    let mut row = vec![false; b.len() + 1];
    let mut first = true;
    for (j, cell) in row.iter_mut().enumerate() {
        *cell = first;
        first &= b.get(j) == Some(&'*');
    }
    let mut next = Vec::with_capacity(row.len());
    for have in a.chars() {
        next.clear();
        for (j, &above) in row.iter().enumerate() {
            let before = j.checked_sub(1).and_then(|j| b.get(j)).copied();
            let left = next.last().copied().unwrap_or(false);
            let diagonal = j.checked_sub(1).and_then(|j| row.get(j)).copied().unwrap_or(false);
            let cell = if have == '*' {
                above || left
            } else {
                match before {
                    Some('*') => left || above,
                    Some(other) => diagonal && (have == other || have == '?' || other == '?'),
                    None => false,
                }
            };
            next.push(cell);
        }
        if !next.contains(&true) {
            return false;
        }
        std::mem::swap(&mut row, &mut next);
    }
    row.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests;
