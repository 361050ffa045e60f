//! Look-ups: ask Telegram what the cache does not know, then decide again.

use std::{collections::VecDeque, time::Duration};

use super::{Attempt, Delivery, row_ids};
use crate::{
    clock::UnixMillis,
    gate::{
        action::{Action, Cause, Named},
        decide::{Membership, PressVerdict, Standing, Verdict, on_press, standing},
        policy::{Channel, Protection},
        retry::recheck_after,
    },
    ids::{ChatId, MessageId, ThreadId, UserId},
    ledger::{Hold, Ledger},
    limits::{Ask, Class},
    outbox::{Answer, Claim},
    owner::notices,
    stats::Counter,
    store::change::{Change, OutboxRow},
    telegram::{TelegramError, encode::plain_name},
    texts::{Fill, Key},
};

/// What waits for the answer about one person.
struct Waiting {
    messages: Vec<MessageId>,
    thread: Option<ThreadId>,
    spoke_or_arrived: bool,
    joined: bool,
    presses: Vec<String>,
    pressed_at: Option<UnixMillis>,
    since: UnixMillis,
    attempt: u32,
}

/// What the ledger's lock was held for.
enum Decided {
    Settled,
    /// Telegram did not say: look again then.
    Again(Duration),
    /// What was known has expired meanwhile: ask again.
    Ask,
}

impl Delivery {
    /// Looks one person up in the channels that are not known, one call at a time.
    pub(super) async fn check(&self, claim: Claim, chat: ChatId, person: &Named) {
        let Some(protection) = self.core.directory.get(chat) else {
            self.core.outbox.give_back(Class::Look, chat);
            return self.finish(claim, Attempt::done());
        };
        let waiting = Waiting::of(&claim.rows);
        let pressed = waiting.pressed_at.map(|at| self.uptime_of(at));
        let mut paid = true;
        while let Some(channel) = self.next_to_ask(&protection, person.id, pressed) {
            if !paid && self.core.outbox.ask(Class::Look, chat) != Ask::Go {
                return self.core.outbox.put_back(claim);
            }
            paid = false;
            let Err(error) = self.look_up(&protection, channel, person.id, pressed).await else {
                continue;
            };
            let may_try_again = waiting.attempt < self.retries();
            if matches!(error, TelegramError::RetryAfter(_)) || may_try_again {
                self.answer_not_sure(&waiting, person);
                return self.finish(claim, Attempt::from(&error));
            }
            if self.known(channel, person.id, pressed).is_none() {
                self.core.memberships.learn(channel, person.id, Membership::Unknown);
            }
        }
        if paid {
            self.core.outbox.give_back(Class::Look, chat);
        }
        self.decide(claim, &protection, person, &waiting);
    }

    /// The first channel Telegram has to be asked about; none once the answer is clear. A press
    /// wants to know every channel, so that the answer names all that are missing.
    fn next_to_ask(
        &self,
        protection: &Protection,
        user: UserId,
        pressed: Option<Duration>,
    ) -> Option<ChatId> {
        let known = |channel| self.known(channel, user, pressed);
        if pressed.is_none() && standing(protection, known) != Standing::Unasked {
            return None;
        }
        protection.channels.iter().map(|channel| channel.id).find(|id| known(*id).is_none())
    }

    fn known(
        &self,
        channel: ChatId,
        user: UserId,
        pressed: Option<Duration>,
    ) -> Option<Membership> {
        match pressed {
            Some(pressed) => self.core.memberships.known_since(channel, user, pressed),
            None => self.core.memberships.known(channel, user),
        }
    }

    /// Asks Telegram and remembers the answer. An answer that will not change by asking again soon
    /// is "unknown"; the owner is told once what to fix.
    ///
    /// # Errors
    ///
    /// `RetryAfter`, `Transient` and `Unauthorized` only.
    async fn look_up(
        &self,
        protection: &Protection,
        channel: ChatId,
        user: UserId,
        pressed: Option<Duration>,
    ) -> Result<Membership, TelegramError> {
        if let Some(until) = self.core.outbox.refused_until(Class::Look, channel) {
            let wait = until.saturating_sub(self.core.clock.uptime());
            return Err(TelegramError::RetryAfter(wait));
        }
        let ask = async || self.asked(protection.chat, channel, user).await;
        self.core.memberships.ask(channel, user, pressed, ask).await
    }

