//! The envelope around every answer of the Bot API: `ok`, then a result or a refusal.

use std::time::Duration;

use serde::Deserialize;

use super::{
    error::{TelegramError, Transient},
    refusal::{Refusal, sort},
    text::Text,
};
use crate::ids::ChatId;

/// An answer as it came over the wire.
pub(super) struct Reply {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body, complete.
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// Reads the result, which may borrow from the body.
    ///
    /// # Errors
    ///
    /// The sorted refusal; [`Transient::Garbage`] if the body is no answer, or not to this call.
    pub(super) fn result<'a, T: Deserialize<'a>>(&'a self) -> Result<T, TelegramError> {
        let garbage = || Transient::Garbage { status: self.status };
        // The parser's own error may quote what people wrote, so it goes no further.
        let answer: Answer<'a, T> = serde_json::from_slice(&self.body).ok().ok_or_else(garbage)?;
        match answer {
            Answer { ok: true, result: Some(result), .. } => Ok(result),
            Answer { ok: true, result: None, .. } => Err(garbage().into()),
            refused => Err(sort(refused.refusal(self.status))),
        }
    }

    /// Whether the body begins as a granted answer does, without reading any further.
    pub(super) fn looks_granted(&self) -> bool {
        self.status == 200 && self.body.starts_with(br#"{"ok":true,"#)
    }
}

#[derive(Deserialize)]
struct Answer<'a, T> {
    ok: bool,
    result: Option<T>,
    error_code: Option<i64>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<ChatId>,
}

impl<T> Answer<'_, T> {
    fn refusal(self, status: u16) -> Refusal {
        Refusal {
            code: self.error_code.unwrap_or_else(|| status.into()),
            description: self.description.unwrap_or_default().0.into_owned(),
            retry_after: self.parameters.retry_after.map(Duration::from_secs),
            migrated_to: self.parameters.migrate_to_chat_id,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<u64, TelegramError> {
        Reply { status, body: body.as_bytes().to_vec() }.result()
    }

    #[test]
    fn a_granted_answer_yields_its_result() {
        assert_eq!(read(200, r#"{"ok":true,"result":7,"description":"fine"}"#).unwrap(), 7);
    }

    #[test]
    fn a_refusal_is_read_with_its_parameters() {
        let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 9",
            "parameters":{"retry_after":9}}"#;
        assert!(matches!(
            read(429, body),
            Err(TelegramError::RetryAfter(wait)) if wait == Duration::from_secs(9)
        ));
        let body = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was
            upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#
            .replace("\n            ", " ");
        assert!(matches!(
            read(400, &body),
            Err(TelegramError::Migrated(chat)) if chat == ChatId::new(-1_001_234_567_890)
        ));
    }

    #[test]
    fn a_refusal_without_a_code_goes_by_the_http_status() {
        let refused = read(403, r#"{"ok":false,"description":"Forbidden: bot was kicked"}"#);
        assert!(matches!(refused, Err(TelegramError::Gone { .. })));
    }

    #[test]
    fn what_is_no_answer_is_worth_another_try() {
        let table = [
            (200, ""),
            (200, "<html>502</html>"),
            (200, r#"{"ok":true}"#),
            (200, r#"{"ok":true,"result":"seven"}"#),
            (200, r#"{"ok":true,"result":7"#),
            (401, "Unauthorized"),
            (302, "[]"),
            (500, r#"{"ok":false,"error_code":500,"description":"Internal Server Error"}"#),
        ];
        for (status, body) in table {
            let read = read(status, body);
            assert!(matches!(read, Err(TelegramError::Transient(_))), "{status} {body}: {read:?}");
        }
    }
}
