//! Every call to Telegram goes through here: counted, timed, and heard when it is refused.

use std::{future::Future, sync::Arc, time::Duration};

use crate::{
    clock::Clock,
    health::Health,
    ids::ChatId,
    limits::Class,
    outbox::Outbox,
    stats::{Counter, Latency, Stats},
    telegram::{Client, TelegramError},
};

/// How long a worker may be kept waiting for the limits; beyond it the command is put off.
const PATIENCE: Duration = Duration::from_secs(2);

/// The way to Telegram.
#[derive(Clone)]
pub struct Calls {
    client: Client,
    outbox: Arc<Outbox>,
    stats: Arc<Stats>,
    health: Arc<Health>,
    clock: Clock,
}

impl Calls {
    /// Calls through `client` and reports to the others.
    #[must_use]
    pub fn new(
        client: Client,
        outbox: Arc<Outbox>,
        stats: Arc<Stats>,
        health: Arc<Health>,
        clock: Clock,
    ) -> Self {
        Self { client, outbox, stats, health, clock }
    }

    /// Makes the calls that are then passed to [`paid`](Self::paid) or [`patient`](Self::patient).
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Awaits a call that the limits have already let through.
    ///
    /// # Errors
    ///
    /// Telegram's own; a 429 has been noted for the class and chat.
    pub async fn paid<T>(
        &self,
        class: Class,
        chat: ChatId,
        call: impl Future<Output = Result<T, TelegramError>>,
    ) -> Result<T, TelegramError> {
        let started = self.clock.uptime();
        let result = call.await;
        self.stats.add(Counter::ApiCalls, 1);
        self.stats.record(Latency::ApiCall, self.clock.uptime().saturating_sub(started));
        match &result {
            Err(TelegramError::RetryAfter(wait)) => {
                self.stats.add(Counter::TooManyRequests, 1);
                self.outbox.refuse(class, chat, *wait);
                self.health.telegram_ok();
            }
            Err(error @ (TelegramError::Transient(_) | TelegramError::Unauthorized)) => {
                self.stats.add(Counter::ApiErrors, 1);
                self.health.telegram_failed(&error.to_string());
            }
            Err(_) | Ok(_) => self.health.telegram_ok(),
        }
        result
    }

    /// Waits until the limits let the call through, then awaits it. For owners' commands, which
    /// need several calls.
    ///
    /// # Errors
    ///
    /// As [`paid`](Self::paid).
    pub async fn patient<T>(
        &self,
        class: Class,
        chat: ChatId,
        call: impl Future<Output = Result<T, TelegramError>>,
    ) -> Result<T, TelegramError> {
        while let Some(until) = self.outbox.ask(class, chat).until() {
            let wait = until.saturating_sub(self.clock.uptime());
            if wait > PATIENCE {
                return Err(TelegramError::RetryAfter(wait));
            }
            tokio::time::sleep(wait).await;
        }
        self.paid(class, chat, call).await
    }
}
