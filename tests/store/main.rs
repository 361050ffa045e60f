//! What the store promises: whatever was acknowledged is there after a restart, and only that.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod changes;
mod commits;
mod files;
mod migration;
mod property;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::mpsc::{self, Receiver, Sender},
};

use gatehouse::{
    clock::{Clock, UnixMillis},
    gate::{
        action::{Action, Cause, Lane, Named},
        policy::{Channel, ChannelSenders, Mode, OnUnknown, Policy, Protection},
    },
    ids::{ChatId, MessageId, RowId, ThreadId, UpdateId, UserId},
    store::{
        ChatStatus, Loaded, Options, Store, StoreError, Storing,
        change::{Change, HoldRow, MemberRow, OutboxRow, PromptRow},
    },
};
use tempfile::TempDir;

const GROUP: ChatId = ChatId::new(-1_001);
const OTHER: ChatId = ChatId::new(-1_002);
const NEWS: ChatId = ChatId::new(-2_001);
const BLOG: ChatId = ChatId::new(-2_002);
const OWNER: UserId = UserId::new(10);
const ANN: UserId = UserId::new(11);
const BOB: UserId = UserId::new(12);
const NOON: UnixMillis = UnixMillis::new(1_700_049_600_000);
const DAY_MS: i64 = 86_400_000;

fn options(dir: &TempDir) -> Options {
    Options { path: dir.path().join("gatehouse.db"), readers: 2 }
}

fn open(dir: &TempDir) -> Store {
    Store::open(&options(dir), drop, Clock::manual(NOON)).unwrap()
}

/// A store whose writer stands still after each commit that has outbox rows, until told to go on.
fn open_halting(dir: &TempDir) -> (Store, Receiver<Vec<OutboxRow>>, Sender<()>) {
    let (told, hear) = mpsc::channel();
    let (go, gate) = mpsc::channel();
    let on_commit = move |rows| {
        told.send(rows).unwrap();
        gate.recv().unwrap();
    };
    let store = Store::open(&options(dir), on_commit, Clock::manual(NOON)).unwrap();
    (store, hear, go)
}

fn set_up(chat: ChatId) -> Change {
    Change::Chat { chat, title: "Tea".into(), owner: OWNER, enabled: true, at: NOON }
}

fn held(chat: ChatId, user: UserId) -> HoldRow {
    HoldRow {
        chat,
        user,
        name: "Ann <b>".into(),
        language: Some("pt".into()),
        thread: None,
        missing: vec![NEWS],
        restricted: true,
        since: NOON,
        named: None,
    }
}

fn restrict(chat: ChatId, user: UserId) -> Action {
    Action::Restrict { chat, user, since: UnixMillis::new(0) }
}

fn enqueue(action: Action) -> Change {
    Change::Enqueue { action, due: NOON }
}

fn channel(id: ChatId, title: &str) -> Channel {
    Channel { id, title: title.into(), link: format!("https://t.me/{title}") }
}

fn link(chat: ChatId, id: ChatId, title: &str) -> Change {
    Change::Link { chat, channel: channel(id, title), by: OWNER, at: NOON }
}

fn release(user: UserId, admitted: bool) -> Change {
    Change::Release { chat: GROUP, user, admitted, at: NOON }
}

fn member(user: UserId, joined: bool, at: i64) -> MemberRow {
    MemberRow { chat: NEWS, user, joined, at: UnixMillis::new(at) }
}

fn prompt(message: i64) -> PromptRow {
    let message = MessageId::new(message);
    PromptRow { chat: GROUP, thread: None, message, sent: NOON, shown: u64::MAX - 1 }
}

fn outbox_row(id: i64, action: Action) -> OutboxRow {
    let (id, lane) = (RowId::new(id), action.lane());
    OutboxRow { id, lane, action, due: NOON, attempt: 0, enqueued: NOON }
}

fn protection() -> Protection {
    Protection {
        chat: GROUP,
        title: "Tea".into(),
        owner: OWNER,
        enabled: true,
        lacking: vec![],
        channels: vec![],
        policy: Policy::default(),
        admins: [].into(),
    }
}

/// What is read back after each batch has been committed and the store opened anew.
fn after_restart(batches: Vec<Vec<Change>>) -> Loaded {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    for batch in batches {
        store.submit(batch).wait().unwrap();
    }
    store.close();
    open(&dir).load().unwrap()
}
