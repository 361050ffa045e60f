//! Which database this is, and how it is brought to the current schema.
//!
//! The tables themselves are in `schema.sql` at the top of the repository.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{StoreError, connection::cannot_open};

/// Marks a file as ours in its header: the letters "Gate".
const APPLICATION_ID: i64 = 0x4761_7465;

/// Step `n` leads from version `n` to `n + 1`. A released step is never changed again.
const STEPS: [&str; 1] = [include_str!("../../schema.sql")];

/// The newest schema version of this release.
fn known() -> u32 {
    u32::try_from(STEPS.len()).unwrap_or(u32::MAX)
}

/// Tells the schema version of the database, 0 if it is empty.
///
/// # Errors
///
/// [`StoreError::Foreign`] and [`StoreError::NewerSchema`] if it must not be touched.
pub(super) fn probe(path: &Path, connection: &Connection) -> Result<u32, StoreError> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let read = || {
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        Ok((number("PRAGMA application_id")?, number("PRAGMA user_version")?, tables))
    };
    let known = known();
    match read().map_err(|error| cannot_open(path, error))? {
        (0, 0, 0) => Ok(0),
        (APPLICATION_ID, version, _) => match u32::try_from(version).unwrap_or(u32::MAX) {
            found if found > known => {
                Err(StoreError::NewerSchema { path: path.to_owned(), found, known })
            }
            found => Ok(found),
        },
        _ => Err(StoreError::Foreign { path: path.to_owned() }),
    }
}

/// Takes every step after `version`, all of them or none.
pub(super) fn migrate(connection: &mut Connection, version: u32) -> rusqlite::Result<()> {
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done >= STEPS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for step in STEPS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", known())?;
    transaction.commit()
}
