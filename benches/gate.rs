//! What the gate costs for somebody who may speak: the decision, the look into the cache, and the whole
//! way of a batch from bytes to "nothing to do".
//!
//! Each group has its baseline in the same run, the least that could be done instead; read the ratio.

#![allow(clippy::expect_used, reason = "a bench stops where it cannot go on")]
#![allow(missing_docs, reason = "criterion's macros declare functions without")]

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    hint::black_box,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use gatehouse::{
    clock::Clock,
    core::{Bot, Core, Parts},
    dispatch::Dispatch,
    gate::{
        decide::{Membership, Verdict, on_message, standing},
        event::{Event, Person, Sender},
        policy::{Channel, Policy, Protection},
    },
    ids::{ChatId, UserId},
    ledger::Ledger,
    limits::{Figures, Limits},
    membership::{Lifetimes, Memberships},
    outbox::Outbox,
    stats::{Counter, Stats},
    store::{Options, Store},
    telegram::decode_updates,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const GROUP: ChatId = ChatId::new(-1_001_234_567_890);
const NEWS: ChatId = ChatId::new(-1_009_876_543_210);
const BOT: UserId = UserId::new(7_000_000_001);

/// As many updates as `getUpdates` returns at most.
const BATCH: i64 = 100;

/// As many members as a large supergroup has active, so that the tables do not fit a core's cache.
const MEMBERS: i64 = 100_000;

fn member(nth: i64) -> UserId {
    // Spread like Telegram's ids, not one after the other.
    UserId::new(5_000_000_000 + nth * 7_919)
}

fn protection() -> Protection {
    let channel = Channel { id: NEWS, title: "News".into(), link: "https://t.me/news".into() };
    Protection {
        chat: GROUP,
        title: "Group".into(),
        owner: member(0),
        enabled: true,
        lacking: Vec::new(),
        channels: vec![channel],
        policy: Policy::default(),
        admins: (0..20).map(|nth| UserId::new(4_000_000_000 + nth)).collect(),
    }
}

fn memberships(members: i64, clock: &Clock) -> Memberships {
    let day = Duration::from_secs(24 * 60 * 60); // nothing expires while it is measured
    let lifetimes = Lifetimes { member: day, stranger: day, jitter_percent: 15 };
    let memberships = Memberships::new(64 << 20, lifetimes, clock.clone());
    for nth in 0..members {
        memberships.learn(NEWS, member(nth), Membership::Joined);
    }
    drop(memberships.take_unsaved());
    memberships
}

/// A message as a busy supergroup sends it, about 0.9 KB: a reply with a link, by somebody with a
/// full name.
fn update(nth: i64) -> Value {
    let chat = json!({ "id": GROUP.get(), "title": "Gardeners of the north", "username": "gardeners",
        "type": "supergroup", "is_forum": false });
    let author = json!({ "id": member(nth * 997 % MEMBERS).get(), "is_bot": false,
        "first_name": "Ann-Kathrin", "last_name": "Müller", "username": "annkathrin_m",
        "language_code": "de", "is_premium": true });
    let earlier = json!({ "message_id": 40_000 + nth, "date": 1_767_225_000, "chat": chat.clone(),
        "from": { "id": 5_123_456_789_i64, "is_bot": false, "first_name": "Ben" },
        "text": "Has anybody tried to winter their fuchsias in an unheated greenhouse?" });
    json!({ "update_id": 870_000_000 + nth, "message": {
        "message_id": 41_000 + nth, "from": author, "chat": chat, "date": 1_767_225_600,
        "reply_to_message": earlier,
        "text": "Yes, with fleece around the pots: https://example.org/fuchsia — water once a month.",
        "entities": [{ "offset": 34, "length": 27, "type": "url" }],
        "link_preview_options": { "url": "https://example.org/fuchsia" } } })
}

/// The answer to one `getUpdates`.
fn answer() -> Vec<u8> {
    let updates: Vec<_> = (0..BATCH).map(update).collect();
    json!({ "ok": true, "result": updates }).to_string().into_bytes()
}

/// The real gate over a real database, without anybody who delivers.
fn core(dir: &TempDir, clock: &Clock) -> Arc<Core> {
    let figures = Figures {
        messages_per_second: 30.try_into().expect("not zero"),
        group_messages_per_minute: 20,
    };
    let outbox = Arc::new(Outbox::new(Limits::new(figures), 1, clock.clone()));
    let to_outbox = outbox.clone();
    let options = Options { path: dir.path().join("bench.db"), readers: 1 };
    let store = Store::open(&options, move |rows| to_outbox.push(rows), clock.clone());
    let core = Core::new(Parts {
        clock: clock.clone(),
        stats: Arc::new(Stats::new(clock.clone())),
        outbox,
        store: store.expect("a store"),
        memberships: memberships(MEMBERS, clock),
        ledger: Ledger::restore(&[], &[]),
        bot: Bot { id: BOT, username: "gatehouse_bot".into() },
    });
    core.directory.put(protection());
    Arc::new(core)
}

/// The pure decision about a member who has joined, against looking one value up in a map.
fn decision(criterion: &mut Criterion) {
    let protection = protection();
    let users: Vec<_> = (0..1_024).map(member).collect();
    let joined: HashSet<_> = users.iter().copied().collect();
    let verdicts: HashMap<_, _> = users.iter().map(|user| (*user, Verdict::Admit)).collect();
    let mut next = users.iter().copied().cycle();
    let mut group = criterion.benchmark_group("decision");
    group.throughput(Throughput::Elements(1));
    group.bench_function("baseline_one_map_look_up", |bencher| {
        bencher.iter(|| verdicts.get(&black_box(next.next().unwrap_or_default())));
    });
    group.bench_function("decide", |bencher| {
        bencher.iter(|| {
            let id = black_box(next.next().unwrap_or_default());
            let name = Cow::Borrowed("Ann");
            let sender = Sender::Person(Person { id, name, last_name: None, language: None });
            on_message(black_box(&protection), &sender, |user| {
                let known = joined.contains(&user).then_some(Membership::Joined);
                standing(&protection, |_| known)
            })
        });
    });
    group.finish();
}

/// A hit in the cache, its lifetime checked, against a map behind one lock that never forgets; of few
/// members, which stay near the processor, and of many, which do not.
fn cache_hit(criterion: &mut Criterion) {
    for (name, members) in [("cache_hit_1k", 1_000), ("cache_hit_100k", MEMBERS)] {
        let memberships = memberships(members, &Clock::real());
        let map: HashMap<_, _> =
            (0..members).map(|nth| ((NEWS, member(nth)), Membership::Joined)).collect();
        let map = Mutex::new(map);
        let mut next = (0..members).map(|nth| member(nth * 997 % members)).cycle();
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        group.bench_function("baseline_mutex_hash_map", |bencher| {
            bencher.iter(|| {
                let key = (NEWS, black_box(next.next().unwrap_or_default()));
                map.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
            });
        });
        group.bench_function("memberships_known", |bencher| {
            bencher.iter(|| memberships.known(NEWS, black_box(next.next().unwrap_or_default())));
        });
        group.finish();
    }
}

/// A batch of members who may speak, from bytes to the end, against decoding the same bytes and one
/// look into the cache for each. The throughput is in updates.
fn hot_path(criterion: &mut Criterion) {
    let dir = TempDir::new().expect("a directory");
    let core = core(&dir, &Clock::real());
    let body = answer();
    let mut group = criterion.benchmark_group("hot_path");
    group.throughput(Throughput::Elements(BATCH.unsigned_abs()));
    group.bench_function("baseline_decode_and_look_up", |bencher| {
        bencher.iter(|| {
            let decoded = decode_updates(black_box(&body)).expect("updates");
            decoded.updates.iter().filter(|incoming| is_joined(&core, &incoming.event)).count()
        });
    });
    group.bench_function("batch_to_admit", |bencher| {
        bencher.iter(|| {
            // A dispatch of its own for each round, or the second round would be a repetition.
            let dispatch = Dispatch::new(core.clone(), None);
            let done = dispatch.batch(black_box(&body)).expect("a batch");
            assert!(done.commit.is_none(), "who may speak costs no write");
        });
    });
    group.finish();
    let (updates, admitted) = (Counter::Updates, Counter::CacheHits);
    assert_eq!(core.stats.get(updates), core.stats.get(admitted), "all were known and admitted");
}

fn is_joined(core: &Core, event: &Event<'_>) -> bool {
    let Event::Spoke(spoken) = event else { return false };
    let Sender::Person(person) = &spoken.sender else { return false };
    core.memberships.known(NEWS, person.id) == Some(Membership::Joined)
}

criterion_group!(all, decision, cache_hit, hot_path);
criterion_main!(all);
