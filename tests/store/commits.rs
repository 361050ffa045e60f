//! What a submitter and whoever acts on the outbox can count on.

use super::*;

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
    let after = store.submit(vec![enqueue(Action::Lift {
        chat: GROUP,
        user: ANN,
        since: UnixMillis::new(0),
    })]);
    (0..3).for_each(|_| go.send(()).unwrap());

    before.wait().unwrap();
    assert!(matches!(failing.wait(), Err(StoreError::Rejected(_))));
    after.wait().unwrap();
    let told: Vec<OutboxRow> = hear.try_iter().flatten().collect();
    let lift = Action::Lift { chat: GROUP, user: ANN, since: UnixMillis::new(0) };
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
