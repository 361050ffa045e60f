//! Owners' commands: who may give them, what they change, what is answered.
//!
//! A command is a row of the outbox like everything else; running one twice, as after a crash,
//! changes nothing more than running it once.

pub mod notices;
mod protect;
mod say;
mod status;
mod unprotect;

use say::Say;

use crate::{
    core::Core,
    delivery::calls::Calls,
    gate::{action::Command, event::Status},
    ids::{ChatId, UserId},
    limits::Class,
    store::change::Change,
    telegram::TelegramError,
    texts::Key,
};

/// The commands there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Start,
    Help,
    Protect,
    Unprotect,
    Status,
    Settings,
}

/// The commands as Telegram's menu shows them to administrators: name and what it does.
pub const MENU: [(&str, &str); 5] = [
    ("protect", "Require a channel: /protect @channel"),
    ("unprotect", "End it and let everybody in"),
    ("status", "How things stand"),
    ("settings", "How I behave here"),
    ("help", "How to set me up"),
];

/// Whether a text is one of our commands, and not addressed to another bot.
#[must_use]
pub fn is_ours(text: &str, username: &str) -> bool {
    parse(text, username).is_some()
}

/// The command and its arguments.
fn parse<'a>(text: &'a str, username: &str) -> Option<(Name, Vec<&'a str>)> {
    let mut words = text.split_whitespace();
    let word = words.next()?.strip_prefix('/')?;
    let name = match word.split_once('@') {
        Some((name, bot)) if bot.eq_ignore_ascii_case(username) => name,
        Some(_) => return None,
        None => word,
    };
    let name = match name.to_ascii_lowercase().as_str() {
        "start" => Name::Start,
        "help" => Name::Help,
        "protect" => Name::Protect,
        "unprotect" => Name::Unprotect,
        "status" => Name::Status,
        "settings" => Name::Settings,
        _ => return None,
    };
    Some((name, words.collect()))
}

/// What every command works with.
struct Desk<'a> {
    core: &'a Core,
    calls: &'a Calls,
    command: &'a Command,
    say: Say<'a>,
}

/// Runs a command. Everything it changes durably, and what it answers, is returned to be committed
/// together with the command's own row; what is in memory has been changed already.
///
/// # Errors
///
/// `RetryAfter` and `Transient` if Telegram could not be asked and the command should be run again.
pub async fn run(
    core: &Core,
    calls: &Calls,
    command: &Command,
) -> Result<Vec<Change>, TelegramError> {
    let Some((name, arguments)) = parse(&command.text, &core.bot.username) else {
        return Ok(Vec::new());
    };
    let desk = Desk { core, calls, command, say: Say::new(core, command) };
    if desk.is_private() {
        return desk.private(name, &arguments).await;
    }
    let is_for_everybody = matches!(name, Name::Start | Name::Help);
    let changes = if is_for_everybody || desk.is_allowed().await? {
        match name {
            Name::Start | Name::Help => vec![desk.say.group(Key::HelpGroup, &[])],
            Name::Protect => desk.protect(&arguments).await?,
            Name::Unprotect => desk.unprotect(&arguments),
            Name::Status => desk.status().await?,
            Name::Settings => desk.settings_link(),
        }
    } else {
        vec![desk.say.group(Key::OnlyAdmins, &[])]
    };
    Ok(changes.into_iter().chain([desk.say.cleanup_command()]).collect())
}

impl Desk<'_> {
    fn is_private(&self) -> bool {
        self.command.chat.get() > 0
    }

    async fn private(&self, name: Name, arguments: &[&str]) -> Result<Vec<Change>, TelegramError> {
        let Some(person) = &self.command.by else { return Ok(Vec::new()) };
        let owner = Change::Owner {
            user: person.id,
            name: person.name.clone(),
            language: person.language.clone(),
            at: self.core.clock.now(),
        };
        let about = arguments.first().and_then(|argument| argument.strip_prefix("settings_"));
        let answer = match (name, about.and_then(|id| id.parse().ok()).map(ChatId::new)) {
            (Name::Start, Some(chat)) => self.settings(chat, person.id).await?,
            (Name::Start | Name::Help, _) => self.say.help(),
            (Name::Protect | Name::Unprotect | Name::Status | Name::Settings, _) => {
                self.say.private(Key::PrivateOnly, &[])
            }
        };
        Ok(vec![owner, answer])
    }

    /// Whether whoever gave the command may: an administrator of this group with the right to
    /// restrict. An anonymous one has shown that by being anonymous.
    async fn is_allowed(&self) -> Result<bool, TelegramError> {
        match &self.command.by {
            None => Ok(true),
            Some(person) => self.may_restrict(self.command.chat, person.id).await,
        }
    }

    async fn may_restrict(&self, chat: ChatId, user: UserId) -> Result<bool, TelegramError> {
        Ok(match self.status_in(chat, user).await? {
            Some(Status::Creator) => true,
            Some(Status::Administrator(rights)) => rights.restrict,
            Some(_) | None => false,
        })
    }

    /// What somebody is in a chat; `None` if Telegram will not say.
    ///
    /// # Errors
    ///
    /// `RetryAfter` and `Transient`: worth another try.
    async fn status_in(&self, chat: ChatId, user: UserId) -> Result<Option<Status>, TelegramError> {
        let call = self.calls.client().get_chat_member(chat, user);
        answered(self.calls.patient(Class::Look, chat, call).await)
    }
}

/// Telegram's answer, or `None` where it refuses for a reason that asking again does not change.
///
/// # Errors
///
/// `RetryAfter` and `Transient`.
fn answered<T>(result: Result<T, TelegramError>) -> Result<Option<T>, TelegramError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error @ (TelegramError::RetryAfter(_) | TelegramError::Transient(_))) => Err(error),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_as_people_type_them() {
        let table = [
            ("/protect @news @shop", Some((Name::Protect, vec!["@news", "@shop"]))),
            ("/PROTECT@GateBot  @news", Some((Name::Protect, vec!["@news"]))),
            ("/unprotect", Some((Name::Unprotect, vec![]))),
            ("/start settings_-1001", Some((Name::Start, vec!["settings_-1001"]))),
            ("/protect@otherbot @news", None),
            ("/protected", None),
            ("protect", None),
            ("/", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text, "gatebot"), expected, "{text}");
        }
    }
}
