//! People and this bot who join, leave, are promoted or restricted.

use super::{Batch, named};
use crate::{
    gate::{
        action::{Action, Cause},
        decide::Membership,
        event::{Person, Status},
    },
    ids::{ChatId, UserId},
    owner::notices,
    store::change::Change,
};

impl Batch<'_> {
    /// A chat may be a protected supergroup and a required channel of another one at once.
    pub(super) fn member_changed(
        &mut self,
        chat: ChatId,
        person: &Person<'_>,
        is_bot: bool,
        by: UserId,
        (old, new): (&Status, &Status),
    ) {
        if !self.core.directory.read().requiring(chat).is_empty() {
            self.channel_changed(chat, person, new);
        }
        if self.core.directory.get(chat).is_some() {
            self.group_changed(chat, person, is_bot, by, (old, new));
        }
    }

    /// Somebody joined or left a required channel: the cache learns it, and whoever is held only
    /// for that is let in without a press.
    fn channel_changed(&mut self, channel: ChatId, person: &Person<'_>, new: &Status) {
        match new.is_member() {
            Some(true) => {
                let to_check = self.with_ledger(|core, ledger, changes| {
                    core.joined(channel, person.id, ledger, changes)
                });
                for chat in to_check {
                    let action =
                        Action::Check { chat, person: named(person), cause: Cause::Joined };
                    self.enqueue(action);
                }
            }
            Some(false) => self.core.memberships.learn(channel, person.id, Membership::Missing),
            None => {}
        }
    }

    fn group_changed(
        &mut self,
        chat: ChatId,
        person: &Person<'_>,
        is_bot: bool,
        by: UserId,
        (old, new): (&Status, &Status),
    ) {
        let was_admin =
            self.core.directory.get(chat).is_some_and(|p| p.admins.contains(&person.id));
        if new.is_admin() != was_admin {
            self.admin_changed(chat, person.id, new.is_admin());
        }
        let by_human = by != person.id && by != self.core.bot.id;
        let held = self.is_held(chat, person.id);
        let now = self.now;
        if by_human || new.is_admin() {
            self.with_ledger(|_, ledger, changes| ledger.forget(chat, person.id, now, changes));
        }
        let held = held && self.is_held(chat, person.id);
        let (was_in, is_in) = (old.is_member(), new.is_member());
        if held && was_in == Some(true) && is_in == Some(false) {
            self.with_ledger(|_, ledger, changes| ledger.leave(chat, person.id, now, changes));
        }
        let is_restricted = matches!(new, Status::Restricted { .. }); // somebody's word stands
        if was_in == Some(false) && is_in == Some(true) && !is_bot && !is_restricted {
            self.arrived(chat, None, person);
        }
    }

    fn admin_changed(&mut self, chat: ChatId, user: UserId, is_admin: bool) {
        let changed = self.core.directory.update(chat, |protection| {
            if is_admin {
                protection.admins.insert(user);
            } else {
                protection.admins.remove(&user);
            }
        });
        if let Some(protection) = changed {
            self.changes.push(Change::Admins(chat, protection.admins.iter().copied().collect()));
        }
    }

    /// What this bot may do in a chat has changed: protection pauses or goes on, and the owner is
    /// told once.
    pub(super) fn bot_changed(&mut self, chat: ChatId, new: &Status) {
        if let Some(protection) = self.core.directory.get(chat) {
            let lacking = notices::lacking_rights(new);
            if lacking != protection.lacking {
                self.lacking_changed(chat, lacking);
            }
        }
        let requiring = self.core.directory.read().requiring(chat).to_vec();
        if requiring.is_empty() {
            return;
        }
        if new.is_admin() {
            self.core.memberships.channel_answers(chat);
            let over = requiring.iter().map(|group| notices::channel_regained(*group, chat));
            self.changes.extend(over);
            return;
        }
        self.core.memberships.channel_refuses(chat);
        for group in requiring {
            let notice = notices::channel_lost(self.core, group, chat, self.now);
            self.changes.extend(notice);
        }
    }

    fn lacking_changed(&mut self, chat: ChatId, lacking: Vec<String>) {
        tracing::info!(%chat, ?lacking, "the bot's rights in a protected group have changed");
        let regained = lacking.is_empty();
        let changed = self.core.directory.update(chat, |p| p.lacking.clone_from(&lacking));
        let Some(protection) = changed else { return };
        self.changes.push(Change::Lacking(chat, lacking));
        let notices = if regained {
            notices::group_regained(self.core, &protection, self.now)
        } else {
            notices::group_lacks(self.core, &protection, self.now)
        };
        self.changes.extend(notices);
    }
}
