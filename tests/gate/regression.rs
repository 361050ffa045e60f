//! One test for each bug ever found.

use gatehouse::sim::{Failure, Fault, Faults, Rights, When};

use crate::stage::Stage;

#[tokio::test]
async fn whoever_is_held_while_an_old_prompt_waits_to_be_removed_gets_one_of_their_own() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let old = stage.prompt_naming("Ann").await.id;
    let slow = Fault::of("deleteMessages", Failure::RetryAfter(2)).when(When::First(1));
    stage.sim.set_faults(Faults::one(slow));
    let carl = stage.held("Carl").await; // whose message is refused to be deleted for 2 s
    stage.sim.join(stage.channel, ann);
    stage.sim.join(stage.channel, carl);
    stage.is_free(ann).await;
    stage.is_free(carl).await;
    stage.held("Bob").await;
    stage.is_deleted(old).await;
    let prompts = stage.prompts();
    assert_eq!(prompts.len(), 1);
    assert!(prompts[0].text.contains("Bob"), "{}", prompts[0].text);
}

#[tokio::test]
async fn dropping_one_of_two_channels_lets_in_only_whoever_has_joined_the_other() {
    let stage = Stage::set().await;
    let shop = stage.sim.add_channel("Shop", Some("shop"));
    stage.sim.make_creator(shop, stage.owner);
    stage.sim.make_bot_admin(shop, Rights::INVITE);
    stage.sim.speak(stage.group, stage.owner, "/protect @shop").unwrap();
    stage.said_in_group("both channels are required", "Shop").await;
    let (ann, bob) = (stage.held("Ann").await, stage.held("Bob").await);
    stage.sim.join(shop, bob);
    stage.sim.speak(stage.group, stage.owner, "/unprotect @news").unwrap();
    stage.said_in_group("one channel is left", "is no longer required").await;
    stage.is_free(bob).await;
    stage.all_quiet().await;
    assert!(stage.sim.is_restricted(stage.group, ann), "she has not joined the other channel");
    stage.sim.join(shop, ann);
    stage.is_free(ann).await;
}
