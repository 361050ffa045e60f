//! From a change to the statements that make it.

use rusqlite::Connection;

use super::{
    change::{Change, OutboxRow},
    chats, ledger, migrate, notes, outbox,
};
use crate::clock::UnixMillis;

/// Makes the changes of one batch, in order; returns the outbox rows it inserted.
///
/// `at` is when the batch was handed in. On an error some may have been made: the caller rolls back.
pub(super) fn apply(
    db: &Connection,
    changes: &[Change],
    at: UnixMillis,
) -> rusqlite::Result<Vec<OutboxRow>> {
    let mut rows = Vec::new();
    for change in changes {
        make(db, change, at, &mut rows)?;
    }
    Ok(rows)
}

fn make(
    db: &Connection,
    change: &Change,
    now: UnixMillis,
    rows: &mut Vec<OutboxRow>,
) -> rusqlite::Result<()> {
    match change {
        Change::Watermark(update, at) => notes::watermark(db, *update, *at),
        Change::Enqueue { action, due } => {
            rows.push(outbox::enqueue(db, action, *due, now)?);
            Ok(())
        }
        Change::Settle(ids) => outbox::settle(db, ids),
        Change::PutOff { rows, due, attempt } => outbox::put_off(db, rows, *due, *attempt),
        Change::Bury { rows, reason, at } => outbox::bury(db, rows, reason, *at),
        Change::Hold(hold) => ledger::hold(db, hold),
        Change::Release { chat, user, admitted, at } => {
            ledger::release(db, (*chat, *user), *admitted, *at)
        }
        Change::Named { chat, users, at } => ledger::named(db, *chat, users, *at),
        Change::PromptShown(prompt) => ledger::prompt_shown(db, prompt),
        Change::PromptGone { chat, message } => ledger::prompt_gone(db, *chat, *message),
        Change::Chat { chat, title, owner, enabled, at } => {
            chats::chat(db, *chat, title, (*owner, *enabled), *at)
        }
        Change::Policy(chat, policy) => chats::policy(db, *chat, policy),
        Change::Lacking(chat, rights) => chats::lacking(db, *chat, rights),
        Change::Admins(chat, users) => chats::admins(db, *chat, users),
        Change::Link { chat, channel, by, at } => chats::link(db, *chat, channel, (*by, *at)),
        Change::Unlink { chat, channel } => chats::unlink(db, *chat, *channel),
        Change::Migrate { from, to } => migrate::migrate(db, *from, *to, rows),
        Change::Members(members) => notes::members(db, members),
        Change::Notice { chat, kind, action, at } => {
            if notes::notice(db, *chat, kind, *at)? {
                rows.push(outbox::enqueue(db, action, *at, now)?);
            }
            Ok(())
        }
        Change::NoticeOver { chat, kind } => notes::notice_over(db, *chat, kind),
        Change::Owner { user, name, language, at } => {
            notes::owner(db, *user, name, language.as_deref(), *at)
        }
    }
}
