//! Who is held where, by us and by nobody else.
//!
//! In memory it is the truth that decisions are made on, one at a time under one lock; every change
//! returns the durable changes that belong to it, and whoever holds the lock submits them before
//! letting go, so that the database sees holds and lifts in the order they were decided.

use std::collections::{HashMap, HashSet};

use crate::{
    clock::UnixMillis,
    gate::{
        action::{Action, Named},
        prompt::NAMED_AGAIN_AFTER,
    },
    ids::{ChatId, MessageId, ThreadId, UserId},
    store::change::{Change, HoldRow, OutboxRow},
};

/// Parts of an album, and a join that is told twice, arrive within this time: one restriction is
/// enough for them.
const RESTRICTED_AGAIN_AFTER_MS: i64 = 10_000;

/// The ledger in memory.
#[derive(Default)]
pub struct Ledger {
    held: HashMap<(ChatId, UserId), Held>,
    chats_of: HashMap<UserId, Vec<ChatId>>,
    named: HashMap<(ChatId, UserId), UnixMillis>,
    /// Lifts that have been decided and not done yet.
    owed: HashSet<(ChatId, UserId)>,
}

#[derive(Clone, Debug)]
struct Held {
    thread: Option<ThreadId>,
    missing: Box<[ChatId]>,
    restricted: Option<UnixMillis>,
}

/// How a hold ends.
#[derive(Clone, Copy)]
enum End {
    Admitted { since: UnixMillis },
    Left,
    Superseded,
}

/// Why and how somebody is to be held.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Where.
    pub chat: ChatId,
    /// Who.
    pub person: Named,
    /// The topic to prompt them in.
    pub thread: Option<ThreadId>,
    /// The message to delete, if they spoke.
    pub messages: Vec<MessageId>,
    /// The channels they are missing from; empty if that is not known.
    pub missing: Vec<ChatId>,
    /// Whether to restrict them.
    pub restrict: bool,
    /// When they spoke or arrived.
    pub since: UnixMillis,
}

impl Ledger {
    /// Restores the ledger after a restart; the lifts still to be done are those of the outbox.
    #[must_use]
    pub fn restore(rows: &[HoldRow], outbox: &[OutboxRow]) -> Self {
        let mut ledger = Self::default();
        for row in outbox {
            if let Action::Lift { chat, user, .. } = row.action {
                ledger.owed.insert((chat, user));
            }
        }
        for row in rows {
            let restricted = row.restricted.then_some(row.since);
            let held = Held { thread: row.thread, missing: row.missing.clone().into(), restricted };
            ledger.insert(row.chat, row.user, held);
            if let Some(named) = row.named {
                ledger.named.insert((row.chat, row.user), named);
            }
        }
        ledger
    }

    /// Whether somebody is held there.
    #[must_use]
    pub fn is_held(&self, chat: ChatId, user: UserId) -> bool {
        self.held.contains_key(&(chat, user))
    }

    /// Whether somebody is held there by a restriction of ours.
    #[must_use]
    pub fn is_restricted(&self, chat: ChatId, user: UserId) -> bool {
        self.held.get(&(chat, user)).is_some_and(|held| held.restricted.is_some())
    }

    /// Whether a lift has been decided and nobody has had a later word.
    #[must_use]
    pub fn owes_lift(&self, chat: ChatId, user: UserId) -> bool {
        self.owed.contains(&(chat, user))
    }

    /// The lift is done.
    pub fn lifted(&mut self, chat: ChatId, user: UserId) {
        self.owed.remove(&(chat, user));
    }

    /// Everywhere somebody is held.
    #[must_use]
    pub fn chats_of(&self, user: UserId) -> Vec<ChatId> {
        self.chats_of.get(&user).cloned().unwrap_or_default()
    }

    /// Everybody who is held anywhere.
    #[must_use]
    pub fn everybody(&self) -> HashSet<(ChatId, UserId)> {
        self.held.keys().copied().collect()
    }

    /// How many holds there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether nobody is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Everybody held in a chat; for a channel, only those who miss it, as far as is known.
    #[must_use]
    pub fn held_in(&self, chat: ChatId, channel: Option<ChatId>) -> Vec<UserId> {
        self.held
            .iter()
            .filter(|((held_in, _), held)| {
                let misses = |channel| held.missing.is_empty() || held.missing.contains(&channel);
                *held_in == chat && channel.is_none_or(misses)
            })
            .map(|((_, user), _)| *user)
            .collect()
    }

    /// Whether a prompt may be sent because of this person.
    #[must_use]
    pub fn is_unnamed(&self, chat: ChatId, user: UserId, now: UnixMillis) -> bool {
        self.named.get(&(chat, user)).is_none_or(|at| now.since(*at) > NAMED_AGAIN_AFTER)
    }

    /// Remembers that a prompt has named these people.
    pub fn name(&mut self, chat: ChatId, users: Vec<UserId>, now: UnixMillis) -> Change {
        for user in &users {
            self.named.insert((chat, *user), now);
        }
        Change::Named { chat, users, at: now }
    }

