//! The protected supergroups as every update needs them: in memory, read by many, rarely changed.
//!
//! `store` is where they come from at start and where every change goes; nothing is decided here.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
};

use crate::{gate::policy::Protection, ids::ChatId};

/// Every supergroup with an owner, and which of them require a channel.
#[derive(Default)]
pub struct Directory(RwLock<Chats>);

/// The directory at one moment.
#[derive(Default)]
pub struct Chats {
    chats: HashMap<ChatId, Arc<Protection>>,
    requiring: HashMap<ChatId, Vec<ChatId>>,
}

impl Chats {
    /// The supergroup, if it has an owner.
    #[must_use]
    pub fn get(&self, chat: ChatId) -> Option<&Arc<Protection>> {
        self.chats.get(&chat)
    }

    /// The supergroups that require this channel.
    #[must_use]
    pub fn requiring(&self, channel: ChatId) -> &[ChatId] {
        self.requiring.get(&channel).map_or(&[], Vec::as_slice)
    }
}

impl Directory {
    /// Opens the directory for reading; hold it for one batch at most.
    pub fn read(&self) -> RwLockReadGuard<'_, Chats> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The supergroup, if it has an owner.
    #[must_use]
    pub fn get(&self, chat: ChatId) -> Option<Arc<Protection>> {
        self.read().get(chat).cloned()
    }

    /// How many supergroups the gate acts in now.
    #[must_use]
    pub fn active(&self) -> u64 {
        let active = self.read().chats.values().filter(|chat| chat.is_active()).count();
        u64::try_from(active).unwrap_or(u64::MAX)
    }

    /// Adds or replaces a supergroup.
    pub fn put(&self, protection: Protection) {
        self.change(|chats| {
            chats.remove(protection.chat);
            chats.insert(protection);
        });
    }

    /// Changes a supergroup, if there is one, and returns it as it is then.
    pub fn update(
        &self,
        chat: ChatId,
        change: impl FnOnce(&mut Protection),
    ) -> Option<Arc<Protection>> {
        self.change(|chats| {
            let mut protection = Arc::unwrap_or_clone(chats.remove(chat)?);
            change(&mut protection);
            chats.insert(protection);
            chats.get(chat).cloned()
        })
    }

    /// A group's id has changed.
    pub fn migrate(&self, from: ChatId, to: ChatId) {
        self.change(|chats| {
            if let Some(protection) = chats.remove(from) {
                chats.remove(to);
                let protection = Arc::unwrap_or_clone(protection);
                chats.insert(Protection { chat: to, ..protection });
            }
        });
    }

    fn change<T>(&self, change: impl FnOnce(&mut Chats) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Chats {
    fn insert(&mut self, protection: Protection) {
        for channel in &protection.channels {
            self.requiring.entry(channel.id).or_default().push(protection.chat);
        }
        self.chats.insert(protection.chat, Arc::new(protection));
    }

    fn remove(&mut self, chat: ChatId) -> Option<Arc<Protection>> {
        let protection = self.chats.remove(&chat)?;
        for channel in &protection.channels {
            if let Some(requiring) = self.requiring.get_mut(&channel.id) {
                requiring.retain(|other| *other != chat);
            }
        }
        self.requiring.retain(|_, chats| !chats.is_empty());
        Some(protection)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{
        gate::policy::{Channel, Policy},
        ids::UserId,
    };

    const GROUP: ChatId = ChatId::new(-1);
    const NEWS: ChatId = ChatId::new(-11);

    fn directory() -> Directory {
        let directory = Directory::default();
        directory.put(Protection {
            chat: GROUP,
            title: "Group".into(),
            owner: UserId::new(1),
            enabled: true,
            lacking: Vec::new(),
            channels: vec![Channel { id: NEWS, title: "News".into(), link: String::new() }],
            policy: Policy::default(),
            admins: HashSet::new(),
        });
        directory
    }

    #[test]
    fn who_requires_a_channel_follows_every_change() {
        let directory = directory();
        assert_eq!(directory.read().requiring(NEWS), [GROUP]);
        directory.update(GROUP, |chat| chat.enabled = false).unwrap();
        assert_eq!(directory.read().requiring(NEWS), [GROUP], "not listed twice");
        assert_eq!(directory.active(), 0);
        let moved = ChatId::new(-2);
        directory.migrate(GROUP, moved);
        assert_eq!(directory.read().requiring(NEWS), [moved]);
        assert!(directory.get(GROUP).is_none());
        directory.update(moved, |chat| chat.channels.clear()).unwrap();
        assert!(directory.read().requiring(NEWS).is_empty());
    }
}
