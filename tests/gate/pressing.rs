//! The button "I have joined" (rows 16 to 18).

use gatehouse::sim::{Failure, Fault, Faults, MemberStatus};

use crate::stage::Stage;

#[tokio::test]
async fn whoever_has_joined_and_presses_is_answered_and_let_in() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let prompt = stage.prompt_naming("Ann").await;
    stage.sim.place(stage.channel, &[ann], MemberStatus::Member); // unseen by the bot
    let query = stage.sim.press_button(stage.group, prompt.id, ann).unwrap();
    assert!(stage.answer(&query).await.contains("You can write now"));
    stage.is_free(ann).await;
    stage.no_prompt_left().await;
}

#[tokio::test]
async fn pressing_too_early_names_what_is_missing_and_changes_nothing_else() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let prompt = stage.prompt_naming("Ann").await;
    let query = stage.sim.press_button(stage.group, prompt.id, ann).unwrap();
    let answer = stage.answer(&query).await;
    assert!(answer.contains("Not yet") && answer.contains("News"), "{answer}");
    assert!(stage.sim.is_restricted(stage.group, ann));
    assert_eq!(stage.prompts().len(), 1);
}

#[tokio::test]
async fn hammering_the_button_is_answered_with_the_seconds_to_wait() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let prompt = stage.prompt_naming("Ann").await;
    stage.sim.press_button(stage.group, prompt.id, ann).unwrap();
    let again = stage.sim.press_button(stage.group, prompt.id, ann).unwrap();
    let answer = stage.answer(&again).await;
    assert!(answer.contains("press again in"), "{answer}");
}

#[tokio::test]
async fn a_press_of_somebody_who_is_not_held_lifts_nobody() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let bob = stage.member("Bob");
    let prompt = stage.prompt_naming("Ann").await;
    let query = stage.sim.press_button(stage.group, prompt.id, bob).unwrap();
    assert!(stage.answer(&query).await.contains("nothing to do"));
    stage.all_quiet().await;
    assert!(stage.sim.is_restricted(stage.group, ann));
}

#[tokio::test]
async fn forged_button_data_is_answered_with_nothing_and_does_nothing() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let prompt = stage.prompt_naming("Ann").await;
    stage.sim.place(stage.channel, &[ann], MemberStatus::Member);
    for data in ["joined", "joined1 ", "lift:1", "\u{202e}", "{}"] {
        let query = stage.sim.press(stage.group, prompt.id, ann, data);
        assert_eq!(stage.answer(&query).await, "", "{data}");
    }
    assert!(stage.sim.is_restricted(stage.group, ann));
}

#[tokio::test]
async fn a_press_during_an_outage_is_answered_and_done_when_telegram_is_back() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let prompt = stage.prompt_naming("Ann").await;
    stage.sim.place(stage.channel, &[ann], MemberStatus::Member);
    let broken = Fault::of("getChatMember", Failure::BadGateway);
    stage.sim.set_faults(Faults::one(broken));
    let query = stage.sim.press_button(stage.group, prompt.id, ann).unwrap();
    assert!(stage.answer(&query).await.contains("does not answer"));
    stage.sim.set_faults(Faults::default());
    stage.is_free(ann).await;
}
