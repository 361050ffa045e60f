//! Bad weather: latency and failures to order.
//!
//! Says what happens to a request; carrying it out is the server's part.

use std::time::Duration;

use crate::ids::ChatId;

/// What goes wrong; everything can be changed while the simulated Telegram runs.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Delays; the first that fits a request counts.
    pub latency: Vec<Latency>,
    /// Failures; the first that strikes a request counts.
    pub failures: Vec<Fault>,
    /// Telegram is away: every request ends like this, polls included.
    pub away: Option<Failure>,
}

impl Faults {
    /// Everything delayed by `fixed` and up to `jitter` more.
    #[must_use]
    pub fn slow(fixed: Duration, jitter: Duration) -> Self {
        let latency = vec![Latency { method: None, fixed, jitter }];
        Self { latency, ..Self::default() }
    }

    /// One failure.
    #[must_use]
    pub fn one(fault: Fault) -> Self {
        Self { failures: vec![fault], ..Self::default() }
    }

    /// Telegram is away altogether: connections are closed without an answer.
    #[must_use]
    pub fn away() -> Self {
        Self { away: Some(Failure::Close), ..Self::default() }
    }

    /// These and one more failure.
    #[must_use]
    pub fn and(mut self, fault: Fault) -> Self {
        self.failures.push(fault);
        self
    }
}

/// How long answers take.
#[derive(Clone, Debug)]
pub struct Latency {
    /// Of this method only.
    pub method: Option<String>,
    /// At least so long.
    pub fixed: Duration,
    /// And evenly up to so much longer.
    pub jitter: Duration,
}

/// One failure: what strikes, whom and when.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Only this method.
    pub method: Option<String>,
    /// Only this chat.
    pub chat: Option<ChatId>,
    /// Which of the requests that fit.
    pub when: When,
    /// What happens.
    pub failure: Failure,
}

impl Fault {
    /// `failure` for every request of a method.
    #[must_use]
    pub fn of(method: &str, failure: Failure) -> Self {
        Self { method: Some(method.to_owned()), chat: None, when: When::Always, failure }
    }

    /// The same in one chat only.
    #[must_use]
    pub fn in_chat(mut self, chat: ChatId) -> Self {
        self.chat = Some(chat);
        self
    }

    /// The same for some of the requests only.
    #[must_use]
    pub fn when(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}

/// Which of the requests that fit a [`Fault`] it strikes, counted from when it was set.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Each.
    Always,
    /// Only the n-th, from 1.
    Nth(u64),
    /// The first so many.
    First(u64),
    /// Each with this probability, 0 to 1.
    Chance(f64),
}

/// A way to fail.
#[derive(Clone, Debug)]
pub enum Failure {
    /// 500, as Telegram says it.
    ServerError,
    /// 502 with a page of HTML, as a proxy in front of Telegram says it.
    BadGateway,
    /// 429 with so many seconds to wait; coming back earlier is a
    /// [`Violation`](super::Violation).
    RetryAfter(u64),
    /// No answer, ever.
    Hang,
    /// The connection ends without an answer; nothing was done.
    Close,
    /// It is done, but the connection ends before the answer.
    LostAnswer,
    /// 200 with a body that is no JSON; nothing was done.
    Garbage,
    /// An answer with this code and description.
    Refuse {
        /// The `error_code`.
        code: u16,
        /// The whole `description`.
        description: String,
    },
}

impl Failure {
    /// 400 with the description `Bad Request: ` and these words.
    #[must_use]
    pub fn bad_request(reason: &str) -> Self {
        Self::Refuse { code: 400, description: format!("Bad Request: {reason}") }
    }
}

/// The faults in force.
#[derive(Debug)]
pub(super) struct Weather {
    faults: Faults,
    /// How many requests have fitted each failure.
    hits: Vec<u64>,
    random: fastrand::Rng,
}

impl Weather {
    pub(super) fn new(faults: Faults, seed: u64) -> Self {
        let hits = vec![0; faults.failures.len()];
        Self { faults, hits, random: fastrand::Rng::with_seed(seed) }
    }

    pub(super) fn set(&mut self, faults: Faults) {
        self.hits = vec![0; faults.failures.len()];
        self.faults = faults;
    }

    pub(super) fn delay(&mut self, method: &str) -> Duration {
        let mut all = self.faults.latency.iter();
        let found = all.find(|latency| latency.method.as_deref().is_none_or(|own| own == method));
        found.map_or(Duration::ZERO, |latency| {
            latency.fixed + latency.jitter.mul_f64(self.random.f64())
        })
    }

    pub(super) fn failure(&mut self, method: &str, chat: Option<ChatId>) -> Option<Failure> {
        if let Some(away) = &self.faults.away {
            return Some(away.clone());
        }
        for (fault, hits) in self.faults.failures.iter().zip(&mut self.hits) {
            let fits = fault.method.as_deref().is_none_or(|own| own == method)
                && fault.chat.is_none_or(|own| chat == Some(own));
            if !fits {
                continue;
            }
            *hits += 1;
            let strikes = match fault.when {
                When::Always => true,
                When::Nth(n) => *hits == n,
                When::First(n) => *hits <= n,
                When::Chance(probability) => self.random.f64() < probability,
            };
            if strikes {
                return Some(fault.failure.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_whom_and_when_it_should() {
        let strikes = |when, chat: Option<i64>| {
            let mut fault = Fault::of("sendMessage", Failure::ServerError).when(when);
            fault.chat = chat.map(ChatId::new);
            let mut weather = Weather::new(Faults::one(fault), 1);
            let here = Some(ChatId::new(-1));
            assert!(weather.failure("getMe", here).is_none(), "another method");
            [(); 4].map(|()| weather.failure("sendMessage", here).is_some())
        };
        let table = [
            ("always", When::Always, None, [true; 4]),
            ("the second", When::Nth(2), None, [false, true, false, false]),
            ("the first two", When::First(2), None, [true, true, false, false]),
            ("never by chance", When::Chance(0.0), None, [false; 4]),
            ("this chat", When::Always, Some(-1), [true; 4]),
            ("another chat", When::Always, Some(-2), [false; 4]),
        ];
        for (rule, when, chat, expected) in table {
            assert_eq!(strikes(when, chat), expected, "{rule}");
        }
    }
    #[test]
    fn a_delay_is_the_methods_own_and_within_its_jitter() {
        let ms = Duration::from_millis;
        let of = |method: Option<&str>, fixed, jitter| Latency {
            method: method.map(str::to_owned),
            fixed,
            jitter,
        };
        let latency = vec![of(Some("getMe"), ms(5), ms(0)), of(None, ms(100), ms(50))];
        let mut weather = Weather::new(Faults { latency, ..Faults::default() }, 1);
        assert_eq!(weather.delay("getMe"), ms(5));
        for _ in 0..100 {
            assert!((ms(100)..=ms(150)).contains(&weather.delay("sendMessage")));
        }
    }
}
