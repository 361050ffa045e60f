//! What is counted, and numbers that many threads may raise at once.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Something worth counting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Counter {
            $($(#[$doc])* $variant,)*
        }

        impl Counter {
            /// Every counter, in the order `/stats` shows them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The counter's name in `/stats`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

counters! {
    /// Updates received.
    Updates = "updates",
    /// Updates that could not be decoded and were passed over.
    Poison = "poison",
    /// Updates that had been dealt with before and were ignored.
    Repeated = "repeated",
    /// Messages let stand.
    Admitted = "admitted",
    /// People held.
    Held = "held",
    /// Holds lifted.
    Lifted = "lifted",
    /// Prompts sent.
    Prompted = "prompted",
    /// Prompts edited in place.
    Edited = "edited",
    /// Messages deleted.
    Deleted = "deleted",
    /// Callback queries answered.
    Answers = "answers",
    /// Presses on "I have joined" by somebody who has not.
    TooEarly = "too_early",
    /// Memberships looked up at Telegram.
    Checks = "checks",
    /// Memberships the cache knew.
    CacheHits = "cache_hits",
    /// Memberships the cache did not know.
    CacheMisses = "cache_misses",
    /// Calls to the Bot API.
    ApiCalls = "api_calls",
    /// Calls that ended in an error, 429 left out.
    ApiErrors = "api_errors",
    /// Calls refused with 429.
    TooManyRequests = "too_many_requests",
    /// Actions put off for another attempt.
    Retried = "retried",
    /// Actions given up for good.
    Buried = "buried",
}

impl Counter {
    #[allow(clippy::as_conversions, reason = "the number of a variant without fields is exact")]
    const fn index(self) -> usize {
        self as usize
    }
}

/// Each thread counts in one of these; more than the cores this is made for.
const SHARDS: usize = 8;

/// Two cache lines, because x86 fetches them in pairs: shards never share one.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard([AtomicU64; Counter::ALL.len()]);

/// A number for each counter. Threads raise numbers of their own, a reader adds them up.
#[derive(Debug, Default)]
pub(super) struct Counters([Shard; SHARDS]);

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: usize = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS;
}

impl Counters {
    pub(super) fn add(&self, counter: Counter, n: u64) {
        // A thread that is ending has lost its shard; any other will do.
        let shard = self.0.get(SHARD.try_with(|shard| *shard).unwrap_or(0));
        if let Some(cell) = shard.and_then(|shard| shard.0.get(counter.index())) {
            cell.fetch_add(n, Ordering::Relaxed);
        }
    }

    pub(super) fn get(&self, counter: Counter) -> u64 {
        let cells = self.0.iter().filter_map(|shard| shard.0.get(counter.index()));
        cells.fold(0, |sum, cell| sum.wrapping_add(cell.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, thread};

    use super::*;

    #[test]
    fn counts_of_all_threads_add_up() {
        let counters = Counters::default();
        thread::scope(|scope| {
            for _ in 0..SHARDS + 3 {
                scope.spawn(|| (0..1_000).for_each(|_| counters.add(Counter::Updates, 2)));
            }
        });
        assert_eq!(counters.get(Counter::Updates), 2_000 * u64::try_from(SHARDS + 3).unwrap());
    }

    #[test]
    fn every_counter_has_a_number_and_a_name_of_its_own() {
        let counters = Counters::default();
        for (n, counter) in (1..).zip(Counter::ALL) {
            counters.add(counter, n);
        }
        for (n, counter) in (1..).zip(Counter::ALL) {
            assert_eq!(counters.get(counter), n, "{}", counter.name());
        }
        let names: HashSet<_> = Counter::ALL.map(Counter::name).into();
        assert_eq!(names.len(), Counter::ALL.len());
    }
}
