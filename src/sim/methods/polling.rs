//! How updates reach the bot: the beginning of a long poll, and the state of the webhook.
//!
//! No webhook is ever called; its state only forbids polling.

use serde_json::{Value, json};

use crate::sim::{
    params::Params,
    refusal::{Refusal, Reply},
    world::World,
};

/// Confirms, remembers what is wanted, and ends an earlier poll. Gives the poll's number and the
/// most updates its answer may hold.
pub(in crate::sim) fn begin_poll(
    world: &mut World,
    params: &Params,
) -> Result<(u64, usize), Refusal> {
    if world.webhook.is_some() {
        return Err(Refusal::conflict(
            "can't use getUpdates method while webhook is active; \
             use deleteWebhook to delete the webhook first",
        ));
    }
    allow(world, params)?;
    if let Some(offset) = params.int("offset") {
        world.updates.confirm(offset);
    }
    world.updates.poller += 1;
    let limit = params.int("limit").unwrap_or(100).clamp(1, 100);
    Ok((world.updates.poller, usize::try_from(limit).unwrap_or(100)))
}

fn allow(world: &mut World, params: &Params) -> Result<(), Refusal> {
    let Some(kinds) = params.json("allowed_updates")? else { return Ok(()) };
    let Some(kinds) = kinds.as_array() else {
        return Err(Refusal::bad("can't parse allowed_updates: expected an Array of String"));
    };
    let kinds = kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    world.updates.allow(kinds);
    Ok(())
}

pub(super) fn set_webhook(world: &mut World, params: &Params) -> Reply {
    let url = params.text("url").unwrap_or_default();
    if params.flag("drop_pending_updates") {
        world.updates.drop_pending();
    }
    if url.is_empty() {
        world.webhook = None;
        return Ok(json!(true));
    }
    if !url.starts_with("https://") {
        return Err(Refusal::bad("bad webhook: An HTTPS URL must be provided for webhook"));
    }
    let secret = params.text("secret_token").unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if secret.len() > 256 || !secret.chars().all(is_plain) {
        return Err(Refusal::bad("secret token contains unallowed characters"));
    }
    allow(world, params)?;
    let max_connections = params.int("max_connections").unwrap_or(40);
    world.webhook = Some(json!({"url": url, "max_connections": max_connections}));
    // A poll under way ends with 409, as if somebody else had begun to poll.
    world.updates.poller += 1;
    Ok(json!(true))
}

#[allow(clippy::unnecessary_wraps, reason = "every method has one shape")]
pub(super) fn delete_webhook(world: &mut World, params: &Params) -> Reply {
    world.webhook = None;
    if params.flag("drop_pending_updates") {
        world.updates.drop_pending();
    }
    Ok(json!(true))
}

#[allow(clippy::unnecessary_wraps, reason = "every method has one shape")]
pub(super) fn get_webhook_info(world: &mut World, _: &Params) -> Reply {
    let mut info = json!({
        "url": "",
        "has_custom_certificate": false,
        "pending_update_count": world.updates.pending(),
    });
    let Some(object) = info.as_object_mut() else { return Ok(info) };
    if let Some(webhook) = world.webhook.as_ref().and_then(Value::as_object) {
        object.extend(webhook.clone());
    }
    if let Some(allowed) = world.updates.allowed() {
        object.insert("allowed_updates".to_owned(), json!(allowed));
    }
    Ok(info)
}
