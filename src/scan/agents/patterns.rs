//! Secrets by their shape.

/// What a live collection writes in place of a secret, before its digest.
pub(super) const WITHHELD_PREFIX: &str = "gradus-withheld-";

/// Prefixes that vendors give their secrets, with the least length of the
/// whole and what it is.
const PREFIXES: &[(&str, usize, &str)] = &[
    (WITHHELD_PREFIX, 40, "secret that was not collected"),
    ("ghp_", 20, "GitHub token"),
    ("gho_", 20, "GitHub token"),
    ("ghu_", 20, "GitHub token"),
    ("ghs_", 20, "GitHub token"),
    ("ghr_", 20, "GitHub token"),
    ("github_pat_", 30, "GitHub token"),
    ("glpat-", 20, "GitLab token"),
    ("xoxb-", 20, "Slack token"),
    ("xoxp-", 20, "Slack token"),
    ("xoxa-", 20, "Slack token"),
    ("xapp-", 20, "Slack token"),
    ("sk-ant-", 20, "Anthropic API key"),
    ("sk-proj-", 20, "OpenAI API key"),
    ("sk-", 20, "API key"),
    ("sk_live_", 20, "Stripe key"),
    ("rk_live_", 20, "Stripe key"),
    ("AKIA", 20, "AWS access key"),
    ("ASIA", 20, "AWS access key"),
    ("AIza", 30, "Google API key"),
    ("ya29.", 20, "Google token"),
    ("glsa_", 20, "Grafana token"),
    ("glc_", 20, "Grafana token"),
    ("hvs.", 20, "Vault token"),
    ("dop_v1_", 20, "DigitalOcean token"),
    ("npm_", 30, "npm token"),
    ("pypi-", 30, "PyPI token"),
    ("SG.", 30, "SendGrid key"),
    ("ATATT", 30, "Atlassian token"),
    ("dapi", 34, "Databricks token"),
    ("lin_api_", 20, "Linear key"),
    ("hf_", 30, "Hugging Face token"),
    ("tvly-", 20, "Tavily key"),
    ("napi_", 30, "Neon key"),
    ("k8s-aws-v1.", 30, "EKS token"),
];

/// What the first recognisable secret in `text` is.
pub(super) fn find(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY") {
        return Some("private key");
    }
    text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c)).find_map(|piece| {
        if piece.starts_with("eyJ") && piece.len() >= 30 && piece.matches('.').count() == 2 {
            return Some("JSON web token");
        }
        let hit = PREFIXES.iter().find(|(prefix, least, _)| {
            piece.len() >= *least
                && piece.starts_with(prefix)
                && piece.bytes().skip(prefix.len()).any(|byte| byte.is_ascii_digit())
        });
        hit.map(|(_, _, what)| *what)
    })
}

/// Shortest run of letters and digits that is held for random.
const RUN: usize = 12;

/// Whether some part of `text` looks as if a machine had drawn it.
pub(super) fn is_random(text: &str) -> bool {
    is_uuid_in(text)
        || text.split(|c: char| !c.is_ascii_alphanumeric()).any(|run| {
            if run.len() < RUN {
                return false;
            }
            let digits = run.bytes().filter(u8::is_ascii_digit).count();
            let letters = run.len() - digits;
            let changes = run
                .as_bytes()
                .windows(2)
                .filter(|pair| match pair {
                    [a, b] => a.is_ascii_uppercase() != b.is_ascii_uppercase(),
                    _ => false,
                })
                .count();
            (digits > 0 && letters > 0) || digits == run.len() || changes * 5 >= run.len() * 2
        })
}

/// Whether a UUID stands in `text`.
fn is_uuid_in(text: &str) -> bool {
    let shape = [8, 4, 4, 4, 12];
    let pieces: Vec<&str> = text.split(|c: char| !c.is_ascii_hexdigit()).collect();
    text.contains('-')
        && pieces
            .windows(5)
            .any(|five| five.iter().zip(shape).all(|(piece, length)| piece.len() == length))
}

/// Whether a value only stands where a person is to write one.
pub(super) fn is_placeholder(text: &str) -> bool {
    let lower = text.trim().to_ascii_lowercase();
    lower.is_empty()
        || (lower.starts_with('<') && lower.ends_with('>'))
        || ["your-", "your_", "<your", "example", "placeholder", "replace", "changeme"]
            .iter()
            .any(|start| lower.starts_with(start))
        || ends_in_filler(&lower)
        || ["todo", "none", "null", "dummy", "redacted", "change-me"].contains(&lower.as_str())
}

/// Whether nothing but filler follows a short prefix: `sk-xxxx`, `ghp_***`. A
/// password may hold three of the same letter and is none for it.
fn ends_in_filler(lower: &str) -> bool {
    const LONGEST_PREFIX: usize = 8;
    ["xxx", "***", "..."].iter().filter_map(|filler| lower.find(filler)).min().is_some_and(|at| {
        at <= LONGEST_PREFIX
            && lower
                .chars()
                .skip(lower.get(..at).map_or(0, |start| start.chars().count()))
                .all(|c| matches!(c, 'x' | '*' | '.' | '-' | '_'))
    })
}
