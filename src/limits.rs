//! Telegram's limits: who may call now, and who has to wait until when.
//!
//! Asks and answers only; nobody sleeps here. Sources of the numbers: `telegram/facts.md` (30
//! messages a second over all chats, one a second in a chat, 20 a minute in a group; the limits of
//! other methods are unpublished, so their pace adapts to what Telegram refuses).

use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use governor::{
    NotUntil, Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed, keyed::HashMapStateStore},
};

use crate::ids::ChatId;

/// Calls that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Sending and editing messages.
    Send,
    /// Restricting, lifting, banning.
    Restrict,
    /// Deleting messages.
    Delete,
    /// Looking people and chats up.
    Look,
    /// Answering callback queries.
    Answer,
}

impl Class {
    const ALL: [Self; 5] = [Self::Send, Self::Restrict, Self::Delete, Self::Look, Self::Answer];
}

/// The answer to "may I call now?"; moments are uptime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Call now; the limits have counted it.
    Go,
    /// This chat has to wait until then.
    Chat(Duration),
    /// Every call of the class has to wait until then.
    Class(Duration),
    /// Everybody has to wait until then.
    Everything(Duration),
}

impl Ask {
    /// How long to wait; `None` if nobody has to.
    #[must_use]
    pub fn until(self) -> Option<Duration> {
        match self {
            Self::Go => None,
            Self::Chat(until) | Self::Class(until) | Self::Everything(until) => Some(until),
        }
    }
}

/// The figures an operator may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Messages a second over all chats.
    pub messages_per_second: NonZeroU32,
    /// Messages in any 60 seconds in one group.
    pub group_messages_per_minute: u32,
}

/// Where the pace of the methods with unpublished limits starts, in calls a second, and how far it
/// may rise while Telegram refuses nothing.
const PACE_START: u32 = 20;
const PACE_TOP: u32 = 60;

/// How many different chats must be refused within [`STORM_WINDOW`] before everything pauses: one
/// chat's refusal is its own affair, several at once mean the bot itself is refused.
const STORM_CHATS: usize = 3;
const STORM_WINDOW: Duration = Duration::from_secs(5);

/// A pace that is used up rises by one call a second each second; after a refusal it rests first.
const PACE_RISES_EVERY: Duration = Duration::from_secs(1);
const SLOWED_ONCE_IN: Duration = Duration::from_secs(2);
const PACE_RESTS: Duration = Duration::from_secs(10);

const MINUTE: Duration = Duration::from_secs(60);

/// Every limit of one bot.
pub struct Limits {
    asked: Asked,
    figures: Figures,
    paces: HashMap<Class, Pace>,
    chats: RateLimiter<ChatId, HashMapStateStore<ChatId>, Asked, NoOpMiddleware<Duration>>,
    groups: HashMap<ChatId, VecDeque<Duration>>,
    refused: HashMap<(ChatId, Class), Duration>,
    refusals: VecDeque<(Duration, ChatId)>,
    paused: Duration,
}

impl Limits {
    /// Limits nobody has used yet.
    #[must_use]
    pub fn new(figures: Figures) -> Self {
        let asked = Asked::default();
        let paces = Class::ALL
            .into_iter()
            .map(|class| {
                let published = figures.messages_per_second;
                let (start, top) = match class {
                    Class::Send | Class::Answer => (published, published),
                    Class::Restrict | Class::Delete | Class::Look => {
                        (rate(PACE_START), rate(PACE_TOP))
                    }
                };
                (class, Pace::new(start, top, asked.clone()))
            })
            .collect();
        let a_message_a_second = Quota::per_second(NonZeroU32::MIN);
        Self {
            chats: RateLimiter::hashmap_with_clock(a_message_a_second, asked.clone()),
            asked,
            figures,
            paces,
            groups: HashMap::new(),
            refused: HashMap::new(),
            refusals: VecDeque::new(),
            paused: Duration::ZERO,
        }
    }

