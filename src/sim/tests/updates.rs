//! Fetching updates: confirming, choosing, waiting, conflicts, and what an update looks like.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn an_update_comes_again_until_a_higher_offset_confirms_it() {
    let (sim, bot, chat, ann) = group().await;
    for text in ["one", "two", "three"] {
        sim.speak(chat, ann, text).unwrap();
    }
    let all = bot.get("getUpdates", json!({})).await;
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(bot.get("getUpdates", json!({})).await, all, "nothing was confirmed");
    let second = all[1]["update_id"].as_i64().unwrap();
    let rest = bot.get("getUpdates", json!({"offset": second, "limit": 1})).await;
    assert_eq!(rest, json!([all[1]]));
    assert_eq!(sim.confirmed().get(), second - 1);
    let last = bot.get("getUpdates", json!({"offset": -1})).await;
    assert_eq!(last, json!([all[2]]));
    assert_eq!(sim.pending_updates(), 1, "the others are forgotten");
}

#[tokio::test]
async fn what_was_asked_for_is_remembered_and_an_empty_list_is_the_default() {
    let (sim, bot, chat, ann) = group().await;
    let bert = sim.add_user("Bert");
    let table = [
        ("kept", json!({}), vec!["chat_member", "message"]),
        ("default", json!({"allowed_updates": []}), vec!["message"]),
        ("as text", json!({"allowed_updates": "[\"chat_member\"]"}), vec!["chat_member"]),
        ("only presses", json!({"allowed_updates": ["callback_query"]}), vec![]),
    ];
    for (rule, asked, expected) in table {
        bot.get("getUpdates", asked).await;
        assert!(sim.join(chat, bert));
        let updates = bot.get("getUpdates", json!({})).await;
        assert_eq!(kinds(updates.as_array().unwrap()), expected, "{rule}");
        sim.leave(chat, bert);
        bot.get("getUpdates", json!({"offset": -1})).await;
        bot.get("getUpdates", json!({"offset": i64::from(i32::MAX)})).await;
    }
    assert_eq!(sim.status(chat, ann), crate::sim::MemberStatus::Member);
}

#[tokio::test]
async fn a_long_poll_ends_with_the_first_update() {
    let (sim, bot, chat, ann) = group().await;
    let before = sim.see(|world| world.updates.poller);
    let polling = {
        let bot = bot.clone();
        tokio::spawn(async move { bot.get("getUpdates", json!({"timeout": 50})).await })
    };
    sim.wait_until("the bot polls", |world| (world.updates.poller > before).then_some(()))
        .await
        .unwrap();
    assert!(!polling.is_finished());
    sim.speak(chat, ann, "hello").unwrap();
    let updates = polling.await.unwrap();
    assert_eq!(updates[0]["message"]["text"], "hello");
}

#[tokio::test]
async fn a_second_poller_ends_the_first() {
    let (sim, bot, ..) = group().await;
    let before = sim.see(|world| world.updates.poller);
    let first = {
        let bot = bot.clone();
        tokio::spawn(async move { bot.refused("getUpdates", json!({"timeout": 50})).await })
    };
    sim.wait_until("the first polls", |world| (world.updates.poller > before).then_some(()))
        .await
        .unwrap();
    bot.get("getUpdates", json!({})).await;
    assert_eq!(
        first.await.unwrap(),
        "Conflict: terminated by other getUpdates request; \
         make sure that only one bot instance is running"
    );
}

#[tokio::test]
async fn polling_is_refused_while_a_webhook_is_set() {
    let (_sim, bot, ..) = group().await;
    bot.get("setWebhook", json!({"url": "https://gate.example/hook"})).await;
    let (status, _) = bot.ask("getUpdates", json!({})).await;
    assert_eq!(status, 409);
    let info = bot.get("getWebhookInfo", json!({})).await;
    assert_eq!(info["url"], "https://gate.example/hook");
    bot.get("deleteWebhook", json!({})).await;
    bot.get("getUpdates", json!({})).await;
    assert_eq!(bot.get("getWebhookInfo", json!({})).await["url"], "");
}

