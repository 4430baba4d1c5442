//! Text in UTF-16 as UTF-8: what `>` of Windows PowerShell leaves of a log that a command
//! printed.
//!
//! Contract: what is no UTF-16 in it (half of a pair, an odd byte at the end) comes out as
//! bytes that are no UTF-8, so that its line is told as one that is no text. A mark at the
//! beginning does not come out.

use std::io::{self, ErrorKind, Read};

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// Bytes that tell the order.
pub(super) const HEAD: usize = 4;

/// The order of the units that a text begins with; none where it is no UTF-16. Without a
/// mark it is told by two characters of ASCII, of which each has a zero byte.
pub(super) fn order_of(head: &[u8]) -> Option<Order> {
    let ascii = |byte: u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    match *head {
        // That of UTF-32.
        [0xFF, 0xFE, 0, 0, ..] => None,
        [0xFF, 0xFE, ..] => Some(Order::Little),
        [0xFE, 0xFF, ..] => Some(Order::Big),
        [one, 0, next, 0, ..] if ascii(one) && ascii(next) => Some(Order::Little),
        [0, one, 0, next, ..] if ascii(one) && ascii(next) => Some(Order::Big),
        _ => None,
    }
}

/// The bytes of a stream, in UTF-8 where they are text in UTF-16.
pub(super) struct Utf8<R> {
    inner: R,
    text: Text,
}

/// What a stream was found to be.
enum Text {
    Unknown,
    /// Its own bytes, of which these were read already.
    Own(io::Cursor<Vec<u8>>),
    /// One whose own bytes were all handed out that were read already.
    Rest,
    Decoded(Decoder),
}

impl<R: Read> Utf8<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, text: Text::Unknown }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match &mut self.text {
                Text::Rest => return self.inner.read(buffer),
                Text::Own(head) => match head.read(buffer)? {
                    0 if !buffer.is_empty() => self.text = Text::Rest,
                    read => return Ok(read),
                },
                Text::Decoded(decoder) => return decoder.read(&mut self.inner, buffer),
                Text::Unknown => {
                    let mut head = Vec::with_capacity(HEAD);
                    match self.inner.by_ref().take(HEAD as u64).read_to_end(&mut head) {
                        Err(error) if head.is_empty() => return Err(error),
                        Ok(_) | Err(_) => {}
                    }
                    self.text = match order_of(&head) {
                        Some(order) => Text::Decoded(Decoder::new(order, head)),
                        None => Text::Own(io::Cursor::new(head)),
                    };
                }
            }
        }
    }
}

/// Decodes one stream.
struct Decoder {
    order: Order,
    /// Bytes that were read and not decoded.
    raw: Vec<u8>,
    /// Text that was decoded and not handed out, from a place on.
    text: Vec<u8>,
    given: usize,
    /// The first half of a pair.
    high: Option<u16>,
    begun: bool,
    ended: bool,
}

/// Bytes that are read at a time.
const ROOM: usize = 64 << 10;

impl Decoder {
    fn new(order: Order, raw: Vec<u8>) -> Self {
        let text = Vec::new();
        Self { order, raw, text, given: 0, high: None, begun: false, ended: false }
    }

