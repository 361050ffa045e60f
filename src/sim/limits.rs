//! Telegram's flood control, and a record of everybody who does not listen to it.
//!
//! The published figures (Bot API FAQ) for messages, freely chosen ones for other methods, and
//! the standing `retry_after` of every refusal, injected ones included.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use crate::{clock::UnixMillis, ids::ChatId};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A request that arrives so soon after a refusal was under way before it could be known.
const IN_FLIGHT: Duration = Duration::from_millis(100);

/// A bot that counts in whole milliseconds may be early by one or two.
const ROUNDING: Duration = Duration::from_millis(5);

/// The methods that count as messages.
const MESSAGES: [&str; 3] = ["sendMessage", "editMessageText", "editMessageReplyMarkup"];

/// How much the simulated Telegram takes. The default is what Telegram publishes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Messages per second over all chats.
    pub messages_per_second: usize,
    /// Messages to one chat at once, before the pace of `chat_interval` holds.
    pub chat_burst: u32,
    /// The pace in one chat after a burst.
    pub chat_interval: Duration,
    /// Messages per minute in one group.
    pub group_messages_per_minute: usize,
    /// Requests per second of other methods over all chats, by name.
    pub methods_per_second: Vec<(String, usize)>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            messages_per_second: 30,
            chat_burst: 5,
            chat_interval: SECOND,
            group_messages_per_minute: 20,
            methods_per_second: vec![],
        }
    }
}

/// A request that came again before its `retry_after` had passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The method.
    pub method: String,
    /// The chat, if the method has one.
    pub chat: Option<ChatId>,
    /// When it came.
    pub at: UnixMillis,
    /// By how much it was too early.
    pub early_by: Duration,
}

/// What the limiter must know of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) method: &'static str,
    pub(super) chat: Option<ChatId>,
    /// Whether the chat is a group or supergroup.
    pub(super) is_group: bool,
    /// When it arrived (uptime), before any injected latency.
    pub(super) arrived: Duration,
}

#[derive(Debug)]
struct Refused {
    at: Duration,
    until: Duration,
}

#[derive(Debug)]
pub(super) struct Limiter {
    limits: Option<Limits>,
    all: VecDeque<Duration>,
    /// When the burst of a chat will be whole again.
    chats: HashMap<ChatId, Duration>,
    groups: HashMap<ChatId, VecDeque<Duration>>,
    methods: HashMap<&'static str, VecDeque<Duration>>,
    refused: HashMap<(&'static str, Option<ChatId>), Refused>,
    violations: Vec<Violation>,
}

impl Limiter {
    pub(super) fn new(limits: Option<Limits>) -> Self {
        Self {
            limits,
            all: VecDeque::new(),
            chats: HashMap::new(),
            groups: HashMap::new(),
            methods: HashMap::new(),
            refused: HashMap::new(),
            violations: vec![],
        }
    }

    pub(super) fn set(&mut self, limits: Option<Limits>) {
        let violations = std::mem::take(&mut self.violations);
        *self = Self { violations, ..Self::new(limits) };
    }

    pub(super) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Lets a request through, or says how many seconds to wait.
    pub(super) fn admit(&mut self, request: Request, now: Duration) -> Result<(), u64> {
        let wait = self.wait(request, now);
        if wait.is_zero() {
            self.count(request, now);
            return Ok(());
        }
        let seconds = whole_seconds(wait);
        self.refuse(request, now, seconds);
        Err(seconds)
    }

    /// Remembers a refusal of so many seconds.
    pub(super) fn refuse(&mut self, request: Request, now: Duration, seconds: u64) {
        let until = now + Duration::from_secs(seconds);
        self.refused.insert((request.method, request.chat), Refused { at: now, until });
    }

    /// Refuses again what was refused before and has not waited so many seconds.
    pub(super) fn obeyed(
        &mut self,
        request: Request,
        now: Duration,
        at: UnixMillis,
    ) -> Result<(), u64> {
        let key = (request.method, request.chat);
        let Some(refused) = self.refused.get(&key) else { return Ok(()) };
        let left = refused.until.saturating_sub(now);
        if left <= ROUNDING {
            self.refused.remove(&key);
            return Ok(());
        }
        if request.arrived > refused.at + IN_FLIGHT {
            let early_by = refused.until.saturating_sub(request.arrived);
            let method = request.method.to_owned();
            self.violations.push(Violation { method, chat: request.chat, at, early_by });
        }
        Err(whole_seconds(left))
    }

    fn wait(&mut self, request: Request, now: Duration) -> Duration {
        let Some(limits) = &self.limits else { return Duration::ZERO };
        if let Some(most) = method_limit(limits, request.method) {
            let recent = self.methods.entry(request.method).or_default();
            return room(recent, SECOND, most, now);
        }
        if !MESSAGES.contains(&request.method) {
            return Duration::ZERO;
        }
        let mut wait = room(&mut self.all, SECOND, limits.messages_per_second, now);
        if let Some(chat) = request.chat {
            let whole = self.chats.get(&chat).copied().unwrap_or_default();
            let ahead = limits.chat_interval * limits.chat_burst.saturating_sub(1);
            wait = wait.max(whole.saturating_sub(now + ahead));
            if request.is_group {
                let recent = self.groups.entry(chat).or_default();
                wait = wait.max(room(recent, MINUTE, limits.group_messages_per_minute, now));
            }
        }
        wait
    }

