//! Supergroups: their owner's policy, their administrators, the channels they require.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, Row, params};

use super::column::{Word, json, json_at, word_at};
use crate::{
    clock::UnixMillis,
    gate::policy::{Channel, Policy, Protection},
    ids::{ChatId, UserId},
};

pub(super) fn chat(
    db: &Connection,
    chat: ChatId,
    title: &str,
    (owner, enabled): (UserId, bool),
    at: UnixMillis,
) -> rusqlite::Result<()> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO chats (chat_id, title, owner_id, enabled, created_ms)
         VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (chat_id) DO UPDATE SET title = excluded.title, enabled = excluded.enabled",
    )?;
    upsert.execute(params![chat.get(), title, owner.get(), enabled, at.get()])?;
    Ok(())
}

pub(super) fn policy(db: &Connection, chat: ChatId, policy: &Policy) -> rusqlite::Result<()> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO policies (chat_id, mode, on_unknown, channel_senders, prompt_minutes, language)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (chat_id)
         DO UPDATE SET mode = excluded.mode, on_unknown = excluded.on_unknown,
                       channel_senders = excluded.channel_senders,
                       prompt_minutes = excluded.prompt_minutes, language = excluded.language",
    )?;
    upsert.execute(params![
        chat.get(),
        policy.mode.word(),
        policy.on_unknown.word(),
        policy.channel_senders.word(),
        policy.prompt_minutes,
        policy.language,
    ])?;
    Ok(())
}

pub(super) fn lacking(db: &Connection, chat: ChatId, rights: &[String]) -> rusqlite::Result<()> {
    let mut update = db.prepare_cached("UPDATE chats SET lacking = ?2 WHERE chat_id = ?1")?;
    update.execute(params![chat.get(), json(&rights)?])?;
    Ok(())
}

pub(super) fn admins(db: &Connection, chat: ChatId, users: &[UserId]) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM admins WHERE chat_id = ?1")?.execute([chat.get()])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO admins (chat_id, user_id) VALUES (?1, ?2)
         ON CONFLICT (chat_id, user_id) DO NOTHING",
    )?;
    for user in users {
        insert.execute([chat.get(), user.get()])?;
    }
    Ok(())
}

/// A repeated link keeps its place and time; title and join link are taken over.
pub(super) fn link(
    db: &Connection,
    chat: ChatId,
    channel: &Channel,
    (by, at): (UserId, UnixMillis),
) -> rusqlite::Result<()> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO channels (channel_id, title, link) VALUES (?1, ?2, ?3)
         ON CONFLICT (channel_id) DO UPDATE SET title = excluded.title, link = excluded.link",
    )?;
    upsert.execute(params![channel.id.get(), channel.title, channel.link])?;
    let mut insert = db.prepare_cached(
        "INSERT INTO links (chat_id, channel_id, position, linked_by, linked_ms)
         SELECT ?1, ?2, coalesce(max(position), 0) + 1, ?3, ?4 FROM links WHERE chat_id = ?1
         ON CONFLICT (chat_id, channel_id) DO NOTHING",
    )?;
    insert.execute([chat.get(), channel.id.get(), by.get(), at.get()])?;
    Ok(())
}

/// The channel itself stays known: it may be required elsewhere.
pub(super) fn unlink(db: &Connection, chat: ChatId, channel: ChatId) -> rusqlite::Result<()> {
    let mut delete =
        db.prepare_cached("DELETE FROM links WHERE chat_id = ?1 AND channel_id = ?2")?;
    delete.execute([chat.get(), channel.get()])?;
    Ok(())
}

/// Every supergroup with an owner, enabled or not.
pub(super) fn protections(db: &Connection) -> rusqlite::Result<Vec<Protection>> {
    let mut select = db.prepare(
        "SELECT chat_id, title, owner_id, enabled, lacking,
                mode, on_unknown, channel_senders, prompt_minutes, language
         FROM chats LEFT JOIN policies USING (chat_id)",
    )?;
    let mut found: BTreeMap<ChatId, Protection> = select
        .query_map([], |row| protection(row).map(|one| (one.chat, one)))?
        .collect::<rusqlite::Result<_>>()?;

    let mut select = db.prepare(
        "SELECT chat_id, channel_id, title, link
         FROM links JOIN channels USING (channel_id) ORDER BY chat_id, position",
    )?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(protection) = found.get_mut(&ChatId::new(row.get(0)?)) {
            let id = ChatId::new(row.get(1)?);
            protection.channels.push(Channel { id, title: row.get(2)?, link: row.get(3)? });
        }
    }

    let mut select = db.prepare("SELECT chat_id, user_id FROM admins")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(protection) = found.get_mut(&ChatId::new(row.get(0)?)) {
            protection.admins.insert(UserId::new(row.get(1)?));
        }
    }
    Ok(found.into_values().collect())
}

fn protection(row: &Row<'_>) -> rusqlite::Result<Protection> {
    let chosen = row.get_ref(5)?.as_str_or_null()?.is_some();
    Ok(Protection {
        chat: ChatId::new(row.get(0)?),
        title: row.get(1)?,
        owner: UserId::new(row.get(2)?),
        enabled: row.get(3)?,
        lacking: json_at(row, 4)?,
        channels: Vec::new(),
        policy: if chosen { policy_at(row)? } else { Policy::default() },
        admins: HashSet::new(),
    })
}

fn policy_at(row: &Row<'_>) -> rusqlite::Result<Policy> {
    Ok(Policy {
        mode: word_at(row, 5)?,
        on_unknown: word_at(row, 6)?,
        channel_senders: word_at(row, 7)?,
        prompt_minutes: row.get(8)?,
        language: row.get(9)?,
    })
}