    fn read(&mut self, inner: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended && !buffer.is_empty() {
            self.text.clear();
            self.given = 0;
            self.fill(inner)?;
        }
        let left = self.text.get(self.given..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(left) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }

    /// Decodes as much as one reading gives.
    fn fill(&mut self, inner: &mut dyn Read) -> io::Result<()> {
        let before = self.raw.len();
        self.raw.resize(before + ROOM, 0);
        let read = loop {
            match inner.read(self.raw.get_mut(before..).unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.raw.truncate(before + *read.as_ref().unwrap_or(&0));
        let ended = matches!(read, Ok(0));
        read?;
        let mut raw = std::mem::take(&mut self.raw);
        let (units, rest) = raw.as_chunks::<2>();
        for unit in units {
            self.unit(match self.order {
                Order::Little => u16::from_le_bytes(*unit),
                Order::Big => u16::from_be_bytes(*unit),
            });
        }
        let odd = rest.first().copied();
        raw.clear();
        raw.extend(odd);
        self.raw = raw;
        if ended {
            self.ended = true;
            self.alone();
            // Half a unit.
            self.text.extend(odd.map(|_| 0xFF));
        }
        Ok(())
    }

    fn unit(&mut self, unit: u16) {
        const MARK: u16 = 0xFEFF;
        if !std::mem::replace(&mut self.begun, true) && unit == MARK {
            return;
        }
        if let Some(high) = self.high
            && let Some(Ok(pair)) = char::decode_utf16([high, unit]).next()
            && (0xDC00..0xE000).contains(&unit)
        {
            self.high = None;
            return self.push(pair);
        }
        self.alone();
        match char::from_u32(unit.into()) {
            Some(character) => self.push(character),
            None => {
                self.high = Some(unit);
            }
        }
    }

    /// Writes half of a pair that has no other half as UTF-8 would write it, which is none.
    fn alone(&mut self) {
        let Some(half) = self.high.take() else { return };
        let [first, second] = half.to_be_bytes();
        let low = (first & 0x0F) << 2 | second >> 6;
        self.text.extend([0xE0 | first >> 4, 0x80 | low, 0x80 | second & 0x3F]);
    }

    fn push(&mut self, character: char) {
        self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads bytes that come few at a time.
    fn read(bytes: &[u8]) -> Vec<u8> {
        struct Few<'a>(&'a [u8]);
        impl Read for Few<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let few = buffer.len().min(3);
                self.0.read(&mut buffer[..few])
            }
        }
        let mut text = Vec::new();
        Utf8::new(Few(bytes)).read_to_end(&mut text).unwrap();
        text
    }

    fn units(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn text_in_either_order_and_with_or_without_a_mark_is_the_same_text() {
        let text = "{\"a\":\"é 漢 🦀\"}\r\n{}\n";
        for mark in ["", "\u{feff}"] {
            for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let coded = units(&format!("{mark}{text}"), bytes);
                assert!(order_of(&coded).is_some());
                assert_eq!(String::from_utf8(read(&coded)).unwrap(), text);
            }
        }
    }

    #[test]
    fn other_bytes_are_left_as_they_are() {
        for bytes in [
            b"".as_slice(),
            b"{",
            b"{}\n",
            "\u{feff}{}".as_bytes(),
            b"\xFF\xFE\0\0{\0\0\0",
            b"{\0\"a",
            b"\0\0\0\0\0\0",
            b"\x1f\x8b\x08\x00",
        ] {
            assert_eq!(read(bytes), bytes);
        }
    }

    #[test]
    fn what_is_no_utf_16_comes_out_as_no_utf_8_and_costs_nothing_else() {
        for broken in [&[0xD83E_u16][..], &[0xDD80], &[0xD83E, 0xD83E, 0xDD80]] {
            let mut coded = units("{}\n", u16::to_le_bytes);
            coded.extend(broken.iter().flat_map(|unit| unit.to_le_bytes()));
            coded.extend(units("\n{}", u16::to_le_bytes));
            let text = read(&coded);
            let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
            assert_eq!((lines.len(), lines[0], lines[2]), (3, &b"{}"[..], &b"{}"[..]));
            assert!(std::str::from_utf8(lines[1]).is_err(), "{:?}", lines[1]);
        }
        let mut odd = units("{}\n", u16::to_le_bytes);
        odd.push(b'x');
        assert_eq!(read(&odd), b"{}\n\xFF");
        let half = [units("{}", u16::to_le_bytes), vec![0x3E, 0xD8]].concat();
        assert!(String::from_utf8(read(&half)).is_err());
    }
}
