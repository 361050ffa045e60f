//! What becomes of a topic's prompt: sent, edited in place, moved down, removed, or left alone.
//!
//! The words of a prompt live in `texts`; whom it names is read from the ledger by `delivery`.

use std::time::Duration;

use crate::{clock::UnixMillis, ids::MessageId};

/// One person is the reason for a new prompt at most once in this time.
pub const NAMED_AGAIN_AFTER: Duration = Duration::from_secs(60 * 60);

/// A prompt older than this has scrolled away: a newcomer would look at an edit they cannot see,
/// so it is moved down by sending a new one and deleting the old.
pub const MOVED_DOWN_AFTER: Duration = Duration::from_secs(10 * 60);

/// A prompt that stands in the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The message.
    pub message: MessageId,
    /// When it was sent.
    pub sent: UnixMillis,
    /// The hash of what it shows.
    pub shown: u64,
}

/// What a prompt should show now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How many people are held in the topic.
    pub held: u64,
    /// Whether one of them has not been named within [`NAMED_AGAIN_AFTER`].
    pub unnamed: bool,
    /// The hash of what is to be shown.
    pub shown: u64,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing to do.
    Nothing,
    /// Send a prompt.
    Send,
    /// Edit this message.
    Edit(MessageId),
    /// Send a prompt, then delete this one.
    MoveDown(MessageId),
    /// Delete this message.
    Remove(MessageId),
}

/// Plans the least that makes a topic's prompt right.
#[must_use]
pub fn plan(standing: Option<Standing>, wanted: Wanted, now: UnixMillis) -> Plan {
    match standing {
        Some(prompt) if wanted.held == 0 => Plan::Remove(prompt.message),
        Some(prompt) if wanted.unnamed && now.since(prompt.sent) > MOVED_DOWN_AFTER => {
            Plan::MoveDown(prompt.message)
        }
        Some(prompt) if prompt.shown != wanted.shown => Plan::Edit(prompt.message),
        None if wanted.held > 0 && wanted.unnamed => Plan::Send,
        Some(_) | None => Plan::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_about_a_prompt() {
        let message = MessageId::new(5);
        let prompt = |age_minutes: i64| {
            Some(Standing {
                message,
                sent: UnixMillis::new(100_000_000 - age_minutes * 60_000),
                shown: 1,
            })
        };
        let wanted = |held, unnamed, shown| Wanted { held, unnamed, shown };
        let table = [
            ("first person held", None, wanted(1, true, 2), Plan::Send),
            ("held again within the hour", None, wanted(1, false, 2), Plan::Nothing),
            ("nobody held", None, wanted(0, false, 2), Plan::Nothing),
            ("another person held", prompt(1), wanted(2, true, 2), Plan::Edit(message)),
            ("somebody admitted", prompt(30), wanted(1, false, 2), Plan::Edit(message)),
            ("nothing has changed", prompt(1), wanted(1, true, 1), Plan::Nothing),
            ("repeated after a crash", prompt(30), wanted(1, false, 1), Plan::Nothing),
            ("scrolled away", prompt(11), wanted(2, true, 2), Plan::MoveDown(message)),
            ("last one admitted", prompt(1), wanted(0, false, 2), Plan::Remove(message)),
        ];
        for (rule, standing, wanted, expected) in table {
            assert_eq!(plan(standing, wanted, UnixMillis::new(100_000_000)), expected, "{rule}");
        }
    }
}
