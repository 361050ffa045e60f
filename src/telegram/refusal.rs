//! Sorting a refusal by what can be done about it.
//!
//! Telegram documents no list of errors: only `error_code`, a description "subject to change",
//! and two parameters (Bot API, "Making requests"). The descriptions matched here are those its
//! server is known to give; whatever is not known is [`Rejected`](TelegramError::Rejected), which
//! no caller may take for an answer about a person.

use std::time::Duration;

use super::error::{TelegramError, Transient};
use crate::ids::ChatId;

/// An answer that says no, as it came.
pub(super) struct Refusal {
    /// `error_code`, or the HTTP status where there is none.
    pub(super) code: i64,
    /// `description`, or nothing.
    pub(super) description: String,
    /// `parameters.retry_after`.
    pub(super) retry_after: Option<Duration>,
    /// `parameters.migrate_to_chat_id`.
    pub(super) migrated_to: Option<ChatId>,
}

/// How long to wait where Telegram says 429 without saying how long, which it never should.
const RETRY_UNTOLD: Duration = Duration::from_secs(5);

/// What a description means, for the codes 400 and 403.
#[derive(Clone, Copy)]
enum Meaning {
    Gone,
    NotMember,
    LacksRight,
    Admin,
    NotModified,
    NotFound,
}

/// Known parts of descriptions in lower case; the first that is contained wins.
const MEANINGS: [(&str, Meaning); 39] = [
    ("message is not modified", Meaning::NotModified),
    ("message_not_modified", Meaning::NotModified),
    ("message to delete not found", Meaning::NotFound),
    ("message to edit not found", Meaning::NotFound),
    ("message can't be deleted", Meaning::NotFound),
    ("message can't be edited", Meaning::NotFound),
    ("message_id_invalid", Meaning::NotFound),
    ("message_delete_forbidden", Meaning::NotFound),
    ("message thread not found", Meaning::NotFound),
    ("query is too old", Meaning::NotFound),
    ("query_id_invalid", Meaning::NotFound),
    ("participant_id_invalid", Meaning::NotMember),
    ("user not found", Meaning::NotMember),
    ("user is an administrator", Meaning::Admin),
    ("user_admin_invalid", Meaning::Admin),
    ("can't remove chat owner", Meaning::Admin),
    ("can't restrict chat owner", Meaning::Admin),
    ("can't demote chat creator", Meaning::Admin),
    ("can't restrict self", Meaning::Admin),
    ("not enough rights", Meaning::LacksRight),
    ("have no rights", Meaning::LacksRight),
    ("need administrator rights", Meaning::LacksRight),
    ("is not an administrator", Meaning::LacksRight),
    ("member list is inaccessible", Meaning::LacksRight),
    ("chat_admin_required", Meaning::LacksRight),
    ("chat_write_forbidden", Meaning::LacksRight),
    ("chat_send_plain_forbidden", Meaning::LacksRight),
    ("right_forbidden", Meaning::LacksRight),
    ("chat not found", Meaning::Gone),
    ("chat was deactivated", Meaning::Gone),
    ("chat was deleted", Meaning::Gone),
    ("group is deactivated", Meaning::Gone),
    ("was upgraded to a supergroup", Meaning::Gone),
    ("bot is not a member", Meaning::Gone),
    ("channel_private", Meaning::Gone),
    ("channel_invalid", Meaning::Gone),
    ("peer_id_invalid", Meaning::Gone),
    ("user_is_blocked", Meaning::Gone),
    ("input_user_deactivated", Meaning::Gone),
];

/// Sorts a refusal by what can be done about it.
pub(super) fn sort(refusal: Refusal) -> TelegramError {
    let Refusal { code, description, retry_after, migrated_to } = refusal;
    if let Some(chat) = migrated_to {
        return TelegramError::Migrated(chat);
    }
    if let Some(wait) = retry_after {
        return TelegramError::RetryAfter(wait);
    }
    match code {
        429 => TelegramError::RetryAfter(RETRY_UNTOLD),
        401 => TelegramError::Unauthorized,
        // A wrong method is "Not Found: method not found"; a wrong token is "Not Found" alone.
        404 if description.eq_ignore_ascii_case("not found") => TelegramError::Unauthorized,
        409 => TelegramError::Conflict { description },
        400 | 403 => by_description(code, description),
        500.. => Transient::Server { code, description }.into(),
        _ => TelegramError::Rejected { code, description },
    }
}

