//! Text, values and times of log events, read with as little copying as the log allows.

use std::{borrow::Cow, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de::Visitor};
use serde_json::value::RawValue;

use crate::source::checked::Raw;

/// Text that is borrowed where it holds no escape.
///
/// A type of its own, because `Option<Cow<str>>` never borrows in serde.
#[derive(Debug, Clone)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'a> Text<'a> {
    /// The text of a string; none where its escapes are not text.
    pub(super) fn of(raw: Raw<'a>) -> Option<Self> {
        if raw.plain {
            return std::str::from_utf8(raw.bytes).ok().map(|text| Self(Cow::Borrowed(text)));
        }
        let quoted = [b"\"", raw.bytes, b"\""].concat();
        serde_json::from_slice(&quoted).ok().map(|text| Self(Cow::Owned(text)))
    }
}

/// A value as it stands in the text, which is known to be JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Bytes that were passed over as one value; none where they are not text.
    pub(super) fn of(checked: &'a [u8]) -> Option<Self> {
        std::str::from_utf8(checked).ok().map(Self)
    }

    pub(super) fn get(self) -> &'a str {
        self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&RawValue>::deserialize(deserializer).map(|raw| Self(raw.get()))
    }
}

/// Reads times that are mostly of the same minute as the one before.
#[derive(Debug, Clone, Default)]
pub(super) struct Clock {
    /// `2026-11-22T13:21:`
    minute: [u8; 17],
    /// When it began; none before the first.
    second: Option<i64>,
}

impl Clock {
    /// The time that a text says in the form that Go writes; none for other forms.
    #[inline]
    pub(super) fn time(&mut self, text: &[u8]) -> Option<Timestamp> {
        let (minute, rest) = text.split_first_chunk::<17>()?;
        let [tens @ b'0'..=b'5', ones @ b'0'..=b'9', fraction @ ..] = rest else { return None };
        let second = i64::from((tens - b'0') * 10 + (ones - b'0'));
        if *minute != self.minute || self.second.is_none() {
            let read = utc(std::str::from_utf8(text).ok()?)?;
            self.minute = *minute;
            // Before 1970 the parts of a second count backwards.
            self.second = (read.as_second() >= 0).then(|| read.as_second() - second);
            return Some(read);
        }
        let mut nanosecond = 0_i32;
        match fraction {
            [b'Z'] => {}
            [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
                for digit in digits {
                    if !digit.is_ascii_digit() {
                        return None;
                    }
                    nanosecond = nanosecond * 10 + i32::from(digit - b'0');
                }
                nanosecond *= PLACES.get(digits.len())?;
            }
            _ => return None,
        }
        Timestamp::new(self.second? + second, nanosecond).ok()
    }
}

/// What so many digits behind the point are to be multiplied by.
const PLACES: [i32; 10] =
    [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/// Reads the times of RFC 3339. The form that Go writes, in UTC with `Z`, is
/// read without a calendar library.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    utc(text).or_else(|| text.parse().ok())
}

fn utc(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.as_bytes().split_at_checked(19)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] =
        *date
    else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_i64, |sum, digit| {
            digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(&[y1, y2, y3, y4])?, number(&[m1, m2])?, number(&[d1, d2])?);
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    // Leap seconds and odd days are left to the library.
    if !(1..=12).contains(&month)
        || !(1..=28).contains(&day)
        || hour > 23
        || minute > 59
        || second > 59
    {
        return None;
    }
    let fraction = match rest.split_last()? {
        (b'Z', []) => 0,
        (b'Z', [b'.', digits @ ..]) if (1..=9).contains(&digits.len()) => {
            let places = 9 - u32::try_from(digits.len()).ok()?;
            i32::try_from(number(digits)? * 10_i64.pow(places)).ok()?
        }
        _ => return None,
    };
    // Days since 1970-01-01 of the proleptic Gregorian calendar, with the year
    // taken to begin in March, so that the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100
        + day_of_year
        - 719_468;
    Timestamp::new(days * 86_400 + hour * 3_600 + minute * 60 + second, fraction).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_reading_of_times_agrees_with_the_library() {
        for text in [
            "2026-11-22T13:21:26.041223Z",
            "1970-01-01T00:00:00Z",
            "2024-02-28T23:59:59.999999999Z",
            "2000-03-01T00:00:00.5Z",
            "1969-12-28T11:00:00.25Z",
            "0001-01-01T00:00:00Z",
        ] {
            assert_eq!(utc(text), text.parse().ok(), "{text}");
            assert!(utc(text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_clock_reads_what_it_reads_as_the_library_does() {
        let mut clock = Clock::default();
        for text in [
            "2026-11-22T13:21:26.041223Z",
            "2026-11-22T13:21:27Z",
            "2026-11-22T13:21:59.999999999Z",
            "2026-11-22T13:22:00.1Z",
            "1969-12-28T11:00:00.25Z",
            "1969-12-28T11:00:07.25Z",
            "2026-11-22T13:22:01.5Z",
        ] {
            assert_eq!(clock.time(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for text in [
            "2026-11-22T13:22:60Z",
            "2026-11-22T13:22:01.Z",
            "2026-11-22T13:22:01.1234567891Z",
            "2026-11-22T13:22:01.5",
            "2026-11-22T13:22:01.x5Z",
            "2026-13-22T13:22:01Z",
            "2026-11-22T13:22:0",
            "",
        ] {
            assert_eq!(clock.time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn what_the_quick_reading_leaves_alone_is_read_by_the_library() {
        for text in ["2024-02-29T00:00:00Z", "2026-11-22T13:21:26+01:00", "2026-12-31T23:59:60Z"] {
            assert_eq!(utc(text), None);
            assert!(timestamp(text).is_some(), "{text}");
        }
        for text in ["", "2026-11-22", "2026-13-22T13:21:26Z", "2026-11-22T13:21:26.Z", "soon"] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }
}
