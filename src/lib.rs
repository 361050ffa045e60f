//! Gatehouse stands at the gate of Telegram supergroups.

pub mod app;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
pub mod delivery;
pub mod directory;
pub mod dispatch;
pub mod gate;
pub mod health;
pub mod http;
pub mod ids;
pub mod intake;
pub mod ledger;
pub mod limits;
pub mod logging;
pub mod membership;
pub mod outbox;
pub mod owner;
pub mod shutdown;
pub mod sim;
pub mod stats;
pub mod store;
pub mod telegram;
pub mod texts;
