//! Gatehouse stands at the gate of Telegram supergroups.

pub mod cache;
pub mod clock;
pub mod directory;
pub mod gate;
pub mod health;
pub mod http;
pub mod ids;
pub mod ledger;
pub mod limits;
pub mod membership;
pub mod outbox;
pub mod stats;
pub mod store;
