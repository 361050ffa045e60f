//! What an owner is told once: a right that is lacking, and that it is back.

use crate::{
    clock::UnixMillis,
    core::Core,
    gate::{
        action::Action,
        event::{Rights, Status},
        policy::Protection,
    },
    ids::{ChatId, UserId},
    store::change::Change,
    telegram::{
        TelegramError,
        encode::{link, name},
    },
    texts::{Fill, Key, Pack},
};

/// How much of a title is shown, in UTF-16 units.
pub(super) const TITLE_UNITS_MAX: usize = 64;

/// The notice to the owner of `group` that a channel's members cannot be seen: every owner who
/// requires the channel is told.
fn channel_kind(group: ChatId) -> String {
    format!("channel_lost:{group}")
}

/// The members of `channel` can be seen again: the owner of `group` may be told anew next time.
#[must_use]
pub fn channel_regained(group: ChatId, channel: ChatId) -> Change {
    Change::NoticeOver { chat: channel, kind: channel_kind(group) }
}

/// The notice that the bot lacks rights in a group.
const GROUP: &str = "group_lacks";

const RESTRICT: &str = "can_restrict_members";
const DELETE: &str = "can_delete_messages";

/// The rights the gate needs in a supergroup and does not have, by their Bot API names.
#[must_use]
pub fn lacking_rights(status: &Status) -> Vec<String> {
    let rights = match status {
        Status::Administrator(rights) => *rights,
        Status::Creator
        | Status::Member
        | Status::Restricted { .. }
        | Status::Left
        | Status::Banned
        | Status::Unknown => Rights::default(),
    };
    [(rights.restrict, RESTRICT), (rights.delete, DELETE)]
        .into_iter()
        .filter(|(has, _)| !has)
        .map(|(_, name)| name.to_owned())
        .collect()
}

