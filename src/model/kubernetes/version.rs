//! Which Kubernetes a cluster runs.

use std::fmt;

/// `major.minor` of an API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerVersion {
    /// 1, so far.
    pub major: u16,
    /// 20, 33.
    pub minor: u16,
}

impl ServerVersion {
    /// Reads the first two numbers of a text such as `v1.33.4-eks-1a2b3c`,
    /// `1.20` or `1.31+`. A build that was given no version calls itself
    /// `v0.0.0-master`: that tells nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().trim_start_matches('v').splitn(3, '.');
        let major = numbers.next()?.parse().ok().filter(|&major| major > 0)?;
        let minor = numbers.next()?;
        let digits = minor.find(|c: char| !c.is_ascii_digit()).unwrap_or(minor.len());
        Some(Self { major, minor: minor.get(..digits)?.parse().ok()? })
    }
}

/// `1.33`.
impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_whatever_vendors_append() {
        let of = |major, minor| Some(ServerVersion { major, minor });
        assert_eq!(ServerVersion::parse("v1.33.4-eks-1a2b3c"), of(1, 33));
        assert_eq!(ServerVersion::parse("1.20"), of(1, 20));
        assert_eq!(ServerVersion::parse("1.31+"), of(1, 31));
        assert_eq!(ServerVersion::parse("1"), None);
        assert_eq!(ServerVersion::parse("v1.x"), None);
        assert_eq!(ServerVersion::parse(""), None);
    }

    #[test]
    fn a_build_without_a_version_has_none() {
        assert_eq!(ServerVersion::parse("v0.0.0-master+$Format:%h$"), None);
    }
}
