//! Callback queries: who pressed what, and what the bot answered.

use std::{collections::HashMap, time::Duration};

use super::refusal::Refusal;
use crate::{clock::UnixMillis, ids::UserId};

/// An answer to a callback query, as the person sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The callback query.
    pub query: String,
    /// Who pressed.
    pub user: UserId,
    /// What they are shown; may be empty.
    pub text: String,
    /// Whether it is an alert to be closed, not a passing notification.
    pub alert: bool,
    /// When it was given.
    pub at: UnixMillis,
}

#[derive(Debug)]
pub(super) struct Queries {
    lifetime: Duration,
    open: HashMap<String, (UserId, UnixMillis)>,
    answers: Vec<Answer>,
    by_query: HashMap<String, usize>,
}

impl Queries {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self { lifetime, open: HashMap::new(), answers: vec![], by_query: HashMap::new() }
    }

    pub(super) fn open(&mut self, query: String, user: UserId, now: UnixMillis) {
        self.open.insert(query, (user, now));
    }

    pub(super) fn answer(
        &mut self,
        query: &str,
        text: String,
        alert: bool,
        now: UnixMillis,
    ) -> Result<(), Refusal> {
        let lifetime = self.lifetime;
        let opened = self.open.remove(query);
        let Some((user, _)) = opened.filter(|(_, pressed)| now.since(*pressed) <= lifetime) else {
            return Err(Refusal::bad(
                "query is too old and response timeout expired or query ID is invalid",
            ));
        };
        self.by_query.insert(query.to_owned(), self.answers.len());
        self.answers.push(Answer { query: query.to_owned(), user, text, alert, at: now });
        Ok(())
    }

    pub(super) fn answers(&self) -> &[Answer] {
        &self.answers
    }

    pub(super) fn answer_to(&self, query: &str) -> Option<&Answer> {
        self.answers.get(*self.by_query.get(query)?)
    }
}
