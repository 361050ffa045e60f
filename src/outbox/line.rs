//! The rows of one key, in order.

use std::{
    collections::VecDeque,
    mem::{Discriminant, discriminant},
};

use crate::{
    clock::UnixMillis,
    gate::action::{Action, Lane},
    ids::ChatId,
    store::change::OutboxRow,
};

/// How many rows are claimed together at most: `deleteMessages` takes 100.
const CLAIMED_MAX: usize = 100;

/// The rows of one key, oldest first.
pub(super) struct Line {
    chat: ChatId,
    rows: VecDeque<OutboxRow>,
    most_urgent: Option<Lane>,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nobody knows of it.
    Nowhere,
    /// In the ring of this lane.
    Ring(Lane),
    /// With a worker.
    Claimed,
    /// Waiting for a moment.
    Resting,
}

impl Line {
    pub(super) fn new(chat: ChatId) -> Self {
        Self { chat, rows: VecDeque::new(), most_urgent: None, place: Place::Nowhere }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn first(&self) -> Option<&Action> {
        self.rows.front().map(|row| &row.action)
    }

    pub(super) fn enqueued(&self) -> Option<UnixMillis> {
        self.rows.front().map(|row| row.enqueued)
    }

    pub(super) fn append(&mut self, row: OutboxRow) {
        self.most_urgent = Some(self.most_urgent.map_or(row.lane, |lane| lane.min(row.lane)));
        self.rows.push_back(row);
    }

    pub(super) fn prepend(&mut self, rows: VecDeque<OutboxRow>) {
        for row in rows.into_iter().rev() {
            self.rows.push_front(row);
        }
        self.most_urgent = self.rows.iter().map(|row| row.lane).min();
    }

    /// The ring this line has to be put into now, if any: that of its most urgent row, because the
    /// less urgent ones before it are in its way.
    pub(super) fn wants_ring(&mut self) -> Option<(Lane, ChatId)> {
        let lane = self.most_urgent?;
        match self.place {
            Place::Claimed | Place::Resting => None,
            Place::Ring(current) if current <= lane => None,
            Place::Ring(_) | Place::Nowhere => {
                self.place = Place::Ring(lane);
                Some((lane, self.chat))
            }
        }
    }

    pub(super) fn is_queued_in(&self, lane: Lane) -> bool {
        self.place == Place::Ring(lane)
    }

    /// Takes the first row and those behind it that can be done with it as one.
    pub(super) fn claim(&mut self) -> VecDeque<OutboxRow> {
        self.place = Place::Claimed;
        let kind = self.first().and_then(kind_if_joinable);
        let more = self.rows.iter().skip(1).take(CLAIMED_MAX - 1);
        let joined = more.take_while(|row| kind.is_some_and(|k| k == discriminant(&row.action)));
        let count = joined.count().saturating_add(1).min(self.rows.len());
        let claimed = self.rows.drain(..count).collect();
        self.most_urgent = self.rows.iter().map(|row| row.lane).min();
        claimed
    }

    pub(super) fn free(&mut self) {
        self.place = Place::Nowhere;
    }

    pub(super) fn rest(&mut self) {
        if self.place != Place::Claimed {
            self.place = Place::Resting;
        }
    }

    pub(super) fn wake(&mut self) {
        if self.place == Place::Resting {
            self.place = Place::Nowhere;
        }
    }
}

/// Rows of the same kind that one call, or one look, can do together.
fn kind_if_joinable(action: &Action) -> Option<Discriminant<Action>> {
    match action {
        Action::Lift { .. }
        | Action::Restrict { .. }
        | Action::Delete { .. }
        | Action::Check { .. }
        | Action::Prompt { .. }
        | Action::Cleanup { .. } => Some(discriminant(action)),
        Action::BanSender { .. } | Action::Command(_) | Action::Say { .. } => None,
    }
}
