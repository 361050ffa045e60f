//! The only place that reads a clock.
//!
//! Wall time ([`UnixMillis`]) is for what is stored and for what people read; [`Clock::uptime`] is
//! monotonic and is for every deadline inside the process, so a jump of the wall clock expires
//! nothing.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixMillis(i64);

impl UnixMillis {
    /// Wraps milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// This moment and `wait` more; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(millis(wait)))
    }

    /// This moment less `span`; stops at the beginning of time instead of wrapping.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(millis(span)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Tells the time; clones share one source.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Real { started: Instant },
    Manual { started_ms: i64, now_ms: Arc<AtomicI64> },
}

impl Clock {
    /// The machine's clocks; uptime starts at zero now.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the clock's home")]
    pub fn real() -> Self {
        Self(Source::Real { started: Instant::now() })
    }

    /// A clock for tests that stands still until [`advance`](Self::advance).
    #[must_use]
    pub fn manual(start: UnixMillis) -> Self {
        let now_ms = Arc::new(AtomicI64::new(start.get()));
        Self(Source::Manual { started_ms: start.get(), now_ms })
    }

    /// Moves a manual clock on; the machine's clocks do not listen.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual { now_ms, .. } = &self.0 {
            now_ms.fetch_add(millis(by), Ordering::SeqCst);
        }
    }

    /// The wall time.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the clock's home")]
    pub fn now(&self) -> UnixMillis {
        match &self.0 {
            Source::Real { .. } => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                UnixMillis(millis(since))
            }
            Source::Manual { now_ms, .. } => UnixMillis(now_ms.load(Ordering::SeqCst)),
        }
    }

    /// Monotonic time since this clock was made.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        match &self.0 {
            Source::Real { started } => started.elapsed(),
            Source::Manual { started_ms, now_ms } => {
                let passed = now_ms.load(Ordering::SeqCst).saturating_sub(*started_ms);
                Duration::from_millis(u64::try_from(passed).unwrap_or(0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wall_time_neither_wraps_nor_runs_backwards() {
        let end = UnixMillis::new(i64::MAX);
        assert_eq!(end.after(Duration::from_secs(1)), end);
        let start = UnixMillis::new(5_000);
        assert_eq!(start.before(Duration::from_secs(2)), UnixMillis::new(3_000));
        assert_eq!(start.since(UnixMillis::new(9_000)), Duration::ZERO);
    }

    #[test]
    fn a_manual_clock_stands_still_until_it_is_advanced() {
        let clock = Clock::manual(UnixMillis::new(1_000));
        let copy = clock.clone();
        assert_eq!(copy.uptime(), Duration::ZERO);
        clock.advance(Duration::from_millis(250));
        assert_eq!(copy.now(), UnixMillis::new(1_250));
        assert_eq!(copy.uptime(), Duration::from_millis(250));
    }
}
