//! The rules: who may speak, by what is known of them.
//!
//! Nothing is looked up here. What the cache does not know arrives as [`Standing::Unasked`] and
//! leaves as [`Verdict::Check`]; the answer comes back through the same function.

use super::{
    event::Sender,
    policy::{ChannelSenders, Mode, OnUnknown, Protection},
};
use crate::ids::{ChatId, UserId};

/// What is known of one person in one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// They are in it.
    Joined,
    /// They are not in it.
    Missing,
    /// Telegram could not or would not say.
    Unknown,
}

/// What is known of one person in all required channels of a supergroup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In every one.
    Joined,
    /// Not in these, whatever may be unknown of the others.
    Missing(Vec<ChatId>),
    /// In no channel known to be missing, but Telegram could not say for at least one.
    Unknown,
    /// At least one channel has not been asked yet.
    Unasked,
}

/// Combines what is known of each channel.
///
/// One missing channel is enough to be missing: the others need not be asked.
pub fn standing(
    protection: &Protection,
    mut known: impl FnMut(ChatId) -> Option<Membership>,
) -> Standing {
    let mut missing = Vec::new();
    let (mut unknown, mut unasked) = (false, false);
    for channel in &protection.channels {
        match known(channel.id) {
            Some(Membership::Joined) => {}
            Some(Membership::Missing) => missing.push(channel.id),
            Some(Membership::Unknown) => unknown = true,
            None => unasked = true,
        }
    }
    match (missing.is_empty(), unasked, unknown) {
        (false, _, _) => Standing::Missing(missing),
        (true, true, _) => Standing::Unasked,
        (true, false, true) => Standing::Unknown,
        (true, false, false) => Standing::Joined,
    }
}

/// Why somebody is let through without a look at the channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exemption {
    /// The gate does not act in this group now.
    GateOff,
    /// The creator or an administrator, anonymous ones included.
    Admin,
    /// A bot.
    Bot,
    /// The linked channel's own post.
    LinkedChannel,
    /// A channel, and the owner lets channels post.
    ChannelAllowed,
}

/// What the gate does about a message or a newcomer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: not the gate's business.
    Exempt(Exemption),
    /// Nothing: in every channel.
    Admit,
    /// Nothing for now: membership is unknown and the owner wants the benefit of the doubt.
    AdmitUnverified,
    /// Ask Telegram first.
    Check,
    /// Hold them.
    Hold {
        /// The channels they are missing from; empty if that is not known.
        missing: Vec<ChatId>,
        /// Whether they are restricted (mode `hold`) or only prompted (mode `soft`).
        restrict: bool,
    },
    /// Only count them (mode `observe`).
    Observe,
    /// Delete the message of a channel.
    DeletePost,
    /// Delete the message of a channel and ban it.
    BanSender(ChatId),
}

/// Decides about a message.
///
/// `standing` is asked only when the answer depends on it.
pub fn on_message(
    protection: &Protection,
    sender: &Sender<'_>,
    standing: impl FnOnce(UserId) -> Standing,
) -> Verdict {
    if !protection.is_active() {
        return Verdict::Exempt(Exemption::GateOff);
    }
    match sender {
        Sender::Bot(_) => Verdict::Exempt(Exemption::Bot),
        Sender::AnonymousAdmin => Verdict::Exempt(Exemption::Admin),
        Sender::LinkedChannel => Verdict::Exempt(Exemption::LinkedChannel),
        Sender::Channel(channel) => match protection.policy.channel_senders {
            ChannelSenders::Allow => Verdict::Exempt(Exemption::ChannelAllowed),
            ChannelSenders::Delete => Verdict::DeletePost,
            ChannelSenders::Ban => Verdict::BanSender(*channel),
        },
        Sender::Person(person) => on_person(protection, person.id, standing),
    }
}