    fn count(&mut self, request: Request, now: Duration) {
        let Some(limits) = &self.limits else { return };
        if let Some(recent) = self.methods.get_mut(request.method) {
            recent.push_back(now);
        }
        if !MESSAGES.contains(&request.method) {
            return;
        }
        self.all.push_back(now);
        if let Some(chat) = request.chat {
            let whole = self.chats.entry(chat).or_default();
            *whole = (*whole).max(now) + limits.chat_interval;
            if request.is_group {
                self.groups.entry(chat).or_default().push_back(now);
            }
        }
    }
}

fn method_limit(limits: &Limits, method: &str) -> Option<usize> {
    limits.methods_per_second.iter().find(|(name, _)| name == method).map(|(_, most)| *most)
}

/// How long until one more fits among the `most` of any `span`.
fn room(recent: &mut VecDeque<Duration>, span: Duration, most: usize, now: Duration) -> Duration {
    while recent.front().is_some_and(|oldest| *oldest + span <= now) {
        recent.pop_front();
    }
    if recent.len() < most {
        return Duration::ZERO;
    }
    recent.front().map_or(span, |oldest| (*oldest + span).saturating_sub(now))
}

/// Telegram counts in seconds, rounded up, at least one.
fn whole_seconds(wait: Duration) -> u64 {
    let partial = u64::from(wait.subsec_nanos() > 0);
    wait.as_secs().saturating_add(partial).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn send(limiter: &mut Limiter, chat: i64, now: Duration) -> Result<(), u64> {
        let chat = Some(ChatId::new(chat));
        let request = Request { method: "sendMessage", chat, is_group: true, arrived: now };
        limiter.obeyed(request, now, UnixMillis::new(0))?;
        limiter.admit(request, now)
    }

    #[test]
    fn a_chat_takes_a_short_burst_and_then_one_message_a_second() {
        let mut limiter = Limiter::new(Some(Limits::default()));
        for _ in 0..5 {
            assert_eq!(send(&mut limiter, -1, ms(0)), Ok(()));
        }
        assert_eq!(send(&mut limiter, -1, ms(10)), Err(1));
        assert_eq!(send(&mut limiter, -2, ms(10)), Ok(()), "another chat is not concerned");
        assert_eq!(send(&mut limiter, -1, ms(1_010)), Ok(()));
        assert_eq!(limiter.violations(), []);
    }

    #[test]
    fn a_group_takes_twenty_messages_a_minute() {
        let mut limiter = Limiter::new(Some(Limits::default()));
        for n in 0..20 {
            assert_eq!(send(&mut limiter, -1, ms(n * 1_000)), Ok(()));
        }
        assert_eq!(send(&mut limiter, -1, ms(20_000)), Err(40));
        assert_eq!(send(&mut limiter, -1, ms(60_000)), Ok(()));
    }

    #[test]
    fn thirty_messages_a_second_is_all_there_is() {
        let mut limiter = Limiter::new(Some(Limits::default()));
        for chat in 1..=30 {
            assert_eq!(send(&mut limiter, -chat, ms(0)), Ok(()));
        }
        assert_eq!(send(&mut limiter, -31, ms(0)), Err(1));
        assert_eq!(send(&mut limiter, -31, ms(1_000)), Ok(()));
    }

    #[test]
    fn whoever_comes_back_early_is_recorded_and_whoever_was_under_way_is_not() {
        let mut limiter = Limiter::new(None);
        let chat = Some(ChatId::new(-1));
        let request = Request { method: "sendMessage", chat, is_group: true, arrived: ms(0) };
        limiter.refuse(request, ms(0), 3);
        assert_eq!(send(&mut limiter, -1, ms(50)), Err(3));
        assert_eq!(limiter.violations(), []);
        assert_eq!(send(&mut limiter, -1, ms(1_500)), Err(2));
        assert_eq!(limiter.violations().len(), 1);
        assert_eq!(limiter.violations()[0].early_by, ms(1_500));
        assert_eq!(send(&mut limiter, -1, ms(2_999)), Ok(()));
        assert_eq!(limiter.violations().len(), 1);
    }

    #[test]
    fn other_methods_have_limits_of_their_own() {
        let methods_per_second = vec![("restrictChatMember".to_owned(), 2)];
        let limits = Limits { methods_per_second, ..Limits::default() };
        let mut limiter = Limiter::new(Some(limits));
        let mut restrict = |chat, now| {
            let chat = Some(ChatId::new(chat));
            let request =
                Request { method: "restrictChatMember", chat, is_group: true, arrived: now };
            limiter.admit(request, now)
        };
        assert_eq!(restrict(-1, ms(0)), Ok(()));
        assert_eq!(restrict(-1, ms(0)), Ok(()));
        assert_eq!(restrict(-2, ms(1)), Err(1));
        assert_eq!(restrict(-3, ms(1_000)), Ok(()));
    }
}
