//! How answers to commands are said: in whose language, where, and for how long.

use std::time::Duration;

use crate::{
    core::Core,
    gate::action::{Action, Command},
    store::change::Change,
    texts::{Fill, Key, Pack},
};

/// How long commands and their answers stay in a group.
const CLEANUP_SECONDS: u32 = 60;

/// Says things in answer to one command.
pub(super) struct Say<'a> {
    core: &'a Core,
    command: &'a Command,
}

impl<'a> Say<'a> {
    pub(super) fn new(core: &'a Core, command: &'a Command) -> Self {
        Self { core, command }
    }

    /// The group's language, else the asker's.
    pub(super) fn pack(&self) -> &'a Pack {
        let group = self.core.directory.get(self.command.chat);
        let own = self.command.by.as_ref().and_then(|person| person.language.as_deref());
        let language = group.as_ref().and_then(|p| p.policy.language.as_deref()).or(own);
        self.core.texts.pack(language)
    }

    /// An answer in the group, cleaned up after a minute.
    pub(super) fn group(&self, key: Key, fills: &[(&str, Fill<'_>)]) -> Change {
        self.html(self.pack().html(key, fills), Vec::new(), CLEANUP_SECONDS)
    }

    /// An answer in the group with a button that opens a URL.
    pub(super) fn group_with_button(&self, key: Key, label: Key, url: String) -> Change {
        let button = (self.pack().plain(label, &[]), url);
        self.html(self.pack().html(key, &[]), vec![button], CLEANUP_SECONDS)
    }

    /// An answer in a private chat, which stays.
    pub(super) fn private(&self, key: Key, fills: &[(&str, Fill<'_>)]) -> Change {
        self.html(self.pack().html(key, fills), Vec::new(), 0)
    }

    /// What this bot is and how to set it up, with buttons that do the first steps. Deep links as
    /// in Telegram's "Deep links" page: `startgroup` and `startchannel` ask for the rights.
    pub(super) fn help(&self) -> Change {
        let pack = self.pack();
        let bot = format!("https://t.me/{}", self.core.bot.username);
        let group = format!("{bot}?startgroup=true&admin=restrict_members+delete_messages");
        let channel = format!("{bot}?startchannel=true&admin=invite_users");
        let buttons = vec![
            (pack.plain(Key::ButtonAddToGroup, &[]), group),
            (pack.plain(Key::ButtonAddToChannel, &[]), channel),
        ];
        self.html(pack.html(Key::HelpPrivate, &[]), buttons, 0)
    }

    /// The command itself goes when its answer goes.
    pub(super) fn cleanup_command(&self) -> Change {
        let Command { chat, message, .. } = *self.command;
        let due = self.core.clock.now().after(Duration::from_secs(CLEANUP_SECONDS.into()));
        Change::Enqueue { action: Action::Cleanup { chat, message }, due }
    }

    fn html(&self, text: String, buttons: Vec<(String, String)>, cleanup_seconds: u32) -> Change {
        let Command { chat, thread, .. } = *self.command;
        let action = Action::Say { chat, thread, text, buttons, cleanup_seconds };
        Change::Enqueue { action, due: self.core.clock.now() }
    }
}
