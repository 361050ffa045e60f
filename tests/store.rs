//! What the store promises: whatever was acknowledged is there after a restart, and only that.

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
use proptest::prelude::*;
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
    Action::Restrict { chat, user }
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

#[test]
fn a_supergroup_is_reloaded_as_it_was_last_changed() {
    let policy = Policy {
        mode: Mode::Soft,
        on_unknown: OnUnknown::Hold,
        channel_senders: ChannelSenders::Ban,
        prompt_minutes: 30,
        language: Some("en".into()),
    };
    let again = |title: &str, enabled| Change::Chat {
        chat: GROUP,
        title: title.into(),
        owner: ANN,
        enabled,
        at: NOON,
    };
    let whole = protection();
    let table: Vec<(&str, Vec<Change>, Protection)> = vec![
        ("new", vec![], whole.clone()),
        (
            "set up again by somebody else: the owner stays",
            vec![again("Coffee", false)],
            Protection { title: "Coffee".into(), enabled: false, ..whole.clone() },
        ),
        (
            "policy, kept when set up again",
            vec![Change::Policy(GROUP, policy.clone()), again("Tea", true)],
            Protection { policy, ..whole.clone() },
        ),
        (
            "rights lacking",
            vec![Change::Lacking(GROUP, vec!["can_restrict_members".into()])],
            Protection { lacking: vec!["can_restrict_members".into()], ..whole.clone() },
        ),
        (
            "rights back",
            vec![
                Change::Lacking(GROUP, vec!["can_restrict_members".into()]),
                Change::Lacking(GROUP, vec![]),
            ],
            whole.clone(),
        ),
        (
            "administrators replaced",
            vec![
                Change::Admins(GROUP, vec![OWNER, ANN]),
                Change::Admins(GROUP, vec![ANN, BOB, BOB]),
            ],
            Protection { admins: [ANN, BOB].into(), ..whole.clone() },
        ),
        (
            "channels in the order they were linked, whatever their ids",
            vec![link(GROUP, NEWS, "news"), link(GROUP, BLOG, "blog")],
            Protection {
                channels: vec![channel(NEWS, "news"), channel(BLOG, "blog")],
                ..whole.clone()
            },
        ),
        (
            "a channel linked again keeps its place and takes its new title",
            vec![link(GROUP, NEWS, "news"), link(GROUP, BLOG, "blog"), link(GROUP, NEWS, "latest")],
            Protection {
                channels: vec![channel(NEWS, "latest"), channel(BLOG, "blog")],
                ..whole.clone()
            },
        ),
        (
            "unlinked",
            vec![
                link(GROUP, NEWS, "news"),
                link(GROUP, BLOG, "blog"),
                Change::Unlink { chat: GROUP, channel: NEWS },
            ],
            Protection { channels: vec![channel(BLOG, "blog")], ..whole.clone() },
        ),
        (
            "another group's changes",
            vec![
                Change::Unlink { chat: OTHER, channel: NEWS },
                Change::Lacking(OTHER, vec!["x".into()]),
            ],
            whole,
        ),
    ];
    for (rule, changes, expected) in table {
        let loaded = after_restart(vec![vec![set_up(GROUP)], changes]);
        assert_eq!(loaded.chats, [expected], "{rule}");
    }
}

#[test]
fn the_ledger_is_reloaded_as_it_was_last_changed() {
    let ann = held(GROUP, ANN);
    let again = HoldRow {
        name: "Ann B".into(),
        language: None,
        thread: Some(ThreadId::new(7)),
        missing: vec![],
        restricted: false,
        since: UnixMillis::new(NOON.get() + 5),
        ..ann.clone()
    };
    let named = Change::Named { chat: GROUP, users: vec![ANN, BOB], at: NOON };
    let table: Vec<(&str, Vec<Change>, Vec<HoldRow>)> = vec![
        ("held", vec![Change::Hold(ann.clone())], vec![ann.clone()]),
        (
            "named in a prompt",
            vec![Change::Hold(ann.clone()), named.clone()],
            vec![HoldRow { named: Some(NOON), ..ann.clone() }],
        ),
        (
            "held again: since, prompt time and our restriction stay",
            vec![Change::Hold(ann.clone()), named, Change::Hold(again.clone())],
            vec![HoldRow { since: NOON, named: Some(NOON), restricted: true, ..again.clone() }],
        ),
        (
            "only prompted first, restricted later",
            vec![
                Change::Hold(HoldRow { restricted: false, ..ann.clone() }),
                Change::Hold(ann.clone()),
            ],
            vec![ann.clone()],
        ),
        ("let in", vec![Change::Hold(ann.clone()), release(ANN, true)], vec![]),
        ("somebody else let in", vec![Change::Hold(ann.clone()), release(BOB, true)], vec![ann]),
    ];
    for (rule, changes, expected) in table {
        let loaded = after_restart(vec![vec![set_up(GROUP)], changes]);
        assert_eq!(loaded.holds, expected, "{rule}");
    }
}

