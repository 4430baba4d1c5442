//! Where one plane leads into the other: as whom an AWS principal is known in a
//! cluster, which roles a ServiceAccount may act as, and how paths go on there.
//!
//! Nothing here judges rights: each plane's engine does. A way only says who an
//! identity is over there, by which entry or trust policy, and where that stands.

mod allowed;
mod aws_auth;
mod caller;
mod entries;
mod given;
mod join;
mod known;
mod logged;
mod mapping;
mod nodes;
mod onward;
mod roles;
mod users;
mod way;

#[cfg(test)]
mod tests;

pub use allowed::allowed;
pub use entries::lets_itself_in;
pub use given::give;
pub use join::{ClusterName, entered_elsewhere, given_elsewhere, join};
pub use known::{Known, KnownAs, known_as};
pub use logged::{is_logged_as, set_apart};
pub use mapping::{Mapping, mappings};
pub use nodes::{Nodes, node_paths, nodes_of, shells_on_nodes};
pub use onward::{Beyond, onward};
pub use roles::{Account, Broken, Givers, RoleOf, Roles};
pub use users::{User, users_of};
pub use way::{Way, both};
