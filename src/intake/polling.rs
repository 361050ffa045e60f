//! Long polling that confirms nothing before it is durable.
//!
//! `getUpdates` confirms every update below its `offset`, so the offset moves only after the
//! transaction of the batch before. What a crash leaves unconfirmed comes again and is recognised.

use std::{sync::Arc, time::Duration};

use crate::{
    delivery::calls::Calls,
    dispatch::{Dispatch, Dispatched},
    health::Health,
    ids::UpdateId,
    shutdown::Shutdown,
    store::StoreError,
    telegram::{ALLOWED_UPDATES, TelegramError, Transient},
};

/// How long Telegram may keep a poll open when nothing happens.
const POLL_TIMEOUT: Duration = Duration::from_secs(50);

/// The most updates in one answer (Bot API, `getUpdates`, `limit`).
const BATCH_MAX: u8 = 100;

/// The first wait after a failed poll; doubles up to [`WAIT_MAX`].
const WAIT_FIRST: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(30);

/// How many conflicts in a row a newcomer takes before it gives way.
const CONFLICTS_MAX: u32 = 3;

/// Why polling ended other than by shutdown.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// Telegram refuses the token.
    #[error(
        "telegram refuses the token; it may have been revoked: ask BotFather for the current one \
         (/token) and put it where this one came from"
    )]
    Unauthorized,
    /// Somebody else has been receiving this bot's updates since before we began.
    #[error(
        "somebody else receives this bot's updates: another gatehouse or another program polls with \
         the same token. Stop it, or give this one a bot of its own"
    )]
    Conflict,
}

/// Polls until it is told to stop.
pub struct Polling {
    calls: Calls,
    dispatch: Dispatch,
    health: Arc<Health>,
}

impl Polling {
    /// Polls through `calls` and hands batches to `dispatch`.
    #[must_use]
    pub fn new(calls: Calls, dispatch: Dispatch, health: Arc<Health>) -> Self {
        Self { calls, dispatch, health }
    }

    /// Polls until `shutdown`. A poll in flight is dropped then: it confirms nothing new.
    ///
    /// # Errors
    ///
    /// [`IntakeError::Unauthorized`]; [`IntakeError::Conflict`] if no poll has succeeded yet and
    /// several in a row met somebody else's. Everything else is waited out: whoever was there first
    /// stays.
    pub async fn run(&self, shutdown: &Shutdown) -> Result<(), IntakeError> {
        let mut offset = None;
        let mut trouble = Trouble::default();
        loop {
            self.health.intake_alive();
            let polled = tokio::select! {
                biased;
                () = shutdown.wait() => return Ok(()),
                polled = self.poll(offset) => polled,
            };
            let wait = match polled {
                Ok(confirmed) => {
                    trouble.over();
                    offset = confirmed.or(offset);
                    continue;
                }
                Err(TelegramError::Unauthorized) => return Err(IntakeError::Unauthorized),
                Err(TelegramError::Conflict { .. }) if trouble.is_second() => {
                    return Err(IntakeError::Conflict);
                }
                Err(error) => trouble.wait(&error),
            };
            tokio::select! {
                () = shutdown.wait() => return Ok(()),
                () = self.pause(wait) => {}
            }
        }
    }

    /// One poll, to the commit of its batch. Returns the offset that confirms it.
    async fn poll(&self, offset: Option<UpdateId>) -> Result<Option<UpdateId>, TelegramError> {
        let client = self.calls.client();
        let body = client.get_updates(offset, POLL_TIMEOUT, BATCH_MAX, ALLOWED_UPDATES).await;
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                self.health.telegram_failed(&error.to_string());
                return Err(error);
            }
        };
        self.health.telegram_ok();
        let dispatched = self.dispatch.batch(&body).map_err(|error| {
            tracing::warn!(%error, "an answer to getUpdates could not be read");
            TelegramError::from(Transient::Garbage { status: 200 })
        })?;
        let Dispatched { last, commit } = dispatched;
        match commit {
            None => {}
            Some(commit) => match commit.await {
                Ok(()) => {}
                Err(error @ StoreError::Rejected(_)) => {
                    // The same updates would be rejected for ever and stop everybody else.
                    tracing::error!(%error, "a batch of updates cannot be stored and is skipped; \
                        please report this");
                }
                Err(error) => {
                    tracing::error!(%error, "a batch is not stored, so it is not confirmed");
                    return Ok(None);
                }
            },
        }
        if let Some(last) = last {
            self.dispatch.committed(last);
        }
        Ok(last.map(|id| UpdateId::new(id.get().saturating_add(1))))
    }

    /// Waits, and shows signs of life meanwhile.
    async fn pause(&self, wait: Duration) {
        let mut left = wait;
        while !left.is_zero() {
            let step = left.min(WAIT_MAX);
            tokio::time::sleep(step).await;
            self.health.intake_alive();
            left = left.saturating_sub(step);
        }
    }
}

/// A run of failed polls: one log line when it begins, one when it ends.
#[derive(Default)]
struct Trouble {
    failures: u32,
    has_polled: bool,
}

impl Trouble {
    /// Whether somebody else was there before us: a process that has just been stopped leaves one
    /// conflict behind, not several.
    fn is_second(&self) -> bool {
        !self.has_polled && self.failures >= CONFLICTS_MAX
    }

    /// How long to wait after one more failure: longer each time, and never all bots at once.
    fn wait(&mut self, error: &TelegramError) -> Duration {
        if self.failures == 0 {
            tell(error);
        }
        self.failures = self.failures.saturating_add(1);
        if let TelegramError::RetryAfter(wait) = error {
            return *wait;
        }
        let doubled = WAIT_FIRST.saturating_mul(1 << self.failures.min(16)).min(WAIT_MAX);
        doubled.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    fn over(&mut self) {
        if self.failures > 0 {
            tracing::info!(failures = self.failures, "polling works again");
        }
        self.failures = 0;
        self.has_polled = true;
    }
}

fn tell(error: &TelegramError) {
    if matches!(error, TelegramError::Conflict { .. }) {
        tracing::error!(
            "somebody else asks for this bot's updates: another gatehouse or program polls with the \
             same token, or has set a webhook; stop it, or revoke the token with BotFather"
        );
    } else {
        tracing::warn!(%error, "polling failed; trying again with growing waits");
    }
}
