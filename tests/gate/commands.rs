//! Owners' commands.

use gatehouse::sim::Rights;

use crate::stage::Stage;

#[tokio::test]
async fn protect_says_exactly_what_is_missing() {
    let stage = Stage::unprotected().await;
    let ask = |text: &str| stage.sim.speak(stage.group, stage.owner, text).unwrap();
    ask("/protect");
    stage.said_in_group("usage", "Which channel?").await;
    ask("/protect @nowhere");
    stage.said_in_group("no such channel", "I cannot see").await;
    let foreign = stage.sim.add_channel("Foreign", Some("foreign"));
    ask("/protect @foreign");
    stage.said_in_group("the bot is no admin there", "I must be an administrator of").await;
    stage.sim.make_bot_admin(foreign, Rights::INVITE);
    ask("/protect @foreign");
    stage.said_in_group("not their channel", "Only an administrator of").await;
    stage.sim.make_bot_admin(stage.group, Rights::DELETE);
    ask("/protect @news");
    stage.said_in_group("a right is missing", "Ban users").await;
    assert!(stage.core().directory.get(stage.group).is_none(), "nothing was changed");
}

#[tokio::test]
async fn protect_in_a_basic_group_says_what_to_do() {
    let stage = Stage::unprotected().await;
    let basic = stage.sim.add_group("Basic");
    stage.sim.make_creator(basic, stage.owner);
    stage.sim.make_bot_admin(basic, Rights::ALL);
    stage.sim.speak(basic, stage.owner, "/protect @news").unwrap();
    let look = |world: &gatehouse::sim::World| {
        world.bot_messages(basic).find(|m| m.text.contains("Make it a supergroup")).map(|_| ())
    };
    stage.wait("told to upgrade", look).await;
}

#[tokio::test]
async fn a_member_cannot_command_the_gate() {
    let stage = Stage::set().await;
    let ann = stage.member("Ann");
    stage.sim.speak(stage.group, ann, "hello").unwrap();
    stage.all_quiet().await;
    stage.sim.speak(stage.group, ann, "/unprotect").unwrap();
    stage.said_in_group("refused", "Only administrators").await;
    assert!(stage.core().directory.get(stage.group).unwrap().is_active());
}

#[tokio::test]
async fn unprotect_lets_everybody_in_and_says_how_many() {
    let stage = Stage::set().await;
    let (ann, bob) = (stage.held("Ann").await, stage.held("Bob").await);
    stage.sim.speak(stage.group, stage.owner, "/unprotect").unwrap();
    stage.said_in_group("the count", "People let in: 2").await;
    stage.is_free(ann).await;
    stage.is_free(bob).await;
    let carl = stage.stranger("Carl");
    let message = stage.sim.speak(stage.group, carl, "hello").unwrap();
    stage.sim.speak(stage.group, stage.owner, "/status").unwrap();
    stage.said_in_group("the state", "not protected").await;
    assert!(!stage.sim.was_deleted(stage.group, message));
}

#[tokio::test]
async fn status_tells_how_things_stand() {
    let stage = Stage::set().await;
    stage.held("Ann").await;
    stage.sim.speak(stage.group, stage.owner, "/status").unwrap();
    let status = stage.said_in_group("the status", "Held now: 1").await;
    assert!(status.text.contains("protected") && status.text.contains("News"), "{}", status.text);
}

#[tokio::test]
async fn settings_open_in_private_and_only_for_administrators_of_the_group() {
    let stage = Stage::set().await;
    stage.sim.speak(stage.group, stage.owner, "/settings").unwrap();
    stage.said_in_group("the way there", "private chat").await;
    let link = format!("/start settings_{}", stage.group);
    stage.sim.write_privately(stage.owner, &link);
    let settings = stage.told_owner("Settings of").await;
    assert!(settings.text.contains("hold"), "{}", settings.text);
    let ann = stage.member("Ann");
    stage.sim.write_privately(ann, &link);
    stage
        .wait("refused", |world| {
            let mut told = world.private_messages(ann);
            told.find(|message| message.text.contains("Only an administrator")).map(|_| ())
        })
        .await;
}

#[tokio::test]
async fn start_in_private_tells_how_to_set_up() {
    let stage = Stage::unprotected().await;
    stage.told_owner("/protect @yourchannel").await;
}

#[tokio::test]
async fn losing_a_right_pauses_protection_and_regaining_it_goes_on() {
    let stage = Stage::set().await;
    stage.sim.make_bot_admin(stage.group, Rights::DELETE);
    let notice = stage.told_owner("is paused").await;
    assert!(notice.text.contains("Ban users"), "{}", notice.text);
    let ann = stage.stranger("Ann");
    let message = stage.sim.speak(stage.group, ann, "hello").unwrap();
    stage.sim.make_bot_admin(stage.group, Rights::DELETE.with(Rights::RESTRICT));
    stage.told_owner("protect it again").await;
    assert!(!stage.sim.was_deleted(stage.group, message));
    stage.all_quiet().await;
    stage.sim.speak(stage.group, ann, "hello again").unwrap();
    stage.is_held(ann).await;
}

#[tokio::test]
async fn every_owner_who_requires_a_channel_is_told_that_its_members_cannot_be_seen() {
    let stage = Stage::set().await;
    let other = stage.sim.add_supergroup("Bakers");
    stage.sim.make_creator(other, stage.owner);
    stage.sim.make_bot_admin(other, Rights::RESTRICT.with(Rights::DELETE));
    stage.sim.speak(other, stage.owner, "/protect @news").unwrap();
    let done = |world: &gatehouse::sim::World| {
        world.bot_messages(other).any(|message| message.text.contains("Done")).then_some(())
    };
    stage.wait("the other group is protected", done).await;
    stage.sim.demote_bot(stage.channel);
    for group in ["Cooks", "Bakers"] {
        let owner = stage.owner;
        let is_about = |text: &str| text.contains("can no longer see") && text.contains(group);
        let told = |world: &gatehouse::sim::World| {
            let mut messages = world.private_messages(owner);
            messages.any(|message| is_about(&message.text)).then_some(())
        };
        stage.wait(group, told).await;
    }
}
