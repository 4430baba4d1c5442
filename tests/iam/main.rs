//! AWS evidence from the file to the capability: dumps are read by the scanner
//! and judged by the engine, with the rules that gradus ships.

mod account;
mod contain;
mod decisions;
mod doors;
mod dump;
mod effects;
mod examples;
mod guardrails;
mod hostile;
mod organization;
mod properties;
mod reaches;
mod rightsize;
