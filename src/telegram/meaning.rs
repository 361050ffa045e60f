//! What the objects of an update mean to the gate.
//!
//! The table "Who is speaking" of the Bot API lives here; how the objects are written does not.

use super::{
    message::Message,
    wire::{CallbackQuery, Chat, ChatType, Member, MemberUpdate, SenderChat, StatusName, User},
};
use crate::{
    gate::event::{Event, Person, Rights, Sender, Spoken, Status},
    ids::{ThreadId, UserId},
};

/// The account that forwards a linked channel's posts into its discussion group.
const TELEGRAM: UserId = UserId::new(777_000);

impl<'a> User<'a> {
    /// The person, with the name as they typed it.
    pub(super) fn person(self) -> Person<'a> {
        Person {
            id: self.id,
            name: self.first_name.0,
            last_name: self.last_name.map(|name| name.0),
            language: self.language_code.map(|code| code.0),
        }
    }
}

impl<'a> Message<'a> {
    /// What a new message means.
    pub(super) fn event(self) -> Event<'a> {
        let chat = self.chat.id;
        if let Some(to) = self.migrate_to_chat_id {
            return Event::Migrated { from: chat, to };
        }
        if let Some(from) = self.migrate_from_chat_id {
            return Event::Migrated { from, to: chat };
        }
        if !self.new_chat_members.is_empty() {
            return self.arrived();
        }
        match self.chat.kind {
            _ if self.is_service => Event::Ignored,
            ChatType::Group | ChatType::Supergroup => self.spoke(),
            ChatType::Private => self.private(),
            ChatType::Channel | ChatType::Other => Event::Ignored,
        }
    }

    /// What an edited message means: it is gated like a new one, but gives no command.
    ///
    /// Telegram also sends an edit when nobody typed anything, for example when a link preview
    /// has been found (Bot API, `Update.edited_message`); a command must not run again for that.
    pub(super) fn edited_event(self) -> Event<'a> {
        if let Event::Spoke(spoken) = self.event() {
            Event::Spoke(Spoken { command: None, ..spoken })
        } else {
            Event::Ignored
        }
    }

    fn spoke(self) -> Event<'a> {
        let thread = self.thread();
        let Some(sender) =
            sender(&self.chat, self.from, self.sender_chat, self.is_automatic_forward)
        else {
            return Event::Ignored;
        };
        Event::Spoke(Spoken {
            chat: self.chat.id,
            thread,
            message: self.message_id,
            sender,
            album: self.media_group_id.map(|id| id.0),
            command: self.command.0,
            title: self.chat.title.unwrap_or_default().0,
        })
    }

    fn arrived(self) -> Event<'a> {
        let (chat, thread) = (self.chat.id, self.thread());
        let newcomers = self.new_chat_members.into_iter().filter(|user| !user.is_bot);
        let people: Vec<_> = newcomers.map(User::person).collect();
        if people.is_empty() {
            return Event::Ignored;
        }
        Event::Arrived { chat, thread, people }
    }

    fn private(self) -> Event<'a> {
        let message = self.message_id;
        match self.from {
            Some(from) if !from.is_bot => {
                Event::Private { person: from.person(), message, command: self.command.0 }
            }
            _ => Event::Ignored,
        }
    }

    fn thread(&self) -> Option<ThreadId> {
        topic(self.is_topic_message, self.message_thread_id)
    }
}

/// The topic of a message. Outside of forums `message_thread_id` names a thread of replies, in
/// which nothing can be sent.
fn topic(is_topic_message: bool, thread: Option<ThreadId>) -> Option<ThreadId> {
    thread.filter(|_| is_topic_message)
}

/// Who is speaking in `chat`; `None` if nobody is named.
fn sender<'a>(
    chat: &Chat<'_>,
    from: Option<User<'a>>,
    sender_chat: Option<SenderChat>,
    is_automatic_forward: bool,
) -> Option<Sender<'a>> {
    let is_telegram = from.as_ref().is_some_and(|from| from.id == TELEGRAM);
    if is_automatic_forward || is_telegram {
        return Some(Sender::LinkedChannel);
    }
    match (sender_chat, from) {
        (Some(sender), _) if sender.id == chat.id => Some(Sender::AnonymousAdmin),
        (Some(sender), _) => Some(Sender::Channel(sender.id)),
        (None, Some(from)) if from.is_bot => Some(Sender::Bot(from.id)),
        (None, Some(from)) => Some(Sender::Person(from.person())),
        (None, None) => None,
    }
}

impl<'a> CallbackQuery<'a> {
    /// What a press means. A button of a game has no data and is none of ours.
    pub(super) fn event(self) -> Event<'a> {
        let Some(data) = self.data else { return Event::Ignored };
        let place = self.message.as_ref();
        Event::Pressed {
            query: self.id.0,
            person: self.from.person(),
            chat: place.map(|place| place.chat.id),
            message: place.map(|place| place.message_id),
            thread: place.and_then(|place| topic(place.is_topic_message, place.message_thread_id)),
            data: data.0,
        }
    }
}

impl Member<'_> {
    /// What the person is in the chat.
    pub(super) fn status(&self) -> Status {
        match (self.status, self.is_member) {
            (StatusName::Creator, _) => Status::Creator,
            (StatusName::Administrator, _) => Status::Administrator(Rights {
                restrict: self.can_restrict_members,
                delete: self.can_delete_messages,
                invite: self.can_invite_users,
                anonymous: self.is_anonymous,
            }),
            (StatusName::Member, _) => Status::Member,
            (StatusName::Restricted, Some(is_member)) => Status::Restricted { is_member },
            (StatusName::Left, _) => Status::Left,
            (StatusName::Kicked, _) => Status::Banned,
            (StatusName::Restricted, None) | (StatusName::Other, _) => Status::Unknown,
        }
    }
}

impl<'a> MemberUpdate<'a> {
    /// What a `chat_member` update means.
    pub(super) fn event(self) -> Event<'a> {
        Event::MemberChanged {
            chat: self.chat.id,
            old: self.old_chat_member.status(),
            new: self.new_chat_member.status(),
            is_bot: self.new_chat_member.user.is_bot,
            person: self.new_chat_member.user.person(),
            by: self.from.id,
        }
    }

    /// What a `my_chat_member` update means. In a private chat it says whether the person has
    /// blocked the bot, which is nothing to act on: a message to them will be refused.
    pub(super) fn own_event(&self) -> Event<'a> {
        if self.chat.kind == ChatType::Private {
            return Event::Ignored;
        }
        let new = self.new_chat_member.status();
        Event::BotChanged { chat: self.chat.id, by: self.from.id, new }
    }
}
