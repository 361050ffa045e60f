//! What needs a look behind the store's functions: foreign files, a disk that refuses, query plans.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    Options, Store, StoreError, Storing, change::Change, checkpoint, connection, files, ledger,
    notes, outbox, schema, state::State, writer::Writer,
};
use crate::{
    clock::{Clock, UnixMillis},
    gate::action::Action,
    ids::{ChatId, UserId},
};

const CHAT: ChatId = ChatId::new(-1_001);

fn database() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("gatehouse.db");
    (dir, path)
}

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(&Options { path: path.to_owned(), readers: 1 }, drop, Clock::real())
}

#[allow(clippy::disallowed_methods, reason = "the test is the other program")]
fn other_program(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

fn enqueue() -> Vec<Change> {
    let action = Action::Restrict { chat: CHAT, user: UserId::new(1), since: UnixMillis::new(0) };
    vec![Change::Enqueue { action, due: UnixMillis::default() }]
}

/// Opens what must not be opened; returns the error after making sure that no byte has changed.
fn refused(path: &Path) -> StoreError {
    let before = fs::read(path).unwrap();
    let error = open(path).err().expect("refused");
    assert_eq!(fs::read(path).unwrap(), before, "untouched");
    error
}

#[test]
fn a_newer_schema_is_refused_untouched() {
    let (_dir, path) = database();
    open(&path).unwrap().close();
    other_program(&path).pragma_update(None, "user_version", 7).unwrap();
    let error = refused(&path);
    assert!(matches!(error, StoreError::NewerSchema { found: 7, known: 1, .. }), "{error}");
}

#[test]
fn a_database_of_something_else_is_refused_untouched() {
    let table = [
        ("no application id", "CREATE TABLE notes (text)"),
        ("another's application id", "PRAGMA application_id = -5; CREATE TABLE notes (text)"),
        ("another's, in wal mode", "PRAGMA journal_mode = WAL; CREATE TABLE notes (text)"),
        ("another's, still empty", "PRAGMA user_version = 3"),
    ];
    for (rule, sql) in table {
        let (_dir, path) = database();
        other_program(&path).execute_batch(sql).unwrap();
        let error = refused(&path);
        assert!(matches!(error, StoreError::Foreign { .. }), "{rule}: {error}");
    }
}

#[test]
fn a_start_that_broke_off_before_the_first_table_can_be_repeated() {
    let (_dir, path) = database();
    other_program(&path).execute_batch("PRAGMA journal_mode = WAL").unwrap();
    open(&path).unwrap().load().unwrap();
}

#[test]
fn a_disk_that_refuses_delays_a_commit_and_loses_nothing() {
    let (_dir, path) = database();
    let store = open(&path).unwrap();
    let other = other_program(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = store.submit(enqueue());
    while store.storing() == Storing::Yes {
        thread::yield_now();
    }
    let Storing::NotSince { cause, .. } = store.storing() else { panic!("not storing") };
    assert!(cause.contains("database is locked"), "{cause}");
    let second = store.submit(enqueue());
    assert_eq!(store.gauges().queue, 2);

    other.execute_batch("ROLLBACK").unwrap();
    first.wait().unwrap();
    second.wait().unwrap();
    assert_eq!(store.storing(), Storing::Yes);
    assert_eq!(store.load().unwrap().outbox.len(), 2);
}

#[test]
fn closing_while_the_disk_refuses_gives_up_everything_after_the_first_loss() {
    let (_dir, path) = database();
    let store = open(&path).unwrap();
    let other = other_program(&path);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let first = store.submit(enqueue());
    while store.storing() == Storing::Yes {
        thread::yield_now();
    }
    let second = store.submit(enqueue());
    store.close();
    assert!(matches!(first.wait(), Err(StoreError::Busy(_))));
    assert!(matches!(second.wait(), Err(StoreError::Closed)));
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(open(&path).unwrap().load().unwrap().outbox, []);
}

#[test]
fn an_outbox_row_of_another_release_is_buried_and_does_not_stop_the_start() {
    let (_dir, path) = database();
    let store = open(&path).unwrap();
    store.submit([enqueue(), enqueue()].concat()).wait().unwrap();
    store.close();
    let strange = r#"UPDATE outbox SET action = '{"do":"sing"}' WHERE id = 1"#;
    other_program(&path).execute_batch(strange).unwrap();

    let store = open(&path).unwrap();
    let ids: Vec<i64> = store.load().unwrap().outbox.iter().map(|row| row.id.get()).collect();
    assert_eq!(ids, [2]);
    store.close();
    let buried = "SELECT id, action, reason FROM buried";
    let (id, action, reason) = other_program(&path)
        .query_row(buried, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map(|row: (i64, String, String)| row)
        .unwrap();
    assert_eq!((id, action.as_str()), (1, r#"{"do":"sing"}"#));
    assert!(reason.contains("sing"), "{reason}");
}

#[test]
fn a_write_ahead_log_that_grew_too_long_is_emptied() {
    let (_dir, path) = database();
    let (queue, batches) = mpsc::channel();
    let state = Arc::new(State::new(Clock::real(), files::beside(&path, "-wal")));
    let writer = |batches, limit| Writer {
        connection: connection::open_writer(&path).unwrap(),
        queue: batches,
        on_commit: Box::new(drop),
        state: Arc::clone(&state),
        abandoned: false,
        wal_limit: limit,
        lock: files::lock(&path).unwrap(),
    };
    drop(queue);
    let mut writer = writer(batches, checkpoint::WAL_BYTES_MAX);
    let grown = state.wal_bytes();
    assert!(grown > 0);
    writer.shorten_wal();
    assert_eq!(state.wal_bytes(), grown, "short enough");
    writer.wal_limit = grown;

    let reader = other_program(&path);
    reader.execute_batch("BEGIN; SELECT count(*) FROM outbox").unwrap();
    writer.connection.execute_batch("INSERT INTO watermark VALUES (1, 1, 1)").unwrap();
    writer.shorten_wal();
    assert!(writer.wal_limit > grown, "a reader in the way: not tried again at once");
    reader.execute_batch("ROLLBACK").unwrap();
    writer.wal_limit = grown;
    writer.shorten_wal();
    assert_eq!((state.wal_bytes(), writer.wal_limit), (0, checkpoint::WAL_BYTES_MAX));
}

#[test]
fn the_frequent_queries_use_their_index() {
    let (_dir, path) = database();
    let connection = connection::open_writer(&path).unwrap();
    let table = [
        ("settle", outbox::SETTLE, "INTEGER PRIMARY KEY"),
        ("put off", outbox::PUT_OFF, "INTEGER PRIMARY KEY"),
        ("bury", outbox::BURY, "INTEGER PRIMARY KEY"),
        ("contents", outbox::CONTENTS, "SCAN outbox"),
        ("release", ledger::RELEASE, "PRIMARY KEY (chat_id=? AND user_id=?)"),
        ("named", ledger::NAMED, "PRIMARY KEY (chat_id=? AND user_id=?)"),
        ("prompt", ledger::PROMPT, "PRIMARY KEY (chat_id=? AND thread_id=?)"),
        ("newest", ledger::NEWEST, "holds_by_topic (chat_id=? AND thread_id=?)"),
        ("held in topic", ledger::HELD_IN_TOPIC, "holds_by_topic (chat_id=? AND thread_id=?)"),
        ("held in chat", ledger::HELD_IN_CHAT, "(chat_id=?)"),
        ("day", ledger::DAY, "PRIMARY KEY (chat_id=? AND day=?)"),
    ];
    for (query, sql, expected) in table {
        let plan = plan(&connection, sql);
        assert!(plan.contains(expected), "{query}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{query} sorts: {plan}");
    }
    let upsert = plan(&connection, notes::MEMBER);
    assert!(!upsert.contains("SCAN"), "{upsert}");
    assert!(schema::probe(&path, &connection).is_ok());
}

fn plan(connection: &Connection, sql: &str) -> String {
    let mut explain = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let nulls = vec![rusqlite::types::Null; explain.parameter_count()];
    let steps = explain.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3));
    steps.unwrap().collect::<rusqlite::Result<Vec<_>>>().unwrap().join("; ")
}
