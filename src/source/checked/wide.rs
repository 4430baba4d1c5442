//! Looking at many bytes at once: the only file of the crate with `unsafe` code.
//!
//! Two questions are asked of bytes, [`Wide::text`] and [`Wide::structure`]; their
//! answers are masks with a bit for each byte, lowest first. Everything that is
//! concluded from masks is safe code elsewhere, the same for every processor, and
//! [`Portable`] gives the same answers without any instruction of its own.
//!
//! What makes the `unsafe` sound: a value of [`Avx2`] or [`Avx512`] is made only after
//! the processor was asked, so that having one proves that its instructions exist; and
//! bytes are loaded from references to arrays of exactly the length of the load.

#![cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "instructions of the processor, behind a proof that it has them")
)]

/// What stands where in text of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TextMarks {
    /// Quotes, backslashes and control bytes.
    pub stops: u32,
    /// Bytes that are not ASCII.
    pub high: u32,
}

/// What stands where in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Structure {
    /// `"`, escaped or not.
    pub quote: u64,
    /// `\`.
    pub backslash: u64,
    /// Bytes below a space, a newline among them.
    pub control: u64,
    /// Bytes that are not ASCII.
    pub high: u64,
    /// `{` and `[`.
    pub open: u64,
    /// `}` and `]`.
    pub close: u64,
    /// `,`.
    pub comma: u64,
    /// `:`.
    pub colon: u64,
    /// Of brackets, those that are braces; of other bytes, anything.
    pub brace: u64,
}

/// A way to look at many bytes at once.
///
/// Code that is generic over it is compiled for each, with the instructions of each,
/// where all of it down to these methods is `#[inline(always)]`.
pub trait Wide: Copy + Send + Sync + private::Marks {
    /// Runs a task as code that uses the instructions of this way.
    fn run<T: Task>(self, task: T) -> T::Output;
}

/// Work that looks at many bytes at once.
pub trait Task {
    /// What comes of it.
    type Output;

    /// The work; to be `#[inline(always)]`.
    fn run<W: Wide>(self, wide: W) -> Self::Output;
}

/// Does the work in the widest way that this processor has.
pub fn widest<T: Task>(task: T) -> T::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if let Some(wide) = Avx512::detect() {
            return wide.run(task);
        }
        if let Some(wide) = Avx2::detect() {
            return wide.run(task);
        }
    }
    Portable.run(task)
}

mod private {
    use super::{Structure, TextMarks};

    /// The questions; not to be asked outside of this folder.
    pub trait Marks {
        /// What stands where in text.
        fn text(self, chunk: &[u8; 32]) -> TextMarks;
        /// What stands where in a value.
        fn structure(self, chunk: &[u8; 64]) -> Structure;
    }
}
use private::Marks;

/// Eight bytes at a time in a register of any processor.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

impl Wide for Portable {
    #[inline]
    fn run<T: Task>(self, task: T) -> T::Output {
        task.run(self)
    }
}

const LOW_SEVEN: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const EACH: u64 = 0x0101_0101_0101_0101;

