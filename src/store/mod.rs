//! Everything durable, and the only SQL.

pub mod change;