#[test]
fn the_outbox_is_reloaded_as_it_was_last_changed() {
    let (first, second) = (restrict(GROUP, ANN), Action::Prompt { chat: GROUP, thread: None });
    let rows = [outbox_row(1, first.clone()), outbox_row(2, second.clone())];
    let [one, two] = rows.clone();
    let later = NOON.after(std::time::Duration::from_secs(9));
    let table: Vec<(&str, Vec<Change>, Vec<OutboxRow>)> = vec![
        ("enqueued", vec![], rows.to_vec()),
        ("settled", vec![Change::Settle(vec![one.id])], vec![two.clone()]),
        (
            "settled twice",
            vec![Change::Settle(vec![one.id, one.id, RowId::new(99)])],
            vec![two.clone()],
        ),
        (
            "put off",
            vec![Change::PutOff { rows: vec![two.id, RowId::new(99)], due: later, attempt: 3 }],
            vec![one.clone(), OutboxRow { due: later, attempt: 3, ..two.clone() }],
        ),
        (
            "buried",
            vec![Change::Bury {
                rows: vec![one.id, RowId::new(99)],
                reason: "gone".into(),
                at: NOON,
            }],
            vec![two],
        ),
    ];
    for (rule, changes, expected) in table {
        let loaded =
            after_restart(vec![vec![enqueue(first.clone()), enqueue(second.clone())], changes]);
        assert_eq!(loaded.outbox, expected, "{rule}");
    }
}

#[test]
fn members_and_watermark_are_reloaded_as_they_were_last_learnt() {
    let loaded = after_restart(vec![
        vec![
            Change::Members(vec![member(ANN, false, 5), member(BOB, true, 5)]),
            Change::Watermark(UpdateId::new(900), NOON),
        ],
        vec![
            Change::Members(vec![member(ANN, true, 6), member(BOB, false, 4)]),
            Change::Watermark(UpdateId::new(7), NOON),
            Change::Owner { user: OWNER, name: "O".into(), language: None, at: NOON },
            Change::Owner { user: OWNER, name: "P".into(), language: Some("pt".into()), at: NOON },
        ],
    ]);
    assert_eq!(loaded.members, [member(ANN, true, 6), member(BOB, true, 5)], "newer stands");
    assert_eq!(loaded.watermark, Some((UpdateId::new(7), NOON)), "ids may start over");
}

#[test]
fn a_prompt_shows_the_newest_five_of_its_topic_and_counts_all() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let topic = Some(ThreadId::new(4));
    let mut changes = vec![set_up(GROUP), set_up(OTHER)];
    for n in 0..7 {
        let since = UnixMillis::new(NOON.get() + n);
        changes.push(Change::Hold(HoldRow { since, ..held(GROUP, UserId::new(100 + n)) }));
    }
    changes.push(Change::Hold(HoldRow { thread: topic, ..held(GROUP, ANN) }));
    changes.push(Change::Hold(held(OTHER, BOB)));
    changes.push(Change::PromptShown(prompt(1)));
    changes.push(Change::PromptShown(prompt(2)));
    store.submit(changes).wait().unwrap();

    let view = store.prompt(GROUP, None).unwrap();
    let shown: Vec<i64> = view.held.iter().map(|hold| hold.user.get()).collect();
    assert_eq!((shown, view.total), (vec![106, 105, 104, 103, 102], 7));
    assert_eq!(view.prompt, Some(prompt(2)), "the later one replaces the earlier");
    let view = store.prompt(GROUP, topic).unwrap();
    assert_eq!((view.prompt, view.total), (None, 1));

    let gone = |n| Change::PromptGone { chat: GROUP, thread: None, message: MessageId::new(n) };
    store.submit(vec![gone(1)]).wait().unwrap();
    assert!(store.prompt(GROUP, None).unwrap().prompt.is_some(), "another message is gone");
    store.submit(vec![gone(2)]).wait().unwrap();
    assert_eq!(store.prompt(GROUP, None).unwrap().prompt, None);
}

