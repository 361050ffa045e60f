//! One HTTP call, from a payload to a complete answer.
//!
//! The library's own way of sending is not used: its client gives up after 17 s, waits 10 s
//! inside the call when Telegram is out of order, and drops `error_code`.

use std::{fmt, time::Duration};

use reqwest::{Response, header, redirect};
use serde::Serialize;
use teloxide::Bot;
use url::Url;

use super::{
    answer::Reply,
    error::{TelegramError, Transient},
    method::Method,
    token::Token,
};

/// How long to wait for Telegram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For a whole call, from the first byte sent to the last byte read.
    pub call: Duration,
    /// For a long poll, beyond the time Telegram was asked to wait.
    pub poll_margin: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            call: Duration::from_secs(10),
            poll_margin: Duration::from_secs(10),
        }
    }
}

/// The client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// `telegram.api_url` is not the base of an HTTP API.
    #[error("telegram.api_url must begin with https:// (or http:// for a Bot API server nearby)")]
    ApiUrl,
    /// TLS cannot be set up.
    #[error("no HTTP client")]
    Http(#[source] reqwest::Error),
}

/// The longest answer read to a long poll: 100 updates of 160 KiB each.
const POLL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The longest answer read to anything else; the list of 50 administrators has some 30 KiB.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Idle connections kept: the ten delivery workers, answers to presses, one long poll.
const IDLE_CONNECTIONS_MAX: usize = 16;

/// How long an idle connection is kept. Shorter than what servers and NAT boxes keep theirs, so
/// that a call seldom meets a connection that is closed already.
const IDLE_CONNECTION_KEPT: Duration = Duration::from_secs(50);

/// How often the kernel asks whether the other side of an idle connection is still there.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Carries calls to Telegram. Clones share their connections.
#[derive(Clone)]
pub(super) struct Transport {
    bot: Bot,
    timeouts: Timeouts,
}

impl Transport {
    pub(super) fn new(
        token: &Token,
        api_url: &Url,
        timeouts: Timeouts,
    ) -> Result<Self, ClientError> {
        if !matches!(api_url.scheme(), "https" | "http") || api_url.cannot_be_a_base() {
            return Err(ClientError::ApiUrl);
        }
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("gatehouse/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .tcp_nodelay(true)
            .tcp_keepalive(KEEPALIVE)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .pool_idle_timeout(IDLE_CONNECTION_KEPT)
            // The URL holds the token: nobody may send us elsewhere with it.
            .redirect(redirect::Policy::none());
        if api_url.scheme() == "http" {
            // A Bot API server nearby; a proxy would see the token in plain text.
            client = client.no_proxy();
        }
        let client = client.build().map_err(|error| ClientError::Http(error.without_url()))?;
        let bot = Bot::with_client(token.expose(), client).set_api_url(api_url.clone());
        Ok(Self { bot, timeouts })
    }

    /// Makes a call and reads the whole answer, whatever it says.
    pub(super) async fn call(
        &self,
        method: Method,
        payload: &impl Serialize,
    ) -> Result<Reply, TelegramError> {
        self.post(method, payload, self.timeouts.call, ANSWER_BYTES_MAX).await
    }

    /// Makes a call that Telegram may leave unanswered for `wait`.
    pub(super) async fn poll(
        &self,
        method: Method,
        payload: &impl Serialize,
        wait: Duration,
    ) -> Result<Reply, TelegramError> {
        let timeout = wait.saturating_add(self.timeouts.poll_margin);
        self.post(method, payload, timeout, POLL_BYTES_MAX).await
    }

    async fn post(
        &self,
        method: Method,
        payload: &impl Serialize,
        timeout: Duration,
        max: usize,
    ) -> Result<Reply, TelegramError> {
        let body = serde_json::to_vec(payload).map_err(|error| TelegramError::Rejected {
            code: 0,
            description: format!("{method} cannot be written: {error}"),
        })?;
        let request = self
            .bot
            .client()
            .post(self.url(method))
            .header(header::CONTENT_TYPE, "application/json")
            .timeout(timeout)
            .body(body);
        let response = request.send().await.map_err(Transient::from)?;
        let status = response.status().as_u16();
        let body = read(response, max).await?;
        Ok(Reply { status, body })
    }

    /// Where a method is called. Holds the token: never to be shown.
    fn url(&self, method: Method) -> Url {
        let mut url = self.bot.api_url();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(&format!("bot{}", self.bot.token())).push(method.name());
        }
        url
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}

/// Reads a body piece by piece, and no further than `max` bytes.
async fn read(mut response: Response, max: usize) -> Result<Vec<u8>, Transient> {
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await? {
        if body.len().saturating_add(piece.len()) > max {
            return Err(Transient::TooLarge { max });
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
