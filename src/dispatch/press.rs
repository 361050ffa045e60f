//! Presses on "I have joined".

use super::{Batch, named};
use crate::{
    core::{Core, PRESS_EVERY},
    gate::{
        action::{Action, Cause},
        event::Person,
    },
    ids::ChatId,
    outbox::Answer,
    texts::Key,
};

/// The callback data of "I have joined"; the digit is its version.
pub const JOINED: &str = "joined1";

impl Batch<'_> {
    /// Whoever is held is looked up afresh, everybody else is answered at once. Forged or foreign
    /// data gets an empty answer, so that the button stops spinning.
    pub(super) fn pressed(
        &mut self,
        query: &str,
        person: &Person<'_>,
        chat: Option<ChatId>,
        data: &str,
    ) {
        let Some(chat) = chat.filter(|_| data == JOINED) else {
            self.answer(query, String::new());
            return;
        };
        let pack = self.core.texts.pack(person.language.as_deref());
        if let Some(seconds) = pressed_lately(self.core, chat, person) {
            let text = pack.plain(Key::Wait, &[("seconds", seconds.into())]);
            self.answer(query, text);
        } else if self.is_held(chat, person.id) {
            let cause = Cause::Pressed { query: query.to_owned(), at: self.now };
            self.enqueue(Action::Check { chat, person: named(person), cause });
        } else {
            self.answer(query, pack.plain(Key::NothingToDo, &[]));
        }
    }

    fn answer(&self, query: &str, text: String) {
        let alert = !text.is_empty();
        self.core.outbox.answer(Answer { query: query.to_owned(), text, alert });
    }
}

/// How many seconds somebody has to wait before their next press counts; remembers this one if
/// they need not.
fn pressed_lately(core: &Core, chat: ChatId, person: &Person<'_>) -> Option<u64> {
    let key = (chat, person.id);
    if let Some(entry) = core.presses.entry(&key) {
        return Some(
            entry.deadline.saturating_sub(core.clock.uptime()).as_secs().saturating_add(1),
        );
    }
    core.presses.insert(key, (), PRESS_EVERY);
    None
}