/// One bit for each byte, from the highest bit of each.
#[inline(always)]
fn gather(word: u64) -> u64 {
    ((word & !LOW_SEVEN) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Bytes that are `byte`, at their highest bit.
#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ (EACH * u64::from(byte));
    !(((difference & LOW_SEVEN) + LOW_SEVEN) | difference | LOW_SEVEN)
}

/// Bytes below a space, at their highest bit.
#[inline(always)]
fn below_space(word: u64) -> u64 {
    !(((word & LOW_SEVEN) + (EACH * (0x80 - 0x20))) | word | LOW_SEVEN)
}

impl Marks for Portable {
    #[inline(always)]
    fn text(self, chunk: &[u8; 32]) -> TextMarks {
        let mut marks = TextMarks::default();
        let (words, _) = chunk.as_chunks::<8>();
        for (word, shift) in words.iter().zip((0..32).step_by(8)) {
            let word = u64::from_le_bytes(*word);
            let stops = equal(word, b'"') | equal(word, b'\\') | below_space(word);
            marks.stops |= (gather(stops) as u32) << shift;
            marks.high |= (gather(word) as u32) << shift;
        }
        marks
    }

    #[inline(always)]
    fn structure(self, chunk: &[u8; 64]) -> Structure {
        let mut marks = Structure::default();
        let (words, _) = chunk.as_chunks::<8>();
        for (word, shift) in words.iter().zip((0..64).step_by(8)) {
            let word = u64::from_le_bytes(*word);
            let folded = word | (EACH * 0x20);
            marks.quote |= gather(equal(word, b'"')) << shift;
            marks.backslash |= gather(equal(word, b'\\')) << shift;
            marks.control |= gather(below_space(word)) << shift;
            marks.high |= gather(word) << shift;
            marks.open |= gather(equal(folded, b'{')) << shift;
            marks.close |= gather(equal(folded, b'}')) << shift;
            marks.comma |= gather(equal(word, b',')) << shift;
            marks.colon |= gather(equal(word, b':')) << shift;
            marks.brace |= gather(word << 2) << shift;
        }
        marks
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::{Marks, Structure, Task, TextMarks, Wide};

    /// Thirty-two bytes at a time; proof that the processor can.
    #[derive(Debug, Clone, Copy)]
    pub struct Avx2(());

    impl Avx2 {
        /// None where the processor cannot.
        #[inline]
        pub fn detect() -> Option<Self> {
            (is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2")
                && is_x86_feature_detected!("lzcnt")
                && is_x86_feature_detected!("popcnt"))
            .then_some(Self(()))
        }
    }

    /// Sixty-four bytes at a time; proof that the processor can.
    #[derive(Debug, Clone, Copy)]
    pub struct Avx512(());

    impl Avx512 {
        /// None where the processor cannot.
        #[inline]
        pub fn detect() -> Option<Self> {
            (Avx2::detect().is_some()
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl"))
            .then_some(Self(()))
        }
    }

    impl Wide for Avx2 {
        #[inline]
        fn run<T: Task>(self, task: T) -> T::Output {
            #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn with<T: Task>(wide: Avx2, task: T) -> T::Output {
                task.run(wide)
            }
            // SAFETY: `self` proves the features.
            unsafe { with(self, task) }
        }
    }

    impl Wide for Avx512 {
        #[inline]
        fn run<T: Task>(self, task: T) -> T::Output {
            #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2,bmi1,bmi2,lzcnt,popcnt")]
            fn with<T: Task>(wide: Avx512, task: T) -> T::Output {
                task.run(wide)
            }
            // SAFETY: `self` proves the features.
            unsafe { with(self, task) }
        }
    }

    impl Marks for Avx2 {
        #[inline(always)]
        fn text(self, chunk: &[u8; 32]) -> TextMarks {
            // SAFETY: `self` proves the features.
            unsafe { text_avx2(chunk) }
        }

        #[inline(always)]
        fn structure(self, chunk: &[u8; 64]) -> Structure {
            // SAFETY: `self` proves the features.
            unsafe { structure_avx2(chunk) }
        }
    }

    impl Marks for Avx512 {
        #[inline(always)]
        fn text(self, chunk: &[u8; 32]) -> TextMarks {
            // SAFETY: `self` proves the features.
            unsafe { text_avx512(chunk) }
        }

        #[inline(always)]
        fn structure(self, chunk: &[u8; 64]) -> Structure {
            // SAFETY: `self` proves the features.
            unsafe { structure_avx512(chunk) }
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn text_avx2(chunk: &[u8; 32]) -> TextMarks {
        // SAFETY: the reference is to 32 bytes; the load needs no alignment.
        let bytes = unsafe { _mm256_loadu_si256(chunk.as_ptr().cast()) };
        let stops = _mm256_or_si256(
            _mm256_or_si256(
                _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"'.cast_signed())),
                _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\'.cast_signed())),
            ),
            _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes),
        );
        TextMarks {
            stops: _mm256_movemask_epi8(stops).cast_unsigned(),
            high: _mm256_movemask_epi8(bytes).cast_unsigned(),
        }
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn structure_avx2(chunk: &[u8; 64]) -> Structure {
        let at = chunk.as_ptr();
        // SAFETY: the reference is to 64 bytes; the loads need no alignment.
        let (low, high) =
            unsafe { (_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(32).cast())) };
        let mask = |low: __m256i, high: __m256i| {
            u64::from(_mm256_movemask_epi8(low).cast_unsigned())
                | u64::from(_mm256_movemask_epi8(high).cast_unsigned()) << 32
        };
        let equal = |low: __m256i, high: __m256i, byte: u8| {
            let byte = _mm256_set1_epi8(byte.cast_signed());
            mask(_mm256_cmpeq_epi8(low, byte), _mm256_cmpeq_epi8(high, byte))
        };
        let control = |bytes: __m256i| {
            _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes)
        };
        let fold = |bytes: __m256i| _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
        let (folded_low, folded_high) = (fold(low), fold(high));
        Structure {
            quote: equal(low, high, b'"'),
            backslash: equal(low, high, b'\\'),
            control: mask(control(low), control(high)),
            high: mask(low, high),
            open: equal(folded_low, folded_high, b'{'),
            close: equal(folded_low, folded_high, b'}'),
            comma: equal(low, high, b','),
            colon: equal(low, high, b':'),
            brace: mask(_mm256_slli_epi16::<2>(low), _mm256_slli_epi16::<2>(high)),
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2")]
    fn text_avx512(chunk: &[u8; 32]) -> TextMarks {
        // SAFETY: the reference is to 32 bytes; the load needs no alignment.
        let bytes = unsafe { _mm256_loadu_si256(chunk.as_ptr().cast()) };
        let stops = _mm256_cmpeq_epi8_mask(bytes, _mm256_set1_epi8(b'"'.cast_signed()))
            | _mm256_cmpeq_epi8_mask(bytes, _mm256_set1_epi8(b'\\'.cast_signed()))
            | _mm256_cmplt_epu8_mask(bytes, _mm256_set1_epi8(0x20));
        TextMarks { stops, high: _mm256_movepi8_mask(bytes) }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2")]
    fn structure_avx512(chunk: &[u8; 64]) -> Structure {
        // SAFETY: the reference is to 64 bytes; the load needs no alignment.
        let bytes = unsafe { _mm512_loadu_si512(chunk.as_ptr().cast()) };
        let equal = |bytes: __m512i, byte: u8| {
            _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
        };
        let folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
        Structure {
            quote: equal(bytes, b'"'),
            backslash: equal(bytes, b'\\'),
            control: _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
            high: _mm512_movepi8_mask(bytes),
            open: equal(folded, b'{'),
            close: equal(folded, b'}'),
            comma: equal(bytes, b','),
            colon: equal(bytes, b':'),
            brace: _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What each mask is to hold, byte by byte.
    fn plain(chunk: &[u8; 64]) -> Structure {
        let mask = |is: fn(u8) -> bool| {
            chunk.iter().enumerate().fold(0, |mask, (at, &byte)| mask | u64::from(is(byte)) << at)
        };
        Structure {
            quote: mask(|byte| byte == b'"'),
            backslash: mask(|byte| byte == b'\\'),
            control: mask(|byte| byte < b' '),
            high: mask(|byte| byte >= 0x80),
            open: mask(|byte| byte == b'{' || byte == b'['),
            close: mask(|byte| byte == b'}' || byte == b']'),
            comma: mask(|byte| byte == b','),
            colon: mask(|byte| byte == b':'),
            brace: mask(|byte| byte & 0x20 != 0),
        }
    }

    fn check<W: Wide>(wide: W, chunk: &[u8; 64]) {
        let expected = plain(chunk);
        assert_eq!(wide.structure(chunk), expected);
        let half: [u8; 32] = chunk[..32].try_into().unwrap();
        let stops = expected.quote | expected.backslash | expected.control;
        assert_eq!(wide.text(&half), TextMarks { stops: stops as u32, high: expected.high as u32 });
    }

    fn check_all(chunk: &[u8; 64]) {
        check(Portable, chunk);
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(wide) = Avx2::detect() {
                check(wide, chunk);
            }
            if let Some(wide) = Avx512::detect() {
                check(wide, chunk);
            }
        }
    }

    #[test]
    fn every_byte_is_marked_alike_in_every_way_and_place() {
        for byte in 0..=u8::MAX {
            for at in [0, 1, 7, 8, 31, 32, 62, 63] {
                let mut chunk = [b'x'; 64];
                chunk[at] = byte;
                check_all(&chunk);
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_marked_alike_in_every_way(bytes in prop::collection::vec(any::<u8>(), 64)) {
            check_all(&bytes.try_into().unwrap());
        }
    }
}
