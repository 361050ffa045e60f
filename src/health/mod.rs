//! Signs of life: who last did what, and whether it worked.
//!
//! The rooms that do the work leave their signs here; `report` says what they amount to, and
//! `http` shows it. Nothing here acts on what it sees, and nothing here waits.

mod disk;
mod report;

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub use disk::disk_free_bytes;
pub use report::{Check, Gauges, Limits, Report};
use report::{Failure, Signs, evaluate};

use crate::clock::Clock;

/// The longest reason that is kept, in characters.
const REASON_MAX: usize = 200;

/// Where the process stands between its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Being built: not everything listens yet.
    Starting,
    /// At work.
    Serving,
    /// Finishing what is in flight.
    Stopping,
}

/// The signs of life of the whole process; shared as `Arc<Health>`.
///
/// Every deadline is counted in monotonic time, so a jump of the wall clock alarms nobody. The
/// making of `Health` counts as the first sign of all.
#[derive(Debug)]
pub struct Health {
    clock: Clock,
    limits: Limits,
    intake: Beat,
    runtime: Beat,
    telegram: Mutex<Option<Failing>>,
    database: Mutex<Option<Failing>>,
    phase: Mutex<Phase>,
}

impl Health {
    /// Everything well so far, and [`Phase::Starting`].
    #[must_use]
    pub fn new(clock: Clock, limits: Limits) -> Self {
        let now = clock.uptime();
        Self {
            clock,
            limits,
            intake: Beat::new(now),
            runtime: Beat::new(now),
            telegram: Mutex::new(None),
            database: Mutex::new(None),
            phase: Mutex::new(Phase::Starting),
        }
    }

    /// The intake has asked for updates, or tried to; due more often than
    /// [`Limits::intake_silence_max`].
    pub fn intake_alive(&self) {
        self.intake.beat(self.clock.uptime());
    }

    /// The async side had its turn; due more often than [`Limits::runtime_silence_max`].
    pub fn delivery_alive(&self) {
        self.runtime.beat(self.clock.uptime());
    }

    /// Telegram answered, were it with a refusal.
    pub fn telegram_ok(&self) {
        *lock(&self.telegram) = None;
    }

    /// Telegram did not answer, or does not know the token. `reason` is shown to operators: no
    /// URL, no secret; it is cut at 200 characters.
    pub fn telegram_failed(&self, reason: &str) {
        self.failed(&self.telegram, reason);
    }

    /// The database took what it was given.
    pub fn database_ok(&self) {
        *lock(&self.database) = None;
    }

    /// The database refused. `cause` is shown to operators and cut at 200 characters.
    pub fn database_failed(&self, cause: &str) {
        self.failed(&self.database, cause);
    }

    /// Everything listens and works: [`Phase::Serving`], unless it is stopping already.
    pub fn started(&self) {
        let mut phase = lock(&self.phase);
        if *phase == Phase::Starting {
            *phase = Phase::Serving;
        }
    }

    /// The process finishes what is in flight: [`Phase::Stopping`], for good.
    pub fn stopping(&self) {
        *lock(&self.phase) = Phase::Stopping;
    }

    /// Where the process stands.
    #[must_use]
    pub fn phase(&self) -> Phase {
        *lock(&self.phase)
    }

    /// What the signs and the gauges amount to, now.
    #[must_use]
    pub fn evaluate(&self, gauges: &Gauges) -> Report {
        let now = self.clock.uptime();
        let signs = Signs {
            intake_silence: self.intake.silence(now),
            runtime_silence: self.runtime.silence(now),
            telegram: Failing::seen(&self.telegram, now),
            database: Failing::seen(&self.database, now),
        };
        evaluate(&signs, &self.limits, gauges)
    }

    /// Whether the async side has had its turn lately: what only a restart repairs.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.runtime.silence(self.clock.uptime()) <= self.limits.runtime_silence_max
    }

    fn failed(&self, what: &Mutex<Option<Failing>>, reason: &str) {
        let reason = reason.chars().take(REASON_MAX).collect();
        let mut failing = lock(what);
        let since = failing.as_ref().map_or_else(|| self.clock.uptime(), |first| first.since);
        *failing = Some(Failing { since, reason });
    }
}

/// A value that is whole at every moment needs no poisoning.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// When something last happened, in milliseconds of uptime.
#[derive(Debug)]
struct Beat(AtomicU64);

impl Beat {
    fn new(now: Duration) -> Self {
        Self(AtomicU64::new(millis(now)))
    }

    fn beat(&self, now: Duration) {
        self.0.store(millis(now), Ordering::Relaxed);
    }

    fn silence(&self, now: Duration) -> Duration {
        Duration::from_millis(millis(now).saturating_sub(self.0.load(Ordering::Relaxed)))
    }
}

fn millis(uptime: Duration) -> u64 {
    u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX)
}

/// Something that fails: since its first failure in a row, for its latest reason.
#[derive(Debug)]
struct Failing {
    since: Duration,
    reason: String,
}

impl Failing {
    fn seen(what: &Mutex<Option<Self>>, now: Duration) -> Option<Failure> {
        lock(what).as_ref().map(|failing| Failure {
            lasting: now.saturating_sub(failing.since),
            reason: failing.reason.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixMillis;

    fn health() -> (Clock, Health) {
        let clock = Clock::manual(UnixMillis::new(0));
        (clock.clone(), Health::new(clock, Limits::default()))
    }

    fn failing(health: &Health) -> Vec<&'static str> {
        health.evaluate(&Gauges::default()).failing().map(|check| check.name).collect()
    }

    #[test]
    fn silence_is_counted_from_the_last_sign_of_life() {
        let (clock, health) = health();
        let limits = Limits::default();
        clock.advance(limits.intake_silence_max);
        health.delivery_alive();
        assert_eq!(failing(&health), [""; 0]);
        clock.advance(Duration::from_millis(1));
        assert_eq!(failing(&health), ["intake"]);
        health.intake_alive();
        assert_eq!(failing(&health), [""; 0]);
        clock.advance(limits.runtime_silence_max);
        assert!(!health.is_live());
        assert_eq!(failing(&health), ["runtime"]);
        health.delivery_alive();
        assert!(health.is_live());
    }

    #[test]
    fn a_failure_lasts_from_its_first_time_and_shows_its_latest_reason() {
        let (clock, health) = health();
        health.telegram_failed("timed out");
        clock.advance(Limits::default().telegram_grace);
        health.delivery_alive();
        health.telegram_failed("connection refused");
        let report = health.evaluate(&Gauges::default());
        let check = report.failing().next().expect("telegram fails");
        assert_eq!(check.name, "telegram");
        assert!(check.detail.contains("connection refused"), "{}", check.detail);
        health.telegram_ok();
        assert_eq!(failing(&health), [""; 0]);
    }

    #[test]
    fn a_database_failure_shows_at_once_and_ends_with_the_next_success() {
        let (_, health) = health();
        health.database_failed(&"x".repeat(5_000));
        let report = health.evaluate(&Gauges::default());
        let check = report.failing().next().expect("the database fails");
        assert_eq!(check.name, "database");
        assert!(check.detail.len() < 300, "the cause is cut: {} characters", check.detail.len());
        health.database_ok();
        assert_eq!(failing(&health), [""; 0]);
    }

    #[test]
    fn a_process_that_is_stopping_never_serves_again() {
        let (_, health) = health();
        assert_eq!(health.phase(), Phase::Starting);
        health.started();
        assert_eq!(health.phase(), Phase::Serving);
        health.stopping();
        health.started();
        assert_eq!(health.phase(), Phase::Stopping);
    }
}
