//! What the bot says, changes, deletes and answers; how different senders look.

use super::*;
use crate::{
    ids::MessageId,
    sim::{ANONYMOUS_ADMIN, Content, MemberStatus, Permissions, TELEGRAM},
};

fn prompt(chat: ChatId, text: &str) -> Value {
    let keyboard = json!({"inline_keyboard": [
        [{"text": "Join", "url": "https://t.me/chess_news"}],
        [{"text": "I have joined", "callback_data": "joined"}],
    ]});
    json!({"chat_id": chat.get(), "text": text, "parse_mode": "HTML", "reply_markup": keyboard,
           "disable_notification": true})
}

#[tokio::test]
async fn a_message_is_sent_edited_and_deleted() {
    let (sim, bot, chat, ann) = group().await;
    let text = format!("<b>Hello</b> <a href=\"tg://user?id={ann}\">Ann &amp; Co</a>");
    let sent = bot.get("sendMessage", prompt(chat, &text)).await;
    assert_eq!(sent["text"], "Hello Ann & Co");
    assert_eq!(sent["entities"][1]["type"], "text_mention");
    assert_eq!(sent["entities"][1]["user"]["id"], json!(ann.get()));
    let id = sent["message_id"].as_i64().unwrap();
    assert!(sim.bot_messages(chat)[0].silent);
    assert!(bot.updates().await.is_empty(), "a bot is not told of its own messages");

    let mut same = prompt(chat, &text);
    same["message_id"] = json!(id);
    let refused = bot.refused("editMessageText", same.clone()).await;
    assert_eq!(
        refused,
        "Bad Request: message is not modified: specified new message content and reply markup \
         are exactly the same as a current content and reply markup of the message"
    );
    same["text"] = json!("Goodbye");
    let edited = bot.get("editMessageText", same).await;
    assert_eq!((&edited["text"], &edited["message_id"]), (&json!("Goodbye"), &json!(id)));
    assert!(edited["edit_date"].is_i64());
    bot.get("editMessageReplyMarkup", json!({"chat_id": chat.get(), "message_id": id})).await;
    assert_eq!(sim.bot_messages(chat)[0].reply_markup, None);

    let this = json!({"chat_id": chat.get(), "message_id": id});
    bot.get("deleteMessage", this.clone()).await;
    assert!(sim.was_deleted(chat, MessageId::new(id)));
    let gone = "Bad Request: message to delete not found";
    assert_eq!(bot.refused("deleteMessage", this).await, gone);
    let edit = json!({"chat_id": chat.get(), "message_id": id, "text": "x"});
    let gone = "Bad Request: message to edit not found";
    assert_eq!(bot.refused("editMessageText", edit).await, gone);
}

#[tokio::test]
async fn sending_is_refused_for_the_reasons_telegram_gives() {
    let (sim, bot, chat, ann) = group().await;
    let channel = sim.add_channel("News", Some("news"));
    let silenced = sim.add_supergroup("Silenced");
    sim.place(silenced, &[sim.bot()], MemberStatus::Member);
    sim.set_permissions(silenced, Permissions::NONE);
    let at = |chat: ChatId, text: &str| json!({"chat_id": chat.get(), "text": text});
    let html = |text: &str| json!({"chat_id": chat.get(), "text": text, "parse_mode": "HTML"});
    let table = [
        (at(ChatId::new(-1), "x"), "Bad Request: chat not found"),
        (json!({"text": "x"}), "Bad Request: chat_id is empty"),
        (at(chat, " \n"), "Bad Request: message text is empty"),
        (html("<b></b>"), "Bad Request: message text is empty"),
        (at(chat, &"x".repeat(4_097)), "Bad Request: message is too long"),
        (
            html("<b>x"),
            "Bad Request: can't parse entities: \
             Can't find end tag corresponding to start tag \"b\"",
        ),
        (
            json!({"chat_id": chat.get(), "text": "x", "message_thread_id": 77}),
            "Bad Request: message thread not found",
        ),
        (at(ChatId::from(ann), "x"), "Forbidden: bot can't initiate conversation with a user"),
        (at(channel, "x"), "Forbidden: bot is not a member of the channel chat"),
        (at(silenced, "x"), "Bad Request: not enough rights to send text messages to the chat"),
    ];
    for (params, expected) in table {
        assert_eq!(bot.refused("sendMessage", params.clone()).await, expected, "{params}");
    }
    bot.get("sendMessage", html(&format!("<b>{}</b>", "x".repeat(4_096)))).await;
}

