//! The files: who may open them, what is left of them, what a kill leaves.

use super::*;

#[test]
fn closing_stores_what_is_queued_and_leaves_one_tidy_file() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    store.load().unwrap();
    let clone = store.clone();
    let commits: Vec<_> =
        (0..100).map(|_| store.submit(vec![enqueue(restrict(GROUP, ANN))])).collect();
    store.close();
    clone.clone().close();

    assert!(commits.into_iter().all(|commit| commit.wait().is_ok()));
    assert!(matches!(clone.submit(vec![]).wait(), Err(StoreError::Closed)));
    assert!(matches!(clone.load(), Err(StoreError::Closed)));
    let mut files: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["gatehouse.db", "gatehouse.db.lock"]);
    assert_eq!(open(&dir).load().unwrap().outbox.len(), 100);
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let (dir, copy) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store = open(&dir);
    store.submit(vec![set_up(GROUP), Change::Hold(held(GROUP, ANN))]).wait().unwrap();
    for file in ["gatehouse.db", "gatehouse.db-wal"] {
        fs::copy(dir.path().join(file), copy.path().join(file)).unwrap();
    }
    assert_eq!(open(&copy).load().unwrap().holds, [held(GROUP, ANN)]);
}

#[test]
fn a_second_gatehouse_is_told_who_has_the_database() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let link = dir.path().join("same.db");
    std::os::unix::fs::symlink(options(&dir).path, &link).unwrap();
    for path in [options(&dir).path, link] {
        let second = Store::open(&Options { path, readers: 1 }, drop, Clock::real());
        let error = second.err().expect("in use");
        assert!(
            matches!(error, StoreError::InUse { pid: Some(pid), .. } if pid == std::process::id())
        );
        assert!(error.to_string().contains("already in use by another gatehouse (pid "), "{error}");
    }
    store.submit(vec![set_up(GROUP)]).wait().expect("the first is not disturbed");
    store.close();
    assert_eq!(open(&dir).load().unwrap().chats, [protection()]);
}

#[test]
fn a_path_that_cannot_be_opened_is_explained() {
    let dir = TempDir::new().unwrap();
    let at = |path: &str| dir.path().join(path);
    fs::write(at("notes.txt"), "dear diary, this is not a database at all\n".repeat(99)).unwrap();
    let table = [
        ("missing directory", at("no/such/g.db"), "its directory does not exist"),
        ("directory", dir.path().to_owned(), "this is a directory"),
        ("file as directory", at("notes.txt/g.db"), "a part of the path is a file"),
        ("root", Path::new("/").to_owned(), "this is a directory"),
        ("empty", Path::new("").to_owned(), "this is a directory"),
        ("text file", at("notes.txt"), "is not a gatehouse database"),
    ];
    for (rule, path, words) in table {
        let error = Store::open(&Options { path, readers: 1 }, drop, Clock::real()).err();
        let error = error.expect(rule).to_string();
        assert!(error.contains(words), "{rule}: {error}");
    }
}

#[test]
fn nobody_else_on_the_machine_can_read_the_database() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    store.submit(vec![set_up(GROUP)]).wait().unwrap();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let file = dir.path().join(format!("gatehouse.db{suffix}"));
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{suffix}");
    }
}
