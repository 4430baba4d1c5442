//! Whatever a script or a file of rules holds, what it starts and allows is read the same
//! each time.
#![no_main]

use gradus::scan::agents::read;
use gradus_fuzz::documents;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for path in ["ci/run.sh", "Dockerfile", ".codex/rules/default.rules", ".github/workflows/ci.yml"]
    {
        for document in documents(&path.into(), bytes) {
            assert_eq!(read(&document, path), read(&document, path));
        }
    }
});
