//! The decision: what an event means under an owner's policy.
//!
//! **Invariant:** pure. No I/O, no clock, no lock, no log, no `Result`; what can go wrong is an
//! input value. Imports nothing but `ids` and the types of `clock`.

pub mod action;
pub mod decide;
pub mod event;
pub mod policy;
pub mod prompt;
pub mod retry;
