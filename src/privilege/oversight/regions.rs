//! Whether a call may have been for a change of AWS, by the regions that it names.
//!
//! A client asks one region, and says which among its arguments or by a setting that no log
//! shows. Services with one home for all regions are told of there (`homeless` in
//! `rubric/logs/oversight.yaml`), and what is called the same everywhere is found wherever it is.

use std::collections::BTreeSet;

use super::{calls::Call, targets::Fit};
use crate::{
    model::{activity::LoggedAction, aws::arn},
    rubric::oversight::OversightRules,
};

/// Whether a change was made in a region that the call names, where it names one.
pub(super) fn fit(
    call: &Call<'_>,
    row: &LoggedAction,
    region: Option<&str>,
    rules: &OversightRules,
) -> Fit {
    let told: BTreeSet<&str> = call.words().into_iter().filter_map(region_in).collect();
    let is_told = region.is_some_and(|region| told.contains(region));
    if told.is_empty() || is_told || region.is_none() || rules.is_homeless(&row.action) {
        return Fit::Yes;
    }
    // What is called the same everywhere is found wherever it is: buckets.
    let object = row.object.as_deref().filter(|object| object.starts_with("arn:"));
    let is_everywhere = object.is_some_and(|object| arn::region_of(object) == Some(""));
    if is_everywhere { Fit::Open } else { Fit::No }
}

/// The region of AWS that a word is, or in which the zone lies that it is.
fn region_in(word: &str) -> Option<&str> {
    let region = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let (place, number) = region.rsplit_once('-')?;
    let (continent, side) = (place.split('-').next()?, place.rsplit('-').next()?);
    let is_side = SIDES.iter().any(|known| side.strip_prefix(known).is_some_and(is_part_of_side));
    let is_one = continent.len() == 2
        && continent.bytes().all(|byte| byte.is_ascii_lowercase())
        && place.len() > continent.len()
        && (1..=2).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit());
    (is_one && is_side).then_some(region)
}

/// How the part of a region's name begins that tells where on its continent it lies.
const SIDES: [&str; 5] = ["north", "south", "east", "west", "central"];

fn is_part_of_side(rest: &str) -> bool {
    matches!(rest, "" | "east" | "west")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_told_from_a_name_that_ends_in_a_number() {
        for (word, region) in [
            ("eu-west-1", "eu-west-1"),
            ("ap-southeast-2", "ap-southeast-2"),
            ("us-gov-west-1", "us-gov-west-1"),
            ("us-east-1a", "us-east-1"),
        ] {
            assert_eq!(region_in(word), Some(region));
        }
        for word in
            ["db-web-1", "web-1", "eu-west", "eu-west-", "east-1", "ap-eastern-1", "é-west-1"]
        {
            assert_eq!(region_in(word), None, "{word}");
        }
    }
}
