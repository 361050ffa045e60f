//! What goes wrong on purpose: limits, failures, latency, and who does not obey.

use std::time::Duration;

use super::*;
use crate::{
    clock::{Clock, UnixMillis},
    sim::{Failure, Fault, Faults, Limits, Outcome, When},
};

fn hello(chat: ChatId) -> Value {
    json!({"chat_id": chat.get(), "text": "hello"})
}

#[tokio::test]
async fn too_many_messages_are_refused_and_coming_back_early_is_recorded() {
    let clock = Clock::manual(UnixMillis::new(1_790_000_000_000));
    let limits = Some(Limits { chat_burst: 2, ..Limits::default() });
    let options = Options { clock: clock.clone(), limits, ..Options::default() };
    let sim = Sim::start(options).await.unwrap();
    let (bot, chat) = (Bot::of(&sim), sim.add_supergroup("Chess club"));
    sim.make_bot_admin(chat, Rights::ALL);
    bot.get("sendMessage", hello(chat)).await;
    bot.get("sendMessage", hello(chat)).await;
    let (status, body) = bot.ask("sendMessage", hello(chat)).await;
    assert_eq!(status, 429);
    assert_eq!(body["parameters"]["retry_after"], 1);
    assert_eq!(body["description"], "Too Many Requests: retry after 1");
    assert_eq!(sim.violations(), []);

    clock.advance(Duration::from_millis(600));
    bot.refused("sendMessage", hello(chat)).await;
    let violations = sim.violations();
    assert_eq!(violations.len(), 1);
    assert_eq!((violations[0].method.as_str(), violations[0].chat), ("sendMessage", Some(chat)));
    assert_eq!(violations[0].early_by, Duration::from_millis(400));

    clock.advance(Duration::from_millis(400));
    bot.get("sendMessage", hello(chat)).await;
    assert_eq!(sim.violations().len(), 1);
    assert_eq!(sim.bot_messages(chat).len(), 3);
}

#[tokio::test]
async fn an_injected_429_must_be_obeyed_like_a_real_one() {
    let clock = Clock::manual(UnixMillis::new(1_790_000_000_000));
    let sim = Sim::start(Options { clock: clock.clone(), ..Options::default() }).await.unwrap();
    let (bot, chat) = (Bot::of(&sim), sim.add_supergroup("Chess club"));
    sim.make_bot_admin(chat, Rights::ALL);
    let fault = Fault::of("getChatMember", Failure::RetryAfter(60)).in_chat(chat);
    sim.set_faults(Faults::one(fault.when(When::First(1))));
    let look = json!({"chat_id": chat.get(), "user_id": sim.bot().get()});
    let (status, body) = bot.ask("getChatMember", look.clone()).await;
    assert_eq!((status, &body["parameters"]["retry_after"]), (429, &json!(60)));
    bot.get("sendMessage", hello(chat)).await;

    clock.advance(Duration::from_secs(20));
    let (_, body) = bot.ask("getChatMember", look.clone()).await;
    assert_eq!(body["parameters"]["retry_after"], 40);
    assert_eq!(sim.violations()[0].early_by, Duration::from_secs(40));
    clock.advance(Duration::from_secs(40));
    bot.get("getChatMember", look).await;
    assert_eq!(sim.violations().len(), 1);
}

#[tokio::test]
async fn every_failure_looks_as_it_would_on_the_wire() {
    let (sim, bot, chat, _) = group().await;
    let fails = |failure| sim.set_faults(Faults::one(Fault::of("sendMessage", failure)));
    let raw = async || {
        let request = bot.http.post(format!("{}/sendMessage", bot.url));
        let request = request.header("content-type", "application/json");
        let sent = request.body(hello(chat).to_string()).timeout(Duration::from_secs(20)).send();
        let response = sent.await?;
        Ok::<_, reqwest::Error>((response.status().as_u16(), response.text().await?))
    };

    fails(Failure::ServerError);
    let (status, body) = raw().await.unwrap();
    assert!(status == 500 && body.contains("Internal Server Error"));
    fails(Failure::BadGateway);
    let (status, body) = raw().await.unwrap();
    assert!(status == 502 && body.starts_with("<html>"));
    fails(Failure::Garbage);
    let (status, body) = raw().await.unwrap();
    assert!(status == 200 && serde_json::from_str::<Value>(&body).is_err());
    fails(Failure::bad_request("have no rights to send a message"));
    assert_eq!(
        bot.refused("sendMessage", hello(chat)).await,
        "Bad Request: have no rights to send a message"
    );
    fails(Failure::Close);
    assert!(raw().await.is_err());
    assert!(sim.bot_messages(chat).is_empty(), "nothing was done so far");
    fails(Failure::LostAnswer);
    assert!(raw().await.is_err());
    assert_eq!(sim.bot_messages(chat).len(), 1, "done, but the answer was lost");

    sim.set_faults(Faults::away());
    assert!(bot.http.get(format!("{}/getMe", bot.url)).send().await.is_err());
    sim.set_faults(Faults::default());
    bot.get("getMe", json!({})).await;
}

#[tokio::test]
async fn a_hanging_request_is_recorded_and_holds_up_no_other() {
    let (sim, bot, chat, _) = group().await;
    sim.set_faults(Faults::one(Fault::of("sendMessage", Failure::Hang)));
    let hanging = {
        let bot = bot.clone();
        tokio::spawn(async move { bot.ask("sendMessage", hello(chat)).await })
    };
    let call = sim
        .wait_until("the request has arrived", |world| {
            world.calls().find(|call| call.method == "sendMessage").cloned()
        })
        .await
        .unwrap();
    assert_eq!(call.outcome, Outcome::Failed("Hang".to_owned()));
    assert_eq!(call.chat, Some(chat));
    bot.get("getMe", json!({})).await;
    assert!(!hanging.is_finished());
    hanging.abort();
}

#[tokio::test]
async fn calls_are_counted_with_what_became_of_them() {
    let (sim, bot, chat, _) = group().await;
    sim.forget_calls();
    bot.get("sendMessage", hello(chat)).await;
    bot.refused("sendMessage", json!({"chat_id": 1, "text": "x"})).await;
    assert_eq!(sim.count("sendMessage"), 2);
    let calls = sim.calls_of("sendMessage");
    assert_eq!(calls[0].outcome, Outcome::Done);
    assert_eq!(calls[0].params["text"], "hello");
    let description = "Bad Request: chat not found".to_owned();
    assert_eq!(calls[1].outcome, Outcome::Refused { code: 400, description });
}
