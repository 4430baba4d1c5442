//! The one day that decides what has expired.

use anyhow::Context as _;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::exit::UsageError;

/// Today in UTC; `SOURCE_DATE_EPOCH` (seconds since 1970) pins it, so that the
/// same evidence gives the same bytes.
///
/// # Errors
/// When `SOURCE_DATE_EPOCH` is no number of seconds.
pub fn today() -> anyhow::Result<Date> {
    Ok(now()?.to_zoned(TimeZone::UTC).date())
}

/// Now; see [`today`].
///
/// # Errors
/// As [`today`].
pub fn now() -> anyhow::Result<Timestamp> {
    Ok(match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => {
            let seconds: i64 = text.trim().parse().map_err(|_| {
                UsageError(format!("SOURCE_DATE_EPOCH: `{text}` is no number of seconds"))
            })?;
            Timestamp::from_second(seconds)
                .context(UsageError("SOURCE_DATE_EPOCH is out of range".to_owned()))?
        }
        Err(_) => Timestamp::now(),
    })
}
