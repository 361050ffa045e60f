//! Deleting messages.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    ids::MessageId,
    sim::{
        chat::{Chat, Kind},
        messages::Message,
        params::Params,
        refusal::{Refusal, Reply},
        rights::Rights,
        world::World,
    },
};

/// Nothing older can be deleted (Bot API, `deleteMessage`).
const DELETABLE: Duration = Duration::from_secs(48 * 3_600);

const DENIED: &str = "message can't be deleted";

pub(super) fn delete_message(world: &mut World, params: &Params) -> Reply {
    let chat = world.inside(params)?;
    let id = MessageId::new(params.int("message_id").unwrap_or_default());
    let Some(message) = chat.messages.get(id) else {
        return Err(Refusal::bad("message to delete not found"));
    };
    if !world.may_delete(chat, message) {
        return Err(Refusal::bad(DENIED));
    }
    let chat = chat.id;
    if let Some(chat) = world.chats.get_mut(&chat) {
        chat.messages.delete(id);
    }
    Ok(json!(true))
}

/// Skips what is not there; deletes the others all or none.
pub(super) fn delete_messages(world: &mut World, params: &Params) -> Reply {
    let chat = world.inside(params)?;
    let ids = params.json("message_ids")?.unwrap_or_default();
    let Some(ids) = ids.as_array().filter(|ids| (1..=100).contains(&ids.len())) else {
        return Err(Refusal::bad("message identifiers are not specified or there are too many"));
    };
    let ids: Vec<_> = ids.iter().filter_map(Value::as_i64).map(MessageId::new).collect();
    let mut standing = ids.iter().filter_map(|id| chat.messages.get(*id));
    if !standing.all(|message| world.may_delete(chat, message)) {
        return Err(Refusal::bad(DENIED));
    }
    let chat = chat.id;
    if let Some(chat) = world.chats.get_mut(&chat) {
        for id in ids {
            chat.messages.delete(id);
        }
    }
    Ok(json!(true))
}

impl World {
    fn may_delete(&self, chat: &Chat, message: &Message) -> bool {
        let is_young = self.clock.now().since(message.sent) < DELETABLE;
        let own = self.own_status(chat);
        let is_its_own = message.from == self.bot;
        is_young
            && match chat.kind {
                Kind::Private => true,
                Kind::Group => is_its_own || own.is_admin(),
                Kind::Supergroup => is_its_own || own.has(Rights::DELETE),
                Kind::Channel => (is_its_own && own.has(Rights::POST)) || own.has(Rights::DELETE),
            }
    }
}
