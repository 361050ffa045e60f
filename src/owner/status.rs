//! `/status` and `/settings`: how things stand, and what is wished.

use std::time::Duration;

use super::{
    Desk,
    notices::{self, TITLE_UNITS_MAX},
    protect::titles,
};
use crate::{
    gate::policy::{ChannelSenders, Mode, OnUnknown, Protection},
    ids::{ChatId, UserId},
    store::change::Change,
    telegram::{TelegramError, encode::name as shown},
    texts::{Fill, Key, Pack},
};

/// When a command is run again that could not read the database.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Above this many waiting actions `/status` says so.
const QUEUE_WORTH_TELLING: u64 = 50;

impl Desk<'_> {
    /// On or off, mode, channels, people held now and let in today, health in one line.
    ///
    /// # Errors
    ///
    /// `RetryAfter` if the database could not be read.
    pub(super) async fn status(&self) -> Result<Vec<Change>, TelegramError> {
        let chat = self.command.chat;
        let Some(protection) = self.core.directory.get(chat) else {
            return Ok(vec![self.say.group(Key::NotProtected, &[])]);
        };
        let (store, now) = (self.core.store.clone(), self.core.clock.now());
        let read = tokio::task::spawn_blocking(move || store.status(chat, now)).await;
        let Ok(Ok(counts)) = read else {
            tracing::warn!(%chat, "the counts of a group could not be read");
            return Err(TelegramError::RetryAfter(READ_AGAIN_AFTER));
        };
        let pack = self.say.pack();
        let waiting = self.core.outbox.waiting();
        let health = if waiting > QUEUE_WORTH_TELLING {
            pack.html(Key::HealthQueue, &[("count", waiting.into())])
        } else {
            pack.html(Key::HealthGood, &[])
        };
        let fills = [
            ("title", Fill::Html(shown(&protection.title, TITLE_UNITS_MAX))),
            ("state", Fill::Html(state(pack, &protection))),
            ("mode", Fill::Html(mode(pack, protection.policy.mode))),
            ("channels", Fill::Html(titles(&protection.channels))),
            ("held", u64::from(counts.held).into()),
            ("admitted", u64::from(counts.admitted_today).into()),
            ("held_today", u64::from(counts.held_today).into()),
            ("health", Fill::Html(health)),
        ];
        Ok(vec![self.say.group(Key::Status, &fills)])
    }

    /// In the group only a button: settings are nobody else's business.
    pub(super) fn settings_link(&self) -> Vec<Change> {
        let chat = self.command.chat;
        if self.core.directory.get(chat).is_none() {
            return vec![self.say.group(Key::NotProtected, &[])];
        }
        let url = format!("https://t.me/{}?start=settings_{chat}", self.core.bot.username);
        vec![self.say.group_with_button(Key::SettingsGroup, Key::ButtonOpenSettings, url)]
    }

    /// The settings of a group, in private, for its administrators only.
    ///
    /// # Errors
    ///
    /// `RetryAfter` and `Transient` if Telegram could not be asked who asks.
    pub(super) async fn settings(
        &self,
        chat: ChatId,
        asker: UserId,
    ) -> Result<Change, TelegramError> {
        let protection = self.core.directory.get(chat);
        let allowed = protection.is_some() && self.may_restrict(chat, asker).await?;
        let Some(protection) = protection.filter(|_| allowed) else {
            return Ok(self.say.private(Key::SettingsNotYours, &[]));
        };
        let pack = self.say.pack();
        let policy = &protection.policy;
        let language = policy.language.clone();
        let fills = [
            ("title", Fill::Html(shown(&protection.title, TITLE_UNITS_MAX))),
            ("mode", Fill::Html(mode(pack, policy.mode))),
            (
                "on_unknown",
                Fill::Html(match policy.on_unknown {
                    OnUnknown::Admit => pack.html(Key::UnknownAdmit, &[]),
                    OnUnknown::Hold => pack.html(Key::UnknownHold, &[]),
                }),
            ),
            (
                "channel_senders",
                Fill::Html(match policy.channel_senders {
                    ChannelSenders::Allow => pack.html(Key::SendersAllow, &[]),
                    ChannelSenders::Delete => pack.html(Key::SendersDelete, &[]),
                    ChannelSenders::Ban => pack.html(Key::SendersBan, &[]),
                }),
            ),
            ("prompt_hours", u64::from(policy.prompt_minutes / 60).into()),
            (
                "language",
                Fill::Text(language.unwrap_or_else(|| pack.plain(Key::LanguageOwn, &[])).into()),
            ),
        ];
        Ok(self.say.private(Key::Settings, &fills))
    }
}

fn state(pack: &Pack, protection: &Protection) -> String {
    if !protection.lacking.is_empty() && protection.enabled {
        let rights = notices::in_words(pack, &protection.lacking);
        return pack.html(Key::StatePaused, &[("rights", Fill::Text(rights.into()))]);
    }
    let key = if protection.is_active() { Key::StateOn } else { Key::StateOff };
    pack.html(key, &[])
}

fn mode(pack: &Pack, mode: Mode) -> String {
    let key = match mode {
        Mode::Hold => Key::ModeHold,
        Mode::Soft => Key::ModeSoft,
        Mode::Observe => Key::ModeObserve,
    };
    pack.html(key, &[])
}
