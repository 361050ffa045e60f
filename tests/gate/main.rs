//! The gate, situation by situation (`behaviour.md`): the real app against the simulated Telegram.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod arriving;
mod commands;
mod pressing;
mod regression;
mod restarting;
mod speaking;
mod stage;
