//! The outbox's rows: what is still to be done at Telegram, and what was given up.

use rusqlite::{Connection, Row, params};

use super::{
    change::OutboxRow,
    column::{json, json_at, lane},
};
use crate::{
    clock::UnixMillis,
    gate::action::{Action, Key},
    ids::{RowId, UserId},
};

pub(super) const SETTLE: &str = "DELETE FROM outbox WHERE id = ?1";
pub(super) const PUT_OFF: &str = "UPDATE outbox SET due_ms = ?2, attempt = ?3 WHERE id = ?1";
pub(super) const BURY: &str = "
    INSERT INTO buried (id, lane, chat_id, user_id, attempt, enqueued_ms, action, reason, buried_ms)
    SELECT id, lane, chat_id, user_id, attempt, enqueued_ms, action, ?2, ?3
    FROM outbox WHERE id = ?1";

pub(super) const CONTENTS: &str =
    "SELECT id, due_ms, attempt, enqueued_ms, action FROM outbox ORDER BY id";

pub(super) fn enqueue(
    db: &Connection,
    action: &Action,
    due: UnixMillis,
    enqueued: UnixMillis,
) -> rusqlite::Result<OutboxRow> {
    let mut insert = db.prepare_cached(
        "INSERT INTO outbox (lane, chat_id, user_id, due_ms, enqueued_ms, action)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let id = insert.insert(params![
        lane(action.lane()),
        action.chat().get(),
        person(action).map(UserId::get),
        due.get(),
        enqueued.get(),
        json(action)?,
    ])?;
    let (id, action) = (RowId::new(id), action.clone());
    Ok(OutboxRow { id, lane: action.lane(), action, due, attempt: 0, enqueued })
}

fn person(action: &Action) -> Option<UserId> {
    match action.key() {
        Key::Person(_, user) => Some(user),
        Key::Prompt(..) | Key::Messages(_) | Key::Cleanup(_) | Key::Speech(_) => None,
    }
}

pub(super) fn settle(db: &Connection, rows: &[RowId]) -> rusqlite::Result<()> {
    let mut settle = db.prepare_cached(SETTLE)?;
    for row in rows {
        settle.execute([row.get()])?;
    }
    Ok(())
}

pub(super) fn put_off(
    db: &Connection,
    rows: &[RowId],
    due: UnixMillis,
    attempt: u32,
) -> rusqlite::Result<()> {
    let mut put_off = db.prepare_cached(PUT_OFF)?;
    for row in rows {
        put_off.execute(params![row.get(), due.get(), attempt])?;
    }
    Ok(())
}

pub(super) fn bury(
    db: &Connection,
    rows: &[RowId],
    reason: &str,
    at: UnixMillis,
) -> rusqlite::Result<()> {
    let mut bury = db.prepare_cached(BURY)?;
    for row in rows {
        bury.execute(params![row.get(), reason, at.get()])?;
    }
    settle(db, rows)
}

/// Everything to be done, in order of id, and the rows this version does not understand with why.
pub(super) type Contents = (Vec<OutboxRow>, Vec<(RowId, String)>);

pub(super) fn contents(db: &Connection) -> rusqlite::Result<Contents> {
    let mut select = db.prepare(CONTENTS)?;
    let mut found = select.query([])?;
    let (mut rows, mut strange) = (Vec::new(), Vec::new());
    while let Some(row) = found.next()? {
        let id = RowId::new(row.get(0)?);
        match json_at(row, 4) {
            Ok(action) => rows.push(outbox_row(row, id, action)?),
            Err(error) => strange.push((id, error.to_string())),
        }
    }
    Ok((rows, strange))
}

/// The lane follows from the action, so that a release may move actions to another lane.
fn outbox_row(row: &Row<'_>, id: RowId, action: Action) -> rusqlite::Result<OutboxRow> {
    Ok(OutboxRow {
        id,
        lane: action.lane(),
        action,
        due: UnixMillis::new(row.get(1)?),
        attempt: row.get(2)?,
        enqueued: UnixMillis::new(row.get(3)?),
    })
}
