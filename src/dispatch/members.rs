//! People and this bot who join, leave, are promoted or restricted.

use super::Batch;
use crate::{
    gate::{
        action::Cause,
        decide::Membership,
        event::{Person, Status},
    },
    ids::{ChatId, UserId},
    owner::notices,
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
                    self.check(chat, person, Cause::Joined, self.now);
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
        let changed = self.core.set_admin(chat, person.id, new.is_admin());
        self.changes.extend(changed);
        let by_human = by != person.id && by != self.core.bot.id;
        let (was_in, is_in) = (old.is_member(), new.is_member());
        let has_left = was_in == Some(true) && is_in == Some(false);
        let now = self.now;
        self.with_ledger(|_, ledger, changes| {
            if by_human || new.is_admin() {
                ledger.forget(chat, person.id, now, changes);
            }
            if has_left {
                ledger.leave(chat, person.id, now, changes);
            }
        });
        let is_restricted = matches!(new, Status::Restricted { .. }); // somebody's word stands
        if was_in == Some(false) && is_in == Some(true) && !is_bot && !is_restricted {
            self.arrived(chat, None, person);
        }
    }

    /// What this bot may do in a chat has changed: protection pauses or goes on, and the owner is
    /// told once.
    pub(super) fn bot_changed(&mut self, chat: ChatId, new: &Status) {
        if let Some(protection) = self.core.directory.get(chat) {
            let lacking = notices::lacking_rights(new);
            if lacking != protection.lacking {
                self.changes.extend(notices::set_lacking(self.core, chat, lacking, self.now));
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
}
