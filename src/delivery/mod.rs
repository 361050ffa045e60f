//! The workers: outbox to Telegram, and what its answers lead to.
//!
//! Nothing else sends anything. A row is settled only after Telegram has taken it, so whatever a
//! crash interrupts is done again; every action but a prompt can be done twice without a trace.

pub mod calls;
mod check;
mod prompt;

use std::{sync::Arc, time::Duration};

use crate::{
    clock::UnixMillis,
    core::Core,
    gate::{
        action::{Action, Command},
        retry::{Next, Outcome, next},
    },
    ids::{ChatId, MessageId, RowId, UserId},
    limits::Class,
    outbox::{Answer, Claim, Work},
    owner::{self, notices},
    shutdown::Shutdown,
    stats::{Counter, Latency},
    store::change::Change,
    telegram::{Button, Outgoing, TelegramError},
};
use calls::Calls;

/// How long a lift waits that Telegram refuses because the bot has lost its right: it is done once
/// the right is back, and nobody is forgotten.
const LIFT_REFUSED_AGAIN_AFTER: Duration = Duration::from_secs(10 * 60);

/// What the workers share.
pub struct Delivery {
    core: Arc<Core>,
    calls: Calls,
    retries: Vec<Duration>,
}

/// What an attempt leads to.
struct Attempt {
    outcome: Outcome,
    /// Telegram's words if it refused.
    reason: String,
    /// Changes to be committed together with the outcome.
    changes: Vec<Change>,
    /// The group's new id, if Telegram says that it has one.
    migrated_to: Option<ChatId>,
}

impl Attempt {
    fn done() -> Self {
        Self {
            outcome: Outcome::Done,
            reason: String::new(),
            changes: Vec::new(),
            migrated_to: None,
        }
    }

    fn with(self, changes: Vec<Change>) -> Self {
        Self { changes, ..self }
    }
}

impl From<&TelegramError> for Attempt {
    /// What an error leads to where the action has nothing better to say.
    fn from(error: &TelegramError) -> Self {
        let outcome = match error {
            TelegramError::RetryAfter(wait) => Outcome::RetryAfter(*wait),
            TelegramError::Transient(_)
            | TelegramError::Conflict { .. }
            | TelegramError::Unauthorized => Outcome::Transient,
            TelegramError::NotModified | TelegramError::NotFound { .. } => Outcome::Done,
            TelegramError::Migrated(_)
            | TelegramError::Gone { .. }
            | TelegramError::NotMember
            | TelegramError::LacksRight { .. }
            | TelegramError::Admin
            | TelegramError::Rejected { .. } => Outcome::Refused,
        };
        let migrated_to = if let TelegramError::Migrated(to) = error { Some(*to) } else { None };
        Self { outcome, reason: error.to_string(), changes: Vec::new(), migrated_to }
    }
}

impl Delivery {
    /// Workers that call through `calls` and wait `retries` after transient faults.
    #[must_use]
    pub fn new(core: Arc<Core>, calls: Calls, retries: Vec<Duration>) -> Self {
        Self { core, calls, retries }
    }

    /// Delivers until `shutdown`. What has been begun is finished first, so a stop takes at most
    /// one call's timeout; whatever is left stays in the outbox for the next start.
    pub async fn work(&self, shutdown: &Shutdown) {
        loop {
            tokio::select! {
                biased;
                () = shutdown.wait() => return,
                work = self.core.outbox.next() => match work {
                    Work::Answer(answer) => self.answer(answer).await,
                    Work::Rows(claim) => self.deliver(claim).await,
                },
            }
        }
    }

    async fn answer(&self, answer: Answer) {
        let Answer { query, text, alert } = answer;
        let nowhere = ChatId::default();
        let text = Some(text.as_str()).filter(|text| !text.is_empty());
        let call = self.calls.client().answer(&query, text, alert);
        match self.calls.paid(Class::Answer, nowhere, call).await {
            Ok(()) => self.core.stats.add(Counter::Answers, 1),
            Err(error) => tracing::debug!(%error, "a press was not answered in time"),
        }
    }

