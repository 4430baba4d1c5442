//! The words of the field as types. No I/O, and no other room is imported:
//! whoever reads this folder knows what gradus talks about.

pub mod agent;
pub mod capability;
pub mod coverage;
pub mod declaration;
pub mod effect;
pub mod evidence;
pub mod fact;
pub mod finding;
pub mod gate;
pub mod guardrail;
pub mod image;
pub mod level;
pub mod location;
pub mod path;
pub mod principal;
pub mod status;
pub mod text;

pub mod activity;
pub mod agent_config;
pub mod aws;
pub mod kubernetes;
