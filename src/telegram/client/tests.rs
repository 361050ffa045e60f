//! Calls over a real socket, against a server that answers what it is told to.

use std::{
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread::{self, JoinHandle},
};

use serde_json::{Value, json};

use super::*;
use crate::{
    gate::event::Rights,
    ids::ThreadId,
    telegram::{error::Transient, info::ChatKind},
};

const TOKEN: &str = "123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc";
const CHAT: ChatId = ChatId::new(-1_001);
const ANN: UserId = UserId::new(7);

/// What a server does with one connection.
enum Script {
    /// Answers with these bytes, then closes.
    Say(Vec<u8>),
    /// Reads the call and says nothing until the caller goes away.
    Hang,
    /// Says this, then nothing more until the caller goes away.
    Stall(Vec<u8>),
}

/// A call as the server saw it.
struct Seen {
    path: String,
    body: Value,
}

/// Serves one call for each script; ends with what it has seen.
fn serve(scripts: Vec<Script>) -> (Url, JoinHandle<Vec<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    let server = thread::spawn(move || {
        scripts.into_iter().map(|script| one_call(listener.accept().unwrap().0, script)).collect()
    });
    (url, server)
}

/// What the server has seen, once it is done. The calls' connections go on meanwhile: they are
/// closed by tasks of this runtime.
async fn seen(server: JoinHandle<Vec<Seen>>) -> Vec<Seen> {
    tokio::task::spawn_blocking(|| server.join().unwrap()).await.unwrap()
}

fn one_call(stream: TcpStream, script: Script) -> Seen {
    let mut reader = BufReader::new(stream);
    let (mut line, mut path, mut length) = (String::new(), String::new(), 0);
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap().to_owned();
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let answer = match script {
        Script::Say(answer) => {
            // The caller may refuse to read all of it.
            let _written = reader.get_mut().write_all(&answer);
            None
        }
        Script::Hang => Some(Vec::new()),
        Script::Stall(answer) => Some(answer),
    };
    if let Some(answer) = answer {
        reader.get_mut().write_all(&answer).unwrap();
        let _gone = reader.read(&mut [0]);
    }
    Seen { path, body: serde_json::from_slice(&body).unwrap() }
}

/// A complete HTTP answer.
fn http(status: u16, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
        .into_bytes()
}

fn granted(result: &Value) -> Script {
    Script::Say(http(200, &json!({"ok": true, "result": result}).to_string()))
}

/// Short enough for a test that waits for it, long enough for a loopback answer.
fn impatient() -> Timeouts {
    let wait = Duration::from_millis(300);
    Timeouts { connect: wait, call: wait, poll_margin: wait }
}

fn client(url: &Url) -> Client {
    Client::new(&Token::parse(TOKEN).unwrap(), url, Timeouts::default()).unwrap()
}

/// Everything an error shows, its sources included.
fn shown(error: &TelegramError) -> String {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        shown = format!("{shown} {cause} {cause:?}");
        source = cause.source();
    }
    shown
}

async fn get_me_fails(scripts: Vec<Script>, timeouts: Timeouts) -> TelegramError {
    let (url, server) = serve(scripts);
    let client = Client::new(&Token::parse(TOKEN).unwrap(), &url, timeouts).unwrap();
    let error = client.get_me().await.unwrap_err();
    drop(client);
    assert_eq!(seen(server).await[0].path, format!("/bot{TOKEN}/getMe"));
    let shown = shown(&error);
    assert!(!shown.contains("AAEhBO") && !shown.contains("http://"), "{shown}");
    error
}