    async fn deliver(&self, claim: Claim) {
        let Some(row) = claim.rows.front() else { return self.core.outbox.release(&claim) };
        let attempt = match row.action.clone() {
            Action::Check { chat, person, .. } => return self.check(claim, chat, &person).await,
            Action::Prompt { chat, thread } => self.prompt(chat, thread).await,
            Action::Command(command) => self.command(&command).await,
            Action::Lift { chat, user, since } => self.lift(chat, user, since).await,
            Action::Restrict { chat, user, since } => self.restrict(chat, user, since).await,
            Action::BanSender { chat, sender } => {
                let call = self.calls.client().ban_sender(chat, sender);
                self.simply(Class::Restrict, chat, call).await
            }
            Action::Delete { chat, .. } => self.delete(chat, &messages(&claim)).await,
            Action::Cleanup { chat, .. } => self.clean_up(chat, &messages(&claim)).await,
            Action::Say { chat, thread, text, buttons, cleanup_seconds } => {
                let outgoing = Outgoing {
                    chat,
                    thread,
                    html: text,
                    keyboard: buttons
                        .into_iter()
                        .map(|(label, url)| vec![Button::Url { label, url }])
                        .collect(),
                    silent: true,
                };
                self.say(&outgoing, cleanup_seconds).await
            }
        };
        self.finish(claim, attempt);
    }

    /// Commits what an attempt led to, and lets the key's next rows go.
    fn finish(&self, claim: Claim, attempt: Attempt) {
        let Attempt { outcome, reason, mut changes, migrated_to } = attempt;
        if let Some(to) = migrated_to {
            return self.follow(&claim, to);
        }
        let tried = claim.rows.front().map_or(0, |row| row.attempt).saturating_add(1);
        let rows = row_ids(&claim);
        let now = self.core.clock.now();
        match next(outcome, tried, &self.retries) {
            Next::Settle => {
                changes.push(Change::Settle(rows));
                self.submit(changes);
                self.core.outbox.release(&claim);
            }
            Next::Again { wait, attempt } => {
                self.core.stats.add(Counter::Retried, 1);
                let due = now.after(wait);
                changes.push(Change::PutOff { rows, due, attempt });
                self.submit(changes);
                self.core.outbox.put_off(claim, due, attempt);
            }
            Next::Bury => {
                tracing::warn!(key = ?claim.key, reason, "telegram refuses an action for good");
                self.core.stats.add(Counter::Buried, 1);
                changes.push(Change::Bury { rows, reason, at: now });
                self.submit(changes);
                self.core.outbox.release(&claim);
            }
        }
    }

    /// Telegram tells the group's new id in its refusal: everything follows, and the refused rows
    /// are done there.
    fn follow(&self, claim: &Claim, to: ChatId) {
        let Some(from) = claim.rows.front().map(|row| row.action.chat()) else { return };
        let ((), commit) = self.core.decide(|ledger, changes, now| {
            self.core.directory.migrate(from, to);
            ledger.migrate(from, to);
            changes.push(Change::Settle(row_ids(claim)));
            changes.push(Change::Migrate { from, to });
            changes.extend(claim.rows.iter().map(|row| {
                let mut action = row.action.clone();
                action.readdress(from, to);
                Change::Enqueue { action, due: now }
            }));
        });
        drop(commit);
        self.core.outbox.release(claim);
    }

    /// Nobody waits for these changes: until they are committed, a crash does the action again.
    fn submit(&self, changes: Vec<Change>) {
        drop(self.core.store.submit(changes));
    }

    async fn simply(
        &self,
        class: Class,
        chat: ChatId,
        call: impl Future<Output = Result<(), TelegramError>>,
    ) -> Attempt {
        match self.calls.paid(class, chat, call).await {
            Ok(()) => Attempt::done(),
            Err(error) => Attempt::from(&error),
        }
    }

    /// Restricts somebody, if the ledger still says so.
    async fn restrict(&self, chat: ChatId, user: UserId, since: UnixMillis) -> Attempt {
        if !self.core.ledger().is_restricted(chat, user) {
            self.core.outbox.give_back(Class::Restrict, chat);
            return Attempt::done();
        }
        let call = self.calls.client().restrict(chat, user);
        let error = match self.calls.paid(Class::Restrict, chat, call).await {
            Ok(()) => {
                let took = self.core.clock.now().since(since);
                self.core.stats.record(Latency::MessageToHold, took);
                return Attempt::done();
            }
            Err(error) => error,
        };
        let attempt = Attempt::from(&error);
        if attempt.outcome != Outcome::Refused || attempt.migrated_to.is_some() {
            return attempt;
        }
        // Nobody may be listed as held who is not: whatever the reason, this hold is none.
        let ((), commit) = self.core.decide(|ledger, changes, now| {
            ledger.forget(chat, user, now, changes);
            changes.extend(self.learn_from_refusal(&error, chat, user));
        });
        drop(commit);
        if matches!(error, TelegramError::Rejected { .. }) { attempt } else { Attempt::done() }
    }

