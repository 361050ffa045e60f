//! What is known of people in required channels, and for how long it may be believed.
//!
//! Written by look-ups and by `chat_member` updates, which make it coherent without any call in
//! channels the bot administers. Doubt is never remembered as "missing".

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use crate::{
    cache::{ENTRY_BYTES, Entry, TtlCache},
    clock::Clock,
    gate::decide::Membership,
    ids::{ChatId, UserId},
    store::change::MemberRow,
};

/// The first pause of look-ups in a channel that refuses them; doubles up to [`FAULT_MAX`].
const FAULT_FIRST: Duration = Duration::from_secs(30);
const FAULT_MAX: Duration = Duration::from_secs(10 * 60);

/// How long "unknown" stands for one person before they are looked up again.
const UNKNOWN_TTL: Duration = Duration::from_secs(30);

/// Telegram keeps updates for 24 hours: what is older may have changed without our hearing of it.
const RESTORED_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How much may wait to be saved; what is beyond it is looked up again after a restart.
const UNSAVED_MAX: usize = 100_000;

/// How long what is known may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of "joined".
    pub member: Duration,
    /// Of "missing".
    pub stranger: Duration,
    /// How far each lifetime varies either way.
    pub jitter_percent: u32,
}

/// The memory of memberships.
pub struct Memberships {
    known: TtlCache<(ChatId, UserId), Membership>,
    lifetimes: Lifetimes,
    faults: Mutex<HashMap<ChatId, Fault>>,
    unsaved: Mutex<Vec<MemberRow>>,
    clock: Clock,
}

#[derive(Clone, Copy)]
struct Fault {
    until: Duration,
    pause: Duration,
}

impl Memberships {
    /// An empty memory of about `capacity_bytes`.
    #[must_use]
    pub fn new(capacity_bytes: u64, lifetimes: Lifetimes, clock: Clock) -> Self {
        let entries = usize::try_from(capacity_bytes / ENTRY_BYTES).unwrap_or(usize::MAX);
        Self {
            known: TtlCache::new(entries, lifetimes.jitter_percent, clock.clone()),
            lifetimes,
            faults: Mutex::default(),
            unsaved: Mutex::default(),
            clock,
        }
    }

    /// What is known now; `None` if Telegram has to be asked. While a channel refuses look-ups,
    /// everybody not known in it is [`Membership::Unknown`].
    pub fn known(&self, channel: ChatId, user: UserId) -> Option<Membership> {
        self.known.get(&(channel, user)).or_else(|| self.faulty(channel))
    }

    /// What is known for a press that arrived at `pressed` (uptime): an older "missing" or
    /// "unknown" does not count, because they may have joined since.
    pub fn known_since(
        &self,
        channel: ChatId,
        user: UserId,
        pressed: Duration,
    ) -> Option<Membership> {
        self.known.entry(&(channel, user)).filter(|entry| counts(entry, pressed)).map(|e| e.value)
    }

    /// Remembers what an update or an answer said; overtakes a look-up under way.
    pub fn learn(&self, channel: ChatId, user: UserId, membership: Membership) {
        self.known.insert((channel, user), membership, self.lifetime(membership));
        self.remember(channel, user, membership);
    }

    /// Restores what was saved before a restart. Only "joined" comes back: an old "missing" might
    /// hold somebody by mistake.
    pub fn restore(&self, rows: &[MemberRow]) {
        let now = self.clock.now();
        let is_recent = |row: &&MemberRow| now.since(row.at) <= RESTORED_MAX;
        for row in rows.iter().filter(|row| row.joined).filter(is_recent) {
            let key = (row.chat, row.user);
            self.known.insert(key, Membership::Joined, self.lifetimes.member);
        }
    }

    /// Asks with `look_up` unless it is known; one look-up at a time for each person and channel.
    ///
    /// An answer may be `Missing` or `Joined`, and is remembered; `Unknown` is remembered briefly.
    ///
    /// # Errors
    ///
    /// Whatever `look_up` fails with; nothing is remembered then.
    pub async fn ask<E>(
        &self,
        channel: ChatId,
        user: UserId,
        pressed: Option<Duration>,
        look_up: impl AsyncFnOnce() -> Result<Membership, E>,
    ) -> Result<Membership, E> {
        let usable = |entry: &Entry<Membership>| pressed.is_none_or(|at| counts(entry, at));
        let load = async || {
            let membership = look_up().await?;
            self.remember(channel, user, membership);
            if membership != Membership::Unknown {
                lock(&self.faults).remove(&channel);
            }
            Ok((membership, self.lifetime(membership)))
        };
        self.known.get_or_load(&(channel, user), usable, load).await
    }

    /// A channel refuses look-ups: everybody not known in it is unknown for a while, longer each
    /// time. Returns for how long.
    pub fn channel_refuses(&self, channel: ChatId) -> Duration {
        let now = self.clock.uptime();
        let mut faults = lock(&self.faults);
        let pause = match faults.get(&channel) {
            Some(fault) if now < fault.until => return fault.until.saturating_sub(now),
            Some(fault) => fault.pause.saturating_mul(2).min(FAULT_MAX),
            None => FAULT_FIRST,
        };
        faults.insert(channel, Fault { until: now.saturating_add(pause), pause });
        pause
    }

