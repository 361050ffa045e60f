//! Calls to the Bot API: one function for each method the gate needs.
//!
//! A call is made once. It waits for nothing but the answer, keeps no limits and repeats nothing;
//! whoever calls does. **Invariant:** every call ends within its timeout, and no error shows the
//! token.

use std::time::Duration;

use hyper::body::Bytes;
use serde::{Serialize, de::IgnoredAny};
use teloxide::{
    payloads::{self, setters::*},
    types::{self, BotCommand, BotCommandScope, CallbackQueryId},
};
use url::Url;

use super::{
    encode::{ANSWER_UNITS_MAX, truncate},
    error::TelegramError,
    info::{Admin, ChatInfo, Me, WebhookInfo},
    method::Method,
    payload::{self, Body, Button, ChatRef, Outgoing, Permissions},
    token::Token,
    transport::{ClientError, Timeouts, Transport},
    wire::{Member, SentMessage},
};
use crate::{
    gate::event::Status,
    ids::{ChatId, MessageId, UpdateId, UserId},
};

/// The Bot API of one bot. Clones share their connections.
///
/// Every function makes one call of the [`Method`] it names. Each may fail with any
/// [`TelegramError`]; named are those that mean something special there.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
}

/// Who is shown a list of commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandScope {
    /// Everybody in private chats.
    PrivateChats,
    /// Administrators in groups and supergroups.
    GroupAdministrators,
    /// Everybody for whom there is no other list.
    Default,
}

impl Client {
    /// Prepares calls to the Bot API at `api_url`; makes none yet.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the URL cannot be the base of an HTTP API, or TLS cannot be set up.
    pub fn new(token: &Token, api_url: &Url, timeouts: Timeouts) -> Result<Self, ClientError> {
        Transport::new(token, api_url, timeouts).map(|transport| Self { transport })
    }

    /// Who the bot is ([`Method::GetMe`]).
    ///
    /// # Errors
    ///
    /// [`TelegramError::Unauthorized`] if Telegram does not know the token; any other.
    pub async fn get_me(&self) -> Result<Me, TelegramError> {
        self.transport.call(Method::GetMe, &payloads::GetMe::new()).await?.result()
    }

    /// Waits up to `wait` (whole seconds) for updates from `offset` on, which confirms every
    /// lower one ([`Method::GetUpdates`]). At most `limit` of them, 1 to 100; only of the kinds
    /// `allowed`. Returns the body as it came, for
    /// [`decode_updates`](super::decode::decode_updates), which says whether it is complete.
    ///
    /// # Errors
    ///
    /// [`TelegramError::Conflict`] if a webhook is set or somebody else polls; any other.
    pub async fn get_updates(
        &self,
        offset: Option<UpdateId>,
        wait: Duration,
        limit: u8,
        allowed: &[&str],
    ) -> Result<Bytes, TelegramError> {
        let timeout = wait.as_secs();
        let payload = payload::GetUpdates { offset, limit, timeout, allowed_updates: allowed };
        let reply = self.transport.poll(Method::GetUpdates, &payload, wait).await?;
        if !reply.looks_granted() {
            reply.result::<IgnoredAny>()?;
        }
        Ok(Bytes::from(reply.body))
    }

    /// What a chat is ([`Method::GetChat`]).
    ///
    /// # Errors
    ///
    /// [`TelegramError::Gone`] if there is no such chat or the bot may not see it; any other.
    pub async fn get_chat(&self, chat: &ChatRef) -> Result<ChatInfo, TelegramError> {
        let payload = payloads::GetChat::new(chat.recipient());
        self.transport.call(Method::GetChat, &payload).await?.result()
    }

    /// What somebody is in a chat ([`Method::GetChatMember`]).
    ///
    /// # Errors
    ///
    /// [`TelegramError::NotMember`] is an answer: not in the chat. Any other error says nothing
    /// about the person.
    pub async fn get_chat_member(
        &self,
        chat: ChatId,
        user: UserId,
    ) -> Result<Status, TelegramError> {
        let payload = payload::GetChatMember { chat_id: chat, user_id: user };
        let reply = self.transport.call(Method::GetChatMember, &payload).await?;
        reply.result::<Member<'_>>().map(|member| member.status())
    }

    /// Creator and administrators of a chat, bots included
    /// ([`Method::GetChatAdministrators`]).
    ///
    /// # Errors
    ///
    /// Any; [`TelegramError::LacksRight`] for a channel the bot does not administer.
    pub async fn get_administrators(&self, chat: ChatId) -> Result<Vec<Admin>, TelegramError> {
        let payload = payload::GetChatAdministrators { chat_id: chat, return_bots: true };
        let reply = self.transport.call(Method::GetChatAdministrators, &payload).await?;
        let members = reply.result::<Vec<Member<'_>>>()?;
        Ok(members.into_iter().map(Admin::from).collect())
    }

    /// Restricts somebody with every permission false ([`Method::RestrictChatMember`]).
    ///
    /// # Errors
    ///
    /// [`TelegramError::Admin`] if they cannot be restricted; any other.
    pub async fn restrict(&self, chat: ChatId, user: UserId) -> Result<(), TelegramError> {
        self.permit(chat, user, Permissions(false)).await
    }

    /// Takes a restriction away, whoever set it; the group's defaults still apply
    /// ([`Method::RestrictChatMember`]).
    ///
    /// # Errors
    ///
    /// [`TelegramError::Admin`] if they are an administrator by now; any other.
    pub async fn lift(&self, chat: ChatId, user: UserId) -> Result<(), TelegramError> {
        self.permit(chat, user, Permissions(true)).await
    }

