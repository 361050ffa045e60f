//! One batch of updates, from bytes to committed changes.
//!
//! Nothing here waits for Telegram or the disk: what the cache does not know becomes a durable
//! look-up, and the caller confirms the batch once its [`Commit`] is done.

mod members;
mod press;

pub use press::JOINED;

use std::sync::{
    Arc, MutexGuard,
    atomic::{AtomicI64, Ordering},
};

use crate::{
    clock::UnixMillis,
    core::{Core, DOUBT_LASTS},
    gate::{
        action::{Action, Cause, Command, Named},
        decide::{Exemption, Verdict, on_message, on_person},
        event::{Event, Person, Sender, Spoken},
        retry::RECHECK_AFTER,
    },
    ids::{ChatId, MessageId, ThreadId, UpdateId, UserId},
    ledger::{Hold, Ledger},
    owner,
    stats::Counter,
    store::{Commit, change::Change},
    telegram::{DecodeError, Incoming, decode_updates},
};

/// After a week without updates Telegram numbers them anew ("Update", `update_id`): a watermark
/// older than this says nothing about what has been seen.
const WATERMARK_HOLDS_MS: i64 = 6 * 24 * 60 * 60 * 1_000;

/// How much of a command is kept; no command of ours is longer.
const COMMAND_CHARS_MAX: usize = 512;

/// Turns updates into changes.
pub struct Dispatch {
    core: Arc<Core>,
    done: AtomicI64,
    done_at: AtomicI64,
}

/// What became of a batch.
#[must_use = "a batch may be confirmed only after its commit"]
pub struct Dispatched {
    /// The last update of the batch, to be confirmed after the commit; none if it was empty.
    pub last: Option<UpdateId>,
    /// The batch's transaction; none if nothing had to be written.
    pub commit: Option<Commit>,
}

impl Dispatch {
    /// Goes on after the last update that a previous run has dealt with.
    #[must_use]
    pub fn new(core: Arc<Core>, watermark: Option<(UpdateId, UnixMillis)>) -> Self {
        let (done, done_at) = watermark.map_or((i64::MIN, 0), |(id, at)| (id.get(), at.get()));
        Self { core, done: AtomicI64::new(done), done_at: AtomicI64::new(done_at) }
    }

    /// Deals with the answer to a `getUpdates`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the body is no such answer; a single update that cannot be read is
    /// skipped and counted.
    pub fn batch(&self, body: &[u8]) -> Result<Dispatched, DecodeError> {
        let decoded = decode_updates(body)?;
        let mut batch = Batch::new(&self.core);
        let mut last = None;
        if decoded.poisoned > 0 {
            let poisoned = u64::try_from(decoded.poisoned).unwrap_or(u64::MAX);
            self.core.stats.add(Counter::Poison, poisoned);
            tracing::warn!(poisoned, "updates could not be read and are skipped");
        }
        for Incoming { id, event, .. } in decoded.updates {
            last = last.max(Some(id));
            if self.is_repeated(id, batch.now) {
                self.core.stats.add(Counter::Repeated, 1);
                continue;
            }
            batch.event(event);
        }
        Ok(Dispatched { last, commit: batch.submit(last) })
    }

    /// The batch up to `last` is committed: what comes again of it is recognised.
    pub fn committed(&self, last: UpdateId) {
        self.done.store(last.get(), Ordering::Relaxed);
        self.done_at.store(self.core.clock.now().get(), Ordering::Relaxed);
    }

    fn is_repeated(&self, id: UpdateId, now: UnixMillis) -> bool {
        let age = now.get().saturating_sub(self.done_at.load(Ordering::Relaxed));
        age < WATERMARK_HOLDS_MS && id.get() <= self.done.load(Ordering::Relaxed)
    }
}

/// One batch under way. The ledger is locked from the first update that may change it until the
/// batch is submitted; a batch of people who may speak never locks it.
struct Batch<'a> {
    core: &'a Core,
    ledger: Option<MutexGuard<'a, Ledger>>,
    changes: Vec<Change>,
    now: UnixMillis,
    updates: u64,
    admitted: u64,
}

