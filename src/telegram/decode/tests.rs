//! Updates as Telegram writes them, and the events they become.

use std::borrow::Cow;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{
    gate::event::{Person, Rights, Sender, Spoken, Status},
    ids::{ChatId, MessageId, ThreadId, UserId},
};

const GROUP: i64 = -1_001_234_567_890;

fn ann() -> Value {
    json!({"id": 7, "is_bot": false, "first_name": "Ann", "last_name": "Lee", "language_code": "en"})
}

fn bot() -> Value {
    json!({"id": 99, "is_bot": true, "first_name": "Helper", "username": "helper_bot"})
}

fn group() -> Value {
    json!({"id": GROUP, "type": "supergroup", "title": "Gardeners", "username": "gardeners"})
}

/// A message of Ann's in the group, with these fields set or (null) taken away.
fn message(fields: &Value) -> Value {
    let mut message =
        json!({"message_id": 5, "from": ann(), "chat": group(), "date": 1_750_000_000});
    for (field, value) in fields.as_object().unwrap() {
        message[field] = value.clone();
    }
    message.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    message
}

fn update(kind: &str, object: &Value) -> String {
    json!({"update_id": 1, kind: object}).to_string()
}

fn batch(updates: &[String]) -> String {
    format!(r#"{{"ok":true,"result":[{}]}}"#, updates.join(","))
}

fn person() -> Person<'static> {
    Person {
        id: UserId::new(7),
        name: "Ann".into(),
        last_name: Some("Lee".into()),
        language: Some("en".into()),
    }
}

fn spoken() -> Spoken<'static> {
    Spoken {
        chat: ChatId::new(GROUP),
        thread: None,
        message: MessageId::new(5),
        sender: Sender::Person(person()),
        album: None,
        command: None,
        title: "Gardeners".into(),
    }
}

/// Asserts the event of one update, alone and as part of a batch.
#[track_caller]
fn means(case: &str, update: &str, event: &Event<'_>) {
    let read = decode_update(update.as_bytes()).unwrap();
    assert_eq!(&read.event, event, "{case}");
    assert!(!read.poison, "{case}");
    let body = batch(&[update.to_owned(), update.to_owned()]);
    let read = decode_updates(body.as_bytes()).unwrap();
    assert_eq!(read.updates.len(), 2, "{case}");
    assert!(read.updates.iter().all(|update| &update.event == event), "{case}");
}

#[test]
fn whoever_says_anything_in_a_group_is_heard() {
    let bodies = [
        json!({"text": "hello"}),
        json!({"text": "привет \"всем\"\n"}),
        json!({"sticker": {"file_id": "x", "set_name": "s"}}),
        json!({"photo": [{"file_id": "x", "width": 1}], "caption": "/protect"}),
        json!({"poll": {"id": "1", "question": "?"}}),
        json!({"forward_origin": {"type": "hidden_user", "sender_user_name": "x"}, "text": "hi"}),
        json!({"reply_to_message": message(&json!({"text": "/help", "message_id": 4}))}),
        json!({"dice": {"value": 6}, "message_thread_id": 77}),
        json!({"poll_option_added": {"option_text": "spam"}}),
        json!({"a_kind_of_content_of_tomorrow": {"deep": [[[{}]]]}, "text": "x"}),
        json!({"via_bot": bot(), "text": "x"}),
    ];
    for body in bodies {
        let update = update("message", &message(&body));
        means(&body.to_string(), &update, &Event::Spoke(spoken()));
    }
}

#[test]
fn topic_album_and_command_are_kept() {
    let body = message(&json!({"message_thread_id": 77, "is_topic_message": true, "text": "x"}));
    let event = Event::Spoke(Spoken { thread: Some(ThreadId::new(77)), ..spoken() });
    means("topic", &update("message", &body), &event);

    let body = message(&json!({"media_group_id": "13", "photo": []}));
    let event = Event::Spoke(Spoken { album: Some("13".into()), ..spoken() });
    means("album", &update("message", &body), &event);

    let body = message(&json!({"text": "/protect @канал\n\"x\""}));
    let command: Option<Cow<'_, str>> = Some("/protect @канал\n\"x\"".into());
    let event = Event::Spoke(Spoken { command, ..spoken() });
    means("command", &update("message", &body), &event);

    let update = update("message", &message(&json!({"text": "/start"}))).replace('/', "\\/");
    let event = Event::Spoke(Spoken { command: Some("/start".into()), ..spoken() });
    means("command with an escaped slash", &update, &event);
}

