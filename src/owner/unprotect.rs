//! `/unprotect`: a group stops requiring one channel, or all.

use super::{
    Desk,
    notices::TITLE_UNITS_MAX,
    protect::{reference, titles},
};
use crate::{
    clock::UnixMillis,
    gate::{
        action::{Action, Cause, Named},
        decide::Standing,
        policy::{Channel, Protection},
    },
    ids::{ChatId, UserId},
    store::change::Change,
    telegram::{ChatRef, encode::name as shown},
    texts::{Fill, Key},
};

impl Desk<'_> {
    /// Stops enforcing at once and lets in everybody the gate holds for it. The lifts are rows of
    /// the outbox, so they keep to the limits.
    pub(super) fn unprotect(&self, arguments: &[&str]) -> Vec<Change> {
        let chat = self.command.chat;
        let Some(protection) = self.core.directory.get(chat).filter(|p| p.enabled) else {
            return vec![self.say.group(Key::NotProtected, &[])];
        };
        if arguments.is_empty() {
            return self.disable(&protection);
        }
        let mut changes = Vec::new();
        for name in arguments {
            let linked = protection.channels.iter().find(|channel| is_named(channel, name));
            if let Some(channel) = linked {
                changes.extend(self.unlink(chat, channel));
                continue;
            }
            let fills = [
                ("channel", Fill::Html(shown(name, TITLE_UNITS_MAX))),
                ("channels", Fill::Html(titles(&protection.channels))),
            ];
            changes.push(self.say.group(Key::UnprotectNotLinked, &fills));
        }
        changes
    }

    fn disable(&self, protection: &Protection) -> Vec<Change> {
        let chat = protection.chat;
        self.core.directory.update(chat, |p| p.enabled = false);
        let count = self.release(chat, None);
        tracing::info!(%chat, count, "a group is no longer protected");
        vec![
            Change::Chat {
                chat,
                title: protection.title.clone(),
                owner: protection.owner,
                enabled: false,
                at: self.core.clock.now(),
            },
            self.say.group(Key::UnprotectDone, &[("count", count.into())]),
        ]
    }

    fn unlink(&self, chat: ChatId, channel: &Channel) -> Vec<Change> {
        self.core.directory.update(chat, |p| p.channels.retain(|known| known.id != channel.id));
        let count = self.release(chat, Some(channel.id));
        let fills = [
            ("channel", Fill::Html(shown(&channel.title, TITLE_UNITS_MAX))),
            ("count", count.into()),
        ];
        vec![
            Change::Unlink { chat, channel: channel.id },
            self.say.group(Key::UnprotectChannelDone, &fills),
        ]
    }

    /// Lets in whoever is held in the group for `channel` (or at all) and has joined everything that
    /// is still required. Whoever is not known to have is looked up first. Returns how many were let
    /// in at once.
    fn release(&self, chat: ChatId, channel: Option<ChatId>) -> u64 {
        let protection = self.core.directory.get(chat);
        let required = protection.filter(|p| p.enabled && !p.channels.is_empty());
        let channel = channel.filter(|_| required.is_some());
        let standing =
            |user| required.as_ref().map_or(Standing::Joined, |p| self.core.standing(p, user));
        let (count, commit) = self.core.decide(|ledger, changes, now| {
            let mut held = ledger.held_in(chat, channel);
            held.retain(|user| !matches!(standing(*user), Standing::Missing(_)));
            let (joined, others): (Vec<_>, Vec<_>) =
                held.into_iter().partition(|user| standing(*user) == Standing::Joined);
            changes.extend(others.into_iter().map(|user| look_up(chat, user, now)));
            let let_in = joined.iter().filter(|user| ledger.admit(chat, **user, now, now, changes));
            u64::try_from(let_in.count()).unwrap_or(u64::MAX)
        });
        drop(commit); // the command's own row is committed after it
        count
    }
}

/// Lets somebody in if they turn out to have joined what is still required.
fn look_up(chat: ChatId, user: UserId, now: UnixMillis) -> Change {
    let person = Named { id: user, name: String::new(), language: None };
    Change::Enqueue { action: Action::Check { chat, person, cause: Cause::Joined }, due: now }
}

fn is_named(channel: &Channel, name: &str) -> bool {
    match reference(name) {
        ChatRef::Id(id) => channel.id == id,
        ChatRef::Username(username) => channel
            .link
            .rsplit('/')
            .next()
            .is_some_and(|public| public.eq_ignore_ascii_case(&username)),
    }
}