    async fn permit(
        &self,
        chat: ChatId,
        user: UserId,
        permissions: Permissions,
    ) -> Result<(), TelegramError> {
        let payload = payload::RestrictChatMember {
            chat_id: chat,
            user_id: user,
            permissions,
            use_independent_chat_permissions: true,
        };
        self.order(Method::RestrictChatMember, &payload).await
    }

    /// Bans a channel, so that its owner cannot post as any of their channels
    /// ([`Method::BanChatSenderChat`]).
    ///
    /// # Errors
    ///
    /// Any.
    pub async fn ban_sender(&self, chat: ChatId, sender: ChatId) -> Result<(), TelegramError> {
        let payload = payloads::BanChatSenderChat::new(
            types::ChatId(chat.get()),
            types::ChatId(sender.get()),
        );
        self.order(Method::BanChatSenderChat, &payload).await
    }

    /// Deletes 1 to 100 messages younger than 48 h; those that are gone are passed over
    /// ([`Method::DeleteMessages`]).
    ///
    /// # Errors
    ///
    /// Any.
    pub async fn delete_messages(
        &self,
        chat: ChatId,
        messages: &[MessageId],
    ) -> Result<(), TelegramError> {
        let payload = payload::DeleteMessages { chat_id: chat, message_ids: messages };
        self.order(Method::DeleteMessages, &payload).await
    }

    /// Sends a message without link preview and returns its id ([`Method::SendMessage`]).
    ///
    /// # Errors
    ///
    /// Any; [`TelegramError::may_have_happened`] says whether it may stand there all the same.
    pub async fn send(&self, message: &Outgoing) -> Result<MessageId, TelegramError> {
        let payload = payload::SendMessage {
            chat_id: message.chat,
            message_thread_id: message.thread,
            disable_notification: message.silent,
            body: Body::new(&message.html, &message.keyboard),
        };
        let reply = self.transport.call(Method::SendMessage, &payload).await?;
        reply.result::<SentMessage>().map(|sent| sent.message_id)
    }

    /// Replaces text and buttons of one of our messages; no rows: no buttons
    /// ([`Method::EditMessageText`]).
    ///
    /// # Errors
    ///
    /// [`TelegramError::NotModified`] if it already shows this, [`TelegramError::NotFound`] if it
    /// is gone; any other.
    pub async fn edit(
        &self,
        chat: ChatId,
        message: MessageId,
        html: &str,
        keyboard: &[Vec<Button>],
    ) -> Result<(), TelegramError> {
        let body = Body::new(html, keyboard);
        let payload = payload::EditMessageText { chat_id: chat, message_id: message, body };
        self.order(Method::EditMessageText, &payload).await
    }

    /// Answers a press: nothing, a line at the top, or a box to close. A text is shortened to 200
    /// units ([`Method::AnswerCallbackQuery`]).
    ///
    /// # Errors
    ///
    /// [`TelegramError::NotFound`] if the query is too old; any other.
    pub async fn answer(
        &self,
        query: &str,
        text: Option<&str>,
        alert: bool,
    ) -> Result<(), TelegramError> {
        let mut payload = payloads::AnswerCallbackQuery::new(CallbackQueryId(query.to_owned()));
        if let Some(text) = text {
            payload = payload.text(truncate(text, ANSWER_UNITS_MAX)).show_alert(alert);
        }
        self.order(Method::AnswerCallbackQuery, &payload).await
    }

    /// Sets the commands and descriptions shown to people whose app has this language; none: to
    /// everybody else ([`Method::SetMyCommands`]).
    ///
    /// # Errors
    ///
    /// Any.
    pub async fn set_commands(
        &self,
        commands: &[(&str, &str)],
        scope: CommandScope,
        language: Option<&str>,
    ) -> Result<(), TelegramError> {
        let commands = commands.iter().map(|(name, what)| BotCommand::new(*name, *what));
        let mut payload = payloads::SetMyCommands::new(commands).scope(match scope {
            CommandScope::PrivateChats => BotCommandScope::AllPrivateChats,
            CommandScope::GroupAdministrators => BotCommandScope::AllChatAdministrators,
            CommandScope::Default => BotCommandScope::Default,
        });
        if let Some(language) = language {
            payload = payload.language_code(language);
        }
        self.order(Method::SetMyCommands, &payload).await
    }

    /// Whether a webhook is set, and how it is doing ([`Method::GetWebhookInfo`]).
    ///
    /// # Errors
    ///
    /// Any.
    pub async fn get_webhook_info(&self) -> Result<WebhookInfo, TelegramError> {
        let payload = payloads::GetWebhookInfo::new();
        self.transport.call(Method::GetWebhookInfo, &payload).await?.result()
    }

    /// Removes the webhook and keeps every waiting update ([`Method::DeleteWebhook`]).
    ///
    /// # Errors
    ///
    /// Any.
    pub async fn delete_webhook(&self) -> Result<(), TelegramError> {
        let payload = payloads::DeleteWebhook::new().drop_pending_updates(false);
        self.order(Method::DeleteWebhook, &payload).await
    }

    /// Makes a call whose answer says no more than yes.
    async fn order(&self, method: Method, payload: &impl Serialize) -> Result<(), TelegramError> {
        self.transport.call(method, payload).await?.result::<IgnoredAny>().map(|_| ())
    }
}

#[cfg(test)]
mod tests;
