//! What signs of life and gauges amount to: one check for each thing that can be wrong.
//!
//! Pure: the signs, the limits and the gauges are values.

use std::time::Duration;

use serde::Serialize;

/// How much of everything there is now; read whenever somebody asks.
///
/// Filled by a closure that must not wait for the async side or the database writer, because the
/// answer is wanted most when these are stuck.
#[derive(Clone, Debug, Default)]
pub struct Gauges {
    /// Rows that wait, by lane.
    pub queue_depth: Vec<(&'static str, u64)>,
    /// How long the oldest row has been waiting.
    pub queue_oldest: Option<Duration>,
    /// Pooled connections at work.
    pub pool_in_use: u64,
    /// Pooled connections at rest.
    pub pool_idle: u64,
    /// The most connections the pool may open.
    pub pool_max: u64,
    /// The size of the write-ahead log.
    pub wal_bytes: u64,
    /// Batches waiting for the writer.
    pub writer_queue: u64,
    /// Memberships in the cache.
    pub cache_entries: u64,
    /// How large the cache may grow.
    pub cache_capacity_bytes: u64,
    /// Whether Telegram answered the last call.
    pub telegram_connected: bool,
    /// Supergroups with an active protection.
    pub protected_chats: u64,
    /// People held now.
    pub held_now: u64,
    /// What is left where the database lies; none if there is no file, or it cannot be told.
    pub disk_free_bytes: Option<u64>,
}

impl Gauges {
    /// Rows that wait, in all lanes together.
    #[must_use]
    pub fn queue_depth_total(&self) -> u64 {
        self.queue_depth.iter().fold(0, |sum, (_, depth)| sum.saturating_add(*depth))
    }
}

/// From where on something is wrong.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most rows that may wait.
    pub queue_depth_max: u64,
    /// The least that must be left where the database lies.
    pub disk_free_min_bytes: u64,
    /// The longest the intake may go without asking for updates.
    pub intake_silence_max: Duration,
    /// The longest the async side may go without a turn.
    pub runtime_silence_max: Duration,
    /// How long Telegram may fail before anybody is alarmed.
    pub telegram_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // At 30 messages a second this is more than five minutes of work.
            queue_depth_max: 10_000,
            // A full disk stops the gate, and a WAL has been seen at 323 MB.
            disk_free_min_bytes: 512 * 1024 * 1024,
            // A long poll of 50 s, and time for it to fail.
            intake_silence_max: Duration::from_secs(90),
            // Every turn of the async side is over in milliseconds.
            runtime_silence_max: Duration::from_secs(10),
            // A single 502 or a lost connection is everyday life.
            telegram_grace: Duration::from_secs(15),
        }
    }
}

/// One thing that can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `database`, `telegram`, `queue`, `disk`, `intake` or `runtime`.
    pub name: &'static str,
    /// Whether all is well.
    pub ok: bool,
    /// What was seen.
    pub detail: String,
    /// What to do about it; none if all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<&'static str>,
}

impl Check {
    fn well(name: &'static str, detail: String) -> Self {
        Self { name, ok: true, detail, hint: None }
    }

    fn wrong(name: &'static str, detail: String, hint: &'static str) -> Self {
        Self { name, ok: false, detail, hint: Some(hint) }
    }
}

/// Every check, always in the same order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The checks.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether all is well.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failing().next().is_none()
    }

    /// What is wrong.
    pub fn failing(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.ok)
    }

    /// The check of this name.
    #[must_use]
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}

/// Something that fails, as seen now.
pub(super) struct Failure {
    pub(super) lasting: Duration,
    pub(super) reason: String,
}

/// The signs of life, as seen now.
pub(super) struct Signs {
    pub(super) intake_silence: Duration,
    pub(super) runtime_silence: Duration,
    pub(super) telegram: Option<Failure>,
    pub(super) database: Option<Failure>,
}

pub(super) fn evaluate(signs: &Signs, limits: &Limits, gauges: &Gauges) -> Report {
    let checks = vec![
        database(signs.database.as_ref()),
        telegram(signs.telegram.as_ref(), limits),
        queue(gauges, limits),
        disk(gauges.disk_free_bytes, limits),
        intake(signs.intake_silence, limits),
        runtime(signs.runtime_silence, limits),
    ];
    Report { checks }
}

fn database(failure: Option<&Failure>) -> Check {
    let Some(Failure { lasting, reason }) = failure else {
        return Check::well("database", "every commit succeeds".to_owned());
    };
    Check::wrong(
        "database",
        format!("failing for {} s: {reason}", lasting.as_secs()),
        "see that the disk of storage.path has space and is writable; storing goes on by itself then",
    )
}

fn telegram(failure: Option<&Failure>, limits: &Limits) -> Check {
    let Some(Failure { lasting, reason }) = failure else {
        return Check::well("telegram", "answers".to_owned());
    };
    let detail = format!("failing for {} s: {reason}", lasting.as_secs());
    if *lasting < limits.telegram_grace {
        return Check::well("telegram", detail);
    }
    let hint = "see that this machine reaches telegram.api_url and that the token is right; \
                nothing is lost meanwhile";
    Check::wrong("telegram", detail, hint)
}

fn queue(gauges: &Gauges, limits: &Limits) -> Check {
    let depth = gauges.queue_depth_total();
    if depth <= limits.queue_depth_max {
        return Check::well("queue", format!("{depth} waiting"));
    }
    let longest = gauges.queue_depth.iter().max_by_key(|(_, depth)| *depth);
    let (lane, most) = longest.copied().unwrap_or_default();
    Check::wrong(
        "queue",
        format!("{depth} waiting, more than {}; {most} of them in {lane}", limits.queue_depth_max),
        "see `telegram` in /stats: too_many_requests means Telegram's limits, errors its refusals",
    )
}

