//! Moving committed pages from the write-ahead log into the database file.
//!
//! Done by a thread of its own once a second, so that no commit pays for it; what that thread cannot
//! keep up with, the writer ends by emptying the log.

use std::{sync::Arc, time::Duration};

use rusqlite::Connection;

use super::state::State;

/// The log's size that makes the writer empty it: a tenth of a second of copying, and little enough
/// to find pages in quickly.
pub(super) const WAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How often the log is looked after while there are commits.
const EVERY: Duration = Duration::from_secs(1);

/// Checkpoints until the store closes; never makes a reader or the writer wait.
pub(super) fn run(connection: &Connection, state: &Arc<State>) {
    let mut done = 0;
    let mut failing = false;
    while !state.pause(EVERY) {
        let commits = state.commits();
        if commits == done {
            continue;
        }
        match checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(_) => (done, failing) = (commits, false),
            Err(error) if !failing => {
                tracing::warn!(%error, "checkpoint not made; the write-ahead log grows meanwhile");
                failing = true;
            }
            Err(_) => {}
        }
    }
}

/// Checkpoints everything and empties the log; `false` if a reader stood in the way.
pub(super) fn truncate(connection: &Connection) -> rusqlite::Result<bool> {
    checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
}

fn checkpoint(connection: &Connection, pragma: &str) -> rusqlite::Result<bool> {
    connection.prepare_cached(pragma)?.query_row([], |row| row.get::<_, bool>(0)).map(|busy| !busy)
}
