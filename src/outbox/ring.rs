//! One lane: chats take turns, each with its own queue of keys.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    time::Duration,
};

use crate::{gate::action::Key, ids::ChatId};

/// One lane. A chat with keys is either in `turns` or in `parked`, never in both.
#[derive(Default)]
pub(super) struct Ring {
    turns: VecDeque<ChatId>,
    parked: BinaryHeap<Reverse<(Duration, ChatId)>>,
    keys: HashMap<ChatId, VecDeque<Key>>,
}

impl Ring {
    /// Adds a key at the end of its chat's queue.
    pub(super) fn push(&mut self, chat: ChatId, key: Key) {
        self.queue(chat).push_back(key);
    }

    /// Gives a taken key its place and its chat's turn back.
    pub(super) fn push_front(&mut self, chat: ChatId, key: Key) {
        self.queue(chat).push_front(key);
        if self.turns.back() == Some(&chat) {
            self.turns.rotate_right(1);
        }
    }

    /// Takes the next key of the chat whose turn it is; the chat goes to the end.
    pub(super) fn take(&mut self) -> Option<(ChatId, Key)> {
        let chat = self.turns.pop_front()?;
        let keys = self.keys.get_mut(&chat)?;
        let key = keys.pop_front();
        if keys.is_empty() {
            self.keys.remove(&chat);
        } else {
            self.turns.push_back(chat);
        }
        key.map(|key| (chat, key))
    }

    /// Gives a taken key its place back and lets its chat wait until then.
    pub(super) fn park(&mut self, chat: ChatId, key: Key, until: Duration) {
        self.queue(chat).push_front(key);
        if self.turns.back() == Some(&chat) {
            self.turns.pop_back();
            self.parked.push(Reverse((until, chat)));
        }
    }

    /// Chats whose wait is over take turns again.
    pub(super) fn unpark(&mut self, now: Duration) {
        while self.parked.peek().is_some_and(|Reverse((until, _))| *until <= now) {
            if let Some(Reverse((_, chat))) = self.parked.pop() {
                self.turns.push_back(chat);
            }
        }
    }

    /// Whether a chat is waiting for its turn.
    pub(super) fn has_turns(&self) -> bool {
        !self.turns.is_empty()
    }

    /// When the first parked chat's wait is over.
    pub(super) fn first_unparked(&self) -> Option<Duration> {
        self.parked.peek().map(|Reverse((until, _))| *until)
    }

    /// The chat's queue; a chat that had none is given a turn at the end.
    fn queue(&mut self, chat: ChatId) -> &mut VecDeque<Key> {
        self.keys.entry(chat).or_insert_with(|| {
            self.turns.push_back(chat);
            VecDeque::new()
        })
    }
}