#[test]
fn an_edited_message_is_heard_but_gives_no_command() {
    let edited = update("edited_message", &message(&json!({"text": "/unprotect"})));
    means("edit", &edited, &Event::Spoke(spoken()));
    let private = json!({"chat": {"id": 7, "type": "private"}, "text": "/start"});
    let edited = update("edited_message", &message(&private));
    means("edit in private", &edited, &Event::Ignored);
}

#[test]
fn senders_are_told_apart() {
    let anonymous = json!({"id": 1_087_968_824, "is_bot": true, "first_name": "Group"});
    let channel_bot = json!({"id": 136_817_688, "is_bot": true, "first_name": "Channel"});
    let telegram = json!({"id": 777_000, "is_bot": false, "first_name": "Telegram"});
    let channel = json!({"id": -1_005, "type": "channel", "title": "News"});
    let table = [
        ("person", json!({}), Sender::Person(person())),
        ("bot", json!({"from": bot()}), Sender::Bot(UserId::new(99))),
        (
            "anonymous administrator",
            json!({"from": anonymous, "sender_chat": group()}),
            Sender::AnonymousAdmin,
        ),
        (
            "linked channel's post",
            json!({"from": telegram, "sender_chat": channel, "is_automatic_forward": true}),
            Sender::LinkedChannel,
        ),
        (
            "linked channel's post without the flag",
            json!({"from": telegram, "sender_chat": channel}),
            Sender::LinkedChannel,
        ),
        (
            "in the name of a channel",
            json!({"from": channel_bot, "sender_chat": channel}),
            Sender::Channel(ChatId::new(-1_005)),
        ),
        (
            "in the name of a channel, nobody named",
            json!({"from": null, "sender_chat": channel}),
            Sender::Channel(ChatId::new(-1_005)),
        ),
    ];
    for (case, fields, sender) in table {
        let update = update("message", &message(&fields));
        means(case, &update, &Event::Spoke(Spoken { sender, ..spoken() }));
    }
    let nobody = update("message", &message(&json!({"from": null})));
    means("nobody", &nobody, &Event::Ignored);
}

