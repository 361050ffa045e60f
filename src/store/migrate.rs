//! A group's id has changed: what was known under the old id is known under the new.
//!
//! Where both ids have a row for the same thing, the newer id's stands: it was written later.

use rusqlite::{Connection, params};

use super::{change::OutboxRow, column::json};
use crate::{gate::action::Action, ids::ChatId};

/// Tables whose rows simply change hands.
const MOVES: [&str; 8] = [
    "UPDATE OR IGNORE policies SET chat_id = ?2 WHERE chat_id = ?1",
    "UPDATE OR IGNORE links SET chat_id = ?2 WHERE chat_id = ?1",
    "UPDATE OR IGNORE admins SET chat_id = ?2 WHERE chat_id = ?1",
    "UPDATE OR IGNORE members SET chat_id = ?2 WHERE chat_id = ?1",
    "UPDATE OR IGNORE holds SET chat_id = ?2 WHERE chat_id = ?1",
    "UPDATE OR IGNORE prompts SET chat_id = ?2 WHERE chat_id = ?1",
    "UPDATE OR IGNORE notices SET chat_id = ?2 WHERE chat_id = ?1",
    "UPDATE buried SET chat_id = ?2 WHERE chat_id = ?1",
];

/// What could not change hands because the new id had it already.
const LEFTOVERS: [&str; 9] = [
    "DELETE FROM policies WHERE chat_id = ?1",
    "DELETE FROM links WHERE chat_id = ?1",
    "DELETE FROM admins WHERE chat_id = ?1",
    "DELETE FROM members WHERE chat_id = ?1",
    "DELETE FROM holds WHERE chat_id = ?1",
    "DELETE FROM prompts WHERE chat_id = ?1",
    "DELETE FROM notices WHERE chat_id = ?1",
    "DELETE FROM daily WHERE chat_id = ?1",
    "DELETE FROM chats WHERE chat_id = ?1",
];

/// Moves every row from one id to the other, `fresh` (this batch's own outbox rows) included.
///
/// Telegram tells of a migration twice, from both sides: the second time finds nothing to move.
pub(super) fn migrate(
    db: &Connection,
    from: ChatId,
    to: ChatId,
    fresh: &mut [OutboxRow],
) -> rusqlite::Result<()> {
    if from == to {
        return Ok(());
    }
    let ids = [from.get(), to.get()];
    db.execute(
        "INSERT INTO chats (chat_id, title, owner_id, enabled, lacking, created_ms)
         SELECT ?2, title, owner_id, enabled, lacking, created_ms FROM chats WHERE chat_id = ?1
         ON CONFLICT (chat_id) DO NOTHING",
        ids,
    )?;
    for sql in MOVES {
        db.execute(sql, ids)?;
    }
    db.execute(
        "INSERT INTO daily (chat_id, day, held, admitted)
         SELECT ?2, day, held, admitted FROM daily WHERE chat_id = ?1
         ON CONFLICT (chat_id, day)
         DO UPDATE SET held = held + excluded.held, admitted = admitted + excluded.admitted",
        ids,
    )?;
    for sql in LEFTOVERS {
        db.execute(sql, [from.get()])?;
    }
    for row in fresh {
        row.action.readdress(from, to);
    }
    move_outbox(db, from, to)
}

fn move_outbox(db: &Connection, from: ChatId, to: ChatId) -> rusqlite::Result<()> {
    let mut select = db.prepare("SELECT id, action FROM outbox WHERE chat_id = ?1")?;
    let rows = select.query_map([from.get()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut update = db.prepare("UPDATE outbox SET chat_id = ?2, action = ?3 WHERE id = ?1")?;
    for (id, text) in rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()? {
        // what this version cannot read keeps its words; the next start buries it
        let text = match serde_json::from_str(&text) {
            Ok(action) => {
                let mut action: Action = action;
                action.readdress(from, to);
                json(&action)?
            }
            Err(_) => text,
        };
        update.execute(params![id, to.get(), text])?;
    }
    Ok(())
}