#[test]
fn a_day_counts_each_person_once() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let changes = vec![
        set_up(GROUP),
        Change::Hold(held(GROUP, ANN)),
        Change::Hold(held(GROUP, ANN)),
        Change::Hold(held(GROUP, BOB)),
        Change::Hold(held(GROUP, OWNER)),
        release(ANN, true),
        release(ANN, true),
        release(BOB, false),
    ];
    store.submit(changes).wait().unwrap();

    let today = ChatStatus { held: 1, admitted_today: 1, held_today: 3 };
    assert_eq!(store.status(GROUP, NOON).unwrap(), today);
    let tomorrow = UnixMillis::new(NOON.get() + DAY_MS);
    let expected = ChatStatus { held: 1, ..ChatStatus::default() };
    assert_eq!(store.status(GROUP, tomorrow).unwrap(), expected);
    assert_eq!(store.status(OTHER, NOON).unwrap(), ChatStatus::default());
}

#[test]
fn a_notice_is_given_once_until_its_cause_is_over() {
    let kind = "lookup:-2001".to_owned();
    let action = Action::Say {
        chat: OWNER.into(),
        thread: None,
        text: "Make me an administrator".into(),
        button: None,
        cleanup_seconds: 0,
    };
    let notice = Change::Notice { chat: NEWS, kind: kind.clone(), action, at: NOON };
    let over = Change::NoticeOver { chat: NEWS, kind };
    let loaded = after_restart(vec![
        vec![notice.clone(), notice.clone()],
        vec![notice.clone()],
        vec![over, notice.clone()],
        vec![notice],
    ]);
    assert_eq!(loaded.outbox.len(), 2);
}

#[test]
fn a_batch_that_cannot_be_stored_is_refused_whole() {
    let long = "x".repeat(65);
    let days = |minutes| Policy { prompt_minutes: minutes, ..Policy::default() };
    let notice = Change::Notice { chat: NEWS, kind: long, action: restrict(GROUP, ANN), at: NOON };
    let table = [
        ("a hold in a group nobody set up", Change::Hold(held(OTHER, ANN))),
        ("a policy of a group nobody set up", Change::Policy(OTHER, Policy::default())),
        ("a link of a group nobody set up", link(OTHER, NEWS, "news")),
        ("a prompt older than Telegram deletes", Change::Policy(GROUP, days(48 * 60))),
        ("a notice of an endless kind", notice),
    ];
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    store.submit(vec![set_up(GROUP)]).wait().unwrap();
    for (rule, change) in table {
        let outcome = store.submit(vec![enqueue(restrict(GROUP, ANN)), change]).wait();
        assert!(matches!(outcome, Err(StoreError::Rejected(_))), "{rule}: {outcome:?}");
    }
    assert_eq!(store.load().unwrap().outbox, []);
    assert_eq!(store.storing(), Storing::Yes, "the disk is not to blame");
}

#[test]
fn commits_are_told_in_order_and_before_they_are_acknowledged() {
    let dir = TempDir::new().unwrap();
    let (told, hear) = mpsc::channel();
    let on_commit = move |rows: Vec<OutboxRow>| told.send(rows).unwrap();
    let store = Store::open(&options(&dir), on_commit, Clock::manual(NOON)).unwrap();
    let commits: Vec<_> =
        (0..500).map(|n| store.submit(vec![enqueue(restrict(GROUP, UserId::new(n)))])).collect();
    for (n, commit) in (0..).zip(commits) {
        commit.wait().unwrap();
        let rows = hear.try_recv().expect("told before acknowledged");
        assert_eq!(rows, [outbox_row(n + 1, restrict(GROUP, UserId::new(n)))]);
    }
}

#[test]
fn batches_that_wait_together_are_committed_together() {
    let dir = TempDir::new().unwrap();
    let (store, hear, go) = open_halting(&dir);
    let first = store.submit(vec![enqueue(restrict(GROUP, ANN))]);
    hear.recv().unwrap();
    let others: Vec<_> =
        (0..50).map(|n| store.submit(vec![Change::Watermark(UpdateId::new(n), NOON)])).collect();
    assert_eq!(store.gauges().queue, 50);
    go.send(()).unwrap();
    first.wait().unwrap();
    for other in others {
        other.wait().unwrap();
    }
    let gauges = store.gauges();
    assert_eq!((gauges.commits, gauges.batches, gauges.queue), (2, 51, 0));
}

