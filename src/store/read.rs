//! What the rest of the program reads back: everything at start, and views of one chat.

use rusqlite::Connection;

use super::{
    change::{HoldRow, MemberRow, OutboxRow, PromptRow},
    chats, ledger, notes, outbox,
};
use crate::{
    clock::UnixMillis,
    gate::policy::Protection,
    ids::{ChatId, RowId, ThreadId, UpdateId},
};

/// Everything that is reloaded at start, as of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Supergroups with an owner, enabled or not; channels in the order they were linked.
    pub chats: Vec<Protection>,
    /// The whole ledger, in no particular order.
    pub holds: Vec<HoldRow>,
    /// What is still to be done, in order of id.
    pub outbox: Vec<OutboxRow>,
    /// What was last known of memberships, in no particular order.
    pub members: Vec<MemberRow>,
    /// The last update dealt with, and when; none in a new database.
    pub watermark: Option<(UpdateId, UnixMillis)>,
}

/// What a prompt has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptView {
    /// The prompt that stands in the topic, if one does.
    pub prompt: Option<PromptRow>,
    /// The people most recently held there, the newest first, at most [`NAMED_MAX`].
    pub held: Vec<HoldRow>,
    /// How many are held there altogether.
    pub total: u32,
}

/// How many people a prompt names; of more it tells only their number.
pub const NAMED_MAX: u32 = 5;

/// A supergroup's figures for its owner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChatStatus {
    /// People held now.
    pub held: u32,
    /// Held people let in since midnight UTC.
    pub admitted_today: u32,
    /// People newly held since midnight UTC.
    pub held_today: u32,
}

/// Reads everything, and which outbox rows this version does not understand, with why.
pub(super) fn load(db: &Connection) -> rusqlite::Result<(Loaded, Vec<(RowId, String)>)> {
    let moment = db.unchecked_transaction()?;
    let (outbox, strange) = outbox::contents(&moment)?;
    let loaded = Loaded {
        chats: chats::protections(&moment)?,
        holds: ledger::holds(&moment)?,
        outbox,
        members: notes::all_members(&moment)?,
        watermark: notes::last_watermark(&moment)?,
    };
    Ok((loaded, strange))
}

pub(super) fn prompt(
    db: &Connection,
    chat: ChatId,
    thread: Option<ThreadId>,
) -> rusqlite::Result<PromptView> {
    let moment = db.unchecked_transaction()?;
    Ok(PromptView {
        prompt: ledger::prompt(&moment, chat, thread)?,
        held: ledger::newest(&moment, chat, thread, NAMED_MAX)?,
        total: ledger::held_in_topic(&moment, chat, thread)?,
    })
}

pub(super) fn status(
    db: &Connection,
    chat: ChatId,
    now: UnixMillis,
) -> rusqlite::Result<ChatStatus> {
    let moment = db.unchecked_transaction()?;
    let held = ledger::held_in_chat(&moment, chat)?;
    let (held_today, admitted_today) = ledger::counts(&moment, chat, now)?;
    Ok(ChatStatus { held, admitted_today, held_today })
}
