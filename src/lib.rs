//! gradus tells how far an infrastructure agent *can* act alone, how far it
//! *does*, and how far it has *earned* to.
//!
//! Rooms stand in the order the data flows; a room imports only rooms below it
//! in this list (`tests/rooms.rs` enforces it):
//!
//! `cli` → `report` → `assess` → `workspace` / `scan` → `source` /
//! `privilege` → `rubric` → `model`. `docs/rooms.md` tells the whole walk.

pub mod assess;
pub mod cli;
pub mod model;
pub mod privilege;
pub mod report;
pub mod rubric;
pub mod scan;
pub mod source;
pub mod workspace;
