//! The parameters of a request, from whichever place the Bot API accepts them.
//!
//! JSON bodies, urlencoded bodies and query strings become one object; values may be given as
//! themselves or as text, as Telegram allows. What a parameter must be is the methods' business.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// The parameters of one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Params(Map<String, Value>);

impl Params {
    /// Reads the query string and the body; a body of another type than the two is not read, as
    /// if it had not been sent.
    pub(super) fn read(
        query: Option<&str>,
        content_type: &str,
        body: &[u8],
    ) -> Result<Self, Refusal> {
        let mut all = Map::new();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            all.insert(name.into_owned(), Value::String(value.into_owned()));
        }
        if content_type.starts_with("application/json") {
            if !body.is_empty() {
                let given: Value = serde_json::from_slice(body)
                    .ok()
                    .filter(Value::is_object)
                    .ok_or_else(|| Refusal::bad("can't parse JSON object"))?;
                all.extend(given.as_object().cloned().unwrap_or_default());
            }
        } else if content_type.starts_with("application/x-www-form-urlencoded") {
            for (name, value) in url::form_urlencoded::parse(body) {
                all.insert(name.into_owned(), Value::String(value.into_owned()));
            }
        }
        all.retain(|_, value| !value.is_null());
        Ok(Self(all))
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        let value = self.0.get(name)?;
        value
            .as_str()
            .map(str::to_owned)
            .or_else(|| value.as_i64().map(|number| number.to_string()))
    }

    pub(super) fn int(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| {
            value.as_bool().unwrap_or_else(|| {
                value.as_str().is_some_and(|text| matches!(text, "true" | "True" | "1" | "yes"))
            })
        })
    }

    /// A structured parameter, given as JSON or as text that holds JSON.
    pub(super) fn json(&self, name: &str) -> Result<Option<Value>, Refusal> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let Some(text) = value.as_str() else { return Ok(Some(value.clone())) };
        if text.is_empty() {
            return Ok(None);
        }
        serde_json::from_str(text)
            .ok()
            .map(Some)
            .ok_or_else(|| Refusal::bad(format!("can't parse {name} JSON object")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_mean_the_same_in_every_place() {
        let json = Params::read(None, "application/json", br#"{"chat_id":-5,"flag":true,"l":[1]}"#);
        let form = Params::read(
            None,
            "application/x-www-form-urlencoded",
            b"chat_id=-5&flag=true&l=%5B1%5D",
        );
        let query = Params::read(Some("chat_id=-5&flag=true&l=[1]"), "", b"");
        for params in [json, form, query] {
            let params = params.unwrap();
            assert_eq!(params.int("chat_id"), Some(-5));
            assert_eq!(params.text("chat_id").as_deref(), Some("-5"));
            assert!(params.flag("flag"));
            assert_eq!(params.json("l").unwrap(), Some(serde_json::json!([1])));
        }
    }

    #[test]
    fn null_counts_as_absent_and_broken_json_is_refused() {
        let params = Params::read(None, "application/json", br#"{"a":null,"b":"{"}"#).unwrap();
        assert!(!params.has("a"));
        assert_eq!(params.json("b").unwrap_err().code, 400);
        assert_eq!(Params::read(None, "application/json", b"[1]").unwrap_err().code, 400);
    }
}
