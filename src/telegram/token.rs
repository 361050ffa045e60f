//! The bot's token: a secret that shows itself to the HTTP client only.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::ids::UserId;

/// A bot's token, `<bot id>:<secret>`. Debug prints `***`, and there is no Display.
#[derive(Clone)]
pub struct Token {
    bot: UserId,
    secret: SecretString,
}

/// What was given is not a token. Never shows what was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a bot token: expected digits, a colon and about 35 letters, digits, '_' or '-', \
     as @BotFather gives it when asked with /token"
)]
pub struct TokenError;

/// How long the part after the colon may be. Telegram documents no length; 35 is what it has
/// always given out, and the margin leaves room for other lengths to come.
const SECRET_LENGTH: std::ops::RangeInclusive<usize> = 30..=64;

impl Token {
    /// Reads a token; white space around it is no part of it.
    ///
    /// # Errors
    ///
    /// [`TokenError`] if it has not the shape of a token.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        let (id, secret) = text.split_once(':').ok_or(TokenError)?;
        let is_secret = SECRET_LENGTH.contains(&secret.len())
            && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
        match id.parse() {
            Ok(bot) if is_id && is_secret => {
                Ok(Self { bot: UserId::new(bot), secret: SecretString::from(text) })
            }
            _ => Err(TokenError),
        }
    }

    /// The bot's own id, which is the part before the colon.
    #[must_use]
    pub fn bot_id(&self) -> UserId {
        self.bot
    }

    /// The token itself, for the URL of a call.
    pub(super) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc";

    #[test]
    fn a_token_has_the_shape_botfather_gives_it() {
        let table = [
            ("as given", GOOD, true),
            ("with a line end", "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc\n", true),
            ("empty", "", false),
            ("no colon", "123456789", false),
            ("no id", ":AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc", false),
            ("a sign in the id", "+12345678:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc", false),
            (
                "an id of no number",
                "99999999999999999999:AAEhBOweik6ad9r_QXMENQjcrGbqCr4Kbc",
                false,
            ),
            ("a short secret", "123456789:AAEh", false),
            ("a path in the secret", "123456789:AAEhBOweik6ad9r/QXMENQjcrGbqCr4K-bc", false),
            ("with the word bot", "bot123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc", false),
        ];
        for (case, text, is_token) in table {
            assert_eq!(Token::parse(text).is_ok(), is_token, "{case}");
        }
    }

    #[test]
    fn a_token_knows_its_bot_and_hides_the_rest() {
        let token = Token::parse(GOOD).unwrap();
        assert_eq!(token.bot_id(), UserId::new(123_456_789));
        assert_eq!(format!("{token:?}"), "***");
        assert_eq!(token.expose(), GOOD);
    }

    #[test]
    fn a_refused_token_says_where_to_get_one_and_not_what_was_given() {
        let error = Token::parse("123456789:oops").unwrap_err();
        assert!(error.to_string().contains("@BotFather"));
        assert!(!format!("{error} {error:?}").contains("oops"));
    }
}
