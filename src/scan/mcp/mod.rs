//! Tool servers: what they answer when a person has them asked.
//!
//! [`live`] starts or calls servers that a person named, and nothing else ever does.
//! What comes of it is a [`snapshot`], a file in the workspace's own folder that holds
//! names, digests and claims and no text; later runs read it like any other evidence.
//! [`attach`] brings answers and configurations together.

mod attach;
mod entry;
#[cfg(feature = "mcp")]
pub mod live;
pub mod snapshot;

pub use attach::attach;
pub use entry::digest as entry_digest;

/// The folder of a workspace that keeps answers, relative to it.
pub const FOLDER: &str = ".gradus/mcp";