    /// Whether a call of `class` about `chat` may be made at `now`; if so, it is counted.
    pub fn ask(&mut self, class: Class, chat: ChatId, now: Duration) -> Ask {
        self.asked.at(now);
        if now < self.paused {
            return Ask::Everything(self.paused);
        }
        if let Some(until) = self.refused_until(class, chat, now) {
            return Ask::Chat(until);
        }
        if class == Class::Send
            && let Some(until) = self.group_full_until(chat, now)
        {
            return Ask::Chat(until);
        }
        let Some(pace) = self.paces.get_mut(&class) else { return Ask::Go };
        if let Err(wait) = pace.take(now) {
            return Ask::Class(now.saturating_add(wait));
        }
        if class == Class::Send {
            if let Err(not_until) = self.chats.check_key(&chat) {
                pace.give_back();
                return Ask::Chat(now.saturating_add(not_until.wait_time_from(now)));
            }
            if is_group(chat) {
                self.groups.entry(chat).or_default().push_back(now);
            }
        }
        Ask::Go
    }

    /// Until when a call of `class` about `chat` would repeat a refused one too early.
    #[must_use]
    pub fn refused_until(&self, class: Class, chat: ChatId, now: Duration) -> Option<Duration> {
        self.refused.get(&(chat, class)).copied().filter(|until| now < *until)
    }

    /// Takes back a call that turned out not to be needed.
    pub fn give_back(&mut self, class: Class, chat: ChatId) {
        if let Some(pace) = self.paces.get_mut(&class) {
            pace.give_back();
        }
        if class == Class::Send
            && let Some(sent) = self.groups.get_mut(&chat)
        {
            sent.pop_back();
        }
    }

    /// Telegram answered 429: nothing of `class` about `chat` before `retry_after` has passed. If
    /// several chats are refused at once, nothing at all before then.
    pub fn refuse(&mut self, class: Class, chat: ChatId, retry_after: Duration, now: Duration) {
        self.asked.at(now);
        let until = now.saturating_add(retry_after);
        let refused = self.refused.entry((chat, class)).or_default();
        *refused = until.max(*refused);
        if let Some(pace) = self.paces.get_mut(&class) {
            pace.slow_down(now);
        }
        self.refusals.retain(|(at, other)| now < at.saturating_add(STORM_WINDOW) && *other != chat);
        self.refusals.push_back((now, chat));
        if self.refusals.len() >= STORM_CHATS {
            // Each chat keeps its own wait; everybody else waits as long as the shortest of them.
            let shortest = self.refused.values().filter(|until| now < **until).min().copied();
            self.paused = self.paused.max(shortest.unwrap_or(until));
        }
    }

    /// Forgets what no longer limits anybody; called now and then so that memory stays flat.
    pub fn forget_past(&mut self, now: Duration) {
        self.asked.at(now);
        self.refused.retain(|_, until| now < *until);
        self.groups.retain(|_, sent| {
            drop_older_than_a_minute(sent, now);
            !sent.is_empty()
        });
        self.chats.retain_recent();
        self.chats.shrink_to_fit();
    }

    /// A ring of moments and not a bucket: a bucket of 20 that refills lets 29 through in 30 s.
    fn group_full_until(&mut self, chat: ChatId, now: Duration) -> Option<Duration> {
        let sent = self.groups.get_mut(&chat)?;
        drop_older_than_a_minute(sent, now);
        let full = usize::try_from(self.figures.group_messages_per_minute).ok()?;
        (sent.len() >= full).then(|| sent.front().map(|first| first.saturating_add(MINUTE)))?
    }
}

/// Groups and channels have negative ids, private chats positive ones.
fn is_group(chat: ChatId) -> bool {
    chat.get() < 0
}

fn drop_older_than_a_minute(sent: &mut VecDeque<Duration>, now: Duration) {
    while sent.front().is_some_and(|first| first.saturating_add(MINUTE) <= now) {
        sent.pop_front();
    }
}

fn rate(per_second: u32) -> NonZeroU32 {
    NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN)
}

/// The moment of the last question, as the buckets' clock: they see the time their asker sees.
#[derive(Clone, Debug, Default)]
struct Asked(Arc<AtomicU64>);

