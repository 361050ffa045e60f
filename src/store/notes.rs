//! What is remembered besides the ledger and the outbox: the watermark, members, notices, owners.

use rusqlite::{Connection, OptionalExtension, params};

use super::change::MemberRow;
use crate::{
    clock::UnixMillis,
    ids::{ChatId, UpdateId, UserId},
};

pub(super) const MEMBER: &str = "
    INSERT INTO members (chat_id, user_id, joined, seen_ms) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (chat_id, user_id)
    DO UPDATE SET joined = excluded.joined, seen_ms = excluded.seen_ms
    WHERE excluded.seen_ms >= members.seen_ms";

/// Taken over even if lower than before: after a quiet week Telegram starts from a random id again.
pub(super) fn watermark(db: &Connection, update: UpdateId, at: UnixMillis) -> rusqlite::Result<()> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO watermark (one, update_id, at_ms) VALUES (1, ?1, ?2)
         ON CONFLICT (one) DO UPDATE SET update_id = excluded.update_id, at_ms = excluded.at_ms",
    )?;
    upsert.execute([update.get(), at.get()])?;
    Ok(())
}

/// The last update dealt with, and when.
pub(super) fn last_watermark(db: &Connection) -> rusqlite::Result<Option<(UpdateId, UnixMillis)>> {
    db.query_row("SELECT update_id, at_ms FROM watermark", [], |row| {
        Ok((UpdateId::new(row.get(0)?), UnixMillis::new(row.get(1)?)))
    })
    .optional()
}

/// Older knowledge does not replace newer.
pub(super) fn members(db: &Connection, members: &[MemberRow]) -> rusqlite::Result<()> {
    let mut upsert = db.prepare_cached(MEMBER)?;
    for member in members {
        let (chat, user) = (member.chat.get(), member.user.get());
        upsert.execute(params![chat, user, member.joined, member.at.get()])?;
    }
    Ok(())
}

/// Everything known of memberships.
pub(super) fn all_members(db: &Connection) -> rusqlite::Result<Vec<MemberRow>> {
    let mut select = db.prepare("SELECT chat_id, user_id, joined, seen_ms FROM members")?;
    let rows = select.query_map([], |row| {
        Ok(MemberRow {
            chat: ChatId::new(row.get(0)?),
            user: UserId::new(row.get(1)?),
            joined: row.get(2)?,
            at: UnixMillis::new(row.get(3)?),
        })
    })?;
    rows.collect()
}

/// Marks a notice as standing; `false` if it stood already.
pub(super) fn notice(
    db: &Connection,
    chat: ChatId,
    kind: &str,
    at: UnixMillis,
) -> rusqlite::Result<bool> {
    let mut insert = db.prepare_cached(
        "INSERT INTO notices (chat_id, kind, since_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (chat_id, kind) DO NOTHING",
    )?;
    Ok(insert.execute(params![chat.get(), kind, at.get()])? == 1)
}

pub(super) fn notice_over(db: &Connection, chat: ChatId, kind: &str) -> rusqlite::Result<()> {
    let mut delete = db.prepare_cached("DELETE FROM notices WHERE chat_id = ?1 AND kind = ?2")?;
    delete.execute(params![chat.get(), kind])?;
    Ok(())
}

pub(super) fn owner(
    db: &Connection,
    user: UserId,
    name: &str,
    language: Option<&str>,
    at: UnixMillis,
) -> rusqlite::Result<()> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO owners (user_id, name, language, first_ms, seen_ms) VALUES (?1, ?2, ?3, ?4, ?4)
         ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, language = excluded.language,
                                             seen_ms = excluded.seen_ms",
    )?;
    upsert.execute(params![user.get(), name, language, at.get()])?;
    Ok(())
}
