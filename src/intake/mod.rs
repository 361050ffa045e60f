//! How updates come in: today by long polling.

pub mod polling;
