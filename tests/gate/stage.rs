//! The real app against the simulated Telegram, on a real database file.

use std::{sync::Arc, time::Duration};

use gatehouse::{
    app::App,
    config::Config,
    core::Core,
    ids::{ChatId, MessageId, UserId},
    shutdown::Shutdown,
    sim::{MemberStatus, Message, Options, Rights, Sim},
};
use tokio::task::JoinHandle;

/// A protected supergroup that requires one channel, and the app that protects it.
pub(crate) struct Stage {
    pub(crate) sim: Sim,
    pub(crate) group: ChatId,
    pub(crate) channel: ChatId,
    pub(crate) owner: UserId,
    directory: tempfile::TempDir,
    app: Option<Running>,
}

struct Running {
    core: Arc<Core>,
    shutdown: Shutdown,
    ended: JoinHandle<anyhow::Result<()>>,
}

impl Stage {
    /// Everything is set up and `/protect` has been answered.
    pub(crate) async fn set() -> Self {
        let mut stage = Self::unprotected().await;
        stage.protect().await;
        stage
    }

    /// The app runs, the bot has its rights, and the owner has not said `/protect` yet.
    pub(crate) async fn unprotected() -> Self {
        let sim = Sim::start(Options::default()).await.unwrap();
        let (group, channel) = (sim.add_supergroup("Cooks"), sim.add_channel("News", Some("news")));
        let owner = sim.add_user("Olga");
        sim.make_creator(group, owner);
        sim.make_creator(channel, owner);
        sim.make_bot_admin(group, Rights::RESTRICT.with(Rights::DELETE));
        sim.make_bot_admin(channel, Rights::INVITE);
        sim.write_privately(owner, "/start");
        let directory = tempfile::tempdir().unwrap();
        let mut stage = Self { sim, group, channel, owner, directory, app: None };
        stage.start().await;
        stage
    }

    pub(crate) async fn protect(&mut self) {
        self.sim.speak(self.group, self.owner, "/protect @news").unwrap();
        let done = "the owner is told that the group is protected";
        self.said_in_group(done, "Done.").await;
        self.sim.forget_calls();
    }

    /// Starts the app on the same database as before.
    pub(crate) async fn start(&mut self) {
        let shutdown = Shutdown::default();
        let app = App::start(&self.config("gatehouse.db"), shutdown.clone()).await.unwrap();
        let core = app.core().clone();
        self.app = Some(Running { core, shutdown, ended: tokio::spawn(app.run()) });
    }

    /// Starts a second app with the same token and waits for its end.
    pub(crate) async fn start_second(&self) -> anyhow::Result<()> {
        App::start(&self.config("second.db"), Shutdown::default()).await?.run().await
    }

    fn config(&self, database: &str) -> Config {
        let path = self.directory.path().join(database);
        Config::for_simulation(&self.sim.url(), self.sim.token(), &path, None).unwrap()
    }

    /// Stops the app as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        let app = self.app.take().unwrap();
        app.shutdown.trigger();
        app.ended.await.unwrap().unwrap();
    }

    pub(crate) fn core(&self) -> &Core {
        &self.app.as_ref().unwrap().core
    }

    /// A member of the group and of the channel.
    pub(crate) fn member(&self, name: &str) -> UserId {
        let user = self.sim.add_user(name);
        self.sim.place(self.group, &[user], MemberStatus::Member);
        self.sim.place(self.channel, &[user], MemberStatus::Member);
        user
    }

    /// A member of the group who has not joined the channel.
    pub(crate) fn stranger(&self, name: &str) -> UserId {
        let user = self.sim.add_user(name);
        self.sim.place(self.group, &[user], MemberStatus::Member);
        user
    }

    /// A stranger who has spoken and is held and prompted.
    pub(crate) async fn held(&self, name: &str) -> UserId {
        let user = self.stranger(name);
        self.sim.speak(self.group, user, "hello").unwrap();
        self.is_held(user).await;
        self.prompt_naming(name).await;
        user
    }

    pub(crate) async fn is_held(&self, user: UserId) {
        let group = self.group;
        let what = "the stranger is restricted";
        self.wait(what, |world| world.is_restricted(group, user).then_some(())).await;
    }

    pub(crate) async fn is_free(&self, user: UserId) {
        let group = self.group;
        let what = "the person may speak again";
        self.wait(what, |world| (!world.is_restricted(group, user)).then_some(())).await;
    }

    pub(crate) async fn is_deleted(&self, message: MessageId) {
        let group = self.group;
        let what = "the message is deleted";
        self.wait(what, |world| world.was_deleted(group, message).then_some(())).await;
    }

    /// The prompt, once it names this person.
    pub(crate) async fn prompt_naming(&self, name: &str) -> Message {
        let group = self.group;
        self.wait(&format!("a prompt names {name}"), |world| {
            let mut prompts = world.bot_messages(group).filter(|m| !m.callback_data().is_empty());
            prompts.find(|prompt| prompt.text.contains(name)).cloned()
        })
        .await
    }

    /// Every prompt that stands in the group.
    pub(crate) fn prompts(&self) -> Vec<Message> {
        let messages = self.sim.bot_messages(self.group);
        messages.into_iter().filter(|message| !message.callback_data().is_empty()).collect()
    }

    pub(crate) async fn no_prompt_left(&self) {
        let group = self.group;
        self.wait("the prompt is removed", |world| {
            let mut messages = world.bot_messages(group);
            (!messages.any(|message| !message.callback_data().is_empty())).then_some(())
        })
        .await;
    }

    /// What the person who pressed was told.
    pub(crate) async fn answer(&self, query: &str) -> String {
        let what = "the press is answered";
        self.wait(what, |world| world.answer_to(query).map(|answer| answer.text.clone())).await
    }

    /// Waits until the bot has said something like this in the group.
    pub(crate) async fn said_in_group(&self, what: &str, text: &str) -> Message {
        let group = self.group;
        self.wait(what, |world| {
            world.bot_messages(group).find(|message| message.text.contains(text)).cloned()
        })
        .await
    }

    /// Waits until the bot has said something like this to the owner in private.
    pub(crate) async fn told_owner(&self, text: &str) -> Message {
        let owner = self.owner;
        self.wait("the owner is told in private", |world| {
            world.private_messages(owner).find(|message| message.text.contains(text)).cloned()
        })
        .await
    }

    /// Everything said before has been dealt with: a stranger who speaks now is held, and nothing
    /// is left to do. What has not happened by then will not happen.
    pub(crate) async fn all_quiet(&self) {
        let fence = self.stranger("Fence");
        self.sim.speak(self.group, fence, "hello").unwrap();
        self.is_held(fence).await;
        self.prompt_naming("Fence").await;
        let idle = tokio::time::timeout(Duration::from_secs(30), self.core().outbox.idle());
        idle.await.expect("something is left to do for ever");
    }

    pub(crate) async fn wait<T>(
        &self,
        what: &str,
        look: impl FnMut(&gatehouse::sim::World) -> Option<T>,
    ) -> T {
        match self.sim.wait_until(what, look).await {
            Ok(found) => found,
            Err(timeout) => panic!("{timeout}"),
        }
    }
}
