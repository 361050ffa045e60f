//! How long things take: what is measured, and the quantiles of the recent past and of it all.

use std::{
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hdrhistogram::Histogram;

/// A span worth measuring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Latency {
    /// From a message's arrival here to the restriction being set at Telegram.
    MessageToHold,
    /// From a press on "I have joined" to the restriction being lifted at Telegram.
    PressToLift,
    /// One call to the Bot API, waiting for its turn left out.
    ApiCall,
    /// From handing a batch of changes to the writer until it is durable.
    Commit,
}

impl Latency {
    /// Every latency, in the order `/stats` shows them.
    pub const ALL: [Self; 4] =
        [Self::MessageToHold, Self::PressToLift, Self::ApiCall, Self::Commit];

    /// The latency's name in `/stats`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MessageToHold => "message_to_hold",
            Self::PressToLift => "press_to_lift",
            Self::ApiCall => "api_call",
            Self::Commit => "commit",
        }
    }

    #[allow(clippy::as_conversions, reason = "the number of a variant without fields is exact")]
    pub(super) const fn index(self) -> usize {
        self as usize
    }
}

/// How a latency was spread. Exact to one percent; all zero if nothing was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// How many were recorded.
    pub count: u64,
    /// Half of them took no longer than this.
    pub p50: Duration,
    /// 95 of 100 took no longer than this.
    pub p95: Duration,
    /// 99 of 100 took no longer than this.
    pub p99: Duration,
    /// None took longer than this.
    pub max: Duration,
}

impl Quantiles {
    fn of(spread: &Histogram<u64>) -> Self {
        let at = |quantile| Duration::from_micros(spread.value_at_quantile(quantile));
        Self {
            count: spread.len(),
            p50: at(0.50),
            p95: at(0.95),
            p99: at(0.99),
            max: Duration::from_micros(spread.max()),
        }
    }
}

/// The recent past is the current window and the one before: five to ten minutes.
const WINDOW: Duration = Duration::from_secs(5 * 60);

/// What cannot be told apart any more: an hour.
const LONGEST_MICROS: u64 = 3_600_000_000;

/// Two digits are exact to one percent and take 26 KB; three would take eight times as much.
const DIGITS: u8 = 2;

#[allow(clippy::expect_used, reason = "the bounds are constants, and every test makes one")]
fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_MICROS, DIGITS).expect("bounds in range")
}

/// Adds one spread to another. All have the same bounds, so there is nothing that cannot be added.
fn merge(sum: &mut Histogram<u64>, part: &Histogram<u64>) {
    let added = sum.add(part);
    debug_assert!(added.is_ok(), "spreads of different bounds: {added:?}");
}

/// One latency over time.
#[derive(Debug)]
pub(super) struct Track(Mutex<Windows>);

#[derive(Debug)]
struct Windows {
    /// What began at `since` and is at most [`WINDOW`] long.
    current: Histogram<u64>,
    /// The window before that.
    previous: Histogram<u64>,
    /// Everything older.
    older: Histogram<u64>,
    since: Duration,
}

impl Track {
    pub(super) fn new(now: Duration) -> Self {
        let windows = Windows { current: empty(), previous: empty(), older: empty(), since: now };
        Self(Mutex::new(windows))
    }

    pub(super) fn record(&self, now: Duration, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(LONGEST_MICROS);
        let mut windows = self.windows();
        windows.turn(now);
        windows.current.saturating_record(micros);
    }

    pub(super) fn recent(&self, now: Duration) -> Quantiles {
        let mut windows = self.windows();
        windows.turn(now);
        let mut spread = windows.previous.clone();
        merge(&mut spread, &windows.current);
        drop(windows);
        Quantiles::of(&spread)
    }

    pub(super) fn total(&self) -> Quantiles {
        let windows = self.windows();
        let mut spread = windows.older.clone();
        merge(&mut spread, &windows.previous);
        merge(&mut spread, &windows.current);
        drop(windows);
        Quantiles::of(&spread)
    }

    fn windows(&self) -> MutexGuard<'_, Windows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Windows {
    /// Closes the current window if it is over, and the one after it if that has passed unused.
    fn turn(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.since);
        if passed < WINDOW {
            return;
        }
        self.close();
        if passed < WINDOW * 2 {
            self.since = self.since.saturating_add(WINDOW);
        } else {
            self.close();
            self.since = now;
        }
    }

    fn close(&mut self) {
        merge(&mut self.older, &self.previous);
        self.previous.reset();
        mem::swap(&mut self.previous, &mut self.current);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::ZERO;

    fn close_to(is: Duration, ms: u64) -> bool {
        is.abs_diff(Duration::from_millis(ms)) <= Duration::from_millis(ms) / 100
    }

    #[test]
    fn quantiles_are_exact_to_one_percent() {
        let track = Track::new(START);
        for ms in 1..=1_000 {
            track.record(START, Duration::from_millis(ms));
        }
        let all = track.recent(START);
        assert_eq!(all.count, 1_000);
        for (quantile, ms) in [(all.p50, 500), (all.p95, 950), (all.p99, 990), (all.max, 1_000)] {
            assert!(close_to(quantile, ms), "{quantile:?} should be {ms} ms");
        }
    }

    #[test]
    fn nothing_recorded_is_all_zero() {
        assert_eq!(Track::new(START).recent(START), Quantiles::default());
        assert_eq!(Track::new(START).total(), Quantiles::default());
    }

    #[test]
    fn the_recent_past_forgets_and_the_total_does_not() {
        let table = [
            ("within the window", WINDOW / 2, 1, 1),
            ("in the window after", WINDOW, 1, 1),
            ("late in the window after", WINDOW + WINDOW / 2, 1, 1),
            ("two windows later", WINDOW * 2, 0, 1),
            ("a day later", WINDOW * 288, 0, 1),
        ];
        for (moment, now, recent, total) in table {
            let track = Track::new(START);
            track.record(START, Duration::from_millis(7));
            assert_eq!(track.recent(now).count, recent, "{moment}");
            assert_eq!(track.total().count, total, "{moment}");
        }
    }

    #[test]
    fn busy_windows_follow_each_other_without_loss() {
        let track = Track::new(START);
        for minute in 0..60 {
            track.record(Duration::from_secs(minute * 60), Duration::from_millis(3));
        }
        assert_eq!(track.total().count, 60);
        assert_eq!(track.recent(Duration::from_secs(59 * 60)).count, 10);
    }

    #[test]
    fn what_took_longer_than_an_hour_counts_as_an_hour() {
        let track = Track::new(START);
        track.record(START, Duration::MAX);
        assert!(close_to(track.total().max, 3_600_000));
    }
}
