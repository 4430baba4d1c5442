//! What rows of query services have in common.

/// A time as the log writes it, of one as SQL does (`2026-10-01 10:11:12.000`, in UTC).
pub(super) fn time(text: &str) -> String {
    match text.split_once(' ') {
        Some((date, clock)) if date.len() == 10 && clock.len() >= 8 => {
            let clock = clock.trim_end_matches(" UTC").trim_end_matches('Z');
            format!("{date}T{clock}Z")
        }
        _ => text.to_owned(),
    }
}
