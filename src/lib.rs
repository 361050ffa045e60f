//! Gatehouse stands at the gate of Telegram supergroups.

pub mod cli;
pub mod clock;
pub mod config;
pub mod gate;
pub mod health;
pub mod http;
pub mod ids;
pub mod logging;
pub mod shutdown;
pub mod stats;
pub mod store;
