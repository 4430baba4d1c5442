//! Regular expressions that stand for shell commands.

/// The start of the commands that an expression matches, as permission rules write
/// it: `^kubectl get\b` is `kubectl get *`. One that matches anywhere in a command, or
/// in several ways, fixes nothing of its start: then a `*` stands first. `anchored`
/// where the client holds it against the start of the command anyway.
pub(super) fn as_command(expression: &str, anchored: bool) -> String {
    let text = expression.trim();
    let bare = text.strip_prefix('^').or_else(|| text.strip_prefix("\\A"));
    let anchored = (anchored || bare.is_some()) && !has_alternatives(text);
    let (start, whole) = start_of(bare.unwrap_or(text));
    let start = if whole { start.trim_end().to_owned() } else { start };
    match (anchored, whole) {
        _ if start.is_empty() => "*".to_owned(),
        (true, true) => start,
        (true, false) => format!("{start}*"),
        (false, _) => format!("*{start}*"),
    }
}

/// The text that an expression starts with, and whether nothing comes after it.
fn start_of(expression: &str) -> (String, bool) {
    let mut start = String::new();
    let mut rest = expression.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('s') => {
                    rest.next_if(|next| matches!(next, '+' | '*'));
                    start.push(' ');
                }
                // The word is whole.
                Some('b') if !start.is_empty() && !start.ends_with(' ') => start.push(' '),
                Some('b') => {}
                Some(escaped) if !escaped.is_ascii_alphanumeric() => start.push(escaped),
                _ => return (start, false),
            },
            '$' if rest.peek().is_none() => return (start, true),
            // The character before may be missing.
            '*' | '?' | '{' => {
                start.pop();
                return (start, false);
            }
            '.' | '+' | '(' | '[' | '|' | '^' | '$' => return (start, false),
            plain => start.push(plain),
        }
    }
    (start, false)
}

/// Whether an expression has alternatives as a whole, outside of any bracket.
fn has_alternatives(expression: &str) -> bool {
    let mut depth = 0_usize;
    let mut chars = expression.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::as_command;

    #[test]
    fn an_anchored_expression_is_the_start_of_a_command() {
        assert_eq!(as_command(r"^kubectl\s+get\b", false), "kubectl get *");
        assert_eq!(as_command(r"^ls\b$", false), "ls");
        assert_eq!(as_command("git (status|log)", true), "git *");
        assert_eq!(as_command("^git status$", false), "git status");
    }

    #[test]
    fn one_that_matches_anywhere_fixes_no_start() {
        assert_eq!(as_command("kubectl get", false), "*kubectl get*");
        assert_eq!(as_command("^ls|rm -rf", true), "*ls*");
        for everything in [".*", "^.*$", "", "(.*)", ".+"] {
            assert_eq!(as_command(everything, true), "*", "{everything}");
        }
    }

    #[test]
    fn what_may_be_missing_is_not_part_of_the_start() {
        assert_eq!(as_command("^kubectl gets?", false), "kubectl get*");
    }
}
