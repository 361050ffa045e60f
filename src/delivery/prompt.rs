//! Making a topic's prompt show who is held there now.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use super::{Attempt, Delivery};
use crate::{
    clock::UnixMillis,
    dispatch::JOINED,
    gate::{
        action::Action,
        policy::Protection,
        prompt::{Plan, Standing, Wanted, plan},
    },
    ids::{ChatId, MessageId, ThreadId, UserId},
    limits::Class,
    stats::Counter,
    store::{
        PromptView,
        change::{Change, PromptRow},
    },
    telegram::{
        Button, Outgoing, TelegramError, Transient,
        encode::{link, mention, plain_name},
    },
    texts::{Fill, Key},
};

/// How much of a name or title is shown, in UTF-16 units: five people and ten channels fit into a
/// message many times over.
const NAME_UNITS_MAX: usize = 48;

/// What a prompt says.
#[derive(Hash)]
struct Face {
    html: String,
    keyboard: Vec<Vec<Button>>,
}

impl Delivery {
    /// Sends, edits, moves down or removes the prompt of one topic, or finds nothing to do.
    pub(super) async fn prompt(&self, chat: ChatId, thread: Option<ThreadId>) -> Attempt {
        let store = self.core.store.clone();
        let read = tokio::task::spawn_blocking(move || store.prompt(chat, thread));
        let view = match read.await {
            Ok(Ok(view)) => view,
            Ok(Err(error)) => return Self::unread(&error.to_string()),
            Err(error) => return Self::unread(&error.to_string()),
        };
        let Some(protection) = self.core.directory.get(chat) else {
            self.core.outbox.give_back(Class::Send, chat);
            return Attempt::done();
        };
        let now = self.core.clock.now();
        let face = self.face(&protection, &view);
        let mut hasher = DefaultHasher::new();
        face.hash(&mut hasher);
        let wanted = self.wanted(&view, hasher.finish(), now);
        let shown = Shown { chat, thread, wanted, users: users(&view) };
        match plan(view.prompt.as_ref().map(standing), wanted, now) {
            Plan::Nothing => {
                self.core.outbox.give_back(Class::Send, chat);
                Attempt::done()
            }
            Plan::Remove(message) => {
                // Forgotten at once: whoever is held meanwhile gets a prompt of their own, and is
                // not named in one that is about to go.
                self.core.outbox.give_back(Class::Send, chat);
                let action = Action::Cleanup { chat, message };
                let gone = Change::PromptGone { chat, message };
                Attempt::done().with(vec![gone, Change::Enqueue { action, due: now }])
            }
            Plan::Send => self.send(&protection, face, shown, None).await,
            Plan::MoveDown(old) => self.send(&protection, face, shown, Some(old)).await,
            Plan::Edit(message) => {
                let sent = view.prompt.map_or(now, |prompt| prompt.sent);
                self.edit(face, shown, message, sent).await
            }
        }
    }

    fn unread(error: &str) -> Attempt {
        tracing::warn!(error, "a prompt could not be read from the database");
        Attempt::from(&TelegramError::RetryAfter(Duration::from_secs(1)))
    }

    fn wanted(&self, view: &PromptView, shown: u64, now: UnixMillis) -> Wanted {
        let ledger = self.core.ledger();
        let unnamed = view.held.iter().any(|held| ledger.is_unnamed(held.chat, held.user, now));
        Wanted { held: view.total.into(), unnamed, shown }
    }

    /// The prompt is committed before the next thing about this topic is done, so that at most one
    /// prompt is sent twice if the process is killed.
    async fn send(
        &self,
        protection: &Protection,
        face: Face,
        shown: Shown,
        old: Option<MessageId>,
    ) -> Attempt {
        let chat = shown.chat;
        let Face { html, keyboard } = face;
        let outgoing = Outgoing { chat, thread: shown.thread, html, keyboard, silent: true };
        let call = self.calls.client().send(&outgoing);
        let message = match self.calls.paid(Class::Send, chat, call).await {
            Ok(message) => message,
            Err(error @ (TelegramError::LacksRight { .. } | TelegramError::Gone { .. })) => {
                tracing::info!(%chat, %error, "no prompt can be shown there");
                return Attempt::done();
            }
            Err(TelegramError::Transient(Transient::Timeout(_) | Transient::Broken(_))) => {
                // It may stand in the group already, and is never sent twice because of a retry.
                tracing::warn!(%chat, "a prompt was sent into the unknown; it is not repeated");
                let named = self.core.ledger().name(chat, shown.users, self.core.clock.now());
                return Attempt::done().with(vec![named]);
            }
            Err(error) => return Attempt::from(&error),
        };
        self.core.stats.add(Counter::Prompted, 1);
        let now = self.core.clock.now();
        let lives = Duration::from_secs(u64::from(protection.policy.prompt_minutes) * 60);
        let mut changes = self.named(shown, message, now, now);
        let action = Action::Cleanup { chat, message };
        changes.push(Change::Enqueue { action, due: now.after(lives) });
        if let Some(message) = old {
            let action = Action::Cleanup { chat, message };
            changes.push(Change::Enqueue { action, due: now });
        }
        self.committed(changes).await
    }