#[test]
fn service_messages_and_what_stands_elsewhere_are_ignored() {
    let service = "left_chat_member chat_owner_left chat_owner_changed new_chat_title \
        new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created \
        channel_chat_created message_auto_delete_timer_changed pinned_message \
        successful_payment refunded_payment users_shared chat_shared gift unique_gift \
        gift_upgrade_sent connected_website write_access_allowed passport_data \
        proximity_alert_triggered boost_added chat_background_set checklist_tasks_done \
        direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed \
        forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden \
        giveaway_created giveaway_completed managed_bot_created paid_message_price_changed \
        poll_option_deleted suggested_post_approved suggested_post_approval_failed \
        suggested_post_declined suggested_post_paid suggested_post_refunded \
        video_chat_scheduled video_chat_started video_chat_ended \
        video_chat_participants_invited web_app_data";
    for field in service.split_whitespace() {
        let update = update("message", &message(&json!({field: {"text": "/x"}})));
        means(field, &update, &Event::Ignored);
    }
    for kind in ["channel", "a_kind_of_chat_of_tomorrow"] {
        let chat = json!({"id": -1_005, "type": kind, "title": "News"});
        means(kind, &update("message", &message(&json!({"chat": chat}))), &Event::Ignored);
    }
    for kind in ["channel_post", "edited_channel_post", "message_reaction", "of_tomorrow"] {
        means(kind, &update(kind, &message(&json!({"text": "x"}))), &Event::Ignored);
    }
    means("nothing at all", r#"{"update_id":1}"#, &Event::Ignored);
}

#[test]
fn newcomers_are_announced_without_bots() {
    let event = Event::Arrived { chat: ChatId::new(GROUP), thread: None, people: vec![person()] };
    let body = message(&json!({"from": bot(), "new_chat_members": [bot(), ann()]}));
    means("one of two", &update("message", &body), &event);
    let body = message(&json!({"new_chat_members": [bot()]}));
    means("bots only", &update("message", &body), &Event::Ignored);
}

#[test]
fn a_group_that_becomes_a_supergroup_is_followed_from_both_sides() {
    let event = Event::Migrated { from: ChatId::new(-44), to: ChatId::new(GROUP) };
    let old = json!({"chat": {"id": -44, "type": "group"}, "migrate_to_chat_id": GROUP});
    means("old side", &update("message", &message(&old)), &event);
    let new = json!({"migrate_from_chat_id": -44});
    means("new side", &update("message", &message(&new)), &event);
}

#[test]
fn a_private_message_names_its_writer() {
    let chat = json!({"id": 7, "type": "private", "first_name": "Ann"});
    let body = message(&json!({"chat": chat, "text": "/start abc"}));
    let command: Option<Cow<'_, str>> = Some("/start abc".into());
    means(
        "start",
        &update("message", &body),
        &Event::Private { person: person(), message: MessageId::new(5), command },
    );
    let body = message(&json!({"chat": chat, "text": "hello"}));
    let event = Event::Private { person: person(), message: MessageId::new(5), command: None };
    means("words", &update("message", &body), &event);
}

#[test]
fn every_status_is_read_and_an_unknown_one_stays_unknown() {
    let rights = Rights { restrict: true, delete: true, invite: false, anonymous: false };
    let table = [
        (json!({"status": "creator", "is_anonymous": true}), Status::Creator),
        (
            json!({"status": "administrator", "can_restrict_members": true,
                "can_delete_messages": true, "can_invite_users": false, "is_anonymous": false}),
            Status::Administrator(rights),
        ),
        (json!({"status": "administrator"}), Status::Administrator(Rights::default())),
        (json!({"status": "member", "until_date": 5}), Status::Member),
        (
            json!({"status": "restricted", "is_member": true}),
            Status::Restricted { is_member: true },
        ),
        (
            json!({"status": "restricted", "is_member": false}),
            Status::Restricted { is_member: false },
        ),
        (json!({"status": "restricted"}), Status::Unknown),
        (json!({"status": "left"}), Status::Left),
        (json!({"status": "kicked", "until_date": 0}), Status::Banned),
        (json!({"status": "of_tomorrow"}), Status::Unknown),
    ];
    for (mut member, new) in table {
        member["user"] = ann();
        let old = json!({"status": "left", "user": ann()});
        let change = json!({"chat": group(), "from": bot(), "date": 1,
            "old_chat_member": old, "new_chat_member": member, "via_join_request": true});
        let (chat, by) = (ChatId::new(GROUP), UserId::new(99));
        let event = Event::MemberChanged {
            chat,
            person: person(),
            is_bot: false,
            by,
            old: Status::Left,
            new: new.clone(),
        };
        means(&member.to_string(), &update("chat_member", &change), &event);
        let event = Event::BotChanged { chat, by, new };
        means(&member.to_string(), &update("my_chat_member", &change), &event);
    }
}

#[test]
fn being_blocked_by_a_person_changes_nothing() {
    let member = json!({"status": "kicked", "user": bot()});
    let change = json!({"chat": {"id": 7, "type": "private"}, "from": ann(), "date": 1,
        "old_chat_member": member, "new_chat_member": member});
    means("blocked", &update("my_chat_member", &change), &Event::Ignored);
}

#[test]
fn a_press_is_read_wherever_its_button_stands() {
    let pressed = |chat: Option<i64>, thread: Option<i64>| Event::Pressed {
        query: "421".into(),
        person: person(),
        chat: chat.map(ChatId::new),
        message: chat.map(|_| MessageId::new(5)),
        thread: thread.map(ThreadId::new),
        data: "joined".into(),
    };
    let topic = json!({"message_thread_id": 77, "is_topic_message": true, "from": bot()});
    let table = [
        ("in a topic", json!({"message": message(&topic)}), pressed(Some(GROUP), Some(77))),
        (
            "message too old to be read",
            json!({"message": {"chat": group(), "message_id": 5, "date": 0}}),
            pressed(Some(GROUP), None),
        ),
        ("inline message", json!({"inline_message_id": "abc"}), pressed(None, None)),
    ];
    for (case, mut press, event) in table {
        press["id"] = json!("421");
        press["from"] = ann();
        press["chat_instance"] = json!("-9");
        press["data"] = json!("joined");
        means(case, &update("callback_query", &press), &event);
    }
    let game = json!({"id": "421", "from": ann(), "game_short_name": "chess"});
    means("game", &update("callback_query", &game), &Event::Ignored);
}

#[test]
fn names_are_borrowed_unless_they_are_escaped() {
    let plain = r#"{"update_id":1,"message":{"message_id":5,"chat":{"id":-1,"type":"group",
        "title":"G"},"from":{"id":7,"is_bot":false,"first_name":"Анна"}}}"#;
    let escaped = plain.replace("Анна", r"\u0410\u043d\u043d\u0430");
    for (update, borrowed) in [(plain, true), (escaped.as_str(), false)] {
        let Event::Spoke(spoken) = decode_update(update.as_bytes()).unwrap().event else {
            panic!("not heard: {update}");
        };
        let Sender::Person(person) = spoken.sender else { panic!("no person: {update}") };
        assert_eq!(person.name, "Анна");
        assert_eq!(matches!(person.name, Cow::Borrowed(_)), borrowed);
        assert!(matches!(person.full_name(), Cow::Borrowed("Анна")));
    }
    assert_eq!(person().full_name(), "Ann Lee");
}

