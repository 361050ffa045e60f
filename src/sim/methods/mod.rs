//! The methods of the Bot API, as far as a gate needs them.
//!
//! Each file holds one noun's methods: what is allowed, what changes, what is answered. Of
//! formatting only HTML is known; files are not.

mod access;
mod chats;
mod deletion;
mod identity;
mod messages;
mod moderation;
mod polling;

use super::{params::Params, refusal::Reply, world::World};

pub(super) use polling::begin_poll;

/// A method by its name in the specification.
#[derive(Debug)]
pub(super) struct Method {
    pub(super) name: &'static str,
    /// What it does; `None` for `getUpdates`, which may have to wait.
    pub(super) handle: Option<fn(&mut World, &Params) -> Reply>,
}

const fn method(name: &'static str, handle: fn(&mut World, &Params) -> Reply) -> Method {
    Method { name, handle: Some(handle) }
}

static METHODS: [Method; 26] = [
    Method { name: "getUpdates", handle: None },
    method("getChatMember", chats::get_chat_member),
    method("sendMessage", messages::send_message),
    method("restrictChatMember", moderation::restrict_chat_member),
    method("deleteMessage", deletion::delete_message),
    method("deleteMessages", deletion::delete_messages),
    method("editMessageText", messages::edit_message_text),
    method("editMessageReplyMarkup", messages::edit_message_reply_markup),
    method("answerCallbackQuery", messages::answer_callback_query),
    method("getMe", identity::get_me),
    method("getChat", chats::get_chat),
    method("getChatAdministrators", chats::get_chat_administrators),
    method("getChatMemberCount", chats::get_chat_member_count),
    method("createChatInviteLink", chats::create_chat_invite_link),
    method("exportChatInviteLink", chats::export_chat_invite_link),
    method("leaveChat", chats::leave_chat),
    method("banChatMember", moderation::ban_chat_member),
    method("unbanChatMember", moderation::unban_chat_member),
    method("banChatSenderChat", moderation::ban_chat_sender_chat),
    method("unbanChatSenderChat", moderation::unban_chat_sender_chat),
    method("setMyCommands", identity::set_my_commands),
    method("getMyCommands", identity::get_my_commands),
    method("deleteMyCommands", identity::delete_my_commands),
    method("setWebhook", polling::set_webhook),
    method("deleteWebhook", polling::delete_webhook),
    method("getWebhookInfo", polling::get_webhook_info),
];

/// The method of that name, upper and lower case alike.
pub(super) fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name.eq_ignore_ascii_case(name))
}
