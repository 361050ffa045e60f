//! `/protect`: a group begins to require channels.

use std::collections::HashSet;

use super::{
    Desk, answered,
    notices::{self, TITLE_UNITS_MAX},
};
use crate::{
    gate::{
        action::Named,
        event::Status,
        policy::{Channel, Policy, Protection},
    },
    ids::{ChatId, UserId},
    limits::Class,
    store::change::Change,
    telegram::{ChatInfo, ChatKind, ChatRef, TelegramError, encode::name as shown},
    texts::{Fill, Key},
};

/// How many channels a group may require: each is a look-up for every newcomer and a button in the
/// prompt.
const CHANNELS_MAX: usize = 10;

/// Why a channel cannot be required, and how it is shown.
type Refusal = (Key, String);

impl Desk<'_> {
    /// Checks everything that must be right, then links the channels and enables the gate. What is
    /// missing is said exactly, and nothing is changed then.
    pub(super) async fn protect(&self, arguments: &[&str]) -> Result<Vec<Change>, TelegramError> {
        let chat = self.command.chat;
        let Some(person) = &self.command.by else {
            return Ok(vec![self.say.group(Key::Anonymous, &[])]);
        };
        if arguments.is_empty() {
            return Ok(vec![self.say.group(Key::ProtectUsage, &[])]);
        }
        if arguments.len() > CHANNELS_MAX {
            return Ok(vec![self.too_many()]);
        }
        let group = ChatRef::Id(chat);
        let look = self.calls.client().get_chat(&group);
        let group = answered(self.calls.patient(Class::Look, chat, look).await)?;
        let Some(group) = group.filter(|group| group.kind == ChatKind::Supergroup) else {
            return Ok(vec![self.say.group(Key::ProtectNotSupergroup, &[])]);
        };
        let own = self.status_in(chat, self.core.bot.id).await?.unwrap_or(Status::Unknown);
        let lacking = notices::lacking_rights(&own);
        if !lacking.is_empty() {
            let rights = notices::in_words(self.say.pack(), &lacking);
            let fills = [("rights", Fill::Text(rights.into()))];
            return Ok(vec![self.say.group(Key::ProtectBotLacks, &fills)]);
        }
        let mut channels = Vec::new();
        for name in arguments {
            match self.required_channel(name, person.id).await? {
                Ok(channel) => channels.push(channel),
                Err((key, channel)) => {
                    let fills = [("channel", Fill::Html(channel))];
                    return Ok(vec![self.say.group(key, &fills)]);
                }
            }
        }
        let look = self.calls.client().get_administrators(chat);
        let Some(admins) = answered(self.calls.patient(Class::Look, chat, look).await)? else {
            return Ok(vec![self.say.group(Key::TelegramAway, &[])]);
        };
        let admins = admins.into_iter().map(|admin| admin.user).collect();
        Ok(self.enable(&group, person, channels, admins))
    }

    fn too_many(&self) -> Change {
        let count = u64::try_from(CHANNELS_MAX).unwrap_or(u64::MAX);
        self.say.group(Key::ProtectTooMany, &[("count", count.into())])
    }

    /// A channel as it was named, if both this bot and whoever asks administer it.
    async fn required_channel(
        &self,
        name: &str,
        asker: UserId,
    ) -> Result<Result<Channel, Refusal>, TelegramError> {
        let chat = self.command.chat;
        let named = reference(name);
        let look = self.calls.client().get_chat(&named);
        let Some(info) = answered(self.calls.patient(Class::Look, chat, look).await)? else {
            return Ok(Err((Key::ProtectNoSuchChannel, shown(name, TITLE_UNITS_MAX))));
        };
        // As it was typed: a title is told only to whoever has shown that the chat is theirs.
        let title = shown(name, TITLE_UNITS_MAX);
        let requirable = matches!(info.kind, ChatKind::Channel | ChatKind::Supergroup);
        if !requirable || info.id == chat {
            return Ok(Err((Key::ProtectNotAChannel, title)));
        }
        if !self.status_in(info.id, self.core.bot.id).await?.is_some_and(|own| own.is_admin()) {
            return Ok(Err((Key::ProtectBotNotInChannel, title)));
        }
        if !self.status_in(info.id, asker).await?.is_some_and(|status| status.is_admin()) {
            return Ok(Err((Key::ProtectNotYours, title)));
        }
        Ok(match join_link(&info) {
            Some(link) => Ok(Channel { id: info.id, title: info.title, link }),
            None => Err((Key::ProtectNoLink, title)),
        })
    }

    fn enable(
        &self,
        group: &ChatInfo,
        person: &Named,
        channels: Vec<Channel>,
        admins: HashSet<UserId>,
    ) -> Vec<Change> {
        let (chat, at) = (self.command.chat, self.core.clock.now());
        let before = self.core.directory.get(chat);
        let mut required = before.as_ref().map_or(Vec::new(), |p| p.channels.clone());
        for channel in &channels {
            required.retain(|known| known.id != channel.id);
            required.push(channel.clone());
        }
        if required.len() > CHANNELS_MAX {
            return vec![self.too_many()];
        }
        let titles = titles(&required);
        let owner = before.as_ref().map_or(person.id, |p| p.owner);
        let mut changes = vec![
            Change::Chat { chat, title: group.title.clone(), owner, enabled: true, at },
            Change::Lacking(chat, Vec::new()),
            Change::Admins(chat, admins.iter().copied().collect()),
        ];
        for channel in channels {
            self.core.memberships.channel_answers(channel.id);
            changes.push(notices::channel_regained(chat, channel.id));
            changes.push(Change::Link { chat, channel, by: person.id, at });
        }
        // The row first: holds refer to it, and the writer keeps the order.
        drop(self.core.store.submit(changes));
        tracing::info!(%chat, channels = required.len(), "a group is protected");
        self.core.directory.put(Protection {
            chat,
            title: group.title.clone(),
            owner,
            enabled: true,
            lacking: Vec::new(),
            channels: required,
            policy: before.map_or_else(Policy::default, |p| p.policy.clone()),
            admins,
        });
        vec![self.say.group(Key::ProtectDone, &[("channels", Fill::Html(titles))])]
    }
}

/// `@name`, `t.me/name`, `https://t.me/name` or a numeric id.
pub(super) fn reference(name: &str) -> ChatRef {
    let name = name.trim_start_matches("https://").trim_start_matches("http://");
    let name = name.trim_start_matches("t.me/").trim_start_matches('@');
    match name.parse() {
        Ok(id) => ChatRef::Id(ChatId::new(id)),
        Err(_) => ChatRef::Username(name.to_owned()),
    }
}

/// Where a join button leads.
fn join_link(info: &ChatInfo) -> Option<String> {
    let public = info.username.as_ref().map(|username| format!("https://t.me/{username}"));
    public.or_else(|| info.invite_link.clone())
}

/// Titles for people, in order, as HTML.
pub(super) fn titles(channels: &[Channel]) -> String {
    let title = |channel: &Channel| shown(&channel.title, TITLE_UNITS_MAX);
    channels.iter().map(title).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_may_be_named_as_people_copy_them() {
        let table = [
            ("@news", ChatRef::Username("news".into())),
            ("news", ChatRef::Username("news".into())),
            ("https://t.me/news", ChatRef::Username("news".into())),
            ("t.me/news", ChatRef::Username("news".into())),
            ("-1001234", ChatRef::Id(ChatId::new(-1_001_234))),
        ];
        for (name, expected) in table {
            assert_eq!(reference(name), expected, "{name}");
        }
    }
}