#[test]
fn a_failing_batch_does_not_fail_its_neighbours() {
    let dir = TempDir::new().unwrap();
    let (store, hear, go) = open_halting(&dir);
    drop(store.submit(vec![enqueue(restrict(GROUP, OWNER))]));
    hear.recv().unwrap();
    let before = store.submit(vec![enqueue(restrict(GROUP, ANN))]);
    let bad = vec![enqueue(restrict(GROUP, BOB)), Change::Policy(OTHER, Policy::default())];
    let failing = store.submit(bad);
    let after = store.submit(vec![enqueue(Action::Lift { chat: GROUP, user: ANN })]);
    (0..3).for_each(|_| go.send(()).unwrap());

    before.wait().unwrap();
    assert!(matches!(failing.wait(), Err(StoreError::Rejected(_))));
    after.wait().unwrap();
    let told: Vec<OutboxRow> = hear.try_iter().flatten().collect();
    let lift = Action::Lift { chat: GROUP, user: ANN };
    assert_eq!(told, [outbox_row(2, restrict(GROUP, ANN)), outbox_row(3, lift)]);
    assert_eq!(store.load().unwrap().outbox.get(1..), Some(&told[..]));
}

#[tokio::test]
async fn a_commit_can_be_awaited_or_ignored() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    drop(store.submit(vec![enqueue(restrict(GROUP, ANN))]));
    store.submit(vec![enqueue(restrict(GROUP, BOB))]).await.unwrap();
    assert_eq!(store.load().unwrap().outbox.len(), 2);
}

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

#[test]
fn a_group_with_a_new_id_takes_everything_along() {
    let policy = Policy { mode: Mode::Soft, ..Policy::default() };
    let thread = Some(ThreadId::new(3));
    let named = Named { id: ANN, name: "Ann".into(), language: None };
    let check = |chat| Action::Check { chat, person: named.clone(), cause: Cause::Joined };
    let seen = |chat| MemberRow { chat, user: ANN, joined: true, at: NOON };
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let old = vec![
        set_up(GROUP),
        Change::Policy(GROUP, policy.clone()),
        link(GROUP, NEWS, "news"),
        Change::Admins(GROUP, vec![OWNER]),
        Change::Hold(HoldRow { thread, ..held(GROUP, ANN) }),
        Change::PromptShown(PromptRow { thread, ..prompt(5) }),
        Change::Members(vec![seen(GROUP)]),
        enqueue(check(GROUP)),
        enqueue(restrict(BLOG, BOB)),
    ];
    let migrate = Change::Migrate { from: GROUP, to: OTHER };
    store.submit(old).wait().unwrap();
    store.submit(vec![migrate.clone()]).wait().unwrap();
    store.submit(vec![migrate]).wait().expect("told twice, once from each side");
    store.submit(vec![Change::Migrate { from: OTHER, to: OTHER }]).wait().unwrap();

    let loaded = store.load().unwrap();
    let expected = Protection {
        chat: OTHER,
        policy,
        channels: vec![channel(NEWS, "news")],
        admins: [OWNER].into(),
        ..protection()
    };
    assert_eq!(loaded.chats, [expected]);
    assert_eq!(loaded.holds, [HoldRow { thread, ..held(OTHER, ANN) }]);
    assert_eq!(loaded.members, [seen(OTHER)]);
    assert_eq!(loaded.outbox, [outbox_row(1, check(OTHER)), outbox_row(2, restrict(BLOG, BOB))]);
    let view = store.prompt(OTHER, thread).unwrap();
    assert_eq!(view.prompt, Some(PromptRow { chat: OTHER, thread, ..prompt(5) }));
    let today = ChatStatus { held: 1, admitted_today: 0, held_today: 1 };
    assert_eq!(store.status(OTHER, NOON).unwrap(), today);
    assert_eq!(store.status(GROUP, NOON).unwrap(), ChatStatus::default());
}

#[test]
fn a_group_whose_new_id_is_known_already_is_merged_into_it() {
    let dir = TempDir::new().unwrap();
    let (told, hear) = mpsc::channel();
    let on_commit = move |rows: Vec<OutboxRow>| told.send(rows).unwrap();
    let store = Store::open(&options(&dir), on_commit, Clock::manual(NOON)).unwrap();
    let (soft, observe) = (
        Policy { mode: Mode::Soft, ..Policy::default() },
        Policy { mode: Mode::Observe, ..Policy::default() },
    );
    let both = vec![
        set_up(GROUP),
        set_up(OTHER),
        Change::Policy(GROUP, soft),
        Change::Policy(OTHER, observe.clone()),
        link(GROUP, NEWS, "news"),
        link(GROUP, BLOG, "blog"),
        link(OTHER, NEWS, "news"),
        Change::Admins(GROUP, vec![OWNER, ANN]),
        Change::Admins(OTHER, vec![OWNER, BOB]),
        Change::Hold(held(GROUP, ANN)),
        Change::Hold(held(GROUP, BOB)),
        Change::Hold(HoldRow { name: "newer".into(), ..held(OTHER, ANN) }),
        Change::PromptShown(prompt(1)),
        Change::PromptShown(PromptRow { chat: OTHER, ..prompt(2) }),
        enqueue(restrict(GROUP, ANN)),
        Change::Migrate { from: GROUP, to: OTHER },
    ];
    store.submit(both).wait().unwrap();

    assert_eq!(hear.recv().unwrap(), [outbox_row(1, restrict(OTHER, ANN))]);
    let loaded = store.load().unwrap();
    let [chat] = &loaded.chats[..] else { panic!("one group: {:?}", loaded.chats) };
    assert_eq!((chat.chat, &chat.policy), (OTHER, &observe));
    assert_eq!(chat.admins, [OWNER, ANN, BOB].into());
    assert_eq!(chat.channels.len(), 2);
    let names: Vec<_> = loaded.holds.iter().map(|hold| (hold.user, hold.name.as_str())).collect();
    assert_eq!(names, [(ANN, "newer"), (BOB, "Ann <b>")]);
    assert_eq!(store.prompt(OTHER, None).unwrap().prompt.unwrap().message, MessageId::new(2));
    assert_eq!(store.status(OTHER, NOON).unwrap().held_today, 3);
}