#[tokio::test]
async fn holding_names_every_permission_and_lifting_gives_every_one() {
    let (url, server) = serve(vec![granted(&json!(true)), granted(&json!(true))]);
    let client = client(&url);
    client.restrict(CHAT, ANN).await.unwrap();
    client.lift(CHAT, ANN).await.unwrap();
    let seen = seen(server).await;
    for (call, allowed) in seen.iter().zip([false, true]) {
        assert_eq!(call.path, format!("/bot{TOKEN}/restrictChatMember"));
        let permissions: serde_json::Map<_, _> = [
            "can_send_messages",
            "can_send_audios",
            "can_send_documents",
            "can_send_photos",
            "can_send_videos",
            "can_send_video_notes",
            "can_send_voice_notes",
            "can_send_polls",
            "can_send_other_messages",
            "can_add_web_page_previews",
            "can_react_to_messages",
            "can_edit_tag",
            "can_change_info",
            "can_invite_users",
            "can_pin_messages",
            "can_manage_topics",
        ]
        .into_iter()
        .map(|permission| (permission.to_owned(), json!(allowed)))
        .collect();
        assert_eq!(
            call.body,
            json!({"chat_id": -1_001, "user_id": 7, "permissions": permissions,
                "use_independent_chat_permissions": true})
        );
    }
}