fn by_description(code: i64, description: String) -> TelegramError {
    let words = description.to_ascii_lowercase();
    match MEANINGS.iter().find(|(part, _)| words.contains(part)).map(|(_, meaning)| meaning) {
        Some(Meaning::LacksRight) => TelegramError::LacksRight { description },
        // Every other 403 says that the chat is closed to the bot, whatever its words are.
        Some(Meaning::Gone) => TelegramError::Gone { description },
        _ if code == 403 => TelegramError::Gone { description },
        Some(Meaning::NotMember) => TelegramError::NotMember,
        Some(Meaning::Admin) => TelegramError::Admin,
        Some(Meaning::NotModified) => TelegramError::NotModified,
        Some(Meaning::NotFound) => TelegramError::NotFound { description },
        None => TelegramError::Rejected { code, description },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(code: i64, description: &str) -> String {
        let refusal = Refusal {
            code,
            description: description.to_owned(),
            retry_after: None,
            migrated_to: None,
        };
        let debug = format!("{:?}", sort(refusal));
        debug.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap().to_owned()
    }

    #[test]
    fn a_refusal_is_sorted_by_what_can_be_done_about_it() {
        let table = [
            (403, "Forbidden: bot was kicked from the supergroup chat", "Gone"),
            (403, "Forbidden: bot was kicked from the channel chat", "Gone"),
            (403, "Forbidden: bot is not a member of the channel chat", "Gone"),
            (403, "Forbidden: the group chat was deleted", "Gone"),
            (403, "Forbidden: user is deactivated", "Gone"),
            (403, "Forbidden: bot was blocked by the user", "Gone"),
            (403, "Forbidden: bot can't initiate conversation with a user", "Gone"),
            (403, "Forbidden: something never heard of", "Gone"),
            (403, "Forbidden: user not found", "Gone"),
            (400, "Bad Request: chat not found", "Gone"),
            (400, "Bad Request: group chat was deactivated", "Gone"),
            (400, "Bad Request: group chat was upgraded to a supergroup chat", "Gone"),
            (400, "Bad Request: CHANNEL_PRIVATE", "Gone"),
            (400, "Bad Request: PEER_ID_INVALID", "Gone"),
            (400, "Bad Request: PARTICIPANT_ID_INVALID", "NotMember"),
            (400, "Bad Request: participant_id_invalid", "NotMember"),
            (400, "Bad Request: user not found", "NotMember"),
            (400, "Bad Request: invalid user_id specified", "Rejected"),
            (400, "Bad Request: USER_ID_INVALID", "Rejected"),
            (400, "Bad Request: member list is inaccessible", "LacksRight"),
            (400, "Bad Request: CHAT_ADMIN_REQUIRED", "LacksRight"),
            (
                400,
                "Bad Request: not enough rights to restrict/unrestrict chat member",
                "LacksRight",
            ),
            (400, "Bad Request: need administrator rights in the channel chat", "LacksRight"),
            (400, "Bad Request: have no rights to send a message", "LacksRight"),
            (400, "Bad Request: CHAT_WRITE_FORBIDDEN", "LacksRight"),
            (403, "Forbidden: CHAT_WRITE_FORBIDDEN", "LacksRight"),
            (403, "Forbidden: not enough rights to send text messages to the chat", "LacksRight"),
            (400, "Bad Request: user is an administrator of the chat", "Admin"),
            (400, "Bad Request: can't remove chat owner", "Admin"),
            (400, "Bad Request: can't restrict self", "Admin"),
            (400, "Bad Request: USER_ADMIN_INVALID", "Admin"),
            (400, "Bad Request: message is not modified: specified new content", "NotModified"),
            (400, "Bad Request: message to delete not found", "NotFound"),
            (400, "Bad Request: message to edit not found", "NotFound"),
            (400, "Bad Request: message can't be deleted for everyone", "NotFound"),
            (400, "Bad Request: message can't be edited", "NotFound"),
            (400, "Bad Request: MESSAGE_ID_INVALID", "NotFound"),
            (400, "Bad Request: message thread not found", "NotFound"),
            (400, "Bad Request: query is too old and response timeout expired", "NotFound"),
            (409, "Conflict: terminated by other getUpdates request", "Conflict"),
            (409, "Conflict: can't use getUpdates method while webhook is active", "Conflict"),
            (401, "Unauthorized", "Unauthorized"),
            (404, "Not Found", "Unauthorized"),
            (404, "Not Found: method not found", "Rejected"),
            (429, "Too Many Requests", "RetryAfter"),
            (400, "Bad Request: can't parse entities", "Rejected"),
            (400, "Bad Request: method is available only for supergroups", "Rejected"),
            (413, "Request Entity Too Large", "Rejected"),
            (500, "Internal Server Error", "Transient"),
            (502, "Bad Gateway", "Transient"),
        ];
        for (code, description, kind) in table {
            assert_eq!(sorted(code, description), kind, "{code} {description}");
        }
    }

    #[test]
    fn every_known_description_is_in_lower_case_and_reached() {
        for (at, (part, _)) in MEANINGS.iter().enumerate() {
            assert_eq!(*part, part.to_ascii_lowercase());
            let hidden = MEANINGS[..at].iter().any(|(earlier, _)| part.contains(earlier));
            assert!(!hidden, "{part} is never reached");
        }
    }

    #[test]
    fn parameters_come_before_words() {
        let refusal = |retry_after, migrated_to| Refusal {
            code: 400,
            description: "Bad Request: chat not found".to_owned(),
            retry_after,
            migrated_to,
        };
        let wait = Duration::from_secs(10_072);
        let error = sort(refusal(Some(wait), None));
        assert!(matches!(error, TelegramError::RetryAfter(told) if told == wait));
        let chat = ChatId::new(-1_001);
        let error = sort(refusal(None, Some(chat)));
        assert!(matches!(error, TelegramError::Migrated(to) if to == chat));
    }
}
