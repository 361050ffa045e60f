//! Answers to presses: first of all, within the limits, and dropped once they are worth nothing.

use std::{collections::VecDeque, time::Duration};

use crate::{
    ids::ChatId,
    limits::{Class, Limits},
};

/// How many answers may wait; beyond it they are dropped.
const WAITING_MAX: usize = 1_000;

/// How long an answer is worth anything: a callback query expires after seconds (undocumented; 5 to
/// 15 s have been reported).
const AGE_MAX: Duration = Duration::from_secs(15);

/// An answer to a callback query; worthless after seconds and therefore never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The callback query.
    pub query: String,
    /// What the presser is told, at most 200 characters.
    pub text: String,
    /// Whether they have to confirm reading it.
    pub alert: bool,
}

/// The answers that wait, oldest first, with the uptime they came at.
#[derive(Default)]
pub(super) struct Answers(VecDeque<(Duration, Answer)>);

impl Answers {
    pub(super) fn push(&mut self, answer: Answer, now: Duration) {
        if self.0.len() < WAITING_MAX {
            self.0.push_back((now, answer));
        }
    }

    /// The next answer that is still worth sending, or until when it has to wait.
    pub(super) fn next(
        &mut self,
        limits: &mut Limits,
        now: Duration,
    ) -> Result<Option<Answer>, Duration> {
        while self.0.front().is_some_and(|(came, _)| came.saturating_add(AGE_MAX) < now) {
            self.0.pop_front();
        }
        if self.0.is_empty() {
            return Ok(None);
        }
        match limits.ask(Class::Answer, ChatId::default(), now).until() {
            None => Ok(self.0.pop_front().map(|(_, answer)| answer)),
            Some(until) => Err(until),
        }
    }
}
