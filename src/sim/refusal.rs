//! How the Bot API says no: code, words and parameters.
//!
//! Which request deserves which refusal is decided in `methods`, `limits` and `faults`.

use serde_json::{Value, json};

use crate::ids::ChatId;

/// What a method answers: the result, or a refusal.
pub(super) type Reply = Result<Value, Refusal>;

/// An answer with `"ok": false`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The `error_code`, which is the HTTP status as well.
    pub(super) code: u16,
    /// The `description`.
    pub(super) description: String,
    /// The `parameters`, or null.
    parameters: Value,
}

impl Refusal {
    pub(super) fn new(code: u16, description: impl Into<String>) -> Self {
        Self { code, description: description.into(), parameters: Value::Null }
    }

    pub(super) fn bad(reason: impl AsRef<str>) -> Self {
        Self::new(400, format!("Bad Request: {}", reason.as_ref()))
    }

    pub(super) fn forbidden(reason: impl AsRef<str>) -> Self {
        Self::new(403, format!("Forbidden: {}", reason.as_ref()))
    }

    pub(super) fn conflict(reason: &str) -> Self {
        Self::new(409, format!("Conflict: {reason}"))
    }

    pub(super) fn retry_after(seconds: u64) -> Self {
        let mut refusal = Self::new(429, format!("Too Many Requests: retry after {seconds}"));
        refusal.parameters = json!({ "retry_after": seconds });
        refusal
    }

    pub(super) fn migrated(to: ChatId) -> Self {
        let mut refusal = Self::bad("group chat was upgraded to a supergroup chat");
        refusal.parameters = json!({ "migrate_to_chat_id": to.get() });
        refusal
    }

    pub(super) fn body(&self) -> String {
        let mut body =
            json!({"ok": false, "error_code": self.code, "description": self.description});
        if let (Some(object), false) = (body.as_object_mut(), self.parameters.is_null()) {
            object.insert("parameters".to_owned(), self.parameters.clone());
        }
        body.to_string()
    }
}
