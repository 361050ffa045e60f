//! What the bot says: sending, editing, answering presses.

use serde_json::{Value, json};

use crate::{
    ids::{MessageId, ThreadId, UserId},
    sim::{
        chat::{Chat, Kind},
        html::{self, Formatted},
        keyboard,
        messages::Message,
        params::Params,
        permissions::Permissions,
        refusal::{Refusal, Reply},
        rights::Rights,
        world::World,
    },
};

/// Characters after entity parsing (Bot API, `sendMessage`).
const TEXT_MAX: usize = 4_096;

/// Characters of an answer to a press (Bot API, `answerCallbackQuery`).
const ANSWER_MAX: usize = 200;

const STRANGER: &str = "bot can't initiate conversation with a user";

pub(super) fn send_message(world: &mut World, params: &Params) -> Reply {
    let formatted = formatted(world, params)?;
    let markup = keyboard::read(params)?;
    let chat =
        world.inside(params).map_err(|refusal| never_met(world, params).unwrap_or(refusal))?;
    may_write(world, chat)?;
    let mut message = Message::new(world.bot, "");
    message.text = formatted.text;
    message.entities = formatted.entities;
    message.reply_markup = markup;
    message.silent = params.flag("disable_notification");
    message.thread = thread(chat, params)?;
    message.reply_to = replied(chat, params)?;
    if chat.kind == Kind::Channel {
        message.sender_chat = Some(chat.id);
    }
    let chat = chat.id;
    let id = world.post(chat, message).unwrap_or_default();
    Ok(world.described(chat, id))
}

/// Somebody the bot has never talked to is refused in other words than a chat there is not.
fn never_met(world: &World, params: &Params) -> Option<Refusal> {
    let user = UserId::new(params.int("chat_id")?);
    let is_person = world.users.contains_key(&user);
    is_person.then(|| Refusal::forbidden(STRANGER))
}

fn may_write(world: &World, chat: &Chat) -> Result<(), Refusal> {
    let own = world.own_status(chat);
    match chat.kind {
        Kind::Private => {
            let user = world.users.get(&UserId::new(chat.id.get()));
            if user.is_some_and(|user| user.has_blocked) {
                Err(Refusal::forbidden("bot was blocked by the user"))
            } else if user.is_some_and(|user| user.has_started) {
                Ok(())
            } else {
                Err(Refusal::forbidden(STRANGER))
            }
        }
        Kind::Channel if own.has(Rights::POST) => Ok(()),
        Kind::Channel => Err(Refusal::bad("need administrator rights in the channel chat")),
        Kind::Group | Kind::Supergroup => {
            let permissions = chat.permissions_of(world.bot, world.now_s());
            if permissions.allows(Permissions::MESSAGES) {
                Ok(())
            } else {
                Err(Refusal::bad("not enough rights to send text messages to the chat"))
            }
        }
    }
}

fn thread(chat: &Chat, params: &Params) -> Result<Option<ThreadId>, Refusal> {
    let thread = params.int("message_thread_id").filter(|thread| *thread != 0).map(ThreadId::new);
    match thread {
        Some(thread) if !chat.topics.contains_key(&thread) => {
            Err(Refusal::bad("message thread not found"))
        }
        thread => Ok(thread),
    }
}

fn replied(chat: &Chat, params: &Params) -> Result<Option<MessageId>, Refusal> {
    let Some(reply) = params.json("reply_parameters")? else { return Ok(None) };
    let id = reply.get("message_id").and_then(Value::as_i64).map(MessageId::new);
    let found = id.filter(|id| chat.messages.get(*id).is_some());
    let is_lenient = reply.get("allow_sending_without_reply").and_then(Value::as_bool);
    if found.is_none() && is_lenient != Some(true) {
        return Err(Refusal::bad("message to be replied not found"));
    }
    Ok(found)
}

