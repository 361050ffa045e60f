//! A bounded in-process cache whose entries expire, with one load at a time for each key.
//!
//! Knows nothing of Telegram: `membership` gives it keys, values and lifetimes.

use std::{hash::Hash, time::Duration};

use quick_cache::sync::{Cache, EntryAction, EntryResult};

use crate::clock::Clock;

/// What a cached entry costs, keys and bookkeeping included, in bytes (measured: 59 to 72).
pub const ENTRY_BYTES: u64 = 72;

/// A value, when it was learnt and until when it holds; both as uptime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<V> {
    /// What was learnt.
    pub value: V,
    /// When.
    pub learnt: Duration,
    /// Until when it holds.
    pub deadline: Duration,
}

/// A cache of `V` by `K`; the least useful entries make room.
pub struct TtlCache<K, V> {
    entries: Cache<K, Entry<V>>,
    clock: Clock,
    jitter_percent: u32,
}

impl<K: Eq + Hash + Clone, V: Copy> TtlCache<K, V> {
    /// An empty cache of at most `capacity` entries whose lifetimes vary by `jitter_percent` either
    /// way, so that what was learnt together does not expire together.
    #[must_use]
    pub fn new(capacity: usize, jitter_percent: u32, clock: Clock) -> Self {
        Self { entries: Cache::new(capacity.max(1)), clock, jitter_percent: jitter_percent.min(90) }
    }

    /// The value, if it is known and has not expired.
    pub fn get(&self, key: &K) -> Option<V> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The value with its times, if it is known and has not expired.
    pub fn entry(&self, key: &K) -> Option<Entry<V>> {
        self.entries.get(key).filter(|entry| self.clock.uptime() < entry.deadline)
    }

    /// Remembers a value for `ttl` ± jitter; overtakes a load of the same key under way.
    pub fn insert(&self, key: K, value: V, ttl: Duration) {
        self.entries.insert(key, self.fresh(value, ttl));
    }

    /// How many entries there are, expired ones not yet replaced included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many entries there may be.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.entries.capacity()
    }

    /// The value if `usable` accepts its entry, else what `load` gives: a value with its lifetime.
    ///
    /// Only one load of a key runs at a time; whoever comes meanwhile waits for it. A value that is
    /// inserted during the load is newer than the load's answer, and wins.
    ///
    /// # Errors
    ///
    /// Whatever `load` fails with; then one of those who wait loads next.
    pub async fn get_or_load<E>(
        &self,
        key: &K,
        usable: impl Fn(&Entry<V>) -> bool,
        load: impl AsyncFnOnce() -> Result<(V, Duration), E>,
    ) -> Result<V, E> {
        let found = self
            .entries
            .entry_async(key, |_, entry| {
                if self.clock.uptime() < entry.deadline && usable(entry) {
                    EntryAction::Retain(entry.value)
                } else {
                    EntryAction::ReplaceWithGuard
                }
            })
            .await;
        let guard = match found {
            EntryResult::Retained(value) => return Ok(value),
            EntryResult::Removed(_, entry) => return Ok(entry.value),
            EntryResult::Replaced(guard, _) | EntryResult::Vacant(guard) => Some(guard),
            EntryResult::Timeout => None,
        };
        let (value, ttl) = load().await?;
        let overtaken = guard.is_some_and(|guard| guard.insert(self.fresh(value, ttl)).is_err());
        if overtaken { Ok(self.get(key).unwrap_or(value)) } else { Ok(value) }
    }

    fn fresh(&self, value: V, ttl: Duration) -> Entry<V> {
        let percent = 100 - self.jitter_percent + fastrand::u32(0..=2 * self.jitter_percent);
        let learnt = self.clock.uptime();
        let deadline = learnt.saturating_add(ttl.saturating_mul(percent) / 100);
        Entry { value, learnt, deadline }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        convert::Infallible,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
    };

    use tokio::sync::watch;

    use super::*;
    use crate::clock::UnixMillis;

    const TTL: Duration = Duration::from_secs(100);

    fn cache(clock: &Clock) -> TtlCache<u32, u32> {
        TtlCache::new(1_000, 15, clock.clone())
    }

    #[test]
    fn entries_expire_within_their_jitter_and_not_all_at_once() {
        let clock = Clock::manual(UnixMillis::new(0));
        let cache = cache(&clock);
        for key in 0..200 {
            cache.insert(key, key, TTL);
        }
        clock.advance(Duration::from_secs(84));
        assert!((0..200).all(|key| cache.get(&key) == Some(key)));
        clock.advance(Duration::from_secs(16));
        let alive = (0..200).filter(|key| cache.get(key).is_some()).count();
        assert!((1..200).contains(&alive), "{alive} of 200 alive at the nominal lifetime");
        clock.advance(Duration::from_secs(16));
        assert!((0..200).all(|key| cache.get(&key).is_none()));
    }

    async fn load_slowly(
        cache: Arc<TtlCache<u32, u32>>,
        loads: Arc<AtomicU32>,
        mut gate: watch::Receiver<bool>,
    ) -> u32 {
        let load = async || {
            loads.fetch_add(1, Ordering::SeqCst);
            gate.wait_for(|open| *open).await.unwrap();
            Ok::<_, Infallible>((42, TTL))
        };
        cache.get_or_load(&1, |_| true, load).await.unwrap()
    }

    #[tokio::test]
    async fn a_thousand_callers_cause_one_load() {
        let cache = Arc::new(cache(&Clock::real()));
        let loads = Arc::new(AtomicU32::new(0));
        let (release, gate) = watch::channel(false);
        let callers: Vec<_> = (0..1_000)
            .map(|_| tokio::spawn(load_slowly(cache.clone(), loads.clone(), gate.clone())))
            .collect();
        release.send(true).unwrap();
        let mut values = HashSet::new();
        for caller in callers {
            values.insert(caller.await.unwrap());
        }
        assert_eq!(values, HashSet::from([42]));
        assert_eq!(loads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_value_inserted_during_a_load_wins() {
        let cache = cache(&Clock::real());
        let load = async || {
            cache.insert(1, 2, TTL);
            Ok::<_, Infallible>((1, TTL))
        };
        assert_eq!(cache.get_or_load(&1, |_| true, load).await, Ok(2));
        assert_eq!(cache.get(&1), Some(2));
    }

    #[tokio::test]
    async fn what_is_not_usable_is_loaded_again_and_a_failed_load_leaves_nothing() {
        let cache = cache(&Clock::real());
        cache.insert(1, 1, TTL);
        let failed = cache.get_or_load(&1, |_| false, async || Err::<(u32, Duration), _>("away"));
        assert_eq!(failed.await, Err("away"));
        assert_eq!(cache.get(&1), None);
        let loaded = cache.get_or_load(&1, |_| true, async || Ok::<_, &str>((3, TTL)));
        assert_eq!(loaded.await, Ok(3));
    }
}
