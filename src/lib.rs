//! Gatehouse stands at the gate of Telegram supergroups: whoever has not joined the channels an
//! owner names is held until they have.
//!
//! In reading order:
//!
//! 1. [`gate`]: the decision, pure: what an update means, what follows from it.
//! 2. [`dispatch`]: one batch of updates, from bytes to committed changes.
//! 3. [`core`], [`directory`], [`ledger`], [`membership`], [`cache`]: what decisions are made on.
//! 4. [`store`]: everything durable, and the only SQL.
//! 5. [`outbox`], [`limits`], [`delivery`]: what is to be done, when it may, and doing it.
//! 6. [`telegram`]: the Bot API. [`intake`]: how updates come in. [`owner`]: commands.
//! 7. [`app`]: starts and stops it all. [`cli`], [`config`], [`logging`], [`shutdown`]: around it.
//! 8. [`http`], [`health`], [`stats`]: what operators see. [`texts`]: what people read.
//! 9. [`sim`]: a small Telegram of our own, for the demo, the tests and the benches.

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
