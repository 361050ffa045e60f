//! Where the bot's token comes from.
//!
//! The first of these that has one: the environment, the file that `telegram.token_file` names,
//! the systemd credential, `telegram.token` in the configuration file.

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use secrecy::{ExposeSecret, SecretString};

use super::{
    draft::Draft,
    environment::Environment,
    problem::{Origin, Problem},
};

const TOKEN: &str = "telegram.token";
const TOKEN_FILE: &str = "telegram.token_file";

/// The name of the systemd credential that holds the token.
const CREDENTIAL: &str = "telegram-token";

/// The longest file a token is read from, in bytes: far more than a token, far less than memory.
const FILE_MAX: u64 = 4096;

/// Gives the draft its token, or a problem.
pub(super) fn resolve(draft: &mut Draft, environment: &Environment) {
    if matches!(draft.origin(TOKEN), Some(Origin::Variable(_))) {
        return;
    }
    if let Some(path) = draft.config.telegram.token_file.clone() {
        let origin = draft.origin(TOKEN_FILE).cloned();
        match read(&path) {
            Ok(Secret { text: Some(token), is_public }) => {
                if is_public {
                    draft.warn(origin, public(&path));
                }
                draft.take_token(token, Origin::Whole(path));
            }
            Ok(Secret { text: None, .. }) => {
                draft.refuse(origin, format!("the token file {} is empty", path.display()));
            }
            Err(error) => draft.refuse(origin, unreadable(&path, &error)),
        }
        return;
    }
    if let Some(path) = environment.credential(CREDENTIAL) {
        match read(&path) {
            Ok(Secret { text: Some(token), .. }) => {
                return draft.take_token(token, Origin::Whole(path));
            }
            Ok(Secret { text: None, .. }) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return draft.refuse(None, unreadable(&path, &error)),
        }
    }
    let has_none = draft.config.telegram.token.expose_secret().is_empty();
    if has_none && draft.is_sure_of(&[TOKEN, TOKEN_FILE]) {
        draft.problems.push(missing());
    }
}

/// A file that holds nothing but a secret.
struct Secret {
    /// None if there is nothing but white space.
    text: Option<SecretString>,
    /// Whether anybody but the owner may read it.
    is_public: bool,
}

fn read(path: &Path) -> io::Result<Secret> {
    let file = File::open(path)?;
    let mode = file.metadata()?.permissions().mode();
    let mut text = String::new();
    file.take(FILE_MAX).read_to_string(&mut text)?;
    let text = Some(text.trim()).filter(|it| !it.is_empty()).map(SecretString::from);
    Ok(Secret { text, is_public: mode & 0o077 != 0 })
}

fn public(path: &Path) -> String {
    let path = path.display();
    format!("the token file {path} can be read by other users: chmod 600 {path}")
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    let path = path.display();
    format!(
        "cannot read the token from {path}: {error}; the user gatehouse runs as must be able to"
    )
}

fn missing() -> Problem {
    Problem::new(
        None,
        "there is no bot token. Get one from @BotFather (https://t.me/BotFather, /newbot) and put \
         it into one of these:
    the environment variable GATEHOUSE_TELEGRAM_TOKEN
    a file of its own (chmod 600) that telegram.token_file names
    the systemd credential telegram-token, which the service loads from
      /etc/gatehouse/telegram-token; to use the same file from a shell:
      CREDENTIALS_DIRECTORY=/etc/gatehouse gatehouse …
    telegram.token in the configuration file (chmod 600)",
    )
}
