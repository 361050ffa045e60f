//! The ledger: whom we hold, the prompts that name them, and the day's counts.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    change::{HoldRow, PromptRow},
    column::{day, json, json_at, millis_at, thread, thread_at},
};
use crate::{
    clock::UnixMillis,
    ids::{ChatId, MessageId, ThreadId, UserId},
};

pub(super) const RELEASE: &str = "DELETE FROM holds WHERE chat_id = ?1 AND user_id = ?2";
pub(super) const NAMED: &str = "UPDATE holds SET named_ms = ?3 WHERE chat_id = ?1 AND user_id = ?2";
pub(super) const PROMPT: &str = "
    SELECT chat_id, thread_id, message_id, sent_ms, shown
    FROM prompts WHERE chat_id = ?1 AND thread_id = ?2";
pub(super) const NEWEST: &str = "
    SELECT chat_id, user_id, name, language, thread_id, missing, restricted, since_ms, named_ms
    FROM holds WHERE chat_id = ?1 AND thread_id = ?2
    ORDER BY since_ms DESC, user_id DESC LIMIT ?3";
pub(super) const HELD_IN_TOPIC: &str =
    "SELECT count(*) FROM holds WHERE chat_id = ?1 AND thread_id = ?2";
pub(super) const HELD_IN_CHAT: &str = "SELECT count(*) FROM holds WHERE chat_id = ?1";
pub(super) const DAY: &str = "SELECT held, admitted FROM daily WHERE chat_id = ?1 AND day = ?2";

/// Lists somebody as held. What we restricted once stays restricted by us until it is lifted, even
/// if the owner has changed the mode since.
pub(super) fn hold(db: &Connection, hold: &HoldRow) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO holds (chat_id, user_id, name, language, thread_id, missing, restricted,
                            since_ms, named_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (chat_id, user_id) DO NOTHING",
    )?;
    let (chat, user, missing) = (hold.chat.get(), hold.user.get(), json(&hold.missing)?);
    let newly = insert.execute(params![
        chat,
        user,
        hold.name,
        hold.language,
        thread(hold.thread),
        missing,
        hold.restricted,
        hold.since.get(),
        hold.named.map(UnixMillis::get),
    ])?;
    if newly == 1 {
        return count(db, hold.chat, hold.since, (1, 0));
    }
    let mut update = db.prepare_cached(
        "UPDATE holds SET name = ?3, language = ?4, thread_id = ?5, missing = ?6,
                          restricted = max(restricted, ?7)
         WHERE chat_id = ?1 AND user_id = ?2",
    )?;
    update.execute(params![
        chat,
        user,
        hold.name,
        hold.language,
        thread(hold.thread),
        missing,
        hold.restricted,
    ])?;
    Ok(())
}

/// Forgets a hold. Somebody who was not held is not counted, so a repeated update has no effect.
pub(super) fn release(
    db: &Connection,
    (chat, user): (ChatId, UserId),
    admitted: bool,
    at: UnixMillis,
) -> rusqlite::Result<()> {
    let gone = db.prepare_cached(RELEASE)?.execute([chat.get(), user.get()])?;
    if gone == 1 && admitted {
        return count(db, chat, at, (0, 1));
    }
    Ok(())
}

fn count(
    db: &Connection,
    chat: ChatId,
    at: UnixMillis,
    (held, admitted): (u32, u32),
) -> rusqlite::Result<()> {
    let mut add = db.prepare_cached(
        "INSERT INTO daily (chat_id, day, held, admitted) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (chat_id, day)
         DO UPDATE SET held = held + excluded.held, admitted = admitted + excluded.admitted",
    )?;
    add.execute(params![chat.get(), day(at), held, admitted])?;
    Ok(())
}

pub(super) fn named(
    db: &Connection,
    chat: ChatId,
    users: &[UserId],
    at: UnixMillis,
) -> rusqlite::Result<()> {
    let mut update = db.prepare_cached(NAMED)?;
    for user in users {
        update.execute([chat.get(), user.get(), at.get()])?;
    }
    Ok(())
}

