//! What group commit is worth: rows handed in by 64 threads at once, against the same rows handed in
//! one after the other, each a transaction of its own. Real files, `synchronous=FULL`.
//!
//! Both write the same rows through the same store, so the ratio is that of transactions saved.

#![allow(clippy::expect_used, clippy::print_stderr, reason = "a bench stops where it cannot go on")]
#![allow(missing_docs, reason = "criterion's macros declare functions without")]

use std::{hint::black_box, thread, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gatehouse::{
    clock::{Clock, UnixMillis},
    gate::action::Action,
    ids::{ChatId, UserId},
    store::{Options, Store, change::Change},
};
use tempfile::TempDir;

/// As many people as a raid has talking at the same time.
const SUBMITTERS: u64 = 64;

fn row() -> Vec<Change> {
    let action = Action::Restrict {
        chat: ChatId::new(-1_001),
        user: UserId::new(1),
        since: UnixMillis::new(0),
    };
    vec![Change::Enqueue { action, due: UnixMillis::default() }]
}

/// Commits `rows` from each of `submitters` threads; every thread waits for its row before the next.
fn commit(store: &Store, submitters: u64, rows: u64) -> Duration {
    let clock = Clock::real();
    let one_by_one = || {
        for _ in 0..rows {
            store.submit(black_box(row())).wait().expect("committed");
        }
    };
    thread::scope(|scope| {
        for _ in 0..submitters {
            scope.spawn(one_by_one);
        }
    });
    clock.uptime()
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("commit");
    group.throughput(Throughput::Elements(SUBMITTERS)).sample_size(10);
    for (name, submitters, rows) in
        [("one_row_each_transaction", 1, SUBMITTERS), ("64_submitters_grouped", SUBMITTERS, 1)]
    {
        let dir = TempDir::new().expect("a directory");
        let options = Options { path: dir.path().join("bench.db"), readers: 1 };
        let store = Store::open(&options, |_| {}, Clock::real()).expect("a store");
        // one iteration is 64 rows, however they are handed in
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|iterations| commit(&store, submitters, rows * iterations));
        });
        let gauges = store.gauges();
        eprintln!("{name}: {} batches in {} transactions", gauges.batches, gauges.commits);
        store.close();
    }
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