#[tokio::test]
async fn a_message_is_sent_and_edited_with_its_buttons() {
    let sent = json!({"message_id": 31, "chat": {"id": -1_001}, "text": "a < b"});
    let (url, server) = serve(vec![granted(&sent), granted(&sent), granted(&sent)]);
    let client = client(&url);
    let url_button = Button::Url { label: "Join".into(), url: "https://t.me/news".into() };
    let callback = Button::Callback { label: "I have joined".into(), data: "joined".into() };
    let keyboard = vec![vec![url_button], vec![callback]];
    let html = "a &lt; <b>b</b>".to_owned();
    let thread = Some(ThreadId::new(77));
    let mut message = Outgoing { chat: CHAT, thread, html, keyboard, silent: true };
    assert_eq!(client.send(&message).await.unwrap(), MessageId::new(31));
    client.edit(CHAT, MessageId::new(31), &message.html, &message.keyboard).await.unwrap();
    message.thread = None;
    message.keyboard.clear();
    message.silent = false;
    client.send(&message).await.unwrap();

    let markup = json!({"inline_keyboard": [
        [{"text": "Join", "url": "https://t.me/news"}],
        [{"text": "I have joined", "callback_data": "joined"}],
    ]});
    let preview = json!({"is_disabled": true});
    let expected = [
        json!({"chat_id": -1_001, "message_thread_id": 77, "disable_notification": true,
            "text": "a &lt; <b>b</b>", "parse_mode": "HTML", "link_preview_options": preview,
            "reply_markup": markup}),
        json!({"chat_id": -1_001, "message_id": 31, "text": "a &lt; <b>b</b>",
            "parse_mode": "HTML", "link_preview_options": preview, "reply_markup": markup}),
        json!({"chat_id": -1_001, "disable_notification": false, "text": "a &lt; <b>b</b>",
            "parse_mode": "HTML", "link_preview_options": preview}),
    ];
    let seen: Vec<_> = seen(server).await.into_iter().map(|call| call.body).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn short_orders_say_what_they_should() {
    let (url, server) = serve((0..5).map(|_| granted(&json!(true))).collect());
    let client = client(&url);
    client.delete_messages(CHAT, &[MessageId::new(1), MessageId::new(2)]).await.unwrap();
    client.ban_sender(CHAT, ChatId::new(-1_005)).await.unwrap();
    client.answer("421", Some(&"x".repeat(300)), true).await.unwrap();
    let commands = [("protect", "Set up")];
    client.set_commands(&commands, CommandScope::GroupAdministrators, Some("pt")).await.unwrap();
    client.delete_webhook().await.unwrap();
    let expected = [
        ("deleteMessages", json!({"chat_id": -1_001, "message_ids": [1, 2]})),
        ("banChatSenderChat", json!({"chat_id": -1_001, "sender_chat_id": -1_005})),
        (
            "answerCallbackQuery",
            json!({"callback_query_id": "421", "show_alert": true,
                "text": format!("{}…", "x".repeat(199))}),
        ),
        (
            "setMyCommands",
            json!({"commands": [{"command": "protect", "description": "Set up"}],
                "scope": {"type": "all_chat_administrators"}, "language_code": "pt"}),
        ),
        ("deleteWebhook", json!({"drop_pending_updates": false})),
    ];
    for (call, (method, body)) in seen(server).await.iter().zip(expected) {
        assert_eq!(call.path, format!("/bot{TOKEN}/{method}"));
        assert_eq!(call.body, body, "{method}");
    }
}

#[tokio::test]
async fn what_telegram_tells_is_read_and_the_rest_skipped() {
    let chat = json!({"id": -1_001, "type": "supergroup", "title": "G", "is_forum": true,
        "linked_chat_id": -1_005, "invite_link": "https://t.me/+x", "accent_color_id": 1});
    let left = json!({"status": "left", "user": {"id": 7, "is_bot": false, "first_name": "A"}});
    let admins = json!([
        {"status": "creator", "is_anonymous": false, "user": {"id": 1, "is_bot": false}},
        {"status": "administrator", "can_restrict_members": true, "user": {"id": 2, "is_bot": true}},
    ]);
    let hook = json!({"url": "", "has_custom_certificate": false, "pending_update_count": 3});
    let me = json!({"id": 99, "is_bot": true, "first_name": "Gate", "username": "gate_bot"});
    let answers = [&chat, &left, &admins, &hook, &me].map(granted);
    let (url, server) = serve(answers.into());
    let client = client(&url);

    let chat = client.get_chat(&ChatRef::Username("gardeners".into())).await.unwrap();
    assert_eq!((chat.kind, chat.title.as_str()), (ChatKind::Supergroup, "G"));
    assert_eq!((chat.is_forum, chat.linked_chat), (true, Some(ChatId::new(-1_005))));
    assert_eq!(chat.invite_link.as_deref(), Some("https://t.me/+x"));
    assert_eq!(client.get_chat_member(CHAT, ANN).await.unwrap(), Status::Left);
    let rights = Rights { restrict: true, ..Rights::default() };
    let status = Status::Administrator(rights);
    let expected = vec![
        Admin { user: UserId::new(1), is_bot: false, status: Status::Creator },
        Admin { user: UserId::new(2), is_bot: true, status },
    ];
    assert_eq!(client.get_administrators(CHAT).await.unwrap(), expected);
    let hook = client.get_webhook_info().await.unwrap();
    assert_eq!((hook.url.as_str(), hook.pending), ("", 3));
    assert_eq!(client.get_me().await.unwrap().username, "gate_bot");

    let seen = seen(server).await;
    assert_eq!(seen[0].body, json!({"chat_id": "@gardeners"}));
    assert_eq!(seen[1].body, json!({"chat_id": -1_001, "user_id": 7}));
    assert_eq!(seen[2].body, json!({"chat_id": -1_001, "return_bots": true}));
}

#[tokio::test]
async fn a_long_poll_returns_the_body_as_it_came() {
    let body = r#"{"ok":true,"result":[{"update_id":8,"poll":{}}]}"#;
    let (url, server) = serve(vec![Script::Say(http(200, body)), Script::Say(http(200, body))]);
    let client = client(&url);
    let wait = Duration::from_secs(25);
    let offset = Some(UpdateId::new(8));
    let allowed = ["message", "chat_member"];
    assert_eq!(client.get_updates(offset, wait, 100, &allowed).await.unwrap(), body);
    assert_eq!(client.get_updates(None, Duration::ZERO, 1, &[]).await.unwrap(), body);
    let seen = seen(server).await;
    assert_eq!(
        seen[0].body,
        json!({"offset": 8, "limit": 100, "timeout": 25, "allowed_updates": allowed})
    );
    assert_eq!(seen[1].body, json!({"limit": 1, "timeout": 0, "allowed_updates": []}));
}

#[tokio::test]
async fn a_refused_long_poll_is_sorted() {
    let conflict = r#"{"ok":false,"error_code":409,"description":"Conflict: terminated"}"#;
    let answers = [http(409, conflict), http(200, conflict), http(200, "garbage")];
    let (url, server) = serve(answers.map(Script::Say).into());
    let client = client(&url);
    let mut refused = Vec::new();
    for _ in 0..3 {
        refused.push(client.get_updates(None, Duration::ZERO, 100, &[]).await.unwrap_err());
    }
    seen(server).await;
    assert!(matches!(refused[0], TelegramError::Conflict { .. }), "{:?}", refused[0]);
    assert!(matches!(refused[1], TelegramError::Conflict { .. }), "{:?}", refused[1]);
    assert!(matches!(refused[2], TelegramError::Transient(Transient::Garbage { status: 200 })));
}

#[tokio::test]
async fn a_429_says_how_long_to_wait() {
    let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 17",
        "parameters":{"retry_after":17}}"#;
    let error = get_me_fails(vec![Script::Say(http(429, body))], Timeouts::default()).await;
    assert!(matches!(error, TelegramError::RetryAfter(wait) if wait == Duration::from_secs(17)));
    assert!(!error.may_have_happened());
}

