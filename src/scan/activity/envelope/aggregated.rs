//! Records of Kinesis that the Kinesis Producer Library put together from several: a mark, a
//! message of protocol buffers, and its MD5 sum.
//!
//! <https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md>

use md5::{Digest as _, Md5};

/// What the record begins with.
const MARK: [u8; 4] = [0xF3, 0x89, 0x9A, 0xC2];
/// Bytes of the sum at its end.
const SUM: usize = 16;

/// The record is not what it says: cut, changed, or with members that nobody knows the
/// meaning of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

/// What the records hold that stand in one; none where bytes are no such record.
pub(super) fn records(bytes: &[u8]) -> Option<Result<Vec<&[u8]>, Damaged>> {
    let rest = bytes.strip_prefix(&MARK)?;
    Some(message(rest).ok_or(Damaged))
}

/// `AggregatedRecord`: keys of partitions, explicit hash keys, and records.
fn message(rest: &[u8]) -> Option<Vec<&[u8]>> {
    let (message, sum) = rest.split_at_checked(rest.len().checked_sub(SUM)?)?;
    if Md5::digest(message).as_slice() != sum {
        return None;
    }
    let (mut keys, mut hashes, mut records) = (0_u64, 0_u64, Vec::new());
    let mut fields = Fields(message);
    while let Some(field) = fields.next_field()? {
        match field {
            (1, Field::Bytes(_)) => keys += 1,
            (2, Field::Bytes(_)) => hashes += 1,
            (3, Field::Bytes(record)) => records.push(self::record(record)?),
            _ => return None,
        }
    }
    let known = |(_, key, hash): &(&[u8], u64, Option<u64>)| {
        *key < keys && hash.is_none_or(|hash| hash < hashes)
    };
    records.iter().all(known).then(|| records.into_iter().map(|(data, ..)| data).collect())
}

/// `Record`: its data, the number of its key, and that of its hash key.
fn record(bytes: &[u8]) -> Option<(&[u8], u64, Option<u64>)> {
    let (mut data, mut key, mut hash) = (None, None, None);
    let mut fields = Fields(bytes);
    while let Some(field) = fields.next_field()? {
        let again = match field {
            (1, Field::Number(number)) => key.replace(number).is_some(),
            (2, Field::Number(number)) => hash.replace(number).is_some(),
            (3, Field::Bytes(bytes)) => data.replace(bytes).is_some(),
            // Tags, which say nothing of what the record holds.
            (4, Field::Bytes(_)) => false,
            _ => return None,
        };
        if again {
            return None;
        }
    }
    Some((data?, key?, hash))
}

/// The members of a message, in their order.
struct Fields<'a>(&'a [u8]);

enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// The number of the next member and what it holds, none at the end; nothing where the
    /// message breaks the rules, or has a member of a type that no such message has.
    #[expect(clippy::option_option, reason = "an end is no damage")]
    fn next_field(&mut self) -> Option<Option<(u64, Field<'a>)>> {
        if self.0.is_empty() {
            return Some(None);
        }
        let tag = self.number()?;
        let field = match tag & 7 {
            0 => Field::Number(self.number()?),
            2 => {
                let length = usize::try_from(self.number()?).ok()?;
                let (bytes, rest) = self.0.split_at_checked(length)?;
                self.0 = rest;
                Field::Bytes(bytes)
            }
            _ => return None,
        };
        Some(Some((tag >> 3, field)))
    }

    /// A number in seven bits a byte, the lowest first.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for at in 0..10 {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7F).checked_shl(7 * at)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    fn whole(message: &[u8]) -> Vec<u8> {
        [&MARK[..], message, &Md5::digest(message)].concat()
    }

    /// Two records, of which the second has a hash key.
    fn message() -> Vec<u8> {
        [
            member(1, b"key"),
            member(2, b"1234"),
            member(3, &[&[8, 0][..], &member(3, b"one")].concat()),
            member(3, &[&[8, 0, 16, 0][..], &member(3, b"two"), &member(4, b"tag")].concat()),
        ]
        .concat()
    }

    #[test]
    fn records_that_were_put_together_are_taken_apart() {
        assert_eq!(records(&whole(&message())), Some(Ok(vec![&b"one"[..], b"two"])));
        assert_eq!(records(b"{\"kind\":\"Event\"}"), None);
        assert_eq!(records(&MARK[..3]), None);
    }

    #[test]
    fn whatever_is_cut_or_changed_is_damaged() {
        let whole_one = whole(&message());
        for cut in MARK.len()..whole_one.len() {
            assert_eq!(records(&whole_one[..cut]), Some(Err(Damaged)), "{cut}");
        }
        for at in MARK.len()..whole_one.len() {
            let mut bytes = whole_one.clone();
            bytes[at] ^= 1;
            assert_eq!(records(&bytes), Some(Err(Damaged)), "{at}");
        }
    }

    #[test]
    fn a_message_of_another_shape_is_damaged_though_its_sum_is_right() {
        let data = member(3, b"one");
        for message in [
            // No key of that number, no key, no data, data twice, another member.
            member(3, &[&[8, 0][..], &data].concat()),
            [member(1, b"key"), member(3, &data)].concat(),
            [member(1, b"key"), member(3, &[8, 0])].concat(),
            [member(1, b"key"), member(3, &[&[8, 0][..], &data, &data].concat())].concat(),
            [member(1, b"key"), member(5, b"x")].concat(),
            // A length beyond the end, and a number without one.
            vec![10, 127, 1],
            vec![0xFF; 12],
        ] {
            assert_eq!(records(&whole(&message)), Some(Err(Damaged)), "{message:?}");
        }
    }
}
