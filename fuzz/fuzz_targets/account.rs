//! Whatever a file of an account holds, every entry of it ends as an item or as a gap.
#![no_main]

use gradus::{
    scan::aws::{self, eks::EksBuilder},
    source::limits::Limits,
};
use gradus_fuzz::{documents, file};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (path, bytes) = file(input);
    let mut clusters = EksBuilder::default();
    for document in documents(&path, bytes) {
        let policy = aws::read_policy(&document, "fuzz");
        assert_eq!(policy, aws::read_policy(&document, "fuzz"));
        let _ = (aws::summary(&document), aws::tells_of_account(&document));
        if aws::recognise(&document) {
            let details = aws::read(&document);
            assert_eq!(details.snapshot, aws::read(&document).snapshot);
            assert!(details.malformed == 0 || !details.gaps.is_empty());
        }
        if aws::eks::recognise(&document) {
            let _ = clusters.accept(&document);
        }
    }
    let _ = clusters.finish();
    let snapshot = aws::snapshot::read(&path, Ok(bytes), &Limits::default());
    assert_eq!(snapshot.account, aws::snapshot::read(&path, Ok(bytes), &Limits::default()).account);
});
