//! The log of requests, so that tests can see what the bot asked for.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use crate::{clock::UnixMillis, ids::ChatId};

/// How many requests are remembered in detail; counts go on for ever.
const CALLS_KEPT: usize = 100_000;

/// One request to the Bot API.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method, spelled as in the specification.
    pub method: String,
    /// The chat it is about, a `@username` resolved.
    pub chat: Option<ChatId>,
    /// When it was answered.
    pub at: UnixMillis,
    /// Its parameters.
    pub params: Value,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused {
        /// The `error_code`.
        code: u16,
        /// The `description`.
        description: String,
    },
    /// An injected fault took its place, or its answer away.
    Failed(String),
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    log: VecDeque<Call>,
    counts: HashMap<String, u64>,
}

impl Calls {
    pub(super) fn record(&mut self, call: Call) {
        if let Some(count) = self.counts.get_mut(&call.method) {
            *count += 1;
        } else {
            self.counts.insert(call.method.clone(), 1);
        }
        if self.log.len() == CALLS_KEPT {
            self.log.pop_front();
        }
        self.log.push_back(call);
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.log.iter()
    }

    pub(super) fn count(&self, method: &str) -> u64 {
        self.counts.get(method).copied().unwrap_or(0)
    }

    pub(super) fn forget(&mut self) {
        self.log.clear();
        self.counts.clear();
    }
}
