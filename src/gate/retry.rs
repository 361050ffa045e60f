//! What happens to an action after an attempt.
//!
//! Pure: what Telegram answered is an input value, waiting is done elsewhere.

use std::time::Duration;

/// The longest wait between two attempts during an outage.
pub const WAIT_MAX: Duration = Duration::from_secs(60);

/// How often somebody whose membership is unknown is looked up again.
pub const RECHECKS_MAX: u32 = 6;

/// The first wait before somebody whose membership is unknown is looked up again; doubles.
pub const RECHECK_AFTER: Duration = Duration::from_secs(30);

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, or there is nothing left to do.
    Done,
    /// Telegram asks to wait this long.
    RetryAfter(Duration),
    /// Telegram was away, slow or broken.
    Transient,
    /// Telegram refuses, and will refuse again.
    Refused,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Forget it.
    Settle,
    /// Try again.
    Again {
        /// After this wait.
        wait: Duration,
        /// Attempts made so far.
        attempt: u32,
    },
    /// Put it aside for the operator.
    Bury,
}

/// Decides what follows attempt number `attempt` (the first is 1).
///
/// Transient faults wait as `retries` says, then twice as long each time up to [`WAIT_MAX`], and
/// never give up: an outage loses no hold and no lift. A `retry_after` is not an attempt.
#[must_use]
pub fn next(outcome: Outcome, attempt: u32, retries: &[Duration]) -> Next {
    match outcome {
        Outcome::Done => Next::Settle,
        Outcome::Refused => Next::Bury,
        Outcome::RetryAfter(wait) => Next::Again { wait, attempt: attempt.saturating_sub(1) },
        Outcome::Transient => Next::Again { wait: wait_after(attempt, retries), attempt },
    }
}

/// The wait after failed attempt number `attempt`.
fn wait_after(attempt: u32, retries: &[Duration]) -> Duration {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    if let Some(wait) = retries.get(index) {
        return *wait;
    }
    let last = retries.last().copied().unwrap_or(Duration::from_secs(1));
    let beyond = index.saturating_sub(retries.len()).saturating_add(1);
    let doublings = u32::try_from(beyond).unwrap_or(u32::MAX).min(16);
    last.saturating_mul(1 << doublings).min(WAIT_MAX)
}

/// When somebody of unknown membership is looked up again after look-up number `attempt`, or
/// `None` once it is better to wait until they speak again.
#[must_use]
pub fn recheck_after(attempt: u32) -> Option<Duration> {
    (attempt < RECHECKS_MAX).then(|| RECHECK_AFTER.saturating_mul(1 << attempt.min(RECHECKS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETRIES: [Duration; 3] =
        [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

    #[test]
    fn every_rule_about_a_retry() {
        let again = |seconds, attempt| Next::Again { wait: Duration::from_secs(seconds), attempt };
        let table = [
            ("done", Outcome::Done, 1, Next::Settle),
            ("refused for good", Outcome::Refused, 1, Next::Bury),
            ("first fault", Outcome::Transient, 1, again(1, 1)),
            ("second fault", Outcome::Transient, 2, again(2, 2)),
            ("third fault", Outcome::Transient, 3, again(4, 3)),
            ("outage", Outcome::Transient, 4, again(8, 4)),
            ("long outage", Outcome::Transient, 400, again(60, 400)),
            (
                "asked to wait",
                Outcome::RetryAfter(Duration::from_secs(10_072)),
                1,
                again(10_072, 0),
            ),
        ];
        for (rule, outcome, attempt, expected) in table {
            assert_eq!(next(outcome, attempt, &RETRIES), expected, "{rule}");
        }
        assert_eq!(next(Outcome::Transient, 1, &[]), again(2, 1), "no retries configured");
    }

    #[test]
    fn rechecks_double_and_end() {
        let waits: Vec<_> =
            (0..8).map(|attempt| recheck_after(attempt).map(|wait| wait.as_secs())).collect();
        assert_eq!(waits[..3], [Some(30), Some(60), Some(120)]);
        assert_eq!(waits[6..], [None, None]);
    }
}
