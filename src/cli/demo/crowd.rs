//! The people of the demo: supergroups with owners and channels, members who chat, strangers who
//! walk in, press too early, join, press right, and sometimes leave again.
//!
//! They are human: they wait, they are in no hurry, and what they do next hangs on what they see.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::task::JoinSet;

use crate::{
    ids::{ChatId, UserId},
    shutdown::Shutdown,
    sim::{MemberStatus, Rights, Sim},
};

/// A supergroup of the demo.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// The supergroup.
    pub(super) chat: ChatId,
    /// The channels its owner requires.
    pub(super) channels: Vec<ChatId>,
    usernames: Vec<String>,
    owner: UserId,
    members: Vec<UserId>,
    strangers: Vec<UserId>,
}

/// Everybody, and where they are.
pub(super) struct Crowd {
    sim: Sim,
    groups: Vec<Arc<Group>>,
    unseen: Unseen,
}

/// Who has joined without Telegram telling the bot, and has not pressed since: they are rightly
/// held until they do.
#[derive(Clone, Default)]
struct Unseen(Arc<Mutex<HashSet<(ChatId, UserId)>>>);

impl Unseen {
    fn with<T>(&self, look: impl FnOnce(&mut HashSet<(ChatId, UserId)>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const GREETINGS: [&str; 8] = [
    "good morning",
    "has anybody tried the new release?",
    "see you at the meetup on Thursday",
    "thanks, that helped",
    "where do I find the slides?",
    "same here",
    "the link in the channel is great",
    "who is bringing cake?",
];

const TITLES: [&str; 8] = [
    "Rust & Friends",
    "City Cyclists",
    "Home Bakers",
    "Night Sky",
    "Book Circle",
    "Trail Runners",
    "Board Games",
    "Garden Exchange",
];

impl Crowd {
    /// Builds `groups` supergroups and spreads `users` people over them, two in five of them
    /// strangers to the group's channels.
    #[must_use]
    pub(super) fn gather(sim: &Sim, groups: usize, users: usize) -> Self {
        let people = sim.add_people(users);
        let shares = people.chunks(users.div_ceil(groups.max(1)).max(1));
        let mut shares: Vec<_> = shares.map(<[UserId]>::to_vec).collect();
        shares.resize(groups, Vec::new());
        let groups = shares
            .into_iter()
            .enumerate()
            .map(|(number, people)| Arc::new(Group::found(sim, number, &people)))
            .collect();
        Self { sim: sim.clone(), groups, unseen: Unseen::default() }
    }

    /// The supergroups.
    #[must_use]
    pub(super) fn groups(&self) -> &[Arc<Group>] {
        &self.groups
    }

    /// Every owner sends `/protect`.
    pub(super) fn protect(&self) {
        for group in &self.groups {
            let names: Vec<_> = group.usernames.iter().map(|name| format!("@{name}")).collect();
            self.sim.speak(group.chat, group.owner, &format!("/protect {}", names.join(" ")));
        }
    }

    /// Everybody lives until `shutdown`: members speak up, and strangers walk in, over the first two
    /// thirds of `span`.
    pub(super) async fn live(&self, span: Duration, shutdown: &Shutdown) {
        let mut lives = JoinSet::new();
        for group in &self.groups {
            let newcomers = group.strangers.iter().map(|user| (*user, true));
            let everybody = group.members.iter().map(|user| (*user, false)).chain(newcomers);
            for (user, is_stranger) in everybody {
                let (sim, unseen) = (self.sim.clone(), self.unseen.clone());
                let person = Person { sim, group: group.clone(), user, unseen };
                let arrives = span.mul_f64(fastrand::f64() * 2.0 / 3.0);
                lives.spawn(person.live(arrives, is_stranger));
            }
        }
        shutdown.wait().await;
        lives.shutdown().await;
    }

    /// Everybody who is treated wrongly now: restricted although they have joined every channel and
    /// the bot could know, or listed as held and free to speak.
    #[must_use]
    pub(super) fn wronged(&self, held: &HashSet<(ChatId, UserId)>) -> Vec<(ChatId, UserId)> {
        let people = self.groups.iter().flat_map(|group| {
            let users = group.members.iter().chain(&group.strangers);
            users.map(move |user| (group, *user))
        });
        let wronged = people.filter(|(group, user)| {
            let joined = group.is_joined(&self.sim, *user);
            let restricted = self.sim.is_restricted(group.chat, *user);
            let place = (group.chat, *user);
            let unseen = self.unseen.with(|unseen| unseen.contains(&place));
            (joined && restricted && !unseen) || (held.contains(&place) && !restricted)
        });
        wronged.map(|(group, user)| (group.chat, user)).collect()
    }
}

impl Group {
    fn found(sim: &Sim, number: usize, people: &[UserId]) -> Self {
        let title = TITLES.get(number % TITLES.len()).copied().unwrap_or("Group");
        let round = number / TITLES.len() + 1;
        let title = if round > 1 { format!("{title} {round}") } else { title.to_owned() };
        let chat = sim.add_supergroup(&title);
        let owner = sim.add_user("Olga Owner");
        sim.make_creator(chat, owner);
        sim.make_bot_admin(chat, Rights::RESTRICT.with(Rights::DELETE));
        let count = 1 + number % 2;
        let usernames: Vec<_> = (0..count).map(|n| format!("news_{number}_{n}")).collect();
        let channels: Vec<_> = usernames
            .iter()
            .map(|username| {
                let channel = sim.add_channel(&format!("{title} News"), Some(username));
                sim.make_creator(channel, owner);
                sim.make_bot_admin(channel, Rights::INVITE);
                channel
            })
            .collect();
        let known = people.len() * 3 / 5;
        let (members, strangers) = people.split_at(known.min(people.len()));
        let (members, strangers) = (members.to_vec(), strangers.to_vec());
        sim.place(chat, &members, MemberStatus::Member);
        for channel in &channels {
            sim.place(*channel, &members, MemberStatus::Member);
        }
        Self { chat, channels, usernames, owner, members, strangers }
    }

    fn is_joined(&self, sim: &Sim, user: UserId) -> bool {
        self.channels.iter().all(|channel| sim.status(*channel, user).is_inside())
    }
}

/// One person in one group.
struct Person {
    sim: Sim,
    group: Arc<Group>,
    user: UserId,
    unseen: Unseen,
}

impl Person {
    /// A stranger walks in first; then it is like with everybody.
    async fn live(self, begins_after: Duration, is_stranger: bool) {
        tokio::time::sleep(begins_after).await;
        if is_stranger {
            self.walk_in().await;
        }
        self.chat_on().await;
    }

    /// Joins the group or just speaks in it, gets held, and finds the way in.
    async fn walk_in(&self) {
        self.sim.join(self.group.chat, self.user);
        self.find_the_way_in().await;
    }

    async fn find_the_way_in(&self) {
        if fastrand::bool() {
            self.say_something();
        }
        self.pause(500, 1_500).await;
        while !self.sim.is_restricted(self.group.chat, self.user) {
            if self.group.is_joined(&self.sim, self.user) {
                return;
            }
            self.say_something();
            self.pause(300, 900).await;
        }
        if fastrand::u8(0..10) < 3 {
            self.press().await;
            self.pause(3_500, 5_000).await;
        }
        let unseen = fastrand::bool(); // Telegram does not always tell the bot of a join
        let place = (self.group.chat, self.user);
        if unseen {
            self.unseen.with(|everybody| everybody.insert(place));
        }
        for channel in &self.group.channels {
            if unseen {
                self.sim.place(*channel, &[self.user], MemberStatus::Member);
            } else {
                self.sim.join(*channel, self.user);
            }
            self.pause(200, 800).await;
        }
        while self.sim.is_restricted(self.group.chat, self.user) {
            self.press().await;
            self.unseen.with(|everybody| everybody.remove(&place));
            self.pause(3_500, 5_000).await;
        }
    }

    /// Talks now and then; one in a hundred times leaves a channel first, and has to come back.
    async fn chat_on(&self) {
        loop {
            self.pause(1_500, 6_000).await;
            if fastrand::u8(0..100) == 0
                && let Some(channel) = self.group.channels.first()
            {
                self.sim.leave(*channel, self.user);
                self.pause(200, 800).await;
                self.find_the_way_in().await;
            }
            self.say_something();
        }
    }

    fn say_something(&self) {
        let text = GREETINGS.get(fastrand::usize(..GREETINGS.len())).copied().unwrap_or("hello");
        self.sim.speak(self.group.chat, self.user, text);
    }

    /// Presses "I have joined" under the newest prompt, if there is one.
    async fn press(&self) {
        let prompt = self.sim.see(|world| {
            let mut prompts = world.bot_messages(self.group.chat).rev();
            prompts.find(|message| !message.callback_data().is_empty()).map(|prompt| prompt.id)
        });
        if let Some(prompt) = prompt {
            self.sim.press_button(self.group.chat, prompt, self.user);
        }
        self.pause(100, 300).await;
    }

    async fn pause(&self, from_ms: u64, to_ms: u64) {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(from_ms..=to_ms))).await;
    }
}