#[test]
fn hostile_names_and_titles_do_not_hide_a_message() {
    let update = |name: &[u8]| {
        let mut bytes = br#"{"update_id":1,"message":{"message_id":5,"text":""#.to_vec();
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(br#"","chat":{"id":-1,"type":"group","title":""#);
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(br#""},"from":{"id":7,"is_bot":false,"first_name":""#);
        bytes.extend_from_slice(name);
        bytes.extend_from_slice(br#""}}}"#);
        bytes
    };
    let table: [(&[u8], &str); 5] = [
        (br"\ud83d", "\u{FFFD}"),
        (br"\ude80\ud83d", "\u{FFFD}"),
        (b"a\xffb", "a\u{FFFD}b"),
        (b"\\u0000\\u202e", "\0\u{202E}"),
        (br#"\"},{\"update_id\":9,\""#, r#""},{"update_id":9,""#),
    ];
    for (written, read) in table {
        let bytes = update(written);
        let incoming = decode_update(&bytes).unwrap();
        assert!(!incoming.poison, "{read}");
        let Event::Spoke(Spoken { sender: Sender::Person(person), .. }) = incoming.event else {
            panic!("not heard: {read}");
        };
        assert!(person.name.starts_with(read), "{:?} for {read:?}", person.name);
    }
}

#[test]
fn one_update_nobody_can_read_stops_no_other() {
    let good = update("message", &message(&json!({"text": "x"})));
    let poisons = [
        r#"{"update_id":2,"message":{"message_id":"five","chat":{"id":1,"type":"group"}}}"#,
        r#"{"update_id":2,"message":{"message_id":5}}"#,
        r#"{"update_id":2,"message":7}"#,
        r#"{"update_id":2,"message":{"x":tru,"y":[,]}}"#,
        r#"{"update_id":2,"message":{"message_id":99999999999999999999999}}"#,
        r#"{ "update_id" : 2 , "callback_query": {"id": 5} }"#,
        r#"{"update_id":2,"chat_member":{"chat":{"id":1,"type":"channel"}}}"#,
    ];
    for poison in poisons {
        let body = batch(&[good.clone(), poison.to_owned(), good.clone()]);
        let decoded = decode_updates(body.as_bytes()).unwrap();
        let seen: Vec<_> =
            decoded.updates.iter().map(|update| (update.id.get(), update.poison)).collect();
        assert_eq!(seen, [(1, false), (2, true), (1, false)], "{poison}");
        assert_eq!(decoded.updates[0].event, Event::Spoke(spoken()), "{poison}");
        assert_eq!(decoded.updates[1].event, Event::Ignored, "{poison}");
        assert_eq!(decoded.updates[2].event, Event::Spoke(spoken()), "{poison}");
        assert_eq!(decoded.poisoned, 1, "{poison}");
        let alone = decode_update(poison.as_bytes()).unwrap();
        assert_eq!((alone.id.get(), alone.poison), (2, true), "{poison}");
    }
}

#[test]
fn an_update_without_a_readable_id_is_counted() {
    for nameless in ["{}", r#"{"update_id":"x"}"#, r#"{"update_id":-1e99}"#, r#"{"update_id":}"#] {
        let body = batch(&[nameless.to_owned(), update("poll", &json!({}))]);
        let decoded = decode_updates(body.as_bytes()).unwrap();
        assert_eq!((decoded.updates.len(), decoded.poisoned), (1, 1), "{nameless}");
        assert!(decode_update(nameless.as_bytes()).is_err(), "{nameless}");
    }
}

#[test]
fn a_body_that_is_no_batch_confirms_nothing() {
    let good = batch(&[update("message", &message(&json!({"text": "x"})))]);
    for end in 0..good.len() {
        assert!(decode_updates(&good.as_bytes()[..end]).is_err(), "cut off at {end}");
    }
    let refused = br#"{"ok":false,"error_code":409,"description":"Conflict"}"#;
    assert_eq!(decode_updates(refused), Err(DecodeError::NoUpdates));
    let garbage = decode_updates(b"<html>Bad Gateway</html>").unwrap_err();
    assert_eq!(garbage, DecodeError::Malformed { line: 1, column: 1 });
}

#[test]
fn an_empty_batch_is_no_error() {
    let decoded = decode_updates(br#"{"ok":true,"result":[]}"#).unwrap();
    assert_eq!(decoded, Decoded { updates: Vec::new(), poisoned: 0 });
}

#[test]
fn everything_read_is_asked_for() {
    for kind in ALLOWED_UPDATES {
        let update = update(kind, &json!({}));
        let read = decode_update(update.as_bytes()).unwrap();
        assert!(read.poison, "{kind} is asked for and not read");
    }
}

/// Any JSON, keys of ours among the others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let key = prop_oneof![Just("id"), Just("chat"), Just("from"), Just("type"), Just("x")];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..4)
                .prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Updates of every kind that is read.
fn any_update() -> impl Strategy<Value = Value> {
    let member = json!({"status": "restricted", "is_member": true, "user": ann()});
    let change = json!({"chat": group(), "from": ann(), "old_chat_member": member,
        "new_chat_member": member});
    let press = json!({"id": "1", "from": ann(), "data": "d", "message": message(&json!({}))});
    let spoken = message(&json!({"text": "/x", "sender_chat": group(), "media_group_id": "1"}));
    let arrived = message(&json!({"new_chat_members": [ann(), bot()]}));
    prop::sample::select(vec![
        json!({"update_id": 2, "message": spoken}),
        json!({"update_id": 2, "edited_message": spoken}),
        json!({"update_id": 2, "message": arrived}),
        json!({"update_id": 2, "callback_query": press}),
        json!({"update_id": 2, "chat_member": change}),
        json!({"update_id": 2, "my_chat_member": change}),
    ])
}

/// Every place in a value where something else could stand, as JSON pointers.
fn places(value: &Value, here: String, all: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                places(item, format!("{here}/{at}"), all);
            }
        }
        Value::Object(fields) => {
            for (field, item) in fields {
                places(item, format!("{here}/{field}"), all);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all.push(here);
}

proptest! {
    #[test]
    fn no_bytes_stop_the_decoder(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _read = (decode_updates(&bytes), decode_update(&bytes));
        let mut body = br#"{"ok":true,"result":[{"update_id":1,"message":"#.to_vec();
        body.extend_from_slice(&bytes);
        body.extend_from_slice(b"}]}");
        let _read = decode_updates(&body);
    }

    #[test]
    fn whatever_stands_in_an_update_its_neighbours_are_read(
        update in any_update(),
        place in any::<prop::sample::Index>(),
        other in any_json(),
    ) {
        let mut all = Vec::new();
        places(&update, String::new(), &mut all);
        let mut changed = update.clone();
        *changed.pointer_mut(&all[place.index(all.len())]).unwrap() = other;
        prop_assume!(changed.is_object());

        let good = self::update("message", &message(&json!({"text": "x"})));
        let body = batch(&[good.clone(), changed.to_string(), good]);
        let decoded = decode_updates(body.as_bytes()).unwrap();
        let heard = Event::Spoke(spoken());
        prop_assert_eq!(&decoded.updates.first().unwrap().event, &heard);
        prop_assert_eq!(&decoded.updates.last().unwrap().event, &heard);
        let unread = decoded.updates.iter().filter(|update| update.poison).count();
        prop_assert!(unread <= decoded.poisoned && decoded.poisoned <= 1);
        if changed["update_id"] == 2 {
            prop_assert_eq!(decoded.updates.len(), 3);
        }
    }

    #[test]
    fn no_broken_byte_stops_the_decoder(
        update in any_update(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut body = batch(&[update.to_string(), update.to_string()]).into_bytes();
        let at = at.index(body.len());
        body[at] = byte;
        if let Ok(decoded) = decode_updates(&body) {
            prop_assert!(decoded.updates.len() + decoded.poisoned <= 4);
        }
    }
}
