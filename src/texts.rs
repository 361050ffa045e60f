//! Everything people read in Telegram: language packs, and filling them in.
//!
//! A pack is a file of `lang/`, embedded at build time. Which text is said, and when, is decided
//! elsewhere; what a placeholder means stands next to its key in the file.

use std::{borrow::Cow, collections::HashMap};

use crate::telegram::encode::escape;

/// Every text there is, in every language.
pub struct Texts {
    packs: HashMap<&'static str, Pack>,
    fallback: Pack,
}

/// The texts of one language.
#[derive(Clone, Debug)]
pub struct Pack(HashMap<Key, String>);

/// What a placeholder is filled with.
#[derive(Clone, Debug)]
pub enum Fill<'a> {
    /// Text as somebody typed it; escaped in texts that are HTML.
    Text(Cow<'a, str>),
    /// HTML of our own making.
    Html(String),
}

impl<'a> From<&'a str> for Fill<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<u64> for Fill<'_> {
    fn from(number: u64) -> Self {
        Self::Text(Cow::Owned(number.to_string()))
    }
}

macro_rules! keys {
    ($($key:ident = $name:literal,)*) => {
        /// The key of a text, as in the files of `lang/`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is documented by its English text")]
        pub enum Key { $($key,)* }

        impl Key {
            /// Every key.
            pub const ALL: &[Self] = &[$(Self::$key,)*];

            /// The key as it is written in the files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$key => $name,)* }
            }
        }
    };
}

keys! {
    Prompt = "prompt_html",
    PromptAndMore = "prompt_and_more_html",
    PromptButton = "prompt_button",
    Welcome = "answer_welcome",
    TooEarly = "answer_too_early",
    NothingToDo = "answer_nothing_to_do",
    Wait = "answer_wait",
    NotSure = "answer_not_sure",
    HelpPrivate = "help_private_html",
    HelpGroup = "help_group_html",
    ButtonAddToGroup = "button_add_to_group",
    ButtonAddToChannel = "button_add_to_channel",
    ButtonOpenSettings = "button_open_settings",
    OnlyAdmins = "only_admins_html",
    NotProtected = "not_protected_html",
    TelegramAway = "telegram_away_html",
    Anonymous = "anonymous_html",
    PrivateOnly = "private_only_html",
    ProtectUsage = "protect_usage_html",
    ProtectNotSupergroup = "protect_not_supergroup_html",
    ProtectBotLacks = "protect_bot_lacks_html",
    ProtectNoSuchChannel = "protect_no_such_channel_html",
    ProtectNotAChannel = "protect_not_a_channel_html",
    ProtectBotNotInChannel = "protect_bot_not_in_channel_html",
    ProtectNotYours = "protect_not_yours_html",
    ProtectNoLink = "protect_no_link_html",
    ProtectTooMany = "protect_too_many_html",
    ProtectDone = "protect_done_html",
    UnprotectDone = "unprotect_done_html",
    UnprotectChannelDone = "unprotect_channel_done_html",
    UnprotectNotLinked = "unprotect_not_linked_html",
    Status = "status_html",
    StateOn = "state_on",
    StateOff = "state_off",
    StatePaused = "state_paused_html",
    HealthGood = "health_good",
    HealthQueue = "health_queue",
    SettingsGroup = "settings_group_html",
    SettingsNotYours = "settings_not_yours_html",
    Settings = "settings_html",
    ModeHold = "mode_hold",
    ModeSoft = "mode_soft",
    ModeObserve = "mode_observe",
    UnknownAdmit = "unknown_admit",
    UnknownHold = "unknown_hold",
    SendersAllow = "senders_allow",
    SendersDelete = "senders_delete",
    SendersBan = "senders_ban",
    LanguageOwn = "language_own",
    RightRestrict = "right_can_restrict_members",
    RightDelete = "right_can_delete_messages",
    NoticeGroupLacks = "notice_group_lacks_html",
    NoticeGroupRegained = "notice_group_regained_html",
    NoticeChannelLost = "notice_channel_lost_html",
}