#[tokio::test]
async fn the_bot_writes_to_whoever_has_written_and_not_blocked_it() {
    let (sim, bot, _, ann) = group().await;
    sim.write_privately(ann, "/start").unwrap();
    let updates = bot.updates().await;
    assert_eq!(updates[0]["message"]["chat"]["type"], "private");
    let hello = json!({"chat_id": ann.get(), "text": "hello"});
    bot.get("sendMessage", hello.clone()).await;
    assert_eq!(sim.private_messages(ann)[0].text, "hello");
    sim.set_blocked(ann, true);
    assert_eq!(bot.refused("sendMessage", hello).await, "Forbidden: bot was blocked by the user");
    let update = &bot.updates().await[0]["my_chat_member"];
    assert_eq!(update["new_chat_member"]["status"], "kicked");
}

#[tokio::test]
async fn only_its_own_messages_can_be_edited_and_others_deleted_with_the_right() {
    let (sim, bot, chat, ann) = group().await;
    let spoken = ["a", "b", "c"].map(|text| sim.speak(chat, ann, text).unwrap().get());
    let this = json!({"chat_id": chat.get(), "message_id": spoken[0], "text": "x"});
    let refused = bot.refused("editMessageText", this.clone()).await;
    assert_eq!(refused, "Bad Request: message can't be edited");
    sim.make_bot_admin(chat, Rights::ALL.without(Rights::DELETE));
    let refused = bot.refused("deleteMessage", this).await;
    assert_eq!(refused, "Bad Request: message can't be deleted");
    sim.make_bot_admin(chat, Rights::ALL);
    let many = json!({"chat_id": chat.get(), "message_ids": [spoken[0], 9_999, spoken[2]]});
    bot.get("deleteMessages", many).await;
    let left = spoken.map(|id| sim.message(chat, MessageId::new(id)).is_some());
    assert_eq!(left, [false, true, false]);
}

#[tokio::test]
async fn nothing_older_than_two_days_can_be_deleted() {
    let clock = crate::clock::Clock::manual(crate::clock::UnixMillis::new(1_790_000_000_000));
    let options = Options { clock: clock.clone(), ..Options::default() };
    let sim = Sim::start(options).await.unwrap();
    let bot = Bot::of(&sim);
    let chat = sim.add_supergroup("Old");
    sim.make_bot_admin(chat, Rights::ALL);
    let sent = bot.get("sendMessage", prompt(chat, "x")).await;
    clock.advance(std::time::Duration::from_secs(48 * 3_600));
    let this = json!({"chat_id": chat.get(), "message_id": sent["message_id"]});
    let refused = bot.refused("deleteMessage", this).await;
    assert_eq!(refused, "Bad Request: message can't be deleted");
}

#[tokio::test]
async fn a_press_is_answered_once_and_in_time() {
    let clock = crate::clock::Clock::manual(crate::clock::UnixMillis::new(1_790_000_000_000));
    let options = Options { clock: clock.clone(), ..Options::default() };
    let sim = Sim::start(options).await.unwrap();
    let bot = Bot::of(&sim);
    let (chat, ann) = (sim.add_supergroup("Chess club"), sim.add_user("Ann"));
    sim.make_bot_admin(chat, Rights::ALL);
    let sent = bot.get("sendMessage", prompt(chat, "Join first")).await;
    let message = MessageId::new(sent["message_id"].as_i64().unwrap());
    bot.updates().await;

    let query = sim.press_button(chat, message, ann).unwrap();
    let update = &bot.updates().await[0]["callback_query"];
    assert_eq!((&update["id"], &update["data"]), (&json!(query), &json!("joined")));
    assert_eq!(update["message"]["reply_markup"], sent["reply_markup"]);
    let answer = json!({"callback_query_id": query, "text": "Not yet", "show_alert": true});
    bot.get("answerCallbackQuery", answer.clone()).await;
    let shown = sim.answer_to(&query).unwrap();
    assert_eq!((shown.user, shown.text.as_str(), shown.alert), (ann, "Not yet", true));

    let too_old = "Bad Request: query is too old and response timeout expired \
                   or query ID is invalid";
    assert_eq!(bot.refused("answerCallbackQuery", answer).await, too_old);
    let late = sim.press(chat, message, ann, "forged");
    clock.advance(std::time::Duration::from_secs(16));
    let answer = json!({"callback_query_id": late});
    assert_eq!(bot.refused("answerCallbackQuery", answer).await, too_old);
    let long = json!({"callback_query_id": late, "text": "x".repeat(201)});
    assert_eq!(bot.refused("answerCallbackQuery", long).await, "Bad Request: MESSAGE_TOO_LONG");
}