fn formatted(world: &World, params: &Params) -> Result<Formatted, Refusal> {
    let text = params.text("text").unwrap_or_default();
    let mode = params.text("parse_mode").unwrap_or_default();
    let mut formatted = if mode.eq_ignore_ascii_case("html") {
        html::parse(&text)
            .map_err(|reason| Refusal::bad(format!("can't parse entities: {reason}")))?
    } else if mode.is_empty() {
        let entities = params.json("entities")?.unwrap_or_default();
        Formatted { text, entities: entities.as_array().cloned().unwrap_or_default() }
    } else {
        return Err(Refusal::bad("unsupported parse_mode"));
    };
    if formatted.text.trim().is_empty() {
        return Err(Refusal::bad("message text is empty"));
    }
    if formatted.text.chars().count() > TEXT_MAX {
        return Err(Refusal::bad("message is too long"));
    }
    formatted.entities.retain_mut(|entity| world.resolve_mention(entity));
    Ok(formatted)
}

pub(super) fn edit_message_text(world: &mut World, params: &Params) -> Reply {
    let formatted = formatted(world, params)?;
    edit(world, params, Some(formatted))
}

pub(super) fn edit_message_reply_markup(world: &mut World, params: &Params) -> Reply {
    edit(world, params, None)
}

fn edit(world: &mut World, params: &Params, formatted: Option<Formatted>) -> Reply {
    let markup = keyboard::read(params)?;
    let chat = world.inside(params)?.id;
    let id = MessageId::new(params.int("message_id").unwrap_or_default());
    let (bot, now) = (world.bot, world.clock.now());
    let place = world.chats.get_mut(&chat);
    let Some(message) = place.and_then(|chat| chat.messages.get_mut(id)) else {
        return Err(Refusal::bad("message to edit not found"));
    };
    if message.from != bot || message.is_service() {
        return Err(Refusal::bad("message can't be edited"));
    }
    let Formatted { text, entities } = formatted.unwrap_or_else(|| Formatted {
        text: message.text.clone(),
        entities: message.entities.clone(),
    });
    if (&message.text, &message.entities, &message.reply_markup) == (&text, &entities, &markup) {
        return Err(Refusal::bad(
            "message is not modified: specified new message content and reply markup are \
             exactly the same as a current content and reply markup of the message",
        ));
    }
    message.text = text;
    message.entities = entities;
    message.reply_markup = markup;
    message.edited = Some(now);
    message.edits += 1;
    Ok(world.described(chat, id))
}

pub(super) fn answer_callback_query(world: &mut World, params: &Params) -> Reply {
    let text = params.text("text").unwrap_or_default();
    if text.chars().count() > ANSWER_MAX {
        return Err(Refusal::bad("MESSAGE_TOO_LONG"));
    }
    let query = params.text("callback_query_id").unwrap_or_default();
    let now = world.clock.now();
    world.queries.answer(&query, text, params.flag("show_alert"), now)?;
    Ok(json!(true))
}

impl World {
    fn described(&self, chat: crate::ids::ChatId, id: MessageId) -> Value {
        let chat = self.chats.get(&chat);
        let message = chat.and_then(|chat| Some((chat, chat.messages.get(id)?)));
        message.map_or(Value::Null, |(chat, message)| self.message_json(chat, message))
    }

    /// A link to `tg://user?id=` is a mention of somebody the bot knows, or nothing.
    fn resolve_mention(&self, entity: &mut Value) -> bool {
        let url = entity.get("url").and_then(Value::as_str).unwrap_or_default();
        let Some(user) = url.strip_prefix("tg://user?id=") else { return true };
        let user = user.parse().map(UserId::new).unwrap_or_default();
        let is_known = self.users.contains_key(&user);
        if let (true, Some(object)) = (is_known, entity.as_object_mut()) {
            object.remove("url");
            object.insert("type".to_owned(), json!("text_mention"));
            object.insert("user".to_owned(), self.user_json(user));
        }
        is_known
    }
}
