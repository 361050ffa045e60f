//! The gate, situation by situation (`behaviour.md`): the real app against the simulated Telegram.

mod arriving;
mod commands;
mod pressing;
mod restarting;
mod speaking;
mod stage;