/// Decides about a person who spoke, arrived, or was looked up.
pub fn on_person(
    protection: &Protection,
    user: UserId,
    standing: impl FnOnce(UserId) -> Standing,
) -> Verdict {
    if !protection.is_active() {
        return Verdict::Exempt(Exemption::GateOff);
    }
    if protection.admins.contains(&user) {
        return Verdict::Exempt(Exemption::Admin);
    }
    let missing = match standing(user) {
        Standing::Joined => return Verdict::Admit,
        Standing::Unasked => return Verdict::Check,
        Standing::Unknown => match protection.policy.on_unknown {
            OnUnknown::Admit => return Verdict::AdmitUnverified,
            OnUnknown::Hold => Vec::new(),
        },
        Standing::Missing(missing) => missing,
    };
    match protection.policy.mode {
        Mode::Hold => Verdict::Hold { missing, restrict: true },
        Mode::Soft => Verdict::Hold { missing, restrict: false },
        Mode::Observe => Verdict::Observe,
    }
}

/// What a press on "I have joined" means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PressVerdict {
    /// They are not held here: say so, change nothing.
    NothingToDo,
    /// They have joined everything: let them in.
    Admit,
    /// They are still missing from these channels: name them.
    TooEarly(Vec<ChatId>),
    /// Telegram does not say: ask for patience, look again later.
    NotSure,
    /// Ask Telegram first.
    Check,
}

/// Decides about a press of somebody who is `held` here or not.
///
/// A group that is no longer protected holds nobody: whoever is still listed is let in.
#[must_use]
pub fn on_press(protection: &Protection, held: bool, standing: Standing) -> PressVerdict {
    match (held, protection.enabled && !protection.channels.is_empty(), standing) {
        (false, _, _) => PressVerdict::NothingToDo,
        (true, false, _) | (true, true, Standing::Joined) => PressVerdict::Admit,
        (true, true, Standing::Missing(missing)) => PressVerdict::TooEarly(missing),
        (true, true, Standing::Unknown) => PressVerdict::NotSure,
        (true, true, Standing::Unasked) => PressVerdict::Check,
    }
}

#[cfg(test)]
mod tests {
    use std::{borrow::Cow, collections::HashSet};

    use super::{
        super::{
            event::Person,
            policy::{Channel, Policy},
        },
        *,
    };

    const ADMIN: UserId = UserId::new(7);
    const SOMEBODY: UserId = UserId::new(8);
    const NEWS: ChatId = ChatId::new(-1001);
    const SHOP: ChatId = ChatId::new(-1002);

    fn protection() -> Protection {
        let channel = |id| Channel { id, title: "News".into(), link: "https://t.me/news".into() };
        Protection {
            chat: ChatId::new(-1000),
            title: "Group".into(),
            owner: ADMIN,
            enabled: true,
            lacking: Vec::new(),
            channels: vec![channel(NEWS), channel(SHOP)],
            policy: Policy::default(),
            admins: HashSet::from([ADMIN]),
        }
    }