    async fn edit(
        &self,
        face: Face,
        shown: Shown,
        message: MessageId,
        sent: UnixMillis,
    ) -> Attempt {
        let chat = shown.chat;
        let call = self.calls.client().edit(chat, message, &face.html, &face.keyboard);
        match self.calls.paid(Class::Send, chat, call).await {
            Ok(()) => self.core.stats.add(Counter::Edited, 1),
            Err(TelegramError::NotModified) => {}
            Err(TelegramError::NotFound { .. }) => {
                // Somebody deleted it: a new one is due only for people not named lately.
                let action = Action::Prompt { chat, thread: shown.thread };
                let due = self.core.clock.now();
                let gone = Change::PromptGone { chat, message };
                return Attempt::done().with(vec![gone, Change::Enqueue { action, due }]);
            }
            Err(error) => return Attempt::from(&error),
        }
        let changes = self.named(shown, message, sent, self.core.clock.now());
        self.committed(changes).await
    }

    fn named(
        &self,
        shown: Shown,
        message: MessageId,
        sent: UnixMillis,
        now: UnixMillis,
    ) -> Vec<Change> {
        let Shown { chat, thread, wanted, users } = shown;
        let named = self.core.ledger().name(chat, users, now);
        let row = PromptRow { chat, thread, message, sent, shown: wanted.shown };
        vec![Change::PromptShown(row), named]
    }

    async fn committed(&self, changes: Vec<Change>) -> Attempt {
        if let Err(error) = self.core.store.submit(changes).await {
            tracing::warn!(%error, "a prompt was not remembered");
        }
        Attempt::done()
    }

    fn face(&self, protection: &Protection, view: &PromptView) -> Face {
        let only = view.held.first().filter(|_| view.total == 1);
        let language = protection
            .policy
            .language
            .as_deref()
            .or_else(|| only.and_then(|held| held.language.as_deref()));
        let pack = self.core.texts.pack(language);
        let mentions: Vec<_> =
            view.held.iter().map(|held| mention(held.user, &held.name, NAME_UNITS_MAX)).collect();
        let shown = u64::try_from(mentions.len()).unwrap_or(u64::MAX);
        let mut names = mentions.join(", ");
        let more = u64::from(view.total).saturating_sub(shown);
        if more > 0 {
            let fills = [("names", Fill::Html(names)), ("count", more.into())];
            names = pack.html(Key::PromptAndMore, &fills);
        }
        let channels: Vec<_> = protection
            .channels
            .iter()
            .map(|channel| link(&channel.link, &channel.title, NAME_UNITS_MAX))
            .collect();
        let button = pack.plain(Key::PromptButton, &[]);
        let html = pack.html(
            Key::Prompt,
            &[
                ("names", Fill::Html(names)),
                ("channels", Fill::Html(channels.join(", "))),
                ("button", button.as_str().into()),
            ],
        );
        let mut keyboard: Vec<_> = protection
            .channels
            .iter()
            .map(|channel| {
                let label = plain_name(&channel.title, NAME_UNITS_MAX);
                vec![Button::Url { label, url: channel.link.clone() }]
            })
            .collect();
        keyboard.push(vec![Button::Callback { label: button, data: JOINED.into() }]);
        Face { html, keyboard }
    }
}

/// What a prompt shows once the call has been made.
struct Shown {
    chat: ChatId,
    thread: Option<ThreadId>,
    wanted: Wanted,
    users: Vec<UserId>,
}

fn users(view: &PromptView) -> Vec<UserId> {
    view.held.iter().map(|held| held.user).collect()
}

fn standing(prompt: &PromptRow) -> Standing {
    Standing { message: prompt.message, sent: prompt.sent, shown: prompt.shown }
}