/// Rights as people know them from Telegram's own screens.
#[must_use]
pub fn in_words(pack: &Pack, rights: &[String]) -> String {
    let word = |right: &String| match right.as_str() {
        RESTRICT => pack.plain(Key::RightRestrict, &[]),
        DELETE => pack.plain(Key::RightDelete, &[]),
        other => other.to_owned(),
    };
    rights.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Whether a refusal is about the bot in this chat, and not about the person of the call: an account
/// that has been deleted is refused as “gone” too.
#[must_use]
pub fn is_about_the_chat(error: &TelegramError) -> bool {
    const WORDS: [&str; 6] = [
        "bot was kicked",
        "bot is not a member",
        "chat not found",
        "channel_private",
        "chat was de",
        "not enough rights",
    ];
    match error {
        TelegramError::LacksRight { .. } => true,
        TelegramError::Gone { description } => {
            let description = description.to_ascii_lowercase();
            WORDS.iter().any(|word| description.contains(word))
        }
        TelegramError::RetryAfter(_)
        | TelegramError::Migrated(_)
        | TelegramError::NotMember
        | TelegramError::Admin
        | TelegramError::NotModified
        | TelegramError::NotFound { .. }
        | TelegramError::Conflict { .. }
        | TelegramError::Unauthorized
        | TelegramError::Rejected { .. }
        | TelegramError::Transient(_) => false,
    }
}

/// A call was refused because a right is gone, or the bot itself: protection pauses and the owner
/// is told. Any other error changes nothing.
#[must_use]
pub fn refused(core: &Core, chat: ChatId, error: &TelegramError, now: UnixMillis) -> Vec<Change> {
    if !is_about_the_chat(error) {
        return Vec::new();
    }
    let is_paused = core.directory.get(chat).is_none_or(|p| !p.lacking.is_empty());
    if is_paused {
        return Vec::new();
    }
    tracing::warn!(%chat, %error, "telegram refuses the bot");
    set_lacking(core, chat, lacking_rights(&Status::Left), now)
}

/// The rights the bot lacks in a supergroup have changed: protection pauses or goes on, and the owner
/// is told.
#[must_use]
pub fn set_lacking(
    core: &Core,
    chat: ChatId,
    lacking: Vec<String>,
    now: UnixMillis,
) -> Vec<Change> {
    tracing::info!(%chat, ?lacking, "the bot's rights in a protected group have changed");
    let changed = core.directory.update(chat, |p| p.lacking.clone_from(&lacking));
    let Some(protection) = changed else { return Vec::new() };
    let notices = if lacking.is_empty() {
        group_regained(core, &protection, now)
    } else {
        group_lacks(core, &protection, now)
    };
    std::iter::once(Change::Lacking(chat, lacking)).chain(notices).collect()
}

/// Tells the owner that protection is paused, and what is lacking.
fn group_lacks(core: &Core, protection: &Protection, now: UnixMillis) -> Vec<Change> {
    let pack = pack(core, protection);
    let fills = [
        ("group", Fill::Html(name(&protection.title, TITLE_UNITS_MAX))),
        ("rights", Fill::Text(in_words(pack, &protection.lacking).into())),
    ];
    let action = to(protection.owner, pack.html(Key::NoticeGroupLacks, &fills));
    vec![Change::Notice { chat: protection.chat, kind: GROUP.into(), action, at: now }]
}

/// Tells the owner that protection goes on.
fn group_regained(core: &Core, protection: &Protection, now: UnixMillis) -> Vec<Change> {
    let pack = pack(core, protection);
    let fills = [("group", Fill::Html(name(&protection.title, TITLE_UNITS_MAX)))];
    let action = to(protection.owner, pack.html(Key::NoticeGroupRegained, &fills));
    vec![
        Change::NoticeOver { chat: protection.chat, kind: GROUP.into() },
        Change::Enqueue { action, due: now },
    ]
}

/// Tells the owner of `group` that the members of `channel` cannot be seen; none if the group does
/// not require it any more.
#[must_use]
pub fn channel_lost(
    core: &Core,
    group: ChatId,
    channel: ChatId,
    now: UnixMillis,
) -> Option<Change> {
    let protection = core.directory.get(group)?;
    let required = protection.channels.iter().find(|required| required.id == channel)?;
    let pack = pack(core, &protection);
    let fills = [
        ("group", Fill::Html(name(&protection.title, TITLE_UNITS_MAX))),
        ("channel", Fill::Html(link(&required.link, &required.title, TITLE_UNITS_MAX))),
    ];
    let action = to(protection.owner, pack.html(Key::NoticeChannelLost, &fills));
    Some(Change::Notice { chat: channel, kind: channel_kind(group), action, at: now })
}

fn pack<'a>(core: &'a Core, protection: &Protection) -> &'a Pack {
    core.texts.pack(protection.policy.language.as_deref())
}

fn to(owner: UserId, text: String) -> Action {
    Action::Say { chat: owner.into(), thread: None, text, buttons: Vec::new(), cleanup_seconds: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deleted_account_is_no_reason_to_pause_a_group() {
        let gone = |words: &str| TelegramError::Gone { description: words.into() };
        let table = [
            (gone("Forbidden: bot was kicked from the supergroup chat"), true),
            (gone("Forbidden: bot is not a member of the channel chat"), true),
            (gone("Bad Request: chat not found"), true),
            (gone("Forbidden: user is deactivated"), false),
            (gone("Bad Request: PEER_ID_INVALID"), false),
            (TelegramError::NotMember, false),
        ];
        for (error, expected) in table {
            assert_eq!(is_about_the_chat(&error), expected, "{error}");
        }
    }

    #[test]
    fn the_rights_that_are_lacking_are_named() {
        let rights = |restrict, delete| {
            Status::Administrator(Rights { restrict, delete, ..Rights::default() })
        };
        let table = [
            (rights(true, true), vec![]),
            (rights(false, true), vec![RESTRICT]),
            (rights(true, false), vec![DELETE]),
            (Status::Member, vec![RESTRICT, DELETE]),
            (Status::Left, vec![RESTRICT, DELETE]),
        ];
        for (status, expected) in table {
            assert_eq!(lacking_rights(&status), expected, "{status:?}");
        }
    }
}
