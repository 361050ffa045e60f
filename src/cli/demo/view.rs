//! What the demo shows while it runs and when it ends.

use std::time::Duration;

use crate::{
    core::Core,
    stats::{Counter, Latency, Quantiles},
};

/// The figures of one moment.
pub(super) struct View<'a> {
    /// The gate.
    pub(super) core: &'a Core,
    /// Since the crowd came alive.
    pub(super) running: Duration,
    /// Updates dealt with at the last look, and how long ago that was; for the rate.
    pub(super) before: (u64, Duration),
    /// Where the operator endpoint answers.
    pub(super) listen: &'a str,
}

impl View<'_> {
    /// Several lines for a terminal that redraws them.
    #[must_use]
    pub(super) fn block(&self) -> String {
        let count = |counter| self.core.stats.get(counter);
        let mut lines = Vec::new();
        lines.push(format!(
            "Gatehouse demo · {:>3} s · http://{}/health  /stats · Ctrl-C ends it\n",
            self.running.as_secs(),
            self.listen
        ));
        lines.push(format!(
            "  updates  {:>8}   {:>6.0}/s      let through {:>8}   cache hits {:>5.1} %",
            count(Counter::Updates),
            self.rate(),
            count(Counter::Admitted),
            self.hit_percent()
        ));
        lines.push(format!(
            "  held     {:>8}   now {:>5}       let in      {:>8}   too early  {:>7}",
            count(Counter::Held),
            self.core.ledger().len(),
            count(Counter::Lifted),
            count(Counter::TooEarly)
        ));
        lines.push(format!(
            "  calls    {:>8}   queue {:>4}      prompts {:>5} + {} edits   429s {}",
            count(Counter::ApiCalls),
            self.core.outbox.waiting(),
            count(Counter::Prompted),
            count(Counter::Edited),
            count(Counter::TooManyRequests)
        ));
        for (name, latency) in
            [("message to hold", Latency::MessageToHold), ("press to lift", Latency::PressToLift)]
        {
            lines.push(format!("  {name:<16}{}", quantiles(&self.core.stats.total(latency))));
        }
        lines.join(
            "
",
        )
    }

    /// One line for a log.
    #[must_use]
    pub(super) fn line(&self) -> String {
        let count = |counter| self.core.stats.get(counter);
        format!(
            "{:>3} s  updates {} ({:.0}/s)  held {} (now {})  let in {}  too early {}  calls {}  \
             queue {}  cache hits {:.1} %",
            self.running.as_secs(),
            count(Counter::Updates),
            self.rate(),
            count(Counter::Held),
            self.core.ledger().len(),
            count(Counter::Lifted),
            count(Counter::TooEarly),
            count(Counter::ApiCalls),
            self.core.outbox.waiting(),
            self.hit_percent()
        )
    }

    /// What the run came to.
    #[must_use]
    pub(super) fn summary(&self, wrong: usize) -> String {
        let stats = &self.core.stats;
        let count = |counter| stats.get(counter);
        let admitted = count(Counter::Lifted);
        let mut lines = vec![format!("Summary after {} s", self.running.as_secs())];
        lines.push(format!("  updates                      {}", count(Counter::Updates)));
        lines.push(format!("  held                         {}", count(Counter::Held)));
        lines.push(format!("  admitted                     {admitted}"));
        lines.push(format!("  wrong                        {wrong}"));
        lines.push(format!(
            "  API calls per admitted       {:.1}",
            ratio(count(Counter::ApiCalls), admitted)
        ));
        lines.push(format!("  cache hit rate               {:.1} %", self.hit_percent()));
        lines.push(format!(
            "  message to hold              {}",
            quantiles(&stats.total(Latency::MessageToHold))
        ));
        lines.push(format!(
            "  press or join to lift        {}",
            quantiles(&stats.total(Latency::PressToLift))
        ));
        lines.join(
            "
",
        )
    }

    fn rate(&self) -> f64 {
        let (updates, span) = self.before;
        let new = self.core.stats.get(Counter::Updates).saturating_sub(updates);
        precise(new) / span.as_secs_f64().max(0.001)
    }

    fn hit_percent(&self) -> f64 {
        let hits = self.core.stats.get(Counter::CacheHits);
        let misses = self.core.stats.get(Counter::CacheMisses);
        100.0 * ratio(hits, hits.saturating_add(misses))
    }
}

fn quantiles(quantiles: &Quantiles) -> String {
    let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    format!(
        "p50 {:>7.1} ms   p95 {:>7.1} ms   p99 {:>7.1} ms   ({})",
        ms(quantiles.p50),
        ms(quantiles.p95),
        ms(quantiles.p99),
        quantiles.count
    )
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { precise(part) / precise(whole) }
}

/// Exact up to 2^32, which a demo does not reach.
fn precise(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
