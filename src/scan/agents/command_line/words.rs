//! Text of a shell as words: quotes are taken off, nothing is expanded.

/// Most words of one text that are looked at.
const MOST_WORDS: usize = 20_000;

/// How a command hangs on the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::scan::agents) enum Joint {
    /// It runs whatever the other does.
    Free,
    /// The other decides whether it runs (`&&`, `||`).
    Depends,
}

/// The commands of a text, each as its words; `&&`, `||`, `;`, `|`, `&` and the end of a
/// line end one.
pub(super) fn commands(text: &str) -> Vec<Vec<String>> {
    joined(text).into_iter().map(|(_, command)| command).collect()
}

/// The same, each with how it hangs on what stands before it; what a pipe feeds hangs on
/// what the pipe itself does.
pub(in crate::scan::agents) fn joined(text: &str) -> Vec<(Joint, Vec<String>)> {
    let unbroken = text.replace("\\\r\n", " ").replace("\\\n", " ");
    let mut commands = Vec::new();
    for line in lines(&unbroken).iter().map(|line| unwrapped(line.trim())) {
        if line.starts_with('#') {
            continue;
        }
        let mut joint = Joint::Free;
        let mut command = Vec::new();
        for word in split(&line) {
            let ends = matches!(word.as_str(), "&&" | "||" | ";" | "|" | "&");
            if !ends {
                let last = word.strip_suffix(';').filter(|rest| !rest.is_empty());
                command.push(last.map_or(word.clone(), str::to_owned));
            }
            if ends || word.ends_with(';') {
                commands.push((joint, std::mem::take(&mut command)));
                joint = match word.as_str() {
                    "&&" | "||" => Joint::Depends,
                    "|" => joint,
                    _ => Joint::Free,
                };
            }
        }
        commands.push((joint, command));
    }
    commands.retain(|(_, command)| !command.is_empty());
    commands
}

/// Most lines that one value in quotes may have.
const MOST_LINES: usize = 500;

/// The lines of a text. One that opens a quote for a value in braces goes on to the quote
/// that ends it; any other quote that is left open is an apostrophe.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.lines();
    while let Some(line) = rest.next() {
        let mut whole = line.to_owned();
        while let Some((longer, after)) =
            opened(&whole).and_then(|quote| closed(&whole, quote, &rest))
        {
            whole = longer;
            rest = after;
        }
        lines.push(whole);
    }
    lines
}

/// A line with those that follow it, up to the one in which a quote stands again.
fn closed<'t>(
    line: &str,
    quote: char,
    rest: &std::str::Lines<'t>,
) -> Option<(String, std::str::Lines<'t>)> {
    let mut after = rest.clone();
    let mut longer = line.to_owned();
    for next in after.by_ref().take(MOST_LINES) {
        longer.push('\n');
        longer.push_str(next);
        if next.contains(quote) {
            return Some((longer, after));
        }
    }
    None
}

/// The quote that a line opens before a brace and leaves open.
fn opened(line: &str) -> Option<char> {
    ['\'', '"'].into_iter().find(|quote| {
        let (_, value) = line.rsplit_once(*quote).unwrap_or_default();
        line.matches(*quote).count() % 2 == 1 && value.trim_start().starts_with('{')
    })
}

/// A line without what a Dockerfile puts around its command.
fn unwrapped(line: &str) -> String {
    let rest = ["RUN ", "CMD ", "ENTRYPOINT ", "run ", "cmd ", "entrypoint "]
        .iter()
        .find_map(|word| line.strip_prefix(word))
        .map_or(line, str::trim_start);
    match rest.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) if rest.len() < line.len() => list.replace("\",", "\" "),
        _ => rest.to_owned(),
    }
}

/// The words of a line.
pub(super) fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut begun = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some('"'), '\\')
                if characters.peek().is_some_and(|next| matches!(next, '"' | '\\' | '$')) =>
            {
                word.extend(characters.next());
            }
            (Some(open), _) if c == open => quote = None,
            (Some(_), _) => word.push(c),
            (None, '"' | '\'') => {
                quote = Some(c);
                begun = true;
            }
            (None, _) if c.is_whitespace() => {
                if begun || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            (None, _) => word.push(c),
        }
        if words.len() >= MOST_WORDS {
            return words;
        }
    }
    if begun || !word.is_empty() {
        words.push(word);
    }
    words
}
