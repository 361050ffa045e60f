//! People who arrive in the group, join the channel, and leave it (rows 6, 11 and 15).

use gatehouse::sim::{MemberStatus, Rights};

use crate::stage::Stage;

#[tokio::test]
async fn a_newcomer_is_held_and_prompted_once_although_telegram_tells_it_twice() {
    let stage = Stage::set().await;
    stage.sim.set_announces(stage.group, true);
    let ann = stage.sim.add_user("Ann");
    stage.sim.join(stage.group, ann);
    stage.is_held(ann).await;
    stage.prompt_naming("Ann").await;
    stage.all_quiet().await;
    let restricted = stage.sim.calls_of("restrictChatMember").into_iter();
    assert_eq!(restricted.filter(|c| c.params.to_string().contains(&ann.to_string())).count(), 1);
    assert_eq!(stage.sim.count("sendMessage"), 1);
}

#[tokio::test]
async fn if_one_adds_another_it_is_the_other_who_is_held() {
    let stage = Stage::set().await;
    let (ann, bob) = (stage.member("Ann"), stage.sim.add_user("Bob"));
    stage.sim.add_members(stage.group, ann, &[bob]);
    stage.is_held(bob).await;
    let prompt = stage.prompt_naming("Bob").await;
    assert!(!prompt.text.contains("Ann"), "{}", prompt.text);
    assert!(!stage.sim.is_restricted(stage.group, ann));
}

#[tokio::test]
async fn a_newcomer_who_has_joined_the_channel_is_left_alone() {
    let stage = Stage::set().await;
    let ann = stage.sim.add_user("Ann");
    stage.sim.place(stage.channel, &[ann], MemberStatus::Member);
    stage.sim.join(stage.group, ann);
    stage.all_quiet().await;
    assert!(!stage.sim.is_restricted(stage.group, ann));
}

#[tokio::test]
async fn joining_the_channel_lets_one_in_at_once_without_a_press() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    stage.sim.join(stage.channel, ann);
    stage.is_free(ann).await;
    stage.no_prompt_left().await;
    assert!(stage.sim.speak(stage.group, ann, "thank you").is_some());
}

#[tokio::test]
async fn joining_one_of_two_channels_is_not_enough() {
    let stage = Stage::set().await;
    let shop = stage.sim.add_channel("Shop", Some("shop"));
    stage.sim.make_creator(shop, stage.owner);
    stage.sim.make_bot_admin(shop, Rights::INVITE);
    stage.sim.speak(stage.group, stage.owner, "/protect @shop").unwrap();
    stage.said_in_group("both channels are required", "Shop").await;
    let ann = stage.held("Ann").await;
    stage.sim.join(stage.channel, ann);
    stage.all_quiet().await;
    assert!(stage.sim.is_restricted(stage.group, ann));
    stage.sim.join(shop, ann);
    stage.is_free(ann).await;
}

#[tokio::test]
async fn whoever_leaves_the_channel_is_held_when_they_speak_next() {
    let stage = Stage::set().await;
    let ann = stage.member("Ann");
    stage.sim.speak(stage.group, ann, "hello").unwrap();
    stage.all_quiet().await;
    stage.sim.leave(stage.channel, ann);
    stage.sim.speak(stage.group, ann, "hello again").unwrap();
    stage.is_held(ann).await;
}

#[tokio::test]
async fn whoever_leaves_the_group_is_not_named_there_any_more() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    stage.sim.leave(stage.group, ann);
    stage.no_prompt_left().await;
    assert!(!stage.core().ledger().is_held(stage.group, ann));
}

#[tokio::test]
async fn what_a_human_administrator_changes_afterwards_is_not_lifted() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    assert!(stage.sim.human_bans(stage.group, stage.owner, ann));
    stage.no_prompt_left().await;
    stage.sim.join(stage.channel, ann);
    stage.all_quiet().await;
    assert_eq!(stage.sim.status(stage.group, ann), MemberStatus::Kicked(0));
}

#[tokio::test]
async fn a_group_that_becomes_a_supergroup_with_a_new_id_stays_protected() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let update = serde_json::json!({"message": {
        "message_id": 900, "date": 1, "migrate_to_chat_id": -1_009_999_999_999_i64,
        "chat": {"id": stage.group.get(), "type": "group", "title": "Cooks"},
    }});
    stage.sim.push_raw_update(update);
    let moved = gatehouse::ids::ChatId::new(-1_009_999_999_999);
    stage
        .wait("the ledger follows", |_| stage.core().ledger().is_held(moved, ann).then_some(()))
        .await;
    assert!(stage.core().directory.get(moved).is_some_and(|p| p.is_active()));
    assert!(stage.core().directory.get(stage.group).is_none());
}
