//! Behaviour of the engine, by subject.

mod build;
mod capabilities;
mod catalogue;
mod closure;
mod default_roles;
mod matcher;
mod properties;
mod risks;
mod subjects;
mod traps;
mod versions;
