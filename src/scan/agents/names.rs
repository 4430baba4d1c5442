//! Names of settings: which hold secrets.

/// Words that make a setting secret wherever they stand in its name.
const ANYWHERE: &[&str] = &[
    "token",
    "secret",
    "secrets",
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "apikey",
    "credential",
    "credentials",
    "authorization",
    "bearer",
    "dsn",
    "cookie",
    "pat",
    "webhook",
];

/// Words that make it secret at the end.
const AT_END: &[&str] = &["key", "auth", "pass"];

/// Last words that say that the setting only tells where a secret is, or is
/// about one.
const NOT_THE_VALUE: &[&str] = &[
    "file", "path", "dir", "name", "env", "var", "vars", "ref", "id", "ids", "url", "uri",
    "endpoint", "ttl", "timeout", "limit", "enabled", "type", "mode", "provider", "helper",
    "count", "budget", "command", "source",
];

/// Whether a setting of this name holds a secret.
pub(crate) fn is_secret(name: &str) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|own| own == word);
    let Some(last) = words.last() else { return false };
    if NOT_THE_VALUE.contains(&last.as_str()) {
        // A webhook's address is its own password.
        return has("webhook") && matches!(last.as_str(), "url" | "uri");
    }
    ANYWHERE.iter().any(|word| has(word))
        || AT_END.contains(&last.as_str())
        || (has("connection") && has("string"))
        || has("connectionstring")
        || (has("kubeconfig") && (has("yaml") || has("json")))
}

/// Lower-case words of `API_KEY`, `apiKey`, `--api-key`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut previous_lower = false;
    for c in name.chars() {
        let breaks = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && previous_lower);
        if breaks {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        previous_lower = c.is_ascii_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether text has the characters of a variable's name, perhaps with a source
/// before it (`env:TOKEN`, `secrets.TOKEN`) or a `$` around it.
pub(super) fn is_plain_shape(text: &str) -> bool {
    text.len() <= 100 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_.:-${}/~ ".contains(c))
}
