//! What is known of context keys themselves, whatever the request.

use crate::rubric::aws::ConditionKeys;

use super::operator::Test;

/// Whether a comparison of `key` with `wanted` can hold for no value that the key
/// ever has, such as a key whose value is a service compared with `true`.
pub(super) fn never_holds(
    keys: Option<&ConditionKeys>,
    key: &str,
    test: Test,
    wanted: &str,
) -> bool {
    let is_boolean = wanted.eq_ignore_ascii_case("true") || wanted.eq_ignore_ascii_case("false");
    if test == Test::Bool && !is_boolean {
        return true;
    }
    keys.into_iter().flat_map(ConditionKeys::iter).any(|known| {
        // What looks like a service may be one that AWS has added since.
        !known.values.is_empty()
            && known.key.eq_ignore_ascii_case(key)
            && !wanted.contains('.')
            && !known.may_be(wanted)
    })
}
