//! Behaviour of the engine, by subject.

mod build;
mod capabilities;
mod catalogue;
mod closure;
mod escalation;
mod matcher;
mod properties;
mod risks;
mod touch;
mod traps;
