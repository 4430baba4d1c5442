//! What to do, in the only safe order: contain what is over-extended, prove
//! what is unknown, then climb one level. Never "level up to match".

pub mod climb;
pub mod contain;
pub mod prove;
