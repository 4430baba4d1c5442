//! Rights that no request can use: an action on resources that it does not work on
//! (`ec2:DescribeInstances` on one ARN, `s3:DeleteBucket` on objects). They are no
//! rights, whatever the statement says.

use crate::rubric::aws::KnownAction;

use super::extent::Extent;

/// Whether some request may be for that action on one of these resources.
pub(super) fn is_usable(action: &KnownAction, resources: &[Extent]) -> bool {
    resources.iter().any(|extent| extent.all.iter().all(|pattern| action.may_act_on(pattern)))
}
