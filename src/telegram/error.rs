//! What can go wrong with a call, sorted by what the caller can do about it.
//!
//! How Telegram's words are sorted is `refusal`'s business.

use std::time::Duration;

use crate::ids::ChatId;

/// Why a call did not do what was asked. Holds no URL and no token.
#[derive(Debug, thiserror::Error)]
pub enum TelegramError {
    /// Asked too often: the same must not be asked again before this has passed.
    #[error("too many requests: retry after {} s", .0.as_secs())]
    RetryAfter(Duration),
    /// The group has become a supergroup with this id; ask again there.
    #[error("the group is now supergroup {0}")]
    Migrated(ChatId),
    /// The chat cannot be reached: the bot is not in it, was removed or blocked, or it is no more.
    #[error("the chat cannot be reached: {description}")]
    Gone {
        /// Telegram's words.
        description: String,
    },
    /// The chat did answer, and does not know the person.
    #[error("the chat does not know this person")]
    NotMember,
    /// The bot lacks a right in the chat.
    #[error("the bot lacks a right: {description}")]
    LacksRight {
        /// Telegram's words.
        description: String,
    },
    /// The person administers the chat and cannot be restricted.
    #[error("the person is an administrator and cannot be restricted")]
    Admin,
    /// The message already shows exactly this.
    #[error("the message already shows this")]
    NotModified,
    /// The message, topic or callback query is no longer there to be acted on.
    #[error("no longer there: {description}")]
    NotFound {
        /// Telegram's words.
        description: String,
    },
    /// Somebody else receives this bot's updates: a webhook is set, or a second process polls.
    #[error("another receiver of this bot's updates: {description}")]
    Conflict {
        /// Telegram's words, which say which of the two it is.
        description: String,
    },
    /// Telegram does not know this token.
    #[error("Telegram does not know this bot token: ask @BotFather for the current one")]
    Unauthorized,
    /// Refused for good: the same call will be refused again.
    #[error("refused with {code}: {description}")]
    Rejected {
        /// `error_code`, or the HTTP status where there is none.
        code: i64,
        /// Telegram's words.
        description: String,
    },
    /// No answer that says anything: worth trying again later.
    #[error("no answer: {0}")]
    Transient(#[source] Transient),
}

impl TelegramError {
    /// Whether Telegram may have done what was asked although it did not say so.
    ///
    /// Only a call that never reached Telegram, or that Telegram refused in words, is certain not
    /// to have had an effect.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        matches!(self, Self::Transient(cause) if !matches!(cause, Transient::Connect(_)))
    }
}

impl From<Transient> for TelegramError {
    fn from(cause: Transient) -> Self {
        Self::Transient(cause)
    }
}

/// Why there was no answer that says anything.
#[derive(Debug, thiserror::Error)]
pub enum Transient {
    /// No connection; the call was not made.
    #[error("cannot connect")]
    Connect(#[source] reqwest::Error),
    /// The connection stood, but the time ran out.
    #[error("timed out")]
    Timeout(#[source] reqwest::Error),
    /// The connection broke before the answer was complete.
    #[error("the connection broke")]
    Broken(#[source] reqwest::Error),
    /// The answer is longer than any answer to this call can be.
    #[error("the answer exceeds {max} bytes")]
    TooLarge {
        /// The longest answer that is read.
        max: usize,
    },
    /// The answer is none of the Bot API's, or is cut off.
    #[error("status {status} with something that is no answer of the Bot API")]
    Garbage {
        /// The HTTP status.
        status: u16,
    },
    /// Telegram says that it is out of order.
    #[error("server error {code}: {description}")]
    Server {
        /// `error_code`, 500 and above.
        code: i64,
        /// Telegram's words.
        description: String,
    },
}

impl From<reqwest::Error> for Transient {
    /// Drops the URL, which holds the token.
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() {
            Self::Connect(error)
        } else if error.is_timeout() {
            Self::Timeout(error)
        } else {
            Self::Broken(error)
        }
    }
}