    async fn asked(
        &self,
        chat: ChatId,
        channel: ChatId,
        user: UserId,
    ) -> Result<Membership, TelegramError> {
        self.core.stats.add(Counter::Checks, 1);
        let call = self.calls.client().get_chat_member(channel, user);
        let error = match self.calls.paid(Class::Look, channel, call).await {
            Ok(status) => {
                return Ok(match status.is_member() {
                    Some(true) => Membership::Joined,
                    Some(false) => Membership::Missing,
                    None => Membership::Unknown,
                });
            }
            Err(TelegramError::NotMember) => return Ok(Membership::Missing),
            Err(error) => error,
        };
        if matches!(
            error,
            TelegramError::RetryAfter(_)
                | TelegramError::Transient(_)
                | TelegramError::Unauthorized
        ) {
            return Err(error);
        }
        if notices::is_about_the_chat(&error) {
            self.channel_refuses(chat, channel, &error);
        }
        Ok(Membership::Unknown)
    }

    fn channel_refuses(&self, chat: ChatId, channel: ChatId, error: &TelegramError) {
        let pause = self.core.memberships.channel_refuses(channel);
        tracing::warn!(%channel, %error, pause_seconds = pause.as_secs(),
            "a channel refuses look-ups; people not known in it are let through meanwhile");
        let now = self.core.clock.now();
        let notice = notices::channel_lost(&self.core, chat, channel, now);
        self.submit(notice.into_iter().collect());
    }

    /// Decides with what is known now, under the ledger's lock.
    fn decide(&self, claim: Claim, protection: &Protection, person: &Named, waiting: &Waiting) {
        let rows = row_ids(&claim);
        let attempt = waiting.attempt.saturating_add(1);
        let ((decided, due), commit) = self.core.decide(|ledger, changes, now| {
            let decided = self.decided(protection, person, waiting, ledger, changes);
            let due = match &decided {
                Decided::Again(wait) => now.after(*wait),
                Decided::Settled | Decided::Ask => now,
            };
            match &decided {
                Decided::Settled => changes.push(Change::Settle(rows)),
                Decided::Again(_) => changes.push(Change::PutOff { rows, due, attempt }),
                Decided::Ask => {}
            }
            (decided, due)
        });
        drop(commit);
        match decided {
            Decided::Settled => self.core.outbox.release(&claim),
            Decided::Again(_) => self.core.outbox.put_off(claim, due, attempt),
            Decided::Ask => self.core.outbox.put_back(claim),
        }
    }

    fn decided(
        &self,
        protection: &Protection,
        person: &Named,
        waiting: &Waiting,
        ledger: &mut Ledger,
        changes: &mut Vec<Change>,
    ) -> Decided {
        let chat = protection.chat;
        let mut unsure = false;
        if let Some(at) = waiting.pressed_at {
            let known = self.core.standing(protection, person.id);
            let verdict = on_press(protection, ledger.is_held(chat, person.id), known);
            if verdict == PressVerdict::Admit {
                self.core.admit(ledger, (chat, person.id), at, changes);
            }
            if verdict == PressVerdict::Check {
                return Decided::Ask;
            }
            unsure |= verdict == PressVerdict::NotSure;
            self.answer_presses(protection, person, waiting, &verdict);
        } else if waiting.joined {
            match self.core.standing(protection, person.id) {
                Standing::Joined => {
                    self.core.admit(ledger, (chat, person.id), waiting.since, changes);
                }
                Standing::Unasked => return Decided::Ask,
                Standing::Unknown => unsure = true,
                Standing::Missing(_) => {}
            }
        }
        if waiting.spoke_or_arrived {
            let hold = waiting.hold(chat, person);
            match self.core.hold_if_still_missing(ledger, hold, changes) {
                Verdict::Check => return Decided::Ask,
                Verdict::AdmitUnverified => unsure = true,
                Verdict::Exempt(_)
                | Verdict::Admit
                | Verdict::Hold { .. }
                | Verdict::Observe
                | Verdict::DeletePost
                | Verdict::BanSender(_) => {}
            }
        }
        let again = recheck_after(waiting.attempt).filter(|_| unsure);
        again.map_or(Decided::Settled, Decided::Again)
    }