    /// Holds somebody, or keeps holding them: the message goes, they are restricted (again, unless
    /// that has only just been done), and the prompt shows them. Returns whether they were not held
    /// before.
    pub fn hold(&mut self, hold: Hold, now: UnixMillis, changes: &mut Vec<Change>) -> bool {
        let Hold { chat, person, thread, messages, missing, restrict, since } = hold;
        let user = person.id;
        let before = self.held.get(&(chat, user));
        let newly = before.is_none();
        let recently = before
            .and_then(|held| held.restricted)
            .is_some_and(|at| now.get().saturating_sub(at.get()) < RESTRICTED_AGAIN_AFTER_MS);
        let prompted = newly || self.is_unnamed(chat, user, now);
        changes.extend(
            messages.into_iter().map(|message| Change::Enqueue {
                action: Action::Delete { chat, message },
                due: now,
            }),
        );
        if restrict && !recently {
            let action = Action::Restrict { chat, user, since };
            changes.push(Change::Enqueue { action, due: now });
        }
        if recently && !newly {
            return false;
        }
        let thread = before.map_or(thread, |held| held.thread); // where their prompt is
        let restricted = restrict.then_some(now).or(before.and_then(|held| held.restricted));
        self.owed.remove(&(chat, user));
        let named = self.named.get(&(chat, user)).copied();
        self.insert(chat, user, Held { thread, missing: missing.clone().into(), restricted });
        changes.push(Change::Hold(HoldRow {
            chat,
            user,
            name: person.name,
            language: person.language,
            thread,
            missing,
            restricted: restrict,
            since,
            named,
        }));
        if prompted {
            changes.push(Change::Enqueue { action: Action::Prompt { chat, thread }, due: now });
        }
        newly
    }

    /// Lets somebody in: our restriction goes, the prompt forgets them. Returns whether they were
    /// held. `since` is when they asked for it.
    pub fn admit(
        &mut self,
        chat: ChatId,
        user: UserId,
        since: UnixMillis,
        now: UnixMillis,
        changes: &mut Vec<Change>,
    ) -> bool {
        self.end((chat, user), End::Admitted { since }, now, changes)
    }

    /// Somebody held has left the group: nothing of ours stays on them, and they are not counted
    /// as let in.
    pub fn leave(
        &mut self,
        chat: ChatId,
        user: UserId,
        now: UnixMillis,
        changes: &mut Vec<Change>,
    ) -> bool {
        self.end((chat, user), End::Left, now, changes)
    }

    /// A human administrator has had the later word, or Telegram says there is nobody to hold: we
    /// forget them, a lift on its way included, and touch nothing.
    pub fn forget(
        &mut self,
        chat: ChatId,
        user: UserId,
        now: UnixMillis,
        changes: &mut Vec<Change>,
    ) -> bool {
        self.owed.remove(&(chat, user));
        self.end((chat, user), End::Superseded, now, changes)
    }

    /// A group's id has changed.
    pub fn migrate(&mut self, from: ChatId, to: ChatId) {
        for user in self.held_in(from, None) {
            if let Some(held) = self.remove(from, user) {
                self.insert(to, user, held);
            }
        }
        let moved = self.owed.extract_if(|(chat, _)| *chat == from).collect::<Vec<_>>();
        self.owed.extend(moved.into_iter().map(|(_, user)| (to, user)));
    }

    /// Drops what no longer matters; called now and then so that memory stays flat.
    pub fn tidy(&mut self, now: UnixMillis) {
        self.named.retain(|_, at| now.since(*at) <= NAMED_AGAIN_AFTER);
    }

    fn end(
        &mut self,
        (chat, user): (ChatId, UserId),
        end: End,
        now: UnixMillis,
        changes: &mut Vec<Change>,
    ) -> bool {
        let Some(held) = self.remove(chat, user) else { return false };
        let (lift, admitted) = match end {
            End::Admitted { since } => (Some(since), true),
            End::Left => (Some(now), false),
            End::Superseded => (None, false),
        };
        changes.push(Change::Release { chat, user, admitted, at: now });
        if let (Some(since), Some(_)) = (lift, held.restricted) {
            self.owed.insert((chat, user));
            let action = Action::Lift { chat, user, since };
            changes.push(Change::Enqueue { action, due: now });
        }
        let action = Action::Prompt { chat, thread: held.thread };
        changes.push(Change::Enqueue { action, due: now });
        true
    }

    fn insert(&mut self, chat: ChatId, user: UserId, held: Held) {
        if self.held.insert((chat, user), held).is_none() {
            self.chats_of.entry(user).or_default().push(chat);
        }
    }