    /// Takes our restriction away, unless they have been held again meanwhile or a human has had the
    /// later word.
    async fn lift(&self, chat: ChatId, user: UserId, since: UnixMillis) -> Attempt {
        if !self.core.ledger().owes_lift(chat, user) {
            self.core.outbox.give_back(Class::Restrict, chat);
            return Attempt::done();
        }
        let call = self.calls.client().lift(chat, user);
        match self.calls.paid(Class::Restrict, chat, call).await {
            Ok(()) => {
                let took = self.core.clock.now().since(since);
                self.core.stats.record(Latency::PressToLift, took);
                self.core.ledger().lifted(chat, user);
                Attempt::done()
            }
            Err(error) if notices::is_about_the_chat(&error) => {
                let changes = self.learn_from_refusal(&error, chat, user);
                let outcome = Outcome::RetryAfter(LIFT_REFUSED_AGAIN_AFTER);
                Attempt { outcome, ..Attempt::done().with(changes) }
            }
            Err(TelegramError::NotMember | TelegramError::Admin | TelegramError::Gone { .. }) => {
                self.core.ledger().lifted(chat, user); // there is nobody to lift
                Attempt::done()
            }
            Err(error) => Attempt::from(&error),
        }
    }

    async fn delete(&self, chat: ChatId, messages: &[MessageId]) -> Attempt {
        let call = self.calls.client().delete_messages(chat, messages);
        match self.calls.paid(Class::Delete, chat, call).await {
            Ok(()) => {
                let count = u64::try_from(messages.len()).unwrap_or(u64::MAX);
                self.core.stats.add(Counter::Deleted, count);
                Attempt::done()
            }
            Err(error @ (TelegramError::LacksRight { .. } | TelegramError::Gone { .. })) => {
                let changes = notices::refused(&self.core, chat, &error, self.core.clock.now());
                Attempt::done().with(changes)
            }
            Err(error) => Attempt::from(&error),
        }
    }

    /// Deletes messages of our own. A prompt among them is forgotten once it is gone, so that its
    /// topic never has two.
    async fn clean_up(&self, chat: ChatId, messages: &[MessageId]) -> Attempt {
        let call = self.calls.client().delete_messages(chat, messages);
        let error = self.calls.paid(Class::Delete, chat, call).await.err();
        let attempt = error.as_ref().map_or_else(Attempt::done, Attempt::from);
        if matches!(attempt.outcome, Outcome::RetryAfter(_) | Outcome::Transient) {
            return attempt;
        }
        let gone = messages.iter().map(|message| Change::PromptGone { chat, message: *message });
        Attempt::done().with(gone.collect())
    }

    async fn say(&self, outgoing: &Outgoing, cleanup_seconds: u32) -> Attempt {
        let chat = outgoing.chat;
        match self.calls.paid(Class::Send, chat, self.calls.client().send(outgoing)).await {
            Ok(message) if cleanup_seconds > 0 => {
                let wait = Duration::from_secs(cleanup_seconds.into());
                let due = self.core.clock.now().after(wait);
                let action = Action::Cleanup { chat, message };
                Attempt::done().with(vec![Change::Enqueue { action, due }])
            }
            Ok(_) => Attempt::done(),
            Err(error @ (TelegramError::Gone { .. } | TelegramError::LacksRight { .. })) => {
                tracing::info!(%chat, %error, "nothing can be said there");
                Attempt::done()
            }
            Err(error) => Attempt::from(&error),
        }
    }

    async fn command(&self, command: &Command) -> Attempt {
        match owner::run(&self.core, &self.calls, command).await {
            Ok(changes) => Attempt::done().with(changes),
            Err(error) => Attempt::from(&error),
        }
    }

    /// What a refused restriction tells about the group or the person.
    fn learn_from_refusal(&self, error: &TelegramError, chat: ChatId, user: UserId) -> Vec<Change> {
        if let TelegramError::Admin = error {
            return self.core.set_admin(chat, user, true).into_iter().collect();
        }
        notices::refused(&self.core, chat, error, self.core.clock.now())
    }
}

fn row_ids(claim: &Claim) -> Vec<RowId> {
    claim.rows.iter().map(|row| row.id).collect()
}

fn messages(claim: &Claim) -> Vec<MessageId> {
    claim
        .rows
        .iter()
        .filter_map(|row| match &row.action {
            Action::Delete { message, .. } | Action::Cleanup { message, .. } => Some(*message),
            Action::Lift { .. }
            | Action::Restrict { .. }
            | Action::BanSender { .. }
            | Action::Check { .. }
            | Action::Prompt { .. }
            | Action::Command(_)
            | Action::Say { .. } => None,
        })
        .collect()
}
