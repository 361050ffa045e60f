//! The files of a database before any SQL: their path, their mode, and the lock that keeps a second
//! process out.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process,
    sync::Arc,
};

use super::StoreError;

/// Only the service's own user may read what tenants entrust to it.
const PRIVATE: u32 = 0o600;

/// The database's real path, so that one file has one lock however it is spelled.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, StoreError> {
    let outcome = match fs::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => resolve_new(path),
        found => found,
    };
    let real = outcome.map_err(|error| refused(path, error))?;
    if real.is_dir() {
        return Err(refused(path, ErrorKind::IsADirectory.into()));
    }
    Ok(real)
}

fn resolve_new(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(ErrorKind::IsADirectory)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    Ok(fs::canonicalize(parent.unwrap_or(Path::new(".")))?.join(name))
}

/// Locks the database against every other process for as long as the returned file lives.
///
/// The lock is a file of its own, because closing any handle of the database file would drop the
/// engine's locks on it. It is left in place: removing it would let two processes hold "the" lock.
pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let mut file = open(&beside(path, ".lock")).map_err(|error| refused(path, error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(StoreError::InUse { path: path.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(refused(path, error)),
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", process::id()))
        .map_err(|error| refused(path, error))?;
    Ok(file)
}

/// Makes sure the database file exists; the engine gives its side files the same mode.
pub(super) fn create(path: &Path) -> Result<(), StoreError> {
    open(path).map(drop).map_err(|error| refused(path, error))
}

/// The file the engine keeps beside the database under `suffix`.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(PRIVATE).open(path)
}

/// What an operator can do about a file that cannot be opened.
const HINTS: [(ErrorKind, &str); 7] = [
    (ErrorKind::NotFound, "its directory does not exist; create it or change storage.path"),
    (ErrorKind::IsADirectory, "this is a directory; storage.path must name a file"),
    (ErrorKind::NotADirectory, "a part of the path is a file; change storage.path"),
    (
        ErrorKind::PermissionDenied,
        "not allowed to read and write here; check owner and mode of the file and its directory",
    ),
    (
        ErrorKind::ReadOnlyFilesystem,
        "the file system is read-only; change storage.path, or ReadWritePaths in the unit",
    ),
    (ErrorKind::StorageFull, "the disk is full; make room"),
    (ErrorKind::QuotaExceeded, "the disk quota is used up; make room"),
];

fn refused(path: &Path, error: io::Error) -> StoreError {
    let known = HINTS.iter().find(|(kind, _)| *kind == error.kind());
    let hint = known.map_or("cannot be opened; check storage.path", |(_, hint)| hint);
    StoreError::Path { path: path.to_owned(), hint: hint.to_owned(), source: Arc::new(error) }
}
