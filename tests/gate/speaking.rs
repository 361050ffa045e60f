//! People who speak in a protected supergroup (rows 1 to 5 and 7).

use gatehouse::{
    gate::{
        action::Lane,
        policy::{ChannelSenders, OnUnknown},
    },
    sim::{Content, MemberStatus, Rights},
};

use crate::stage::Stage;

#[tokio::test]
async fn a_member_of_the_channel_speaks_and_after_one_look_up_nothing_is_called() {
    let stage = Stage::set().await;
    let ann = stage.member("Ann");
    for _ in 0..20 {
        stage.sim.speak(stage.group, ann, "good morning").unwrap();
    }
    stage.all_quiet().await;
    let look_ups = stage.sim.calls_of("getChatMember");
    let about_ann =
        look_ups.iter().filter(|call| call.params.to_string().contains(&ann.to_string()));
    assert_eq!(about_ann.count(), 1);
    assert!(!stage.sim.is_restricted(stage.group, ann));
    stage.sim.forget_calls();
    stage.sim.speak(stage.group, ann, "good evening").unwrap();
    stage
        .sim
        .wait_until("the update is confirmed", |w| (w.pending_updates() == 0).then_some(()))
        .await
        .unwrap();
    assert_eq!(stage.sim.count("getChatMember"), 0);
    assert_eq!(stage.sim.count("restrictChatMember"), 0);
}

#[tokio::test]
async fn a_stranger_who_speaks_is_deleted_restricted_and_prompted() {
    let stage = Stage::set().await;
    let ann = stage.stranger("Ann");
    let message = stage.sim.speak(stage.group, ann, "buy my things").unwrap();
    stage.is_held(ann).await;
    stage.is_deleted(message).await;
    let prompt = stage.prompt_naming("Ann").await;
    assert!(prompt.text.contains("News"), "{}", prompt.text);
    assert_eq!(stage.sim.speak(stage.group, ann, "again"), None, "nothing may be said any more");
    assert!(stage.core().ledger().is_held(stage.group, ann));
}

#[tokio::test]
async fn an_album_of_a_stranger_is_deleted_as_one_and_restricts_once() {
    let stage = Stage::set().await;
    let ann = stage.stranger("Ann");
    let parts = stage.sim.album(stage.group, ann, 5).unwrap();
    for part in parts {
        stage.is_deleted(part).await;
    }
    stage.all_quiet().await;
    let restricted = stage.sim.calls_of("restrictChatMember").into_iter();
    let ann_restricted =
        restricted.filter(|call| call.params.to_string().contains(&ann.to_string()));
    assert_eq!(ann_restricted.count(), 1);
    assert_eq!(stage.prompts().len(), 1);
}

#[tokio::test]
async fn stickers_polls_forwards_edits_and_commands_of_strangers_are_gated_like_text() {
    let stage = Stage::set().await;
    let contents = [
        Content::Sticker,
        Content::Poll("Cake?"),
        Content::Forward("news"),
        Content::Photo("look"),
        Content::Text("/status"),
    ];
    for content in contents {
        let user = stage.stranger("Bob");
        let message = stage.sim.send(stage.group, user, &content).unwrap();
        stage.is_held(user).await;
        stage.is_deleted(message).await;
    }
}

#[tokio::test]
async fn while_a_channel_refuses_look_ups_people_are_let_through_and_the_owner_is_told_once() {
    let stage = Stage::set().await;
    stage.sim.demote_bot(stage.channel);
    let notice = stage.told_owner("can no longer see who has joined").await;
    assert!(notice.text.contains("News"), "{}", notice.text);
    let (ann, bob) = (stage.stranger("Ann"), stage.stranger("Bob"));
    let messages = [ann, bob].map(|user| stage.sim.speak(stage.group, user, "hello").unwrap());
    stage
        .sim
        .wait_until("the updates are confirmed", |w| (w.pending_updates() == 0).then_some(()))
        .await
        .unwrap();
    stage.sim.make_bot_admin(stage.channel, Rights::INVITE);
    stage.all_quiet().await;
    for (user, message) in [ann, bob].into_iter().zip(messages) {
        assert!(!stage.sim.was_deleted(stage.group, message));
        assert!(!stage.sim.is_restricted(stage.group, user));
    }
    let told = stage.sim.private_messages(stage.owner).into_iter();
    assert_eq!(told.filter(|m| m.text.contains("can no longer see")).count(), 1);
}

#[tokio::test]
async fn an_owner_may_choose_to_hold_while_telegram_does_not_say() {
    let stage = Stage::set().await;
    stage.core().directory.update(stage.group, |p| p.policy.on_unknown = OnUnknown::Hold).unwrap();
    stage.sim.demote_bot(stage.channel);
    let ann = stage.stranger("Ann");
    stage.sim.speak(stage.group, ann, "hello").unwrap();
    stage.is_held(ann).await;
}

