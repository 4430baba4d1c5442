//! Behaviour of the engine, by subject.

mod build;
mod capabilities;
mod catalogue;
mod closure;
mod matcher;
mod paths;
mod properties;
mod risks;
mod traps;
