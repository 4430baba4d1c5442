//! How numbers and lists are told in a sentence, the same everywhere.

/// `1 agent`, `3 agents`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`; of a list longer than `most`, the first and how
/// many more there are.
#[must_use]
pub fn listed(names: &[impl AsRef<str>], most: usize) -> String {
    match names {
        [init @ .., last] if !init.is_empty() && names.len() <= most => {
            format!("{} and {}", joined(init), last.as_ref())
        }
        _ => some_of(names, most),
    }
}

/// `a, b`; of a list longer than `most`, `a, b and 3 more`.
#[must_use]
pub fn some_of(names: &[impl AsRef<str>], most: usize) -> String {
    let shown = names.get(..most).unwrap_or(names);
    and_more(joined(shown), names.len() - shown.len())
}

/// What is shown, and how many more there are.
#[must_use]
pub fn and_more(shown: String, more: usize) -> String {
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// A template with its `{names}` filled in. What a value holds is told as it stands,
/// and so is a name that has no value.
#[must_use]
pub fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        match value {
            Some((value, after)) => {
                text.push_str(value);
                rest = after;
            }
            None => {
                text.push('{');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

fn joined(names: &[impl AsRef<str>]) -> String {
    names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_in_and() {
        assert_eq!(listed(&["a"; 0], 3), "");
        assert_eq!(listed(&["a"], 3), "a");
        assert_eq!(listed(&["a", "b", "c"], 3), "a, b and c");
    }

    #[test]
    fn only_names_that_have_a_value_are_filled_in() {
        let values = [("who", "{what}"), ("what", "b")];
        assert_eq!(filled("{who} and {what}: {{x} {what", &values), "{what} and b: {{x} {what");
    }

    #[test]
    fn a_longer_list_tells_how_many_more_there_are() {
        assert_eq!(listed(&["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(some_of(&["a", "b", "c", "d"], 3), "a, b, c and 1 more");
        assert_eq!(some_of(&["a", "b"], 2), "a, b");
    }
}
