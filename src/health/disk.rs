//! How much room is left on a disk.

use std::{io, path::Path};

/// How many bytes an unprivileged process may still write to the disk that holds `path`.
///
/// # Errors
///
/// Whatever the system says: mostly that `path` does not exist.
pub fn disk_free_bytes(path: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(path)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_takes_a_file_has_room() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(dir.path().join("file"), "something").expect("a file");
        assert!(disk_free_bytes(dir.path()).expect("a disk") > 0);
        assert!(disk_free_bytes(&dir.path().join("missing")).is_err());
    }
}