pub(super) fn prompt_shown(db: &Connection, prompt: &PromptRow) -> rusqlite::Result<()> {
    let mut replace = db.prepare_cached(
        "INSERT INTO prompts (chat_id, thread_id, message_id, sent_ms, shown)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (chat_id, thread_id)
         DO UPDATE SET message_id = excluded.message_id, sent_ms = excluded.sent_ms,
                       shown = excluded.shown",
    )?;
    replace.execute([
        prompt.chat.get(),
        thread(prompt.thread),
        prompt.message.get(),
        prompt.sent.get(),
        prompt.shown.cast_signed(),
    ])?;
    Ok(())
}

pub(super) fn prompt_gone(
    db: &Connection,
    chat: ChatId,
    message: MessageId,
) -> rusqlite::Result<()> {
    let mut delete =
        db.prepare_cached("DELETE FROM prompts WHERE chat_id = ?1 AND message_id = ?2")?;
    delete.execute([chat.get(), message.get()])?;
    Ok(())
}

/// The prompt that stands in a topic.
pub(super) fn prompt(
    db: &Connection,
    chat: ChatId,
    topic: Option<ThreadId>,
) -> rusqlite::Result<Option<PromptRow>> {
    let mut select = db.prepare_cached(PROMPT)?;
    select
        .query_row([chat.get(), thread(topic)], |row| {
            Ok(PromptRow {
                chat: ChatId::new(row.get(0)?),
                thread: thread_at(row, 1)?,
                message: MessageId::new(row.get(2)?),
                sent: UnixMillis::new(row.get(3)?),
                shown: row.get::<_, i64>(4)?.cast_unsigned(),
            })
        })
        .optional()
}

/// The people most recently held in a topic, at most `limit`, the newest first.
pub(super) fn newest(
    db: &Connection,
    chat: ChatId,
    topic: Option<ThreadId>,
    limit: u32,
) -> rusqlite::Result<Vec<HoldRow>> {
    let mut select = db.prepare_cached(NEWEST)?;
    select.query_map(params![chat.get(), thread(topic), limit], hold_row)?.collect()
}

/// How many people are held in a topic.
pub(super) fn held_in_topic(
    db: &Connection,
    chat: ChatId,
    topic: Option<ThreadId>,
) -> rusqlite::Result<u32> {
    let mut select = db.prepare_cached(HELD_IN_TOPIC)?;
    select.query_row([chat.get(), thread(topic)], |row| row.get(0))
}

/// How many people are held in a supergroup.
pub(super) fn held_in_chat(db: &Connection, chat: ChatId) -> rusqlite::Result<u32> {
    db.prepare_cached(HELD_IN_CHAT)?.query_row([chat.get()], |row| row.get(0))
}

/// How many people were held and how many let in on the UTC day of `at`.
pub(super) fn counts(
    db: &Connection,
    chat: ChatId,
    at: UnixMillis,
) -> rusqlite::Result<(u32, u32)> {
    let mut select = db.prepare_cached(DAY)?;
    let counts = select.query_row([chat.get(), day(at)], |row| Ok((row.get(0)?, row.get(1)?)));
    counts.optional().map(Option::unwrap_or_default)
}

/// The whole ledger.
pub(super) fn holds(db: &Connection) -> rusqlite::Result<Vec<HoldRow>> {
    let mut select = db.prepare(
        "SELECT chat_id, user_id, name, language, thread_id, missing, restricted, since_ms, named_ms
         FROM holds",
    )?;
    select.query_map([], hold_row)?.collect()
}

fn hold_row(row: &Row<'_>) -> rusqlite::Result<HoldRow> {
    Ok(HoldRow {
        chat: ChatId::new(row.get(0)?),
        user: UserId::new(row.get(1)?),
        name: row.get(2)?,
        language: row.get(3)?,
        thread: thread_at(row, 4)?,
        missing: json_at(row, 5)?,
        restricted: row.get(6)?,
        since: UnixMillis::new(row.get(7)?),
        named: millis_at(row, 8)?,
    })
}
