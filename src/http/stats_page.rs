//! `/stats`: counters, gauges and latencies as one JSON object.
//!
//! Names and blocks are a contract with dashboards: add, never rename.

use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::{State, answer::Answer, process};
use crate::{
    health::Gauges,
    stats::{Counter, Latency, Quantiles, Stats},
};

/// An object whose names stay in the order they were given.
struct Block(Vec<(&'static str, Value)>);

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The page, in the order it is read.
#[derive(Serialize)]
struct StatsPage {
    message_queue: MessageQueue,
    database_pool: Block,
    cache: Block,
    telegram: Block,
    gate: Block,
    latency_ms: Spreads,
    process: Block,
}

#[derive(Serialize)]
struct MessageQueue {
    depth: u64,
    oldest_seconds: Option<u64>,
    retried: u64,
    buried: u64,
    lanes: Block,
}

/// Every latency of the last five to ten minutes.
struct Spreads(Vec<(&'static str, Spread)>);

impl Serialize for Spreads {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, spread)| (name, spread)))
    }
}

#[derive(Serialize)]
struct Spread {
    count: u64,
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

impl From<Quantiles> for Spread {
    fn from(quantiles: Quantiles) -> Self {
        let Quantiles { count, p50, p95, p99, max } = quantiles;
        Self { count, p50: ms(p50), p95: ms(p95), p99: ms(p99), max: ms(max) }
    }
}

/// What the gate has counted, in the order it happens.
const GATE: [Counter; 11] = [
    Counter::Updates,
    Counter::Repeated,
    Counter::Poison,
    Counter::Admitted,
    Counter::Held,
    Counter::Lifted,
    Counter::Prompted,
    Counter::Edited,
    Counter::Deleted,
    Counter::Answers,
    Counter::TooEarly,
];

pub(super) fn answer(shown: &State) -> Answer {
    let gauges = (shown.gauges)();
    let stats = &shown.stats;
    let page = StatsPage {
        message_queue: message_queue(stats, &gauges),
        database_pool: database_pool(&gauges),
        cache: cache(stats, &gauges),
        telegram: telegram(stats, &gauges),
        gate: gate(stats, &gauges),
        latency_ms: Spreads(
            Latency::ALL.map(|latency| (latency.name(), stats.recent(latency).into())).into(),
        ),
        process: process(shown.clock.uptime()),
    };
    Answer::json(200, &page)
}

fn message_queue(stats: &Stats, gauges: &Gauges) -> MessageQueue {
    let lanes = gauges.queue_depth.iter().map(|(lane, depth)| (*lane, json!(depth)));
    MessageQueue {
        depth: gauges.queue_depth_total(),
        oldest_seconds: gauges.queue_oldest.map(|oldest| oldest.as_secs()),
        retried: stats.get(Counter::Retried),
        buried: stats.get(Counter::Buried),
        lanes: Block(lanes.collect()),
    }
}

fn database_pool(gauges: &Gauges) -> Block {
    Block(vec![
        ("in_use", json!(gauges.pool_in_use)),
        ("idle", json!(gauges.pool_idle)),
        ("max", json!(gauges.pool_max)),
        ("writer_queue", json!(gauges.writer_queue)),
        ("wal_bytes", json!(gauges.wal_bytes)),
    ])
}

fn cache(stats: &Stats, gauges: &Gauges) -> Block {
    let (hits, misses) = (stats.get(Counter::CacheHits), stats.get(Counter::CacheMisses));
    Block(vec![
        ("entries", json!(gauges.cache_entries)),
        ("capacity_bytes", json!(gauges.cache_capacity_bytes)),
        ("hits", json!(hits)),
        ("misses", json!(misses)),
        ("hit_percent", json!(percent(hits, hits.saturating_add(misses)))),
    ])
}

fn telegram(stats: &Stats, gauges: &Gauges) -> Block {
    Block(vec![
        ("connected", json!(gauges.telegram_connected)),
        ("calls", json!(stats.get(Counter::ApiCalls))),
        ("errors", json!(stats.get(Counter::ApiErrors))),
        ("too_many_requests", json!(stats.get(Counter::TooManyRequests))),
        ("checks", json!(stats.get(Counter::Checks))),
    ])
}

fn gate(stats: &Stats, gauges: &Gauges) -> Block {
    let now =
        [("protected_chats", gauges.protected_chats), ("held_now", gauges.held_now)].into_iter();
    let counted = GATE.into_iter().map(|counter| (counter.name(), stats.get(counter)));
    Block(now.chain(counted).map(|(name, value)| (name, json!(value))).collect())
}

fn process(uptime: Duration) -> Block {
    let usage = process::usage();
    Block(vec![
        ("pid", json!(std::process::id())),
        ("version", json!(env!("CARGO_PKG_VERSION"))),
        ("uptime_seconds", json!(uptime.as_secs())),
        ("resident_bytes", json!(usage.resident_bytes)),
        ("threads", json!(usage.threads)),
    ])
}

/// Milliseconds, exact to the microsecond.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// So many of a hundred, to one decimal; none of nothing.
fn percent(part: u64, whole: u64) -> Option<f64> {
    let tenths = u128::from(part).checked_mul(1_000)?.checked_div(u128::from(whole))?;
    u32::try_from(tenths).ok().map(|tenths| f64::from(tenths) / 10.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp, reason = "rounded values are meant to be exact")]

    use super::*;

    #[test]
    fn milliseconds_keep_their_microseconds() {
        assert_eq!(ms(Duration::from_nanos(1_234_567)), 1.235);
        assert_eq!(ms(Duration::from_secs(3_600)), 3_600_000.0);
    }

    #[test]
    fn a_share_is_exact_and_a_share_of_nothing_is_none() {
        let table = [
            (0, 0, None),
            (0, 7, Some(0.0)),
            (2, 3, Some(66.6)),
            (7, 7, Some(100.0)),
            (u64::MAX, u64::MAX, Some(100.0)),
        ];
        for (part, whole, share) in table {
            assert_eq!(percent(part, whole), share, "{part} of {whole}");
        }
    }
}
