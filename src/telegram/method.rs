//! The Bot API methods the project calls, for limits, counters and URLs.

use std::fmt;

/// A method of the Bot API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// Who the bot is.
    GetMe,
    /// Long polling.
    GetUpdates,
    /// What a chat is.
    GetChat,
    /// What somebody is in a chat.
    GetChatMember,
    /// Who administers a chat.
    GetChatAdministrators,
    /// Restrict somebody, or lift the restriction.
    RestrictChatMember,
    /// Ban a channel from being posted as.
    BanChatSenderChat,
    /// Delete up to 100 messages of a chat.
    DeleteMessages,
    /// Send a text.
    SendMessage,
    /// Change a text.
    EditMessageText,
    /// Answer a press on a button.
    AnswerCallbackQuery,
    /// Set the list of commands shown to people.
    SetMyCommands,
    /// Whether a webhook is set, and how it is doing.
    GetWebhookInfo,
    /// Remove the webhook.
    DeleteWebhook,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 14] = [
        Self::GetMe,
        Self::GetUpdates,
        Self::GetChat,
        Self::GetChatMember,
        Self::GetChatAdministrators,
        Self::RestrictChatMember,
        Self::BanChatSenderChat,
        Self::DeleteMessages,
        Self::SendMessage,
        Self::EditMessageText,
        Self::AnswerCallbackQuery,
        Self::SetMyCommands,
        Self::GetWebhookInfo,
        Self::DeleteWebhook,
    ];

    /// The method's name as the Bot API spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GetMe => "getMe",
            Self::GetUpdates => "getUpdates",
            Self::GetChat => "getChat",
            Self::GetChatMember => "getChatMember",
            Self::GetChatAdministrators => "getChatAdministrators",
            Self::RestrictChatMember => "restrictChatMember",
            Self::BanChatSenderChat => "banChatSenderChat",
            Self::DeleteMessages => "deleteMessages",
            Self::SendMessage => "sendMessage",
            Self::EditMessageText => "editMessageText",
            Self::AnswerCallbackQuery => "answerCallbackQuery",
            Self::SetMyCommands => "setMyCommands",
            Self::GetWebhookInfo => "getWebhookInfo",
            Self::DeleteWebhook => "deleteWebhook",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use teloxide::{payloads, requests::Payload};

    use super::*;

    #[test]
    fn methods_are_spelled_as_the_library_spells_them() {
        let table = [
            (Method::GetMe, payloads::GetMe::NAME),
            (Method::GetUpdates, payloads::GetUpdates::NAME),
            (Method::GetChat, payloads::GetChat::NAME),
            (Method::GetChatMember, payloads::GetChatMember::NAME),
            (Method::GetChatAdministrators, payloads::GetChatAdministrators::NAME),
            (Method::RestrictChatMember, payloads::RestrictChatMember::NAME),
            (Method::BanChatSenderChat, payloads::BanChatSenderChat::NAME),
            (Method::DeleteMessages, payloads::DeleteMessages::NAME),
            (Method::SendMessage, payloads::SendMessage::NAME),
            (Method::EditMessageText, payloads::EditMessageText::NAME),
            (Method::AnswerCallbackQuery, payloads::AnswerCallbackQuery::NAME),
            (Method::SetMyCommands, payloads::SetMyCommands::NAME),
            (Method::GetWebhookInfo, payloads::GetWebhookInfo::NAME),
            (Method::DeleteWebhook, payloads::DeleteWebhook::NAME),
        ];
        assert_eq!(table.map(|(method, _)| method), Method::ALL);
        for (method, name) in table {
            assert!(method.name().eq_ignore_ascii_case(name), "{method} against {name}");
        }
    }
}