fn disk(free_bytes: Option<u64>, limits: &Limits) -> Check {
    let mib = |bytes: u64| bytes / (1024 * 1024);
    let Some(free) = free_bytes else {
        return Check::well("disk", "not known".to_owned());
    };
    if free >= limits.disk_free_min_bytes {
        return Check::well("disk", format!("{} MiB free", mib(free)));
    }
    Check::wrong(
        "disk",
        format!("{} MiB free, less than {} MiB", mib(free), mib(limits.disk_free_min_bytes)),
        "make room where storage.path lies; a full disk stops the gate",
    )
}

fn intake(silence: Duration, limits: &Limits) -> Check {
    let detail = format!("last asked for updates {} s ago", silence.as_secs());
    if silence <= limits.intake_silence_max {
        return Check::well("intake", detail);
    }
    let hint = "see the log for the cause; Telegram keeps updates for 24 h, and a restart \
                (`systemctl restart gatehouse`) loses none";
    Check::wrong("intake", detail, hint)
}

fn runtime(silence: Duration, limits: &Limits) -> Check {
    let detail = format!("last had its turn {} s ago", silence.as_secs());
    if silence <= limits.runtime_silence_max {
        return Check::well("runtime", detail);
    }
    Check::wrong(
        "runtime",
        detail,
        "the async side is stuck or starved: see the load of this machine, then \
         `systemctl restart gatehouse`; nothing is lost",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn well() -> (Signs, Gauges) {
        let signs = Signs {
            intake_silence: Duration::ZERO,
            runtime_silence: Duration::ZERO,
            telegram: None,
            database: None,
        };
        (signs, Gauges { disk_free_bytes: Some(u64::MAX), ..Gauges::default() })
    }

    fn failure(secs: u64) -> Failure {
        Failure { lasting: Duration::from_secs(secs), reason: "because".to_owned() }
    }

    type Change = fn(&mut Signs, &mut Gauges);

    #[test]
    fn every_check_fails_beyond_its_limit_and_not_before() {
        let table: [(&str, Change, &[&str]); 15] = [
            ("all is well", |_, _| {}, &[]),
            ("a commit has just failed", |s, _| s.database = Some(failure(0)), &["database"]),
            ("telegram failed once", |s, _| s.telegram = Some(failure(14)), &[]),
            ("telegram keeps failing", |s, _| s.telegram = Some(failure(15)), &["telegram"]),
            ("a full queue", |_, g| g.queue_depth = vec![("lift", 4_000), ("prompt", 6_000)], &[]),
            ("an overfull queue", |_, g| g.queue_depth = vec![("prompt", 10_001)], &["queue"]),
            (
                "lanes add up",
                |_, g| g.queue_depth = vec![("lift", 5_000), ("prompt", 5_001)],
                &["queue"],
            ),
            (
                "depths without end",
                |_, g| g.queue_depth = vec![("a", u64::MAX), ("b", 1)],
                &["queue"],
            ),
            ("just enough disk", |_, g| g.disk_free_bytes = Some(512 << 20), &[]),
            ("too little disk", |_, g| g.disk_free_bytes = Some((512 << 20) - 1), &["disk"]),
            ("disk not known", |_, g| g.disk_free_bytes = None, &[]),
            ("a long poll", |s, _| s.intake_silence = Duration::from_secs(90), &[]),
            ("no poll", |s, _| s.intake_silence = Duration::from_secs(91), &["intake"]),
            ("a stuck runtime", |s, _| s.runtime_silence = Duration::from_secs(11), &["runtime"]),
            (
                "two at once",
                |s, g| {
                    s.database = Some(failure(3));
                    g.disk_free_bytes = Some(0);
                },
                &["database", "disk"],
            ),
        ];
        for (situation, change, failing) in table {
            let (mut signs, mut gauges) = well();
            change(&mut signs, &mut gauges);
            let report = evaluate(&signs, &Limits::default(), &gauges);
            let names: Vec<_> = report.failing().map(|check| check.name).collect();
            assert_eq!(names, failing, "{situation}");
            assert_eq!(report.is_ok(), failing.is_empty(), "{situation}");
        }
    }

    #[test]
    fn whatever_is_wrong_comes_with_what_was_seen_and_what_to_do() {
        let signs = Signs {
            intake_silence: Duration::from_secs(1_000),
            runtime_silence: Duration::from_secs(1_000),
            telegram: Some(failure(60)),
            database: Some(failure(60)),
        };
        let gauges = Gauges {
            queue_depth: vec![("lift", 7), ("prompt", 90_000)],
            disk_free_bytes: Some(3 << 20),
            ..Gauges::default()
        };
        let report = evaluate(&signs, &Limits::default(), &gauges);
        let seen = [
            ("database", "failing for 60 s: because"),
            ("telegram", "failing for 60 s: because"),
            ("queue", "90007 waiting, more than 10000; 90000 of them in prompt"),
            ("disk", "3 MiB free, less than 512 MiB"),
            ("intake", "last asked for updates 1000 s ago"),
            ("runtime", "last had its turn 1000 s ago"),
        ];
        assert_eq!(report.failing().count(), seen.len());
        for (name, detail) in seen {
            let check = report.check(name).expect(name);
            assert_eq!(check.detail, detail);
            assert!(check.hint.is_some(), "{name} says what to do");
        }
    }
}