impl Asked {
    fn at(&self, now: Duration) {
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        self.0.store(nanos, Ordering::Relaxed);
    }
}

impl Clock for Asked {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, Asked, NoOpMiddleware<Duration>>;

/// Calls a second of one class: halved by a refusal, slowly regained.
struct Pace {
    asked: Asked,
    top: NonZeroU32,
    current: NonZeroU32,
    bucket: Bucket,
    spare: u32,
    rises_at: Duration,
    slowed_until: Duration,
}

impl Pace {
    fn new(start: NonZeroU32, top: NonZeroU32, asked: Asked) -> Self {
        let bucket = bucket(start, asked.clone());
        Self {
            asked,
            top,
            current: start,
            bucket,
            spare: 0,
            rises_at: Duration::ZERO,
            slowed_until: Duration::ZERO,
        }
    }

    /// Takes one call, or tells how long to wait for one.
    fn take(&mut self, now: Duration) -> Result<(), Duration> {
        if let Some(left) = self.spare.checked_sub(1) {
            self.spare = left;
            return Ok(());
        }
        let taken = self.bucket.check();
        let taken = taken.map_err(|until: NotUntil<Duration>| until.wait_time_from(now));
        if taken.is_err() && self.current < self.top && self.rises_at <= now {
            self.change(self.current.saturating_add(1));
            self.rises_at = now.saturating_add(PACE_RISES_EVERY);
        }
        taken
    }

    fn give_back(&mut self) {
        self.spare = self.spare.saturating_add(1).min(self.current.get());
    }

    /// Calls in flight together are refused together: that is one reason to slow down, not ten.
    fn slow_down(&mut self, now: Duration) {
        if now < self.slowed_until {
            return;
        }
        self.slowed_until = now.saturating_add(SLOWED_ONCE_IN);
        self.change(rate(self.current.get() / 2));
        self.rises_at = now.saturating_add(PACE_RESTS);
    }

