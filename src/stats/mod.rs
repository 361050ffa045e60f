//! What the process counts and how long things take, for `/stats`, the demo and the benches.
//!
//! Values only live here: how they are shown is `http`'s and `cli`'s business, and nothing in the
//! gate is decided by them. All of it starts at zero with the process.

mod counter;
mod latency;

use std::time::Duration;

pub use counter::Counter;
use counter::Counters;
use latency::Track;
pub use latency::{Latency, Quantiles};

use crate::clock::Clock;

/// Every counter and latency of the process; shared as `Arc<Stats>`.
///
/// Counting takes no lock. Recording a latency takes a lock of its own kind only, for less than a
/// microsecond.
#[derive(Debug)]
pub struct Stats {
    clock: Clock,
    counters: Counters,
    tracks: [Track; Latency::ALL.len()],
}

impl Stats {
    /// Everything at zero; `clock` tells the recent past from the rest.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let tracks = std::array::from_fn(|_| Track::new(clock.uptime()));
        Self { clock, counters: Counters::default(), tracks }
    }

    /// Counts `n` more.
    pub fn add(&self, counter: Counter, n: u64) {
        self.counters.add(counter, n);
    }

    /// Counts one more.
    pub fn count(&self, counter: Counter) {
        self.counters.add(counter, 1);
    }

    /// How many since the start of the process.
    #[must_use]
    pub fn get(&self, counter: Counter) -> u64 {
        self.counters.get(counter)
    }

    /// Takes note that `latency` was `took` this time; anything over an hour counts as an hour.
    pub fn record(&self, latency: Latency, took: Duration) {
        if let Some(track) = self.tracks.get(latency.index()) {
            track.record(self.clock.uptime(), took);
        }
    }

    /// The last five to ten minutes, which is what an operator wants to see.
    #[must_use]
    pub fn recent(&self, latency: Latency) -> Quantiles {
        let track = self.tracks.get(latency.index());
        track.map_or_else(Quantiles::default, |track| track.recent(self.clock.uptime()))
    }

    /// Everything since the start of the process, which is what a summary wants to say.
    #[must_use]
    pub fn total(&self, latency: Latency) -> Quantiles {
        let track = self.tracks.get(latency.index());
        track.map_or_else(Quantiles::default, Track::total)
    }
}
