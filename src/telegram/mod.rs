//! The Bot API: what Telegram says as events, and what the gate wants as calls.
//!
//! The only home of Bot API JSON and of its HTTP client. Nothing here decides, waits for a turn
//! or tries again: limits and retries belong to whoever calls.

pub mod decode;
pub mod encode;
pub mod method;
pub mod token;

mod meaning;
mod message;
mod split;
mod text;
mod wire;

pub use self::{
    decode::{ALLOWED_UPDATES, DecodeError, Decoded, Incoming, decode_update, decode_updates},
    method::Method,
    token::{Token, TokenError},
};
