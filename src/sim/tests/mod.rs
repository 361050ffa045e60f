//! The simulated Telegram, driven over real HTTP.

mod faults;
mod members;
mod messages;
mod updates;

use serde_json::{Value, json};

use super::{Options, Rights, Sim};
use crate::ids::{ChatId, UserId};

/// What the gate asks for.
const WANTED: [&str; 5] =
    ["message", "edited_message", "chat_member", "my_chat_member", "callback_query"];

/// A bot that talks plain HTTP.
#[derive(Clone)]
struct Bot {
    url: String,
    http: reqwest::Client,
}

impl Bot {
    fn of(sim: &Sim) -> Self {
        let url = format!("{}/bot{}", sim.url(), sim.token());
        Self { url, http: reqwest::Client::new() }
    }

    /// The HTTP status and the answer.
    async fn ask(&self, method: &str, params: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}/{method}", self.url));
        let request = request.header("content-type", "application/json").body(params.to_string());
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(body["ok"], json!(status == 200), "{body}");
        if status != 200 {
            assert_eq!(body["error_code"], json!(status), "{body}");
        }
        (status, body)
    }

    /// The result of a request that must succeed.
    async fn get(&self, method: &str, params: Value) -> Value {
        let (status, body) = self.ask(method, params.clone()).await;
        assert_eq!(status, 200, "{method} {params}: {body}");
        body["result"].clone()
    }

    /// The description of a request that must be refused.
    async fn refused(&self, method: &str, params: Value) -> String {
        let (status, body) = self.ask(method, params.clone()).await;
        assert_ne!(status, 200, "{method} {params}: {body}");
        body["description"].as_str().unwrap().to_owned()
    }

    /// Fetches what waits and confirms it with the next call.
    async fn updates(&self) -> Vec<Value> {
        let updates = self.get("getUpdates", json!({"allowed_updates": WANTED})).await;
        let updates = updates.as_array().unwrap().clone();
        if let Some(last) = updates.last() {
            let offset = last["update_id"].as_i64().unwrap() + 1;
            self.get("getUpdates", json!({"offset": offset, "limit": 1})).await;
        }
        updates
    }
}

/// The kind of an update: the name of its second field.
fn kind(update: &Value) -> &str {
    update.as_object().unwrap().keys().find(|key| *key != "update_id").unwrap()
}

fn kinds(updates: &[Value]) -> Vec<&str> {
    updates.iter().map(kind).collect()
}

/// A supergroup with the bot as administrator, a person in it, and the bot polling.
async fn group() -> (Sim, Bot, ChatId, UserId) {
    let sim = Sim::start(Options::default()).await.unwrap();
    let bot = Bot::of(&sim);
    let chat = sim.add_supergroup("Chess club");
    sim.make_bot_admin(chat, Rights::ALL);
    let ann = sim.add_user("Ann Lee");
    sim.place(chat, &[ann], super::MemberStatus::Member);
    bot.updates().await;
    (sim, bot, chat, ann)
}
