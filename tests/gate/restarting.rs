//! Stops and starts: what was decided stays decided.

use gatehouse::sim::MemberStatus;

use crate::stage::Stage;

#[tokio::test]
async fn after_a_restart_a_prompt_from_before_still_lets_in_and_members_are_not_asked_about_again()
{
    let mut stage = Stage::set().await;
    let (ann, bob) = (stage.held("Ann").await, stage.member("Bob"));
    stage.sim.speak(stage.group, bob, "hello").unwrap();
    stage.all_quiet().await;
    let prompt = stage.prompt_naming("Ann").await;
    stage.stop().await;
    stage.sim.forget_calls();
    stage.start().await;
    stage.sim.speak(stage.group, bob, "hello again").unwrap();
    stage.sim.place(stage.channel, &[ann], MemberStatus::Member);
    let query = stage.sim.press_button(stage.group, prompt.id, ann).unwrap();
    assert!(stage.answer(&query).await.contains("You can write now"));
    stage.is_free(ann).await;
    let look_ups = stage.sim.calls_of("getChatMember").into_iter();
    assert_eq!(look_ups.filter(|c| c.params.to_string().contains(&bob.to_string())).count(), 0);
}

#[tokio::test]
async fn what_happens_while_the_app_is_stopped_is_dealt_with_at_the_next_start() {
    let mut stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    stage.stop().await;
    stage.sim.join(stage.channel, ann);
    let bob = stage.stranger("Bob");
    stage.sim.speak(stage.group, bob, "hello").unwrap();
    stage.start().await;
    stage.is_free(ann).await;
    stage.is_held(bob).await;
}

#[tokio::test]
async fn updates_that_are_delivered_twice_have_no_second_effect() {
    let mut stage = Stage::set().await;
    stage.held("Ann").await;
    stage.all_quiet().await;
    stage.stop().await;
    stage.sim.forget_calls();
    stage.start().await; // the last batch was never confirmed and comes again
    stage.all_quiet().await;
    assert_eq!(stage.sim.count("restrictChatMember"), 1, "only the fence's");
    assert_eq!(stage.prompts().len(), 1);
}

#[tokio::test]
async fn a_second_process_with_the_same_token_says_so_and_gives_way() {
    let mut stage = Stage::set().await;
    stage.all_quiet().await; // the first has polled
    let ended = stage.start_second().await;
    let said = ended.unwrap_err().to_string();
    assert!(said.contains("somebody else receives this bot's updates"), "{said}");
    stage.all_quiet().await; // the first works on
    stage.stop().await;
}