impl<'a> Batch<'a> {
    fn new(core: &'a Core) -> Self {
        let now = core.clock.now();
        Self { core, ledger: None, changes: Vec::new(), now, updates: 0, admitted: 0 }
    }

    fn submit(mut self, last: Option<UpdateId>) -> Option<Commit> {
        self.core.stats.add(Counter::Updates, self.updates);
        self.core.stats.add(Counter::Admitted, self.admitted);
        let last = last.filter(|_| !self.changes.is_empty())?;
        self.changes.push(Change::Watermark(last, self.now));
        Some(self.core.store.submit(self.changes)) // before the ledger is unlocked
    }

    fn event(&mut self, event: Event<'_>) {
        self.updates += 1;
        match event {
            Event::Spoke(spoken) => self.spoke(&spoken),
            Event::Private { person, message, command } => {
                self.private(&person, message, command.as_deref());
            }
            Event::Arrived { chat, thread, people } => {
                for person in people {
                    self.arrived(chat, thread, &person);
                }
            }
            Event::MemberChanged { chat, person, is_bot, by, old, new } => {
                self.member_changed(chat, &person, is_bot, by, (&old, &new));
            }
            Event::BotChanged { chat, new, .. } => self.bot_changed(chat, &new),
            Event::Pressed { query, person, chat, data, .. } => {
                self.pressed(&query, &person, chat, &data);
            }
            Event::Migrated { from, to } => self.migrated(from, to),
            Event::Ignored => {}
        }
    }

    /// The whole life of most updates: one look into the directory, one into the cache.
    fn spoke(&mut self, spoken: &Spoken<'_>) {
        let Some(protection) = self.core.directory.get(spoken.chat) else {
            self.command(spoken);
            return;
        };
        let verdict =
            on_message(&protection, &spoken.sender, |user| self.core.standing(&protection, user));
        match verdict {
            Verdict::Admit => {
                self.core.stats.add(Counter::CacheHits, 1);
                self.admitted += 1;
                self.command(spoken);
            }
            Verdict::Observe => self.admitted += 1,
            Verdict::AdmitUnverified => {
                self.admitted += 1;
                if let Sender::Person(person) = &spoken.sender {
                    self.check_later(spoken.chat, person, said(spoken));
                }
            }
            Verdict::Exempt(exemption) => {
                self.admitted += 1;
                if matches!(exemption, Exemption::Admin | Exemption::GateOff) {
                    self.command(spoken);
                }
            }
            Verdict::Check => {
                self.core.stats.add(Counter::CacheMisses, 1);
                if let Sender::Person(person) = &spoken.sender {
                    self.check(spoken.chat, person, said(spoken), self.now);
                }
            }
            Verdict::Hold { .. } => {
                self.core.stats.add(Counter::CacheHits, 1);
                if let Sender::Person(person) = &spoken.sender {
                    self.hold(spoken.chat, person, spoken.thread, Some(spoken.message));
                }
            }
            Verdict::DeletePost => self.delete(spoken),
            Verdict::BanSender(sender) => {
                self.delete(spoken);
                self.enqueue(Action::BanSender { chat: spoken.chat, sender });
            }
        }
    }

    fn arrived(&mut self, chat: ChatId, thread: Option<ThreadId>, person: &Person<'_>) {
        let Some(protection) = self.core.directory.get(chat) else { return };
        let verdict =
            on_person(&protection, person.id, |user| self.core.standing(&protection, user));
        if verdict == Verdict::Check {
            self.check(chat, person, Cause::Arrived { thread }, self.now);
        } else if verdict == Verdict::AdmitUnverified {
            self.check_later(chat, person, Cause::Arrived { thread });
        } else if matches!(verdict, Verdict::Hold { .. }) {
            self.hold(chat, person, thread, None);
        }
    }