    fn remove(&mut self, chat: ChatId, user: UserId) -> Option<Held> {
        let held = self.held.remove(&(chat, user))?;
        if let Some(chats) = self.chats_of.get_mut(&user) {
            chats.retain(|other| *other != chat);
            if chats.is_empty() {
                self.chats_of.remove(&user);
            }
        }
        Some(held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: ChatId = ChatId::new(-1);
    const NEWS: ChatId = ChatId::new(-11);
    const ANN: UserId = UserId::new(1);

    fn hold(message: Option<i64>) -> Hold {
        Hold {
            chat: GROUP,
            person: Named { id: ANN, name: "Ann".into(), language: None },
            thread: None,
            messages: message.map(MessageId::new).into_iter().collect(),
            missing: vec![NEWS],
            restrict: true,
            since: UnixMillis::new(0),
        }
    }

    /// What the changes do, in words.
    fn words(changes: &[Change]) -> Vec<&'static str> {
        let word = |change: &Change| {
            if let Change::Enqueue { action, .. } = change {
                return action.lane().name();
            }
            if let Change::Release { admitted: true, .. } = change {
                return "admitted";
            }
            if let Change::Release { .. } = change {
                return "forgotten";
            }
            assert!(matches!(change, Change::Hold(_)), "unexpected {change:?}");
            "ledger"
        };
        changes.iter().map(word).collect()
    }

    fn at(seconds: i64) -> UnixMillis {
        UnixMillis::new(seconds * 1_000)
    }

    #[test]
    fn a_stranger_is_deleted_restricted_listed_and_prompted() {
        let (mut ledger, mut changes) = (Ledger::default(), Vec::new());
        assert!(ledger.hold(hold(Some(5)), at(0), &mut changes));
        assert_eq!(words(&changes), ["delete", "restrict", "ledger", "prompt"]);
        assert!(ledger.is_held(GROUP, ANN));
    }

    #[test]
    fn the_other_parts_of_an_album_are_only_deleted() {
        let (mut ledger, mut changes) = (Ledger::default(), Vec::new());
        ledger.hold(hold(Some(5)), at(0), &mut changes);
        changes.clear();
        assert!(!ledger.hold(hold(Some(6)), at(1), &mut changes));
        assert_eq!(words(&changes), ["delete"]);
    }

    #[test]
    fn a_held_person_who_speaks_again_is_restricted_again_without_a_second_prompt() {
        let (mut ledger, mut changes) = (Ledger::default(), Vec::new());
        ledger.hold(hold(Some(5)), at(0), &mut changes);
        ledger.name(GROUP, vec![ANN], at(1));
        changes.clear();
        assert!(!ledger.hold(hold(Some(6)), at(60), &mut changes));
        assert_eq!(words(&changes), ["delete", "restrict", "ledger"]);
        changes.clear();
        ledger.hold(hold(Some(7)), at(2 * 60 * 60), &mut changes);
        assert_eq!(words(&changes), ["delete", "restrict", "ledger", "prompt"]);
    }

    #[test]
    fn nobody_is_lifted_twice_or_without_being_held() {
        let (mut ledger, mut changes) = (Ledger::default(), Vec::new());
        assert!(!ledger.admit(GROUP, ANN, at(0), at(0), &mut changes));
        assert!(changes.is_empty());
        ledger.hold(hold(None), at(0), &mut changes);
        changes.clear();
        assert!(ledger.admit(GROUP, ANN, at(1), at(1), &mut changes));
        assert_eq!(words(&changes), ["admitted", "lift", "prompt"]);
        changes.clear();
        assert!(!ledger.admit(GROUP, ANN, at(2), at(2), &mut changes));
        assert!(changes.is_empty());
    }

    #[test]
    fn what_a_human_has_changed_is_forgotten_and_not_lifted() {
        let (mut ledger, mut changes) = (Ledger::default(), Vec::new());
        ledger.hold(hold(None), at(0), &mut changes);
        changes.clear();
        ledger.forget(GROUP, ANN, at(1), &mut changes);
        assert_eq!(words(&changes), ["forgotten", "prompt"]);
    }

    #[test]
    fn leaving_and_coming_back_is_no_way_to_a_second_prompt() {
        let (mut ledger, mut changes) = (Ledger::default(), Vec::new());
        ledger.hold(hold(None), at(0), &mut changes);
        ledger.name(GROUP, vec![ANN], at(1));
        ledger.leave(GROUP, ANN, at(2), &mut changes);
        assert!(!ledger.is_unnamed(GROUP, ANN, at(60)));
        ledger.tidy(at(2 * 60 * 60));
        assert!(ledger.is_unnamed(GROUP, ANN, at(2 * 60 * 60)));
    }

    #[test]
    fn holds_follow_a_group_to_its_new_id() {
        let (mut ledger, mut changes) = (Ledger::default(), Vec::new());
        ledger.hold(hold(None), at(0), &mut changes);
        let moved = ChatId::new(-2);
        ledger.migrate(GROUP, moved);
        assert!(!ledger.is_held(GROUP, ANN));
        assert!(ledger.is_held(moved, ANN));
        assert_eq!(ledger.chats_of(ANN), [moved]);
        assert_eq!(ledger.held_in(moved, Some(NEWS)), [ANN]);
        assert!(ledger.held_in(moved, Some(GROUP)).is_empty());
    }
}