#[tokio::test]
async fn every_kind_of_sender_looks_as_telegram_shows_it() {
    let (sim, bot, chat, ann) = group().await;
    let channel = sim.add_channel("News", None);
    sim.link_channel(chat, channel);
    let admin = sim.add_user("Admin");
    sim.place(chat, &[admin], MemberStatus::Administrator(Rights::ANONYMOUS));
    sim.speak_anonymously(chat, admin, "I am the group").unwrap();
    sim.linked_channel_post(chat, channel, "News!").unwrap();
    sim.album(chat, ann, 3).unwrap();
    let guest = sim.add_user("Guest");
    assert!(sim.speak(chat, guest, "a comment from outside").is_some());
    let other = sim.add_bot("Other");
    sim.place(chat, &[other], MemberStatus::Member);
    sim.bot_speaks(chat, other, "beep").unwrap();
    let updates = bot.updates().await;
    let message = |index: usize| &updates[index]["message"];

    assert_eq!(message(0)["from"]["id"], json!(ANONYMOUS_ADMIN.get()));
    assert_eq!(message(0)["sender_chat"]["id"], json!(chat.get()));
    assert_eq!(message(1)["from"]["id"], json!(TELEGRAM.get()));
    assert_eq!(message(1)["is_automatic_forward"], true);
    assert_eq!(message(1)["sender_chat"]["id"], json!(channel.get()));
    let album = message(2)["media_group_id"].as_str().unwrap();
    assert_eq!(message(4)["media_group_id"], album);
    assert!(message(3)["photo"].is_array());
    assert_eq!(message(5)["from"]["id"], json!(guest.get()));
    assert_eq!(message(6)["from"]["is_bot"], true);
}

#[tokio::test]
async fn topics_hold_messages_and_prompts_of_their_own() {
    let (sim, bot, _, ann) = group().await;
    let forum = sim.add_forum("Club");
    sim.make_bot_admin(forum, Rights::ALL);
    sim.place(forum, &[ann], MemberStatus::Member);
    let topic = sim.add_topic(forum, ann, "Openings").unwrap();
    bot.updates().await;
    sim.speak_in(forum, topic, ann, "e4").unwrap();
    let message = &bot.updates().await[0]["message"];
    assert_eq!(message["message_thread_id"], json!(topic.get()));
    assert_eq!(message["is_topic_message"], true);
    assert_eq!(message["chat"]["is_forum"], true);
    let mut sent = prompt(forum, "Join first");
    sent["message_thread_id"] = json!(topic.get());
    bot.get("sendMessage", sent).await;
    assert_eq!(sim.bot_messages(forum)[0].thread, Some(topic));
}

#[tokio::test]
async fn the_thread_of_a_reply_outside_forums_is_no_topic() {
    let (sim, bot, chat, ann) = group().await;
    let bert = sim.add_user("Bert");
    sim.place(chat, &[bert], MemberStatus::Member);
    let first = sim.speak(chat, ann, "hello").unwrap();
    sim.speak(chat, bert, "hello yourself").unwrap();
    let reply = &bot.updates().await[1]["message"];
    assert_eq!(reply["message_thread_id"], json!(first.get()));
    assert_eq!(reply["is_topic_message"], Value::Null);
}

#[tokio::test]
async fn edits_reactions_and_every_content_reach_the_bot() {
    let (sim, bot, chat, ann) = group().await;
    let message = sim.speak(chat, ann, "hello").unwrap();
    assert!(sim.edit(chat, message, "buy my coins"));
    bot.get("getUpdates", json!({"allowed_updates": ["message", "message_reaction"]})).await;
    assert!(sim.react(chat, message, ann, "\u{1f44d}"));
    for content in [Content::Sticker, Content::Poll("Tea?"), Content::Forward("news")] {
        assert!(sim.send(chat, ann, &content).is_some());
    }
    let updates = bot.updates().await;
    assert_eq!(
        kinds(&updates),
        ["message", "edited_message", "message_reaction", "message", "message", "message"]
    );
    assert_eq!(updates[1]["edited_message"]["text"], "buy my coins");
    assert!(updates[3]["message"]["sticker"].is_object());
    assert!(updates[4]["message"]["poll"].is_object());
    assert!(updates[5]["message"]["forward_origin"].is_object());
}

#[tokio::test]
async fn commands_are_kept_by_scope_and_language() {
    let (_sim, bot, ..) = group().await;
    let commands = json!([{"command": "status", "description": "How things stand"}]);
    bot.get("setMyCommands", json!({"commands": commands, "language_code": "en"})).await;
    assert_eq!(bot.get("getMyCommands", json!({"language_code": "en"})).await, commands);
    assert_eq!(bot.get("getMyCommands", json!({})).await, json!([]));
    let bad = json!({"commands": [{"command": "Status!", "description": "x"}]});
    assert_eq!(bot.refused("setMyCommands", bad).await, "Bad Request: BOT_COMMAND_INVALID");
}