    fn check(&mut self, chat: ChatId, person: &Person<'_>, cause: Cause, due: UnixMillis) {
        let action = Action::Check { chat, person: named(person), cause };
        self.changes.push(Change::Enqueue { action, due });
    }

    /// Somebody is let through while Telegram does not say: they are looked up again, with growing
    /// waits, even if they say nothing more.
    fn check_later(&mut self, chat: ChatId, person: &Person<'_>, cause: Cause) {
        let key = (chat, person.id);
        if self.core.doubts.get(&key).is_none() {
            self.core.doubts.insert(key, (), DOUBT_LASTS);
            self.check(chat, person, cause, self.now.after(RECHECK_AFTER));
        }
    }

    fn hold(
        &mut self,
        chat: ChatId,
        person: &Person<'_>,
        thread: Option<ThreadId>,
        message: Option<MessageId>,
    ) {
        let hold = Hold {
            chat,
            person: named(person),
            thread,
            messages: message.into_iter().collect(),
            missing: Vec::new(),
            restrict: true,
            since: self.now,
        };
        self.with_ledger(|core, ledger, changes| {
            core.hold_if_still_missing(ledger, hold, changes);
        });
    }

    fn delete(&mut self, spoken: &Spoken<'_>) {
        self.enqueue(Action::Delete { chat: spoken.chat, message: spoken.message });
    }

    fn command(&mut self, spoken: &Spoken<'_>) {
        let Some(text) = spoken.command.as_deref() else { return };
        let by = match &spoken.sender {
            Sender::Person(person) => Some(named(person)),
            Sender::AnonymousAdmin => None,
            Sender::Bot(_) | Sender::LinkedChannel | Sender::Channel(_) => return,
        };
        self.run_if_ours(text, |text| Command {
            chat: spoken.chat,
            thread: spoken.thread,
            by,
            message: spoken.message,
            title: spoken.title.to_string(),
            text,
        });
    }

    fn private(&mut self, person: &Person<'_>, message: MessageId, command: Option<&str>) {
        let Some(text) = command else { return };
        self.run_if_ours(text, |text| Command {
            chat: person.id.into(),
            thread: None,
            by: Some(named(person)),
            message,
            title: String::new(),
            text,
        });
    }

    /// Puts a command of ours down to be run; what is none costs no allocation.
    fn run_if_ours(&mut self, text: &str, command: impl FnOnce(String) -> Command) {
        if owner::is_ours(text, &self.core.bot.username) {
            let text = text.chars().take(COMMAND_CHARS_MAX).collect();
            self.enqueue(Action::Command(command(text)));
        }
    }

    fn migrated(&mut self, from: ChatId, to: ChatId) {
        // The ledger first: a hold decided meanwhile would belong to an id that is gone.
        self.with_ledger(|core, ledger, changes| {
            core.directory.migrate(from, to);
            ledger.migrate(from, to);
            changes.push(Change::Migrate { from, to });
        });
    }

    fn enqueue(&mut self, action: Action) {
        self.changes.push(Change::Enqueue { action, due: self.now });
    }

    /// Locks the ledger until the batch is submitted.
    fn with_ledger<T>(&mut self, act: impl FnOnce(&Core, &mut Ledger, &mut Vec<Change>) -> T) -> T {
        let ledger = self.ledger.get_or_insert_with(|| self.core.ledger());
        act(self.core, ledger, &mut self.changes)
    }

    fn is_held(&mut self, chat: ChatId, user: UserId) -> bool {
        self.with_ledger(|_, ledger, _| ledger.is_held(chat, user))
    }
}

/// A look-up's reason: they said this.
fn said(spoken: &Spoken<'_>) -> Cause {
    Cause::Spoke { message: spoken.message, thread: spoken.thread }
}

/// A person as remembered across a restart.
fn named(person: &Person<'_>) -> Named {
    Named {
        id: person.id,
        name: person.full_name().into_owned(),
        language: person.language.as_deref().map(str::to_owned),
    }
}
