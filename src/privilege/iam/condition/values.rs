//! Values of conditions: numbers, dates, addresses, and text beside wildcards.

use std::{borrow::Cow, net::IpAddr};

use super::Certainty;

/// How two numbers or dates are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Reads what follows `numeric` or `date`, and whether it is negated.
    pub(super) fn read(text: &str) -> Option<(Self, bool)> {
        Some(match text {
            "equals" => (Self::Equal, false),
            "notequals" => (Self::Equal, true),
            "lessthan" => (Self::Less, false),
            "lessthanequals" => (Self::LessOrEqual, false),
            "greaterthan" => (Self::Greater, false),
            "greaterthanequals" => (Self::GreaterOrEqual, false),
            _ => return None,
        })
    }

    /// Whether `value` stands so to `wanted`; what is no number is not decided on.
    pub(super) fn compare(self, wanted: Option<f64>, value: Option<f64>) -> Certainty {
        let (Some(wanted), Some(value)) = (wanted, value) else { return Certainty::Depends };
        Certainty::of(match self {
            Self::Equal => value == wanted,
            Self::Less => value < wanted,
            Self::LessOrEqual => value <= wanted,
            Self::Greater => value > wanted,
            Self::GreaterOrEqual => value >= wanted,
        })
    }
}

/// The comparison of a time not before `start` with a wanted one.
pub(super) fn since(order: Order, wanted: &str, start: f64) -> Certainty {
    let Some(wanted) = moment(wanted) else { return Certainty::Depends };
    match order {
        Order::Equal | Order::LessOrEqual if wanted < start => Certainty::Never,
        Order::Less if wanted <= start => Certainty::Never,
        Order::Greater if wanted < start => Certainty::Always,
        Order::GreaterOrEqual if wanted <= start => Certainty::Always,
        _ => Certainty::Depends,
    }
}

/// A number as policies spell it: `10`, `-1`, `2.5`.
pub(super) fn number(text: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.');
    if text.bytes().all(plain) { text.parse().ok() } else { None }
}

/// A time in seconds since 1970: one of the ISO 8601 forms of the W3C, or those
/// seconds. Four digits may be either, so they are neither.
pub(super) fn moment(text: &str) -> Option<f64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return if text.len() == 4 { None } else { text.parse().ok() };
    }
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time.as_duration().as_secs_f64());
    }
    let day = match text.len() {
        7 => Cow::Owned(format!("{text}-01")),
        10 => Cow::Borrowed(text),
        _ => return None,
    };
    let day = day.parse::<jiff::civil::Date>().ok()?;
    let time = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(time.as_duration().as_secs_f64())
}

/// Whether an address is in a range (`10.0.0.0/8`, `2001:db8::/32`) or is the one
/// address that stands in its place.
pub(super) fn in_range(range: &str, address: &str) -> Certainty {
    let (base, length) = match range.split_once('/') {
        Some((base, length)) => (base, Some(length)),
        None => (range, None),
    };
    let (Ok(base), Ok(address)) = (base.parse::<IpAddr>(), address.parse::<IpAddr>()) else {
        return Certainty::Depends;
    };
    let (base, address, bits) = match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            (u128::from(u32::from(base)), u128::from(u32::from(address)), 32)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => (u128::from(base), u128::from(address), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return Certainty::Never,
    };
    let length = match length.map(str::parse::<u32>) {
        None => bits,
        Some(Ok(length)) if length <= bits => length,
        Some(_) => return Certainty::Depends,
    };
    let shift = bits - length;
    // A shift by all bits leaves nothing to compare.
    Certainty::of(base.checked_shr(shift).unwrap_or(0) == address.checked_shr(shift).unwrap_or(0))
}

/// Stand for `*` and `?` as plain characters; Unicode gives them no other use.
const STAR: char = '\u{FDD0}';
const MARK: char = '\u{FDD1}';

/// A text none of whose characters is a wildcard.
pub(super) fn shielded(text: &str) -> Cow<'_, str> {
    if text.contains(['*', '?']) {
        Cow::Owned(
            text.replace('*', STAR.encode_utf8(&mut [0; 4]))
                .replace('?', MARK.encode_utf8(&mut [0; 4])),
        )
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a text holds wildcards that stand for themselves.
pub(super) fn is_shielded(text: &str) -> bool {
    text.contains([STAR, MARK])
}
