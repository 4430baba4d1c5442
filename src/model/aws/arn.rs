//! Parts of an ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`, of which the
//! last may hold further colons.

/// `aws`, `aws-cn`, `aws-us-gov`.
#[must_use]
pub fn partition_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(1)
}

/// The region, which is empty in the ARNs of global services.
#[must_use]
pub fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3)
}

/// The twelve digits in an ARN, if it has them (AWS-managed policies do not).
#[must_use]
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|text| is_account(text))
}

/// Whether a text is the number of an account: twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// What follows the account: `role/agents/sre-bot`, `function:clean:1`.
#[must_use]
pub fn resource_of(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)
}

/// The name without the path before it: `sre-bot` of `…:role/agents/sre-bot`.
#[must_use]
pub fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The role and the name of a session, `…:assumed-role/ROLE/SESSION`; none for what is
/// no session. The name is empty where it is not told.
#[must_use]
pub fn session_of(arn: &str) -> Option<(&str, &str)> {
    let (_, session) = arn.split_once(":assumed-role/")?;
    Some(session.split_once('/').unwrap_or((session, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: &str = "arn:aws-cn:iam::111122223333:role/agents/sre-bot";

    #[test]
    fn the_parts_of_a_role_are_told() {
        assert_eq!(partition_of(ROLE), Some("aws-cn"));
        assert_eq!(region_of(ROLE), Some(""));
        assert_eq!(account_of(ROLE), Some("111122223333"));
        assert_eq!(resource_of(ROLE), Some("role/agents/sre-bot"));
        assert_eq!(name_of(ROLE), "sre-bot");
        assert_eq!(session_of(ROLE), None);
    }

    #[test]
    fn a_session_names_its_role() {
        let session = "arn:aws:sts::111122223333:assumed-role/sre-bot/night";
        assert_eq!(session_of(session), Some(("sre-bot", "night")));
        let nameless = "arn:aws:sts::111122223333:assumed-role/sre-bot";
        assert_eq!(session_of(nameless), Some(("sre-bot", "")));
    }

    #[test]
    fn what_is_not_there_is_none() {
        assert_eq!(account_of("arn:aws:iam::aws:policy/ReadOnlyAccess"), None);
        assert_eq!(account_of("arn:aws:s3:::logs"), None);
        assert_eq!(resource_of("arn:aws:s3"), None);
        assert!(!is_account("11112222333x"));
        assert_eq!(name_of("sre-bot"), "sre-bot");
    }

    #[test]
    fn a_resource_keeps_its_own_colons() {
        let version = "arn:aws:lambda:eu-west-1:111122223333:function:clean:1";
        assert_eq!(resource_of(version), Some("function:clean:1"));
        assert_eq!(region_of(version), Some("eu-west-1"));
    }
}
