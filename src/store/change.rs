//! What can be changed durably, in the domain's own words.
//!
//! A batch of changes is one transaction: all of it happens or none.

use crate::{
    clock::UnixMillis,
    gate::{
        action::{Action, Lane},
        policy::{Channel, Policy},
    },
    ids::{ChatId, MessageId, RowId, ThreadId, UpdateId, UserId},
};

/// One durable change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Every update up to and including this one has been dealt with.
    Watermark(UpdateId, UnixMillis),
    /// Adds an action to the outbox, due at once or later.
    Enqueue {
        /// What to do.
        action: Action,
        /// Not before this moment.
        due: UnixMillis,
    },
    /// Forgets outbox rows that are done. Ids that are gone already do not matter.
    Settle(Vec<RowId>),
    /// Puts rows off after a failed attempt.
    PutOff {
        /// The rows.
        rows: Vec<RowId>,
        /// Not before this moment.
        due: UnixMillis,
        /// How often they have been tried.
        attempt: u32,
    },
    /// Moves rows that Telegram refuses for good to the `buried` table, with the reason.
    Bury {
        /// The rows.
        rows: Vec<RowId>,
        /// Telegram's words, without secrets.
        reason: String,
        /// When.
        at: UnixMillis,
    },
    /// Lists somebody in the ledger as held by us; a repeated hold keeps `since` and the prompt
    /// time, and takes over name, language, thread and missing channels.
    Hold(HoldRow),
    /// Somebody is no longer held by us; counts them as admitted that day if `admitted`.
    Release {
        /// Where.
        chat: ChatId,
        /// Who.
        user: UserId,
        /// Whether they were let in (and not only forgotten).
        admitted: bool,
        /// When.
        at: UnixMillis,
    },
    /// Remembers that these held people have been named in a prompt.
    Named {
        /// Where.
        chat: ChatId,
        /// Who.
        users: Vec<UserId>,
        /// When.
        at: UnixMillis,
    },
    /// The prompt of a topic as it now stands in the group (replaces what was remembered).
    PromptShown(PromptRow),
    /// This message is gone; if it was a prompt, its topic has none any more.
    PromptGone {
        /// Where.
        chat: ChatId,
        /// The message that was removed.
        message: MessageId,
    },
    /// Inserts or updates a supergroup: title, owner, enabled. Policy is kept.
    Chat {
        /// The supergroup.
        chat: ChatId,
        /// Its title.
        title: String,
        /// Who set it up; an existing owner is kept.
        owner: UserId,
        /// Whether the gate acts here.
        enabled: bool,
        /// When.
        at: UnixMillis,
    },
    /// Replaces a supergroup's policy.
    Policy(ChatId, Policy),
    /// Replaces the rights the bot lacks in a supergroup.
    Lacking(ChatId, Vec<String>),
    /// Replaces the known administrators of a supergroup.
    Admins(ChatId, Vec<UserId>),
    /// Inserts or updates a channel and links it to a supergroup.
    Link {
        /// The supergroup.
        chat: ChatId,
        /// The channel.
        channel: Channel,
        /// Who linked it.
        by: UserId,
        /// When.
        at: UnixMillis,
    },
    /// Removes the link between a supergroup and a channel.
    Unlink {
        /// The supergroup.
        chat: ChatId,
        /// The channel.
        channel: ChatId,
    },
    /// A group's id has changed: every row of the old id becomes one of the new, outbox included.
    Migrate {
        /// The old id.
        from: ChatId,
        /// The new id.
        to: ChatId,
    },
    /// Remembers what is known of memberships, and who has been seen where.
    Members(Vec<MemberRow>),
    /// Tells an owner something once: enqueues the action only if this notice is not standing.
    Notice {
        /// The chat (group or channel) the notice is about.
        chat: ChatId,
        /// Which notice, e.g. `lookup:-1001` (at most 64 characters).
        kind: String,
        /// What to say.
        action: Action,
        /// When.
        at: UnixMillis,
    },
    /// The cause of a notice is gone; it may be given again when it comes back.
    NoticeOver {
        /// The chat the notice was about.
        chat: ChatId,
        /// Which notice.
        kind: String,
    },
    /// Remembers an owner (somebody who talks to the bot) and their language.
    Owner {
        /// Who.
        user: UserId,
        /// Their name.
        name: String,
        /// The language of their app.
        language: Option<String>,
        /// When.
        at: UnixMillis,
    },
}

/// A row of the ledger: somebody held by us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    /// Where.
    pub chat: ChatId,
    /// Who.
    pub user: UserId,
    /// Their name, unescaped.
    pub name: String,
    /// The language of their app, if known.
    pub language: Option<String>,
    /// The topic they are prompted in.
    pub thread: Option<ThreadId>,
    /// The required channels they had not joined; empty where it could not be learnt.
    pub missing: Vec<ChatId>,
    /// Whether we restricted them (mode `hold`), or only prompt them (mode `soft`).
    pub restricted: bool,
    /// Since when.
    pub since: UnixMillis,
    /// When a prompt last named them.
    pub named: Option<UnixMillis>,
}

/// A prompt as it stands in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptRow {
    /// Where.
    pub chat: ChatId,
    /// The topic.
    pub thread: Option<ThreadId>,
    /// The message.
    pub message: MessageId,
    /// When it was sent (not edited).
    pub sent: UnixMillis,
    /// A hash of what it shows, so that nothing is edited to the same.
    pub shown: u64,
}

/// What was last known of somebody in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberRow {
    /// A required channel or a supergroup.
    pub chat: ChatId,
    /// Who.
    pub user: UserId,
    /// Whether they are in it; for supergroups `true` means "seen there".
    pub joined: bool,
    /// When this was learnt.
    pub at: UnixMillis,
}

/// A row of the outbox, as committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id; grows in commit order.
    pub id: RowId,
    /// Its lane.
    pub lane: Lane,
    /// What to do.
    pub action: Action,
    /// Not before this moment.
    pub due: UnixMillis,
    /// How often it has been tried.
    pub attempt: u32,
    /// When it was enqueued; latencies are counted from here.
    pub enqueued: UnixMillis,
}
