//! The bot itself: `getMe` and its list of commands.

use serde_json::{Value, json};

use crate::sim::{
    params::Params,
    refusal::{Refusal, Reply},
    world::World,
};

const COMMANDS_MAX: usize = 100;

#[allow(clippy::unnecessary_wraps, reason = "every method has one shape")]
pub(super) fn get_me(world: &mut World, _: &Params) -> Reply {
    let mut me = world.user_json(world.bot);
    if let Some(me) = me.as_object_mut() {
        me.insert("can_join_groups".to_owned(), json!(true));
        me.insert("can_read_all_group_messages".to_owned(), json!(!world.has_privacy));
        let lacking = [
            "supports_guest_queries",
            "supports_inline_queries",
            "can_connect_to_business",
            "has_main_web_app",
            "has_topics_enabled",
            "allows_users_to_create_topics",
            "can_manage_bots",
            "supports_join_request_queries",
        ];
        for name in lacking {
            me.insert(name.to_owned(), json!(false));
        }
    }
    Ok(me)
}

pub(super) fn set_my_commands(world: &mut World, params: &Params) -> Reply {
    let commands = params.json("commands")?.unwrap_or_default();
    let Some(list) = commands.as_array() else {
        return Err(Refusal::bad("can't parse commands list: expected an Array"));
    };
    if list.len() > COMMANDS_MAX {
        return Err(Refusal::bad("too many commands specified"));
    }
    for command in list {
        let field = |name: &str| command.get(name).and_then(Value::as_str).unwrap_or_default();
        if !is_command(field("command").trim_start_matches('/')) {
            return Err(Refusal::bad("BOT_COMMAND_INVALID"));
        }
        if !(1..=256).contains(&field("description").chars().count()) {
            return Err(Refusal::bad("BOT_COMMAND_DESCRIPTION_INVALID"));
        }
    }
    let key = key(params)?;
    world.commands.insert(key, commands);
    Ok(json!(true))
}

pub(super) fn get_my_commands(world: &mut World, params: &Params) -> Reply {
    Ok(world.commands.get(&key(params)?).cloned().unwrap_or_else(|| json!([])))
}

pub(super) fn delete_my_commands(world: &mut World, params: &Params) -> Reply {
    world.commands.remove(&key(params)?);
    Ok(json!(true))
}

/// 1-32 lower-case letters, digits and underscores (Bot API, `BotCommand`).
fn is_command(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn key(params: &Params) -> Result<(String, String), Refusal> {
    let scope = params.json("scope")?.unwrap_or_else(|| json!({"type": "default"}));
    Ok((scope.to_string(), params.text("language_code").unwrap_or_default()))
}
