//! What can go wrong with the database, by what the caller can do about it.
//!
//! How the engine's own codes map to these is decided here and nowhere else.

use std::{error::Error, path::PathBuf, sync::Arc};

use rusqlite::ErrorCode;

/// The engine's or the system's own words behind an error.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The database file cannot be opened; an operator has to change something.
    #[error("database {}: {hint}", path.display())]
    Path {
        /// The file, as configured.
        path: PathBuf,
        /// What is wrong and what to do.
        hint: String,
        /// The system's words.
        #[source]
        source: Cause,
    },
    /// Another process has the database open; stop that one first.
    #[error(
        "database {} is already in use by another gatehouse (pid {}); stop it first",
        path.display(), pid.map_or_else(|| "unknown".to_owned(), |pid| pid.to_string())
    )]
    InUse {
        /// The file.
        path: PathBuf,
        /// The other process, if it has said who it is.
        pid: Option<u32>,
    },
    /// A newer release wrote the database; it was left untouched.
    #[error(
        "database {} has schema {found}, this version knows {known}; \
         run the newer gatehouse or restore an older backup", path.display()
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema version this binary knows.
        known: u32,
    },
    /// The file belongs to something else; it was left untouched.
    #[error("{} is not a gatehouse database; set storage.path to another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The database's content cannot be right; restore a backup.
    #[error("database damaged; stop gatehouse and restore a backup")]
    Damaged(#[source] Cause),
    /// The store has been closed.
    #[error("database closed")]
    Closed,
    /// These changes can never be stored; the same batch will fail again.
    #[error("changes not storable")]
    Rejected(#[source] Cause),
    /// Disk full, I/O error or a lock held by somebody else; may work later.
    #[error("database not available; check free space and the disk")]
    Busy(#[source] Cause),
}

impl StoreError {
    /// What an error during a write means.
    pub(super) fn write(error: rusqlite::Error) -> Self {
        match blame(&error) {
            Blame::Changes => Self::Rejected(Arc::new(error)),
            Blame::File => Self::Damaged(Arc::new(error)),
            Blame::Machine => Self::Busy(Arc::new(error)),
        }
    }

    /// What an error during a read means: a row that cannot be understood is damage.
    pub(super) fn read(error: rusqlite::Error) -> Self {
        match blame(&error) {
            Blame::Changes | Blame::File => Self::Damaged(Arc::new(error)),
            Blame::Machine => Self::Busy(Arc::new(error)),
        }
    }
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    /// What was asked can never work.
    Changes,
    /// The file's content.
    File,
    /// The machine's state, which may get better.
    Machine,
}

fn blame(error: &rusqlite::Error) -> Blame {
    match error.sqlite_error_code() {
        None
        | Some(
            ErrorCode::ConstraintViolation
            | ErrorCode::TypeMismatch
            | ErrorCode::TooBig
            | ErrorCode::ParameterOutOfRange
            | ErrorCode::ApiMisuse
            | ErrorCode::Unknown,
        ) => Blame::Changes,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Blame::File,
        Some(_) => Blame::Machine,
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn only_what_can_never_work_is_blamed_on_the_changes() {
        let table = [
            ("constraint", ffi::SQLITE_CONSTRAINT_FOREIGNKEY, Blame::Changes),
            ("type", ffi::SQLITE_MISMATCH, Blame::Changes),
            ("too big", ffi::SQLITE_TOOBIG, Blame::Changes),
            ("damaged", ffi::SQLITE_CORRUPT, Blame::File),
            ("disk full", ffi::SQLITE_FULL, Blame::Machine),
            ("i/o error", ffi::SQLITE_IOERR_FSYNC, Blame::Machine),
            ("locked by others", ffi::SQLITE_BUSY, Blame::Machine),
            ("made read-only", ffi::SQLITE_READONLY, Blame::Machine),
            ("out of memory", ffi::SQLITE_NOMEM, Blame::Machine),
        ];
        for (rule, code, expected) in table {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            assert_eq!(blame(&error), expected, "{rule}");
        }
    }
}
