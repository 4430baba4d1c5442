//! What is passed over without a parser, serde_json takes, up to the same byte; and every
//! way to look at many bytes at once sees the same.
#![no_main]

use gradus::source::checked::{Cursor, Portable, Task, Wide, widest};
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

struct Whole<'a>(&'a [u8]);

impl Task for Whole<'_> {
    type Output = Option<(usize, bool)>;

    #[inline(always)]
    fn run<W: Wide>(self, wide: W) -> Self::Output {
        let mut cursor = Cursor::new(wide, self.0, 0);
        cursor.value()?;
        Some((cursor.at(), cursor.is_ascii()))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let found = widest(Whole(bytes));
    assert_eq!(Portable.run(Whole(bytes)), found);
    #[cfg(target_arch = "x86_64")]
    if let Some(wide) = gradus::source::checked::Avx2::detect() {
        assert_eq!(wide.run(Whole(bytes)), found);
    }
    let Some((end, ascii)) = found else { return };
    assert_eq!(bytes[..end].is_ascii(), ascii);
    if let Ok(text) = std::str::from_utf8(&bytes[..end]) {
        serde_json::from_str::<&RawValue>(text).expect("what was passed over is JSON");
    }
});
