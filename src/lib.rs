//! Gatehouse stands at the gate of Telegram supergroups.

pub mod clock;
pub mod gate;
pub mod ids;
pub mod store;
pub mod telegram;
