//! How connections to the database are opened: one that writes, one that checkpoints, a pool that
//! reads.

use std::{io, path::Path, sync::Arc, time::Duration};

use r2d2::{NopErrorHandler, Pool};
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, OpenFlags};

use super::{StoreError, files, schema};

/// How long to wait for a lock held by somebody else. We have one writer only, so that is an
/// operator's tool; the writer tries again by itself and stays free to be closed in between.
const BUSY_TIMEOUT: Duration = Duration::from_millis(250);

/// How long a read waits for a free connection: reads take microseconds, so two seconds of none
/// mean that something is stuck.
const POOL_TIMEOUT: Duration = Duration::from_secs(2);

/// More than the number of different statements, so that each is prepared once.
const STATEMENTS: usize = 64;

/// Opens the database for writing; creates it, or brings it to the current schema.
///
/// A file of something else, or of a newer release, is refused untouched: it is looked at through
/// a read-only connection first.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    files::create(path)?;
    let version = schema::probe(path, &open_read_only(path)?)?;
    let mut connection = open_checkpointer(path)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::migrate(&mut connection, version).map_err(|error| cannot_open(path, error))?;
    Ok(connection)
}

/// Opens a connection that may write, with every durability setting made.
pub(super) fn open_checkpointer(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let prepare = || {
        let connection = open(path, flags)?;
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        connection.execute_batch(
            "PRAGMA synchronous = FULL;
             PRAGMA foreign_keys = ON;
             PRAGMA wal_autocheckpoint = 0;",
        )?;
        Ok((connection, mode))
    };
    let (connection, mode): (_, String) = prepare().map_err(|error| cannot_open(path, error))?;
    if mode == "wal" {
        return Ok(connection);
    }
    Err(StoreError::Path {
        path: path.to_owned(),
        hint: "its file system keeps no write-ahead log; use a local disk".to_owned(),
        source: Arc::new(io::Error::other(format!("journal mode stays {mode}"))),
    })
}

/// A pool of read-only connections, opened when first needed and then kept.
pub(super) fn open_readers(path: &Path, readers: u32) -> Pool<SqliteConnectionManager> {
    let manager =
        SqliteConnectionManager::file(path).with_flags(READ_ONLY).with_init(|connection| {
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.execute_batch("PRAGMA query_only = ON")
        });
    Pool::builder()
        .max_size(readers.max(1)) // r2d2 panics on zero
        .min_idle(Some(0))
        .connection_timeout(POOL_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_on_check_out(false)
        .error_handler(Box::new(NopErrorHandler)) // its logger would repeat what the caller is told
        .build_unchecked(manager)
}

const READ_ONLY: OpenFlags =
    OpenFlags::SQLITE_OPEN_READ_ONLY.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    open(path, READ_ONLY).map_err(|error| cannot_open(path, error))
}

#[allow(clippy::disallowed_methods, reason = "this is where connections are opened")]
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    Ok(connection)
}

/// What an error while opening means to an operator.
pub(super) fn cannot_open(path: &Path, error: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseCorrupt, NotADatabase, ReadOnly};

    let hint = match error.sqlite_error_code() {
        Some(NotADatabase) => return StoreError::Foreign { path: path.to_owned() },
        Some(DatabaseCorrupt) => return StoreError::Damaged(Arc::new(error)),
        Some(CannotOpen | ReadOnly) => {
            "not allowed to read and write here; check owner and mode of the file and its directory"
        }
        Some(DatabaseBusy) => "another program has locked it; close that one first",
        _ => "cannot be opened; check free space and the disk",
    };
    StoreError::Path { path: path.to_owned(), hint: hint.to_owned(), source: Arc::new(error) }
}