/// The packs, by the first part of their IETF language tag. English must have every key; a key
/// that another language lacks is said in English.
const PACKS: [(&str, &str); 1] = [("en", include_str!("../lang/en.toml"))];

impl Texts {
    /// The packs that are built in.
    #[must_use]
    pub fn embedded() -> Self {
        let packs: HashMap<_, _> =
            PACKS.into_iter().map(|(tag, file)| (tag, Pack::parse(file))).collect();
        let fallback = packs.get("en").cloned().unwrap_or(Pack(HashMap::new()));
        Self { packs, fallback }
    }

    /// The pack for a language tag like `pt-BR`; English if there is none.
    #[must_use]
    pub fn pack(&self, language: Option<&str>) -> &Pack {
        let tag = language.and_then(|tag| tag.split(['-', '_']).next()).unwrap_or("en");
        self.packs.get(tag.to_ascii_lowercase().as_str()).unwrap_or(&self.fallback)
    }
}

impl Pack {
    /// A file that does not parse gives an empty pack; a test parses every embedded file.
    fn parse(file: &str) -> Self {
        let texts: HashMap<String, String> = toml::from_str(file).unwrap_or_default();
        let known = Key::ALL
            .iter()
            .filter_map(|key| texts.get(key.name()).map(|text| (*key, text.trim().to_owned())));
        Self(known.collect())
    }

    /// The text with its placeholders filled in, for `parse_mode` HTML.
    #[must_use]
    pub fn html(&self, key: Key, fills: &[(&str, Fill<'_>)]) -> String {
        self.fill(key, fills, |fill| match fill {
            Fill::Text(text) => escape(text),
            Fill::Html(html) => Cow::Borrowed(html),
        })
    }

    /// The text with its placeholders filled in, for buttons and answers, which know no markup.
    #[must_use]
    pub fn plain(&self, key: Key, fills: &[(&str, Fill<'_>)]) -> String {
        self.fill(key, fills, |fill| match fill {
            Fill::Text(text) => Cow::Borrowed(text),
            Fill::Html(html) => Cow::Borrowed(html),
        })
    }

    /// Fills from left to right, so that a value that looks like a placeholder stays a value.
    fn fill<'f>(
        &self,
        key: Key,
        fills: &'f [(&str, Fill<'_>)],
        value: impl Fn(&'f Fill<'_>) -> Cow<'f, str>,
    ) -> String {
        let mut rest = self.0.get(&key).map_or(key.name(), String::as_str);
        let mut filled = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, after)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            if let Some((_, fill)) = fills.iter().find(|(placeholder, _)| *placeholder == name) {
                filled.push_str(&value(fill));
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(p, _)| p).collect()
    }

    #[test]
    fn every_pack_has_every_key_and_the_same_placeholders_and_nothing_else() {
        let english: HashMap<String, String> = toml::from_str(PACKS[0].1).unwrap();
        for (tag, file) in PACKS {
            let texts: HashMap<String, String> = toml::from_str(file).unwrap();
            let known: BTreeSet<_> = Key::ALL.iter().map(|key| key.name()).collect();
            assert_eq!(texts.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "{tag}");
            for (key, text) in &texts {
                assert_eq!(placeholders(text), placeholders(&english[key]), "{tag}: {key}");
            }
        }
    }

    #[test]
    fn typed_text_is_escaped_in_html_and_cannot_fill_anything_else() {
        let texts = Texts::embedded();
        let pack = texts.pack(Some("en-GB"));
        let fills = [("names", "<b>{channels}".into()), ("count", 3.into())];
        assert_eq!(pack.html(Key::PromptAndMore, &fills), "&lt;b&gt;{channels} and 3 more");
        assert_eq!(pack.plain(Key::Wait, &[("seconds", 3.into())]).matches('3').count(), 1);
    }

    #[test]
    fn an_unknown_language_is_answered_in_english() {
        let texts = Texts::embedded();
        let english = texts.pack(Some("en")).plain(Key::Welcome, &[]);
        assert_eq!(texts.pack(Some("tlh")).plain(Key::Welcome, &[]), english);
        assert_eq!(texts.pack(None).plain(Key::Welcome, &[]), english);
    }
}