    fn person(id: UserId) -> Sender<'static> {
        Sender::Person(Person { id, name: Cow::Borrowed("Ann"), last_name: None, language: None })
    }

    fn with(change: impl FnOnce(&mut Protection)) -> Protection {
        let mut protection = protection();
        change(&mut protection);
        protection
    }

    #[test]
    fn every_rule_about_a_message() {
        let on = protection();
        let off = with(|p| p.enabled = false);
        let lacking = with(|p| p.lacking = vec!["can_restrict_members".into()]);
        let no_channel = with(|p| p.channels.clear());
        let strict = with(|p| p.policy.on_unknown = OnUnknown::Hold);
        let soft = with(|p| p.policy.mode = Mode::Soft);
        let observe = with(|p| p.policy.mode = Mode::Observe);
        let allow = with(|p| p.policy.channel_senders = ChannelSenders::Allow);
        let ban = with(|p| p.policy.channel_senders = ChannelSenders::Ban);
        let missing = || Standing::Missing(vec![NEWS]);
        let hold = |restrict| Verdict::Hold { missing: vec![NEWS], restrict };
        let blind = Verdict::Hold { missing: vec![], restrict: true };
        let channel = || Sender::Channel(SHOP);
        let exempt = Verdict::Exempt;

        let table = [
            ("member of all channels", &on, person(SOMEBODY), Standing::Joined, Verdict::Admit),
            ("not a member of one", &on, person(SOMEBODY), missing(), hold(true)),
            ("never asked", &on, person(SOMEBODY), Standing::Unasked, Verdict::Check),
            ("telegram silent", &on, person(SOMEBODY), Standing::Unknown, Verdict::AdmitUnverified),
            ("telegram silent, strict owner", &strict, person(SOMEBODY), Standing::Unknown, blind),
            ("soft mode", &soft, person(SOMEBODY), missing(), hold(false)),
            ("observe mode", &observe, person(SOMEBODY), missing(), Verdict::Observe),
            ("administrator", &on, person(ADMIN), missing(), exempt(Exemption::Admin)),
            ("anonymous", &on, Sender::AnonymousAdmin, missing(), exempt(Exemption::Admin)),
            ("bot", &on, Sender::Bot(SOMEBODY), missing(), exempt(Exemption::Bot)),
            (
                "linked channel",
                &on,
                Sender::LinkedChannel,
                missing(),
                exempt(Exemption::LinkedChannel),
            ),
            ("as a channel", &on, channel(), missing(), Verdict::DeletePost),
            ("as a channel, banned", &ban, channel(), missing(), Verdict::BanSender(SHOP)),
            (
                "as a channel, allowed",
                &allow,
                channel(),
                missing(),
                exempt(Exemption::ChannelAllowed),
            ),
            ("gate off", &off, person(SOMEBODY), missing(), exempt(Exemption::GateOff)),
            ("right lost", &lacking, person(SOMEBODY), missing(), exempt(Exemption::GateOff)),
            ("no channel", &no_channel, person(SOMEBODY), missing(), exempt(Exemption::GateOff)),
            ("right lost, channel", &lacking, channel(), missing(), exempt(Exemption::GateOff)),
        ];
        for (rule, protection, sender, standing, verdict) in table {
            assert_eq!(on_message(protection, &sender, |_| standing), verdict, "{rule}");
        }
    }

    #[test]
    fn membership_of_all_channels_is_combined_so_that_doubt_never_counts_as_missing() {
        use Membership::{Joined, Missing, Unknown};
        let table = [
            (Some(Joined), Some(Joined), Standing::Joined),
            (Some(Joined), Some(Missing), Standing::Missing(vec![SHOP])),
            (Some(Missing), Some(Missing), Standing::Missing(vec![NEWS, SHOP])),
            (Some(Missing), None, Standing::Missing(vec![NEWS])),
            (Some(Missing), Some(Unknown), Standing::Missing(vec![NEWS])),
            (Some(Joined), Some(Unknown), Standing::Unknown),
            (Some(Unknown), None, Standing::Unasked),
            (Some(Joined), None, Standing::Unasked),
            (None, None, Standing::Unasked),
        ];
        for (news, shop, expected) in table {
            let known = |channel| if channel == NEWS { news } else { shop };
            assert_eq!(standing(&protection(), known), expected, "{news:?} {shop:?}");
        }
    }

    #[test]
    fn every_rule_about_a_press() {
        let on = protection();
        let off = with(|p| p.enabled = false);
        let lacking = with(|p| p.lacking = vec!["can_restrict_members".into()]);
        let missing = || Standing::Missing(vec![NEWS]);
        let table = [
            ("joined everything", &on, true, Standing::Joined, PressVerdict::Admit),
            ("too early", &on, true, missing(), PressVerdict::TooEarly(vec![NEWS])),
            ("telegram silent", &on, true, Standing::Unknown, PressVerdict::NotSure),
            ("never asked", &on, true, Standing::Unasked, PressVerdict::Check),
            ("not held here", &on, false, missing(), PressVerdict::NothingToDo),
            ("not held, joined", &on, false, Standing::Joined, PressVerdict::NothingToDo),
            ("group no longer protected", &off, true, missing(), PressVerdict::Admit),
            ("right lost", &lacking, true, missing(), PressVerdict::TooEarly(vec![NEWS])),
        ];
        for (rule, protection, held, standing, verdict) in table {
            assert_eq!(on_press(protection, held, standing), verdict, "{rule}");
        }
    }
}
