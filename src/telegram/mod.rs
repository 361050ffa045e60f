//! The Bot API: what Telegram says as events, and what the gate wants as calls.
//!
//! The only home of Bot API JSON and of its HTTP client. Nothing here decides, waits for a turn
//! or tries again: limits and retries belong to whoever calls.

pub mod client;
pub mod decode;
pub mod encode;
pub mod error;
pub mod info;
pub mod method;
pub mod token;

mod answer;
mod meaning;
mod message;
mod payload;
mod refusal;
mod split;
mod text;
mod transport;
mod wire;

pub use self::{
    client::{Client, CommandScope},
    decode::{ALLOWED_UPDATES, DecodeError, Decoded, Incoming, decode_update, decode_updates},
    error::{TelegramError, Transient},
    info::{Admin, ChatInfo, ChatKind, Me, WebhookInfo},
    method::Method,
    payload::{Button, ChatRef, Outgoing},
    token::{Token, TokenError},
    transport::{ClientError, Timeouts},
};
