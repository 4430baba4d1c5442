//! Behaviour of the engine, by subject.

mod build;
mod capabilities;
mod catalogue;
mod closure;
mod default_roles;
mod escalation;
mod matcher;
mod paths;
mod properties;
mod risks;
mod subjects;
mod touch;
mod traps;
mod versions;