    fn change(&mut self, to: NonZeroU32) {
        if to != self.current {
            self.current = to;
            self.bucket = bucket(to, self.asked.clone());
        }
    }
}

/// Evenly spaced calls, one at a time. The spacing is that of one call less, so that no window of a
/// second, wherever it begins, holds more calls than `per_second`.
fn bucket(per_second: NonZeroU32, asked: Asked) -> Bucket {
    let spaces = per_second.get().saturating_sub(1).max(1);
    let quota = Quota::with_period(Duration::from_secs(1) / spaces);
    let quota = quota.unwrap_or(Quota::per_second(per_second)).allow_burst(NonZeroU32::MIN);
    RateLimiter::direct_with_clock(quota, asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: ChatId = ChatId::new(-1000);
    const OTHER: ChatId = ChatId::new(-2000);

    fn limits() -> Limits {
        Limits::new(Figures { messages_per_second: rate(30), group_messages_per_minute: 20 })
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_group_gets_twenty_messages_in_any_minute() {
        let mut limits = limits();
        limits.groups.insert(GROUP, (0..20).map(seconds).collect());
        assert_eq!(limits.ask(Class::Send, GROUP, seconds(59)), Ask::Chat(seconds(60)));
        assert_eq!(limits.ask(Class::Restrict, GROUP, seconds(59)), Ask::Go);
        assert_eq!(limits.ask(Class::Send, GROUP, seconds(60)), Ask::Go);
        assert!(matches!(limits.ask(Class::Send, GROUP, seconds(60)), Ask::Chat(_)));
        limits.give_back(Class::Send, GROUP);
        assert_eq!(limits.ask(Class::Send, GROUP, seconds(61)), Ask::Go);
    }

    #[test]
    fn a_chat_gets_one_message_a_second_and_others_are_not_held_up_by_it() {
        let mut limits = limits();
        let soon = seconds(1) + Duration::from_millis(100);
        assert_eq!(limits.ask(Class::Send, GROUP, seconds(1)), Ask::Go);
        assert_eq!(limits.ask(Class::Send, GROUP, soon), Ask::Chat(seconds(2)));
        assert_eq!(limits.ask(Class::Send, OTHER, soon), Ask::Go);
        assert_eq!(limits.ask(Class::Send, GROUP, seconds(2)), Ask::Go);
    }

    #[test]
    fn all_chats_together_get_thirty_messages_in_any_second() {
        let mut limits = limits();
        let mut gone = Vec::new();
        for (chat, millis) in (1_000..4_000).enumerate() {
            let chat = ChatId::new(-1 - i64::try_from(chat).unwrap());
            if limits.ask(Class::Send, chat, Duration::from_millis(millis)) == Ask::Go {
                gone.push(millis);
            }
        }
        let most = gone
            .iter()
            .map(|from| gone.iter().filter(|at| (*from..from + 1_000).contains(*at)).count());
        assert_eq!(most.max(), Some(29), "one in hand for the jitter of the way");
        assert!(gone.len() >= 80, "{} of 90 in three seconds", gone.len());
    }

    #[test]
    fn retry_after_is_obeyed_for_its_chat_and_method_only() {
        let mut limits = limits();
        limits.refuse(Class::Restrict, GROUP, seconds(60), seconds(10));
        assert_eq!(limits.ask(Class::Restrict, GROUP, seconds(69)), Ask::Chat(seconds(70)));
        assert_eq!(limits.ask(Class::Restrict, OTHER, seconds(69)), Ask::Go);
        assert_eq!(limits.ask(Class::Delete, GROUP, seconds(69)), Ask::Go);
        limits.refuse(Class::Restrict, GROUP, seconds(1), seconds(20));
        assert_eq!(limits.ask(Class::Restrict, GROUP, seconds(69)), Ask::Chat(seconds(70)));
        limits.forget_past(seconds(71));
        assert!(limits.refused.is_empty());
    }

    #[test]
    fn several_chats_refused_at_once_pause_everything() {
        let mut limits = limits();
        for chat in 1..=3 {
            limits.refuse(Class::Send, ChatId::new(-chat), seconds(30), seconds(10));
        }
        assert_eq!(limits.ask(Class::Delete, GROUP, seconds(39)), Ask::Everything(seconds(40)));
        assert_eq!(limits.ask(Class::Delete, GROUP, seconds(40)), Ask::Go);
    }

    #[test]
    fn one_chat_refused_again_and_again_pauses_nobody_else() {
        let mut limits = limits();
        for moment in 10..20 {
            limits.refuse(Class::Send, GROUP, seconds(30), seconds(moment));
        }
        assert_eq!(limits.ask(Class::Delete, OTHER, seconds(20)), Ask::Go);
    }

    #[test]
    fn a_refusal_halves_the_pace_and_demand_without_refusals_raises_it() {
        let mut limits = limits();
        limits.refuse(Class::Look, GROUP, seconds(1), seconds(1));
        let pace = |limits: &Limits| limits.paces[&Class::Look].current.get();
        assert_eq!(pace(&limits), PACE_START / 2);
        let demand = |limits: &mut Limits, from: u64, to: u64| {
            for millis in (from * 1_000..to * 1_000).step_by(5) {
                limits.ask(Class::Look, OTHER, Duration::from_millis(millis));
            }
        };
        demand(&mut limits, 1, 11);
        assert_eq!(pace(&limits), PACE_START / 2, "it rests");
        demand(&mut limits, 11, 16);
        assert_eq!(pace(&limits), PACE_START / 2 + 5);
        demand(&mut limits, 16, 100);
        assert_eq!(pace(&limits), PACE_TOP);
    }

    #[test]
    fn a_call_given_back_can_be_made_by_somebody_else() {
        let mut limits = limits();
        assert_eq!(limits.ask(Class::Look, GROUP, seconds(1)), Ask::Go);
        assert!(matches!(limits.ask(Class::Look, GROUP, seconds(1)), Ask::Class(_)));
        limits.give_back(Class::Look, GROUP);
        assert_eq!(limits.ask(Class::Look, GROUP, seconds(1)), Ask::Go);
    }
}