    /// Only the first attempt answers: a callback query can be answered once.
    fn answer_presses(
        &self,
        protection: &Protection,
        person: &Named,
        waiting: &Waiting,
        verdict: &PressVerdict,
    ) {
        let language = protection.policy.language.as_deref().or(person.language.as_deref());
        let pack = self.core.texts.pack(language);
        let text = match verdict {
            PressVerdict::NothingToDo => pack.plain(Key::NothingToDo, &[]),
            PressVerdict::Admit => pack.plain(Key::Welcome, &[]),
            PressVerdict::NotSure | PressVerdict::Check => pack.plain(Key::NotSure, &[]),
            PressVerdict::TooEarly(missing) => {
                self.core.stats.add(Counter::TooEarly, 1);
                let names = titles(protection, missing);
                pack.plain(Key::TooEarly, &[("channels", Fill::Text(names.into()))])
            }
        };
        self.answer_all(waiting, &text, *verdict != PressVerdict::Admit);
    }

    fn answer_not_sure(&self, waiting: &Waiting, person: &Named) {
        let pack = self.core.texts.pack(person.language.as_deref());
        self.answer_all(waiting, &pack.plain(Key::NotSure, &[]), true);
    }

    fn answer_all(&self, waiting: &Waiting, text: &str, alert: bool) {
        for query in waiting.presses.iter().filter(|_| waiting.attempt == 0) {
            let (query, text) = (query.clone(), text.to_owned());
            self.core.outbox.answer(Answer { query, text, alert });
        }
    }

    fn uptime_of(&self, at: UnixMillis) -> Duration {
        self.core.clock.uptime().saturating_sub(self.core.clock.now().since(at))
    }

    fn retries(&self) -> u32 {
        u32::try_from(self.retries.len()).unwrap_or(u32::MAX)
    }
}

/// How much of a title is shown in an answer, in UTF-16 units.
const TITLE_UNITS_MAX: usize = 32;

fn titles(protection: &Protection, missing: &[ChatId]) -> String {
    let missing = protection.channels.iter().filter(|channel| missing.contains(&channel.id));
    let title = |channel: &Channel| plain_name(&channel.title, TITLE_UNITS_MAX);
    missing.map(title).collect::<Vec<_>>().join(", ")
}

impl Waiting {
    fn of(rows: &VecDeque<OutboxRow>) -> Self {
        let mut waiting = Self {
            messages: Vec::new(),
            thread: None,
            spoke_or_arrived: false,
            joined: false,
            presses: Vec::new(),
            pressed_at: None,
            since: rows.front().map_or(UnixMillis::default(), |row| row.enqueued),
            attempt: rows.iter().map(|row| row.attempt).min().unwrap_or(0),
        };
        for row in rows {
            let Action::Check { cause, .. } = &row.action else { continue };
            match cause {
                Cause::Spoke { message, thread } => {
                    waiting.messages.push(*message);
                    waiting.thread = *thread;
                    waiting.spoke_or_arrived = true;
                }
                Cause::Arrived { thread } => {
                    waiting.thread = waiting.thread.or(*thread);
                    waiting.spoke_or_arrived = true;
                }
                Cause::Pressed { query, at } => {
                    waiting.presses.push(query.clone());
                    waiting.pressed_at = waiting.pressed_at.max(Some(*at));
                }
                Cause::Joined => waiting.joined = true,
            }
        }
        waiting
    }

    /// Missing channels and restriction are filled in by the decision.
    fn hold(&self, chat: ChatId, person: &Named) -> Hold {
        Hold {
            chat,
            person: person.clone(),
            thread: self.thread,
            messages: self.messages.clone(),
            missing: Vec::new(),
            restrict: true,
            since: self.since,
        }
    }
}