    /// The bot's rights in a channel have changed: what was refused may be asked again at once.
    pub fn channel_answers(&self, channel: ChatId) {
        lock(&self.faults).remove(&channel);
    }

    /// Takes what has been learnt since the last call, to be saved in bulk.
    pub fn take_unsaved(&self) -> Vec<MemberRow> {
        std::mem::take(&mut *lock(&self.unsaved))
    }

    /// Entries now and at most.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        (u64::try_from(self.known.len()).unwrap_or(u64::MAX), self.known.capacity())
    }

    fn faulty(&self, channel: ChatId) -> Option<Membership> {
        let faults = lock(&self.faults);
        let fault = faults.get(&channel)?;
        (self.clock.uptime() < fault.until).then_some(Membership::Unknown)
    }

    fn remember(&self, channel: ChatId, user: UserId, membership: Membership) {
        let joined = match membership {
            Membership::Joined => true,
            Membership::Missing => false,
            Membership::Unknown => return,
        };
        let mut unsaved = lock(&self.unsaved);
        if unsaved.len() < UNSAVED_MAX {
            unsaved.push(MemberRow { chat: channel, user, joined, at: self.clock.now() });
        }
    }

    fn lifetime(&self, membership: Membership) -> Duration {
        match membership {
            Membership::Joined => self.lifetimes.member,
            Membership::Missing => self.lifetimes.stranger,
            Membership::Unknown => UNKNOWN_TTL,
        }
    }
}

/// Whether an entry answers a press made at `pressed`: "joined" always does.
fn counts(entry: &Entry<Membership>, pressed: Duration) -> bool {
    entry.value == Membership::Joined || pressed <= entry.learnt
}

/// A panic while the lock was held ends the process (a defect), so a poisoned lock is never seen
/// by anybody who could be misled by it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::UnixMillis;

    const NEWS: ChatId = ChatId::new(-1001);
    const ANN: UserId = UserId::new(1);

    fn memberships(clock: &Clock) -> Memberships {
        let lifetimes = Lifetimes {
            member: Duration::from_secs(600),
            stranger: Duration::from_secs(60),
            jitter_percent: 15,
        };
        Memberships::new(1 << 20, lifetimes, clock.clone())
    }

    fn clock() -> Clock {
        Clock::manual(UnixMillis::new(1_000_000))
    }

    #[test]
    fn joined_is_believed_longer_than_missing() {
        let clock = clock();
        let known = memberships(&clock);
        known.learn(NEWS, ANN, Membership::Joined);
        known.learn(NEWS, UserId::new(2), Membership::Missing);
        clock.advance(Duration::from_secs(70));
        assert_eq!(known.known(NEWS, ANN), Some(Membership::Joined));
        assert_eq!(known.known(NEWS, UserId::new(2)), None);
    }

    #[tokio::test]
    async fn a_press_looks_past_an_older_missing_but_not_past_joined() {
        let clock = clock();
        let known = memberships(&clock);
        known.learn(NEWS, ANN, Membership::Missing);
        clock.advance(Duration::from_secs(1));
        let pressed = clock.uptime();
        assert_eq!(known.known_since(NEWS, ANN, pressed), None);
        let fresh = known.ask(NEWS, ANN, Some(pressed), async || Ok::<_, ()>(Membership::Joined));
        assert_eq!(fresh.await, Ok(Membership::Joined));
        clock.advance(Duration::from_secs(5));
        assert_eq!(known.known_since(NEWS, ANN, clock.uptime()), Some(Membership::Joined));
    }

    #[test]
    fn a_channel_that_refuses_makes_strangers_unknown_for_longer_each_time() {
        let clock = clock();
        let known = memberships(&clock);
        known.learn(NEWS, ANN, Membership::Joined);
        let stranger = UserId::new(2);
        assert_eq!(known.channel_refuses(NEWS), Duration::from_secs(30));
        assert_eq!(known.known(NEWS, stranger), Some(Membership::Unknown));
        assert_eq!(known.known(NEWS, ANN), Some(Membership::Joined), "what is known stays known");
        clock.advance(Duration::from_secs(31));
        assert_eq!(known.known(NEWS, stranger), None, "asked again");
        assert_eq!(known.channel_refuses(NEWS), Duration::from_secs(60));
        known.channel_answers(NEWS);
        assert_eq!(known.known(NEWS, stranger), None);
    }

    #[test]
    fn a_restart_brings_back_who_had_joined_and_nobody_who_was_missing() {
        let clock = clock();
        let before = memberships(&clock);
        before.learn(NEWS, ANN, Membership::Joined);
        before.learn(NEWS, UserId::new(2), Membership::Missing);
        before.learn(NEWS, UserId::new(3), Membership::Unknown);
        let saved = before.take_unsaved();
        assert_eq!(saved.len(), 2, "doubt is not saved");
        assert!(before.take_unsaved().is_empty());
        let after = memberships(&clock);
        after.restore(&saved);
        assert_eq!(after.known(NEWS, ANN), Some(Membership::Joined));
        assert_eq!(after.known(NEWS, UserId::new(2)), None);
        clock.advance(Duration::from_secs(25 * 60 * 60));
        let late = memberships(&clock);
        late.restore(&saved);
        assert_eq!(late.known(NEWS, ANN), None, "too old to be believed");
    }
}