#[test]
fn lanes_and_people_survive_whatever_the_action() {
    let person = Named { id: ANN, name: "A\"\n\u{1f600}".into(), language: Some("pt-br".into()) };
    let pressed = Cause::Pressed { query: "q".into(), at: NOON };
    let action = Action::Check { chat: GROUP, person, cause: pressed };
    let loaded = after_restart(vec![vec![enqueue(action.clone())]]);
    assert_eq!(loaded.outbox, [outbox_row(1, action)]);
    assert_eq!(loaded.outbox[0].lane, Lane::PressCheck);
}

/// What may happen to the outbox between two looks at it.
#[derive(Clone, Debug)]
enum Step {
    Enqueue(u8),
    Settle(prop::sample::Index),
    PutOff(prop::sample::Index, u32),
    Bury(prop::sample::Index),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..4u8).prop_map(Step::Enqueue),
        2 => any::<prop::sample::Index>().prop_map(Step::Settle),
        2 => (any::<prop::sample::Index>(), 0..9u32).prop_map(|(row, n)| Step::PutOff(row, n)),
        1 => any::<prop::sample::Index>().prop_map(Step::Bury),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_interleaving_loses_a_row_or_brings_one_back(steps in prop::collection::vec(step(), 1..30)) {
        let dir = TempDir::new().unwrap();
        let open = || {
            let (told, hear) = mpsc::channel();
            let on_commit = move |rows: Vec<OutboxRow>| told.send(rows).unwrap();
            (Store::open(&options(&dir), on_commit, Clock::manual(NOON)).unwrap(), hear)
        };
        let (mut store, mut hear) = open();
        let mut alive: Vec<OutboxRow> = Vec::new();
        let mut ever: Vec<RowId> = Vec::new();
        for step in steps {
            let change = match step {
                Step::Enqueue(count) => {
                    let people = (0..i64::from(count)).map(UserId::new);
                    let changes = people.map(|user| enqueue(restrict(GROUP, user))).collect();
                    store.submit(changes).wait().unwrap();
                    let rows: Vec<OutboxRow> = hear.try_iter().flatten().collect();
                    prop_assert!(rows.iter().all(|row| ever.iter().all(|old| *old < row.id)));
                    ever.extend(rows.iter().map(|row| row.id));
                    alive.extend(rows);
                    continue;
                }
                Step::Restart => {
                    store.close();
                    (store, hear) = open();
                    prop_assert_eq!(&store.load().unwrap().outbox, &alive);
                    continue;
                }
                Step::Settle(_) | Step::PutOff(..) | Step::Bury(_) if ever.is_empty() => continue,
                Step::Settle(row) => {
                    let id = *row.get(&ever);
                    alive.retain(|row| row.id != id);
                    Change::Settle(vec![id])
                }
                Step::PutOff(row, attempt) => {
                    let id = *row.get(&ever);
                    alive.iter_mut().filter(|row| row.id == id).for_each(|row| row.attempt = attempt);
                    Change::PutOff { rows: vec![id], due: NOON, attempt }
                }
                Step::Bury(row) => {
                    let id = *row.get(&ever);
                    alive.retain(|row| row.id != id);
                    Change::Bury { rows: vec![id], reason: "refused".into(), at: NOON }
                }
            };
            drop(store.submit(vec![change])); // order alone must be enough
        }
        store.close();
        prop_assert_eq!(&open().0.load().unwrap().outbox, &alive);
    }
}
