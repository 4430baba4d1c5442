//! What is known of context keys themselves, whatever the request.

use super::operator::Test;

/// Whether a comparison of `key` with `wanted` can hold for no value that the key
/// takes. `key` in lower case.
pub(super) fn never_holds(key: &str, test: Test, wanted: &str) -> bool {
    let is_boolean = wanted.eq_ignore_ascii_case("true") || wanted.eq_ignore_ascii_case("false");
    match test {
        Test::Bool if !is_boolean => true,
        // The value is a service such as `aws-mcp.amazonaws.com`, never a boolean.
        _ if key == "aws:calledviaawsmcp" => !wanted.contains(['.', '*', '?']),
        _ => false,
    }
}
