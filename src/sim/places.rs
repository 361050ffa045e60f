//! Making the world: people, groups, channels, and who is what in them to begin with.

use serde_json::json;

use super::{
    Sim,
    chat::{Chat, Kind},
    messages::Message,
    permissions::Permissions,
    rights::MemberStatus,
    world::{User, World},
};
use crate::ids::{ChatId, ThreadId, UserId};

/// First names, last names and languages of [`Sim::add_people`]; taken in turn they give more than
/// ten thousand different people.
const FIRST_NAMES: [&str; 23] = [
    "Ada", "Björn", "Chiara", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Igor", "Jamila", "Kofi",
    "Lucía", "Mehmet", "Nadia", "Oksana", "Pedro", "Qing", "Rosa", "Sanjay", "Tomasz", "Uma",
    "Viktor", "Yuki",
];
const LAST_NAMES: [&str; 29] = [
    "Almeida",
    "Bauer",
    "Costa",
    "Demir",
    "Eriksen",
    "Farah",
    "García",
    "Haddad",
    "Ivanova",
    "Jensen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quispe",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Varga",
    "Weber",
    "Xu",
    "Yılmaz",
    "Zhou",
    "O'Neill",
    "de la Cruz",
    "Öztürk",
];
const LANGUAGES: [&str; 17] = [
    "en", "de", "pt-br", "tr", "ru", "es", "fa", "ar", "it", "fr", "uk", "id", "pl", "ja", "hi",
    "zh-hans", "en-gb",
];

/// Channels are numbered from -100 and twelve more digits down, supergroups as well; basic groups
/// have shorter ids.
const FIRST_CHANNEL: i64 = -1_002_000_000_000;
const FIRST_GROUP: i64 = -4_000_000_000;
const FIRST_USER: i64 = 5_100_000_000;

impl Sim {
    /// A person whose app speaks English. What follows the first space of the name is the last
    /// name.
    #[must_use]
    pub fn add_user(&self, name: &str) -> UserId {
        self.add_user_speaking(name, Some("en"))
    }

    /// A person whose app speaks `language` (an IETF tag), or does not say.
    #[must_use]
    pub fn add_user_speaking(&self, name: &str, language: Option<&str>) -> UserId {
        self.change(|world| world.add_user(name, language, false))
    }

    /// Another bot.
    #[must_use]
    pub fn add_bot(&self, name: &str) -> UserId {
        self.change(|world| world.add_user(name, None, true))
    }

    /// So many people with names from all over the world.
    #[must_use]
    pub fn add_people(&self, count: usize) -> Vec<UserId> {
        let names = FIRST_NAMES.iter().cycle().zip(LAST_NAMES.iter().cycle());
        let people = names.zip(LANGUAGES.iter().cycle());
        self.change(|world| {
            let people = people.skip(world.users.len()).take(count);
            let add = |((first, last), language): ((&&str, &&str), &&str)| {
                world.add_user(&format!("{first} {last}"), Some(language), false)
            };
            people.map(add).collect()
        })
    }

    /// A supergroup; nobody is in it yet.
    #[must_use]
    pub fn add_supergroup(&self, title: &str) -> ChatId {
        self.change(|world| world.add_chat(Kind::Supergroup, title))
    }

    /// A supergroup with topics.
    #[must_use]
    pub fn add_forum(&self, title: &str) -> ChatId {
        self.change(|world| {
            let id = world.add_chat(Kind::Supergroup, title);
            world.chats.entry(id).and_modify(|chat| chat.is_forum = true);
            id
        })
    }

    /// A topic of a forum, with its service message.
    pub fn add_topic(&self, chat: ChatId, by: UserId, name: &str) -> Option<ThreadId> {
        self.change(|world| {
            let created = json!({"name": name, "icon_color": 7_322_096});
            let message = Message::service(by, "forum_topic_created", created);
            let place = world.chats.get(&chat).filter(|chat| chat.is_forum)?.id;
            let thread = ThreadId::new(world.post(place, message)?.get());
            let place = world.chats.get_mut(&chat)?;
            place.topics.insert(thread, name.to_owned());
            Some(thread)
        })
    }

    /// A basic group.
    #[must_use]
    pub fn add_group(&self, title: &str) -> ChatId {
        self.change(|world| world.add_chat(Kind::Group, title))
    }

    /// A channel, public if it has a username.
    #[must_use]
    pub fn add_channel(&self, title: &str, username: Option<&str>) -> ChatId {
        self.change(|world| {
            let id = world.add_chat(Kind::Channel, title);
            if let Some(username) = username {
                world.name(id, username);
            }
            id
        })
    }

    /// Gives a channel or supergroup a username, without `@`.
    pub fn set_username(&self, chat: ChatId, username: &str) {
        self.change(|world| world.name(chat, username));
    }

    /// Makes a supergroup the discussion group of a channel; people outside may then comment.
    pub fn link_channel(&self, chat: ChatId, channel: ChatId) {
        self.change(|world| {
            world.chats.entry(chat).and_modify(|chat| chat.linked = Some(channel));
            world.chats.entry(channel).and_modify(|channel| channel.linked = Some(chat));
        });
    }

    /// What everybody may do in a group who is not restricted.
    pub fn set_permissions(&self, chat: ChatId, permissions: Permissions) {
        self.change(|world| {
            world.chats.entry(chat).and_modify(|chat| chat.permissions = permissions);
        });
    }

    /// Whether joining and leaving is announced by service messages; Telegram leaves them out in
    /// very large groups.
    pub fn set_announces(&self, chat: ChatId, announces: bool) {
        self.change(|world| {
            world.chats.entry(chat).and_modify(|chat| chat.announces = announces);
        });
    }

    /// Deletes a chat; whatever the bot asks about it is then refused with 403.
    pub fn delete_chat(&self, chat: ChatId) {
        self.change(|world| {
            world.chats.entry(chat).and_modify(|chat| chat.is_deleted = true);
        });
    }

    /// Puts people into a chat as it was before anybody looked: no update, no service message.
    pub fn place(&self, chat: ChatId, users: &[UserId], status: MemberStatus) {
        self.change(|world| {
            let Some(chat) = world.chats.get_mut(&chat) else { return };
            for user in users {
                chat.set(*user, status);
            }
        });
    }
}

impl World {
    fn add_user(&mut self, name: &str, language: Option<&str>, is_bot: bool) -> UserId {
        let serial = self.next_serial();
        let id = UserId::new(FIRST_USER + serial);
        let (first, last) = name.split_once(' ').unwrap_or((name, ""));
        let plain: String =
            name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
        let suffix = if is_bot { "_bot" } else { "" };
        let user = User {
            is_bot,
            first_name: first.to_owned(),
            last_name: Some(last.to_owned()).filter(|last| !last.is_empty()),
            username: Some(format!("{plain}_{serial}{suffix}")),
            language: language.map(str::to_owned),
            ..User::default()
        };
        self.users.insert(id, user);
        id
    }

    pub(super) fn add_chat(&mut self, kind: Kind, title: &str) -> ChatId {
        let first = if kind == Kind::Group { FIRST_GROUP } else { FIRST_CHANNEL };
        let id = ChatId::new(first - self.next_serial());
        self.chats.insert(id, Chat::new(id, kind, title));
        id
    }

    fn name(&mut self, chat: ChatId, username: &str) {
        if let Some(place) = self.chats.get_mut(&chat) {
            place.username = Some(username.to_owned());
            self.usernames.insert(username.to_ascii_lowercase(), chat);
        }
    }
}