#[tokio::test]
async fn a_wrong_token_and_an_unknown_method_are_refused() {
    let (sim, bot, ..) = group().await;
    let stranger = Bot { url: format!("{}/bot123:nobody", sim.url()), ..bot.clone() };
    assert_eq!(stranger.refused("getMe", json!({})).await, "Unauthorized");
    assert_eq!(bot.refused("getMoon", json!({})).await, "Not Found");
    assert_eq!(bot.get("GETME", json!({})).await["id"], json!(sim.bot().get()));
}

#[tokio::test]
async fn a_request_may_come_as_json_form_or_query() {
    let (_sim, bot, chat, ann) = group().await;
    let url = format!("{}/getChatMember", bot.url);
    let pairs = format!("chat_id={chat}&user_id={ann}");
    let form = bot.http.post(&url).header("content-type", "application/x-www-form-urlencoded");
    for request in [form.body(pairs.clone()), bot.http.get(format!("{url}?{pairs}"))] {
        let body = request.send().await.unwrap().text().await.unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["result"]["status"], "member", "{body}");
    }
}

#[tokio::test]
async fn a_message_is_complete_and_of_a_realistic_size() {
    let (sim, bot, chat, ann) = group().await;
    let bert = sim.add_user_speaking("Bert Øst", Some("da"));
    sim.add_members(chat, ann, &[bert]);
    sim.speak(chat, ann, "Good evening everybody, who plays the Sicilian these days?").unwrap();
    sim.speak(chat, bert, "I do, see https://example.org/najdorf for my last game").unwrap();
    let updates = bot.updates().await;
    let message = &updates.last().unwrap()["message"];
    assert_eq!(message["from"]["first_name"], "Bert");
    assert_eq!(message["from"]["last_name"], "Øst");
    assert_eq!(message["from"]["language_code"], "da");
    assert_eq!(message["from"]["is_bot"], false);
    assert_eq!(message["chat"]["title"], "Chess club");
    assert_eq!(message["chat"]["type"], "supergroup");
    assert_eq!(message["entities"][0]["type"], "url");
    assert_eq!(message["reply_to_message"]["from"]["id"], json!(ann.get()));
    let bytes = updates.last().unwrap().to_string().len();
    assert!((600..1_100).contains(&bytes), "{bytes} bytes");
}

#[tokio::test]
async fn without_privacy_rights_the_bot_sees_only_what_is_meant_for_it() {
    let (sim, bot, chat, ann) = group().await;
    sim.demote_bot(chat);
    bot.updates().await;
    sim.speak(chat, ann, "hello").unwrap();
    sim.speak(chat, ann, "/status").unwrap();
    let bert = sim.add_user("Bert");
    sim.join(chat, bert);
    let updates = bot.updates().await;
    assert_eq!(kinds(&updates), ["message", "message"], "no chat_member to a mere member");
    assert_eq!(updates[0]["message"]["entities"][0]["type"], "bot_command");
    assert_eq!(updates[1]["message"]["new_chat_members"][0]["id"], json!(bert.get()));
}

#[tokio::test]
async fn anything_can_be_pushed_as_an_update() {
    let (sim, bot, ..) = group().await;
    let id = sim.push_raw_update(json!({"shiny_new_kind": {"x": [1, null]}}));
    let updates = bot.updates().await;
    assert_eq!(updates, [json!({"update_id": id.get(), "shiny_new_kind": {"x": [1, null]}})]);
}

#[tokio::test]
async fn after_a_stop_nobody_listens() {
    let (sim, bot, ..) = group().await;
    let polling = bot.http.post(format!("{}/getUpdates?timeout=50", bot.url)).send();
    let polling = tokio::spawn(polling);
    sim.stop().await;
    assert!(polling.await.unwrap().is_err());
    let after = bot.http.get(format!("{}/getMe", bot.url)).timeout(Duration::from_secs(5));
    assert!(after.send().await.is_err());
}
