//! The queue of updates: what the bot asked for, what waits for it, what it has confirmed.
//!
//! The long poll itself lives in `server`; which change makes which update, in `world`.

use std::{collections::VecDeque, fmt::Write as _};

use serde_json::{Value, json};

use crate::ids::UpdateId;

/// What a bot is not sent unless it asks (Bot API, `getUpdates`).
const ON_REQUEST_ONLY: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// The updates that wait to be fetched.
#[derive(Debug)]
pub(super) struct Updates {
    /// Ready to be sent: an update is serialised once, however often it is fetched.
    queue: VecDeque<(UpdateId, String)>,
    /// The id of the newest update.
    last: i64,
    /// Every update up to and including this one is confirmed.
    confirmed: i64,
    /// What the bot asked for; `None` is the default.
    allowed: Option<Vec<String>>,
    /// Who polls: an earlier poll ends as soon as this changes.
    pub(super) poller: u64,
}

impl Updates {
    pub(super) fn new(first: UpdateId) -> Self {
        let last = first.get() - 1;
        Self { queue: VecDeque::new(), last, confirmed: last, allowed: None, poller: 0 }
    }

    /// Queues an update of a kind unless the bot does not want it.
    pub(super) fn push(&mut self, kind: &str, body: &Value) -> Option<UpdateId> {
        if !self.wants(kind) {
            return None;
        }
        self.last += 1;
        let text = format!("{{\"update_id\":{},\"{kind}\":{body}}}", self.last);
        self.queue.push_back((UpdateId::new(self.last), text));
        Some(UpdateId::new(self.last))
    }

    /// Queues an object as it is, wanted or not, with the next id unless it has one.
    pub(super) fn push_raw(&mut self, mut update: Value) -> UpdateId {
        self.last += 1;
        let mut id = self.last;
        if let Some(object) = update.as_object_mut() {
            let given = object.entry("update_id").or_insert_with(|| json!(self.last));
            id = given.as_i64().unwrap_or(self.last);
        }
        self.last = self.last.max(id);
        self.queue.push_back((UpdateId::new(id), update.to_string()));
        UpdateId::new(id)
    }

    /// Whether updates of this kind are sent.
    pub(super) fn wants(&self, kind: &str) -> bool {
        match &self.allowed {
            Some(allowed) => allowed.iter().any(|wanted| wanted == kind),
            None => !ON_REQUEST_ONLY.contains(&kind),
        }
    }

    /// Remembers what the bot wants from now on; an empty list is the default.
    pub(super) fn allow(&mut self, kinds: Vec<String>) {
        self.allowed = Some(kinds).filter(|kinds| !kinds.is_empty());
    }

    pub(super) fn allowed(&self) -> Option<&[String]> {
        self.allowed.as_deref()
    }

    /// Applies an `offset`: forgets what it confirms. A negative one keeps that many at the end.
    pub(super) fn confirm(&mut self, offset: i64) {
        if offset < 0 {
            let keep = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
            for (id, _) in self.queue.drain(..self.queue.len().saturating_sub(keep)) {
                self.confirmed = self.confirmed.max(id.get());
            }
            return;
        }
        while self.queue.front().is_some_and(|(id, _)| id.get() < offset) {
            self.queue.pop_front();
        }
        self.confirmed = self.confirmed.max(offset - 1);
    }

    pub(super) fn drop_pending(&mut self) {
        self.confirmed = self.last;
        self.queue.clear();
    }

    /// The body of an answer with the oldest `limit` updates, or `None` if there are none.
    pub(super) fn batch(&self, limit: usize) -> Option<String> {
        let count = limit.min(self.queue.len());
        if count == 0 {
            return None;
        }
        let mut body = String::with_capacity(1_024 * count);
        body.push_str("{\"ok\":true,\"result\":[");
        for (index, (_, text)) in self.queue.iter().take(count).enumerate() {
            let comma = if index == 0 { "" } else { "," };
            // Writing into a string cannot fail.
            write!(body, "{comma}{text}").unwrap_or_default();
        }
        body.push_str("]}");
        Some(body)
    }

    pub(super) fn pending(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn confirmed(&self) -> UpdateId {
        UpdateId::new(self.confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_confirms_every_lower_update_and_nothing_else() {
        let mut updates = Updates::new(UpdateId::new(10));
        for _ in 0..5 {
            updates.push("message", &json!({}));
        }
        updates.confirm(0);
        assert_eq!((updates.pending(), updates.confirmed()), (5, UpdateId::new(9)));
        updates.confirm(12);
        assert_eq!((updates.pending(), updates.confirmed()), (3, UpdateId::new(11)));
        updates.confirm(-1);
        assert_eq!((updates.pending(), updates.confirmed()), (1, UpdateId::new(13)));
        let batch = updates.batch(100).unwrap();
        assert_eq!(batch, r#"{"ok":true,"result":[{"update_id":14,"message":{}}]}"#);
    }

    #[test]
    fn a_raw_update_passes_whatever_the_bot_asked_for() {
        let mut updates = Updates::new(UpdateId::new(1));
        updates.allow(vec!["message".to_owned()]);
        assert_eq!(updates.push("poll", &json!({})), None);
        assert_eq!(updates.push_raw(json!({"strange": 1})), UpdateId::new(1));
        assert_eq!(updates.push_raw(json!({"update_id": 7})), UpdateId::new(7));
        assert_eq!(updates.push("message", &json!({})), Some(UpdateId::new(8)));
    }
}