#[tokio::test]
async fn answers_that_say_nothing_are_worth_another_try() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"ok\":tr".to_vec();
    let moved = format!(
        "HTTP/1.1 302 X\r\nlocation: http://127.0.0.1:9/bot{TOKEN}\r\ncontent-length: 0\r\n\
         connection: close\r\n\r\n"
    );
    let table = [
        ("502 in HTML", http(502, "<html>Bad Gateway</html>"), "Garbage"),
        ("500 in JSON", http(500, r#"{"ok":false,"error_code":500,"description":"x"}"#), "Server"),
        ("garbage", http(200, "\u{0}\u{1}"), "Garbage"),
        ("empty", http(200, ""), "Garbage"),
        ("a result of another kind", http(200, r#"{"ok":true,"result":true}"#), "Garbage"),
        ("cut off", cut, "Broken"),
        ("not even HTTP", b"hello\r\n\r\n".to_vec(), "Broken"),
        ("too long", http(200, &" ".repeat(1024 * 1024 + 1)), "TooLarge"),
        ("sent elsewhere", moved.into_bytes(), "Garbage"),
    ];
    for (case, answer, kind) in table {
        let error = get_me_fails(vec![Script::Say(answer)], Timeouts::default()).await;
        assert!(error.may_have_happened(), "{case}");
        let TelegramError::Transient(cause) = error else { panic!("{case}: {error:?}") };
        assert!(format!("{cause:?}").starts_with(kind), "{case}: {cause:?}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"ok\":true".to_vec();
    for script in [Script::Hang, Script::Stall(begun)] {
        let error = get_me_fails(vec![script], impatient()).await;
        assert!(matches!(error, TelegramError::Transient(Transient::Timeout(_))), "{error:?}");
    }
    let (url, server) = serve(vec![Script::Hang]);
    let client = Client::new(&Token::parse(TOKEN).unwrap(), &url, impatient()).unwrap();
    let error = client.get_updates(None, Duration::ZERO, 100, &[]).await.unwrap_err();
    assert!(matches!(error, TelegramError::Transient(Transient::Timeout(_))), "{error:?}");
    drop(client);
    seen(server).await;
}

#[tokio::test]
async fn a_call_that_never_left_has_had_no_effect() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let error = client(&url).get_me().await.unwrap_err();
    assert!(matches!(error, TelegramError::Transient(Transient::Connect(_))), "{error:?}");
    assert!(!error.may_have_happened());
    let shown = shown(&error);
    assert!(!shown.contains("AAEhBO") && !shown.contains("http://"), "{shown}");
}

#[test]
fn a_client_does_not_show_its_token() {
    let url = Url::parse("https://api.telegram.org").unwrap();
    assert!(!format!("{:?} {:#?}", client(&url), client(&url)).contains("AAEhBO"));
}

#[test]
fn an_api_url_must_be_the_base_of_an_http_api() {
    let token = Token::parse(TOKEN).unwrap();
    for url in ["ftp://x", "mailto:x@y", "unix:/run/x"] {
        let refused = Client::new(&token, &Url::parse(url).unwrap(), Timeouts::default());
        assert!(matches!(refused, Err(ClientError::ApiUrl)), "{url}");
    }
}

#[tokio::test]
async fn an_api_url_may_have_a_path() {
    for path in ["/telegram", "/telegram/"] {
        let (url, server) = serve(vec![granted(&json!(true))]);
        client(&url.join(path).unwrap()).delete_webhook().await.unwrap();
        let seen = seen(server).await;
        assert_eq!(seen[0].path, format!("/telegram/bot{TOKEN}/deleteWebhook"));
    }
}
