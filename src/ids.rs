//! The identifiers of Telegram's things, each a type of its own.
//!
//! Telegram's ids use up to 52 significant bits (Bot API, "Chat" and "User"), so all are `i64`.
//! Nothing here knows what an id is used for.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Wraps the number Telegram (or the database) uses for it.
            #[must_use]
            pub const fn new(raw: i64) -> Self {
                Self(raw)
            }

            /// The number Telegram (and the database) uses for it.
            #[must_use]
            pub const fn get(self) -> i64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A person or a bot.
    UserId
);
id!(
    /// A group, supergroup, channel or private chat; negative except for private chats.
    ChatId
);
id!(
    /// A message, unique within its chat only.
    MessageId
);
id!(
    /// A forum topic (`message_thread_id`), unique within its supergroup only.
    ThreadId
);
id!(
    /// An update of `getUpdates`; grows by one from update to update.
    UpdateId
);
id!(
    /// A row of the outbox; grows in commit order and is never used twice.
    RowId
);

impl From<UserId> for ChatId {
    /// The private chat with a user has the user's id (Bot API, "Chat").
    fn from(user: UserId) -> Self {
        Self(user.get())
    }
}
