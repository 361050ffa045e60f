//! How fast a batch of updates becomes events, beside the library's own types.
//!
//! `cargo bench --bench decode`: both sides read the same 100 supergroup messages of 0.9 KB.
//! The library's types keep every field and ours only what the gate reads; the comparison says
//! what a decoder of our own is worth, not that the other is slow at what it does.

use std::{hint::black_box, time::Duration};

use criterion::{Criterion, Throughput};
use gatehouse::telegram::decode_updates;
use teloxide::types::Update;

const BATCH: u64 = 100;

/// A reply with a link and a mention, as a busy group sees them all day.
const UPDATE: &str = r#"{"update_id":731204500,"message":{"message_id":48213,"from":{"id":5123456789,"is_bot":false,"first_name":"Marta","last_name":"Oliveira","username":"marta_oliveira","language_code":"pt","is_premium":true},"chat":{"id":-1001234567890,"title":"Gardeners of Lisbon","username":"gardeners_lisbon","type":"supergroup"},"date":1750000000,"reply_to_message":{"message_id":48209,"from":{"id":6123456780,"is_bot":false,"first_name":"Jo","username":"jo_plants"},"chat":{"id":-1001234567890,"title":"Gardeners of Lisbon","username":"gardeners_lisbon","type":"supergroup"},"date":1749999900,"text":"Does anybody know when the seed market opens?"},"text":"@jo_plants it opens at nine, see https://example.org/market for the map","entities":[{"offset":0,"length":10,"type":"mention"},{"offset":33,"length":26,"type":"url"}],"link_preview_options":{"url":"https://example.org/market"}}}"#;

fn main() {
    let updates = vec![UPDATE; 100].join(",");
    let answer = format!(r#"{{"ok":true,"result":[{updates}]}}"#);
    let array = format!("[{updates}]");
    let ours = decode_updates(answer.as_bytes()).map(|decoded| decoded.updates.len());
    let theirs = serde_json::from_str::<Vec<Update>>(&array).map(|updates| updates.len());
    assert!(matches!((ours, theirs), (Ok(100), Ok(100))), "both sides read the whole batch");

    let mut criterion =
        Criterion::default().measurement_time(Duration::from_secs(5)).configure_from_args();
    let mut group = criterion.benchmark_group("decode 100 messages of 0.9 KB");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("gatehouse", |bench| {
        bench.iter(|| black_box(decode_updates(black_box(answer.as_bytes()))));
    });
    group.bench_function("teloxide types", |bench| {
        bench.iter(|| black_box(serde_json::from_str::<Vec<Update>>(black_box(&array))));
    });
    group.finish();
    criterion.final_summary();
}
