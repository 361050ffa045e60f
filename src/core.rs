//! What dispatch, delivery and owners' commands share: the state of the gate and the one way to
//! change it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    cache::TtlCache,
    clock::{Clock, UnixMillis},
    directory::Directory,
    gate::{
        decide::{Exemption, Membership, Standing, Verdict, on_person, standing},
        policy::Protection,
    },
    ids::{ChatId, UserId},
    ledger::{Hold, Ledger},
    membership::Memberships,
    outbox::Outbox,
    stats::{Counter, Stats},
    store::{Commit, Store, change::Change},
    texts::Texts,
};

/// The state of the gate.
///
/// **Invariant:** who is held changes only under the ledger's lock, what is known of memberships is
/// read under the same lock before a hold, and the durable changes are submitted before it is
/// released. So a channel joined at the very moment of a hold is either seen by the hold, or sees it.
pub struct Core {
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub stats: Arc<Stats>,
    /// The protected supergroups.
    pub directory: Directory,
    /// What is known of people in channels.
    pub memberships: Memberships,
    /// What is to be done.
    pub outbox: Arc<Outbox>,
    /// The database.
    pub store: Store,
    /// What people read.
    pub texts: Texts,
    /// This bot.
    pub bot: Bot,
    /// Who pressed lately, so that hammering a button costs nothing.
    pub presses: TtlCache<(ChatId, UserId), ()>,
    /// Who has been let through in doubt lately and is to be looked up later, once.
    pub doubts: TtlCache<(ChatId, UserId), ()>,
    ledger: Mutex<Ledger>,
}

/// Who this bot is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bot {
    /// Its id.
    pub id: UserId,
    /// Its username, without `@`.
    pub username: String,
}

/// How long a person waits between two presses.
pub const PRESS_EVERY: Duration = Duration::from_secs(3);

/// How long somebody let through in doubt is not put down for another look-up, and how many of them
/// are remembered.
pub const DOUBT_LASTS: Duration = Duration::from_secs(10 * 60);
const DOUBTS_MAX: usize = 100_000;

/// How many recent pressers are remembered.
const PRESSERS_MAX: usize = 100_000;

/// What [`Core::new`] is made of.
pub struct Parts {
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub stats: Arc<Stats>,
    /// What is to be done.
    pub outbox: Arc<Outbox>,
    /// The database.
    pub store: Store,
    /// What is known of people in channels.
    pub memberships: Memberships,
    /// Who is held, as restored from the database.
    pub ledger: Ledger,
    /// This bot.
    pub bot: Bot,
}

impl Core {
    /// Puts the parts together; the directory is empty.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { clock, stats, outbox, store, memberships, ledger, bot } = parts;
        Self {
            presses: TtlCache::new(PRESSERS_MAX, 0, clock.clone()),
            doubts: TtlCache::new(DOUBTS_MAX, 0, clock.clone()),
            clock,
            stats,
            directory: Directory::default(),
            memberships,
            outbox,
            store,
            texts: Texts::embedded(),
            bot,
            ledger: Mutex::new(ledger),
        }
    }

    /// Locks the ledger. Keep it for one decision or one batch, never across an await.
    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides under the ledger's lock and submits what `decide` wants changed before letting go.
    pub fn decide<T>(
        &self,
        decide: impl FnOnce(&mut Ledger, &mut Vec<Change>, UnixMillis) -> T,
    ) -> (T, Commit) {
        let mut changes = Vec::new();
        let mut ledger = self.ledger();
        let value = decide(&mut ledger, &mut changes, self.clock.now());
        let commit = self.store.submit(changes);
        drop(ledger);
        (value, commit)
    }

    /// How somebody stands to a supergroup's channels, from what is known now.
    pub fn standing(&self, protection: &Protection, user: UserId) -> Standing {
        standing(protection, |channel| self.memberships.known(channel, user))
    }

    /// Holds somebody if they are still to be held now that the ledger is locked: the group may
    /// have been unprotected meanwhile, or they may have joined. Returns the verdict it acted on.
    pub fn hold_if_still_missing(
        &self,
        ledger: &mut Ledger,
        hold: Hold,
        changes: &mut Vec<Change>,
    ) -> Verdict {
        let Some(protection) = self.directory.get(hold.chat) else {
            return Verdict::Exempt(Exemption::GateOff);
        };
        let user = hold.person.id;
        let verdict = on_person(&protection, user, |user| self.standing(&protection, user));
        if let Verdict::Hold { missing, restrict } = &verdict {
            let hold = Hold { missing: missing.clone(), restrict: *restrict, ..hold };
            if ledger.hold(hold, self.clock.now(), changes) {
                self.stats.add(Counter::Held, 1);
            }
        }
        verdict
    }

    /// Somebody has become a member of a channel: lets them in wherever that was all they missed.
    /// Returns the supergroups where Telegram has to be asked about another channel first.
    pub fn joined(
        &self,
        channel: ChatId,
        user: UserId,
        ledger: &mut Ledger,
        changes: &mut Vec<Change>,
    ) -> Vec<ChatId> {
        self.memberships.learn(channel, user, Membership::Joined);
        let now = self.clock.now();
        let mut to_check = Vec::new();
        for chat in ledger.chats_of(user) {
            let Some(protection) = self.directory.get(chat) else { continue };
            if !protection.channels.iter().any(|required| required.id == channel) {
                continue;
            }
            match self.standing(&protection, user) {
                Standing::Joined => self.admit(ledger, (chat, user), now, changes),
                Standing::Unasked | Standing::Unknown => to_check.push(chat),
                Standing::Missing(_) => {}
            }
        }
        to_check
    }

    /// Lists somebody as an administrator of a supergroup, or no longer. Returns what has to be stored;
    /// nothing if nothing has changed.
    pub fn set_admin(&self, chat: ChatId, user: UserId, is_admin: bool) -> Option<Change> {
        if self.directory.get(chat)?.admins.contains(&user) == is_admin {
            return None;
        }
        let protection = self.directory.update(chat, |protection| {
            if is_admin {
                protection.admins.insert(user);
            } else {
                protection.admins.remove(&user);
            }
        })?;
        Some(Change::Admins(chat, protection.admins.iter().copied().collect()))
    }

    /// Lets somebody in and counts it.
    pub fn admit(
        &self,
        ledger: &mut Ledger,
        (chat, user): (ChatId, UserId),
        since: UnixMillis,
        changes: &mut Vec<Change>,
    ) {
        if ledger.admit(chat, user, since, self.clock.now(), changes) {
            self.stats.add(Counter::Lifted, 1);
        }
    }
}
