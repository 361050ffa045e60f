//! One test for each bug ever found.

use gatehouse::sim::{Failure, Fault, Faults, MemberStatus, Rights, When};

use crate::stage::Stage;

#[tokio::test]
async fn whoever_is_held_while_an_old_prompt_waits_to_be_removed_gets_one_of_their_own() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let slow = Fault::of("deleteMessages", Failure::RetryAfter(2)).when(When::First(1));
    stage.sim.set_faults(Faults::one(slow));
    let carl = stage.held("Carl").await; // whose message is refused to be deleted for 2 s
    stage.sim.join(stage.channel, ann);
    stage.sim.join(stage.channel, carl);
    stage.is_free(ann).await;
    stage.is_free(carl).await;
    stage.held("Bob").await;
    stage.all_quiet().await; // what was refused has been deleted by now
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

#[tokio::test]
async fn a_lift_on_its_way_does_not_undo_the_ban_of_a_human_administrator() {
    let stage = Stage::set().await;
    let ann = stage.held("Ann").await;
    let slow = Fault::of("restrictChatMember", Failure::RetryAfter(2)).when(When::First(1));
    stage.sim.set_faults(Faults::one(slow));
    stage.sim.join(stage.channel, ann);
    let what = "the lift is refused for 2 s";
    let refused = |world: &gatehouse::sim::World| {
        let mut lifts = world.calls().rev().filter(|call| call.method == "restrictChatMember");
        lifts.next().filter(|call| call.outcome != gatehouse::sim::Outcome::Done).map(|_| ())
    };
    stage.wait(what, refused).await;
    assert!(stage.sim.human_bans(stage.group, stage.owner, ann));
    stage.all_quiet().await;
    assert_eq!(stage.sim.status(stage.group, ann), MemberStatus::Kicked(0));
}
