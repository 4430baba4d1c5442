//! What actions may work on: the resource types of a service, and whether a
//! pattern of a policy may name one.
//!
//! The answer is used to say that a statement has no effect, so it is `false`
//! only where that is certain. Regions and accounts do not decide: a request
//! names them, and the reference of AWS is not exact about them.

use std::sync::Arc;

use crate::model::aws::pattern;

/// A resource type of a service, by the ARNs of its resources.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ResourceType {
    /// The service in its ARNs.
    service: String,
    /// What follows the account, with `*` for each name.
    name: String,
    /// Whether no name of it holds a slash.
    without_slash: bool,
    /// Its ARNs in any partition, region and account.
    whole: String,
}

/// A pattern of a policy in the parts of an ARN, `*` where it has fewer.
struct Asked<'p> {
    whole: &'p str,
    service: &'p str,
    name: &'p str,
    has_slash: bool,
    /// Whether a wildcard before the service may stand for more than its own part.
    any_service: bool,
    /// Whether one between the service and the name may.
    any_home: bool,
}

impl<'p> Asked<'p> {
    fn of(whole: &'p str) -> Self {
        let mut parts = whole.splitn(6, ':');
        let mut part = || parts.next().unwrap_or("*");
        let (_, partition, service, region, account, name) =
            (part(), part(), part(), part(), part(), part());
        Self {
            whole,
            service,
            name,
            has_slash: whole.contains('/'),
            any_service: pattern::is_wild(partition) || pattern::is_wild(service),
            any_home: pattern::is_wild(region) || pattern::is_wild(account),
        }
    }
}

/// The resource types of one service; at most 128, which the generator sees to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ResourceTypes {
    types: Vec<ResourceType>,
    /// Whether the reference tells every shape that its ARNs have.
    exact: bool,
}

/// Services whose ARNs were compared with AWS's guides. Of others the reference
/// leaves shapes out: the older API of API Gateway and of load balancers, routes of
/// WebSockets, recovery points of backups, short ARNs of ECS. There only the service
/// of an ARN decides.
const EXACT: [&str; 9] =
    ["dynamodb", "ec2", "iam", "kms", "lambda", "s3", "secretsmanager", "sns", "sqs"];

/// Some of the resource types of one service, a bit for each.
pub(super) type TypeSet = u128;

/// What an action works on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Takes {
    types: Arc<ResourceTypes>,
    any: TypeSet,
}

/// What some patterns of a policy may name in one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    star: bool,
    types: TypeSet,
}

impl ResourceTypes {
    /// Reads `:instance/* acm:certificate/* :*!`, the resources of `prefix`.
    pub(super) fn read(prefix: &str, text: &str) -> Self {
        let one = |text: &str| {
            let (service, name) = text.split_once(':').unwrap_or(("*", "*"));
            let service = if service.is_empty() { prefix } else { service };
            let plain = name.strip_suffix('!');
            let name = plain.unwrap_or(name);
            ResourceType {
                service: service.to_owned(),
                name: name.to_owned(),
                without_slash: plain.is_some(),
                whole: format!("arn:*:{service}:*:*:{name}"),
            }
        };
        let types = text.split_ascii_whitespace().map(one).collect();
        Self { types, exact: EXACT.contains(&prefix) }
    }

    /// The services that their ARNs name.
    pub(super) fn services(&self) -> impl Iterator<Item = &str> {
        self.types.iter().map(|kind| kind.service.as_str())
    }

    /// What one pattern may name.
    pub(super) fn named(&self, pattern: &str) -> Named {
        if pattern == "*" {
            return Named::EVERYTHING;
        }
        let types = if pattern.starts_with('*') {
            TypeSet::MAX
        } else {
            let asked = Asked::of(pattern);
            let types = self.types.iter().enumerate();
            types
                .filter(|(_, kind)| kind.may_be(&asked, self.exact))
                .fold(0, |set, (place, _)| set | bit(place))
        };
        // An action without resources asks about the resource `*`.
        Named { star: pattern::matches(pattern, "*"), types }
    }
}

fn bit(place: usize) -> TypeSet {
    u32::try_from(place).ok().and_then(|place| 1_u128.checked_shl(place)).unwrap_or(TypeSet::MAX)
}