#[tokio::test]
async fn administrators_bots_and_the_linked_channel_are_exempt_without_a_call() {
    let stage = Stage::set().await;
    let admin = stage.sim.add_user("Adam");
    stage.sim.make_admin(stage.group, admin, Rights::DELETE.with(Rights::ANONYMOUS));
    let bot = stage.sim.add_bot("other_bot");
    stage.sim.place(stage.group, &[bot], MemberStatus::Member);
    stage.sim.link_channel(stage.group, stage.channel);
    let messages = [
        stage.sim.speak(stage.group, stage.owner, "welcome"),
        stage.sim.speak(stage.group, admin, "hello"),
        stage.sim.speak_anonymously(stage.group, admin, "rules are rules"),
        stage.sim.bot_speaks(stage.group, bot, "beep"),
        stage.sim.linked_channel_post(stage.group, stage.channel, "news"),
    ];
    stage.all_quiet().await;
    for message in messages {
        assert!(!stage.sim.was_deleted(stage.group, message.unwrap()));
    }
    let look_ups = stage.sim.calls_of("getChatMember");
    for user in [stage.owner, admin, bot] {
        let about =
            look_ups.iter().find(|call| call.params.to_string().contains(&user.to_string()));
        assert!(about.is_none(), "{about:?}");
    }
}

#[tokio::test]
async fn a_post_in_the_name_of_another_channel_is_treated_as_the_owner_wishes() {
    let stage = Stage::set().await;
    let spam = stage.sim.add_channel("Spam", Some("spam"));
    let message = stage.sim.speak_as_channel(stage.group, spam, "buy").unwrap();
    stage.is_deleted(message).await;
    stage
        .core()
        .directory
        .update(stage.group, |p| p.policy.channel_senders = ChannelSenders::Ban)
        .unwrap();
    let message = stage.sim.speak_as_channel(stage.group, spam, "buy").unwrap();
    stage.is_deleted(message).await;
    let (group, what) = (stage.group, "the channel is banned");
    stage.wait(what, |w| w.is_banned_sender(group, spam).then_some(())).await;
}

#[tokio::test]
async fn a_held_person_who_can_speak_again_is_held_again_without_a_second_prompt() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    stage.sim.place(stage.group, &[ann], MemberStatus::Member); // another bot lifted, unseen
    let message = stage.sim.speak(stage.group, ann, "free at last").unwrap();
    stage.is_deleted(message).await;
    stage.all_quiet().await;
    assert_eq!(stage.prompts().len(), 1);
    assert_eq!(stage.sim.count("sendMessage"), 1, "the prompt was edited, not sent again");
}

#[tokio::test]
async fn five_hundred_strangers_at_once_share_one_prompt() {
    let stage = Stage::set().await;
    let users: Vec<_> = (0..60).map(|_| stage.stranger("Raider")).collect();
    for user in &users {
        stage.sim.speak(stage.group, *user, "spam").unwrap();
    }
    for user in &users {
        stage.is_held(*user).await;
    }
    let group = stage.group;
    let prompt = stage
        .wait("the prompt counts everybody", |world| {
            world.bot_messages(group).find(|m| m.text.contains("and 55 more")).cloned()
        })
        .await;
    assert_eq!(stage.prompts().len(), 1);
    assert!(
        stage.sim.count("sendMessage") + stage.sim.count("editMessageText") <= 20,
        "{prompt:?}"
    );
}

#[tokio::test]
async fn an_update_that_cannot_be_read_stops_nobody_else() {
    let stage = Stage::set().await;
    let ann = stage.stranger("Ann");
    stage
        .sim
        .push_raw_update(serde_json::json!({"message": {"message_id": "no number", "chat": 7}}));
    stage.sim.push_raw_update(serde_json::json!({"a_kind_nobody_knows": {"x": [1, 2, 3]}}));
    stage.sim.speak(stage.group, ann, "hello").unwrap();
    stage.is_held(ann).await;
}

#[tokio::test]
async fn whoever_is_let_through_in_doubt_is_put_down_for_another_look_up() {
    let stage = Stage::set().await;
    stage.sim.demote_bot(stage.channel);
    stage.told_owner("can no longer see who has joined").await;
    let ann = stage.stranger("Ann");
    for _ in 0..3 {
        stage.sim.speak(stage.group, ann, "hello").unwrap();
    }
    let heard = |world: &gatehouse::sim::World| (world.pending_updates() == 0).then_some(());
    stage.sim.wait_until("the updates are confirmed", heard).await.unwrap();
    let later = stage.core().store.load().unwrap().outbox;
    let now = stage.core().clock.now();
    let checks = later.iter().filter(|row| row.lane == Lane::Check && row.due > now);
    assert_eq!(checks.count(), 1, "one look-up for all she says meanwhile");
}