impl ResourceType {
    /// Whether a pattern may match the ARN of a resource of this type.
    fn may_be(&self, asked: &Asked<'_>, exact: bool) -> bool {
        if exact && self.without_slash && asked.has_slash {
            return false;
        }
        let whole = || pattern::overlaps(asked.whole, &self.whole);
        if asked.any_service {
            return !exact || whole();
        }
        // Many are asked, and of most the service is the wrong one.
        if asked.service != self.service
            && !(pattern::is_wild(&self.service) && pattern::overlaps(asked.service, &self.service))
        {
            return false;
        }
        if !exact {
            return true;
        }
        pattern::overlaps(asked.name, &self.name)
            || asked.any_home && self.name.contains(':') && whole()
    }
}

impl Takes {
    /// Reads `0+,3`: places in the list of types.
    pub(super) fn read(types: &Arc<ResourceTypes>, places: &str) -> Self {
        let places = places.split(',').filter_map(|place| place.trim_end_matches('+').parse().ok());
        Self { types: types.clone(), any: places.fold(0, |set, place: usize| set | bit(place)) }
    }

    pub(super) fn may_be(&self, pattern: &str) -> bool {
        if self.any == 0 {
            return pattern::matches(pattern, "*");
        }
        let own = |place: &usize| self.any & bit(*place) != 0;
        let asked = Asked::of(pattern);
        let mut types = self.types.types.iter().enumerate().filter(|(place, _)| own(place));
        pattern.starts_with('*') || types.any(|(_, kind)| kind.may_be(&asked, self.types.exact))
    }

    pub(super) fn may_be_named(&self, named: Named) -> bool {
        named.star || self.any & named.types != 0
    }
}

impl Named {
    /// Whatever there is.
    pub const EVERYTHING: Self = Self { star: true, types: TypeSet::MAX };
    /// Nothing.
    pub const NOTHING: Self = Self { star: false, types: 0 };

    /// What both may name.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { star: self.star && other.star, types: self.types & other.types }
    }

    /// What either may name.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { star: self.star || other.star, types: self.types | other.types }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(places: &str) -> Takes {
        let text = ":*! :*/* :accesspoint/* logs:log-group:*:log-stream:* lambda:function:*";
        Takes::read(&Arc::new(ResourceTypes::read("s3", text)), places)
    }

    #[test]
    fn objects_are_no_buckets() {
        assert!(takes("0").may_be("arn:aws:s3:::logs"));
        assert!(!takes("0").may_be("arn:aws:s3:::logs/*"));
        assert!(takes("1").may_be("arn:aws:s3:::logs/*"));
        assert!(takes("1").may_be("arn:aws:s3:::logs*"));
    }

    #[test]
    fn an_action_without_resources_works_on_the_star_alone() {
        assert!(takes("").may_be("*"));
        assert!(takes("").may_be("**"));
        assert!(!takes("").may_be("arn:aws:s3:::logs"));
        assert!(!takes("").may_be("arn:*"));
    }

    #[test]
    fn an_action_with_resources_works_on_the_star_too() {
        assert!(takes("4").may_be("*"));
        assert!(takes("4").may_be("arn:*"));
        assert!(takes("4").may_be("arn:aws:*"));
        assert!(takes("4").may_be("*:function:clean"));
    }

    #[test]
    fn another_service_or_type_is_none_of_its_own() {
        assert!(!takes("4").may_be("arn:aws:s3:::logs"));
        assert!(!takes("4").may_be("arn:aws:lambda:eu-west-1:111122223333:layer:base"));
        assert!(takes("4").may_be("arn:aws:lambda:eu-west-1:111122223333:function:clean:1"));
    }

    #[test]
    fn of_a_service_whose_shapes_are_not_all_known_only_the_service_decides() {
        let types = Arc::new(ResourceTypes::read("ecs", ":task/*/* :service/*/*"));
        let stop = Takes::read(&types, "0");
        assert!(stop.may_be("arn:aws:ecs:eu-west-1:111122223333:task/0123"));
        assert!(!stop.may_be("arn:aws:s3:::logs"));
    }

    #[test]
    fn regions_and_accounts_do_not_decide() {
        assert!(takes("4").may_be("arn:aws:lambda:::function:clean"));
        assert!(takes("4").may_be("arn:aws-cn:lambda:*:*:function:*"));
    }

    #[test]
    fn a_wildcard_may_stand_for_more_than_one_part() {
        assert!(takes("3").may_be("arn:aws:logs:*:log-stream:x"));
        assert!(takes("3").may_be("arn:aws:logs:*:*:log-stream:x"));
        assert!(takes("4").may_be("arn:aws:lambda:*"));
        assert!(takes("4").may_be("arn:aws:lambda:*:clean"));
        assert!(takes("4").may_be("arn:*:111122223333:*"));
        assert!(takes("0").may_be("arn:*:s3:::logs"));
    }
}
