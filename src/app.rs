//! Builds all of it, starts it, and stops it in the right order.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::Context;
use secrecy::ExposeSecret;
use tokio::task::JoinSet;

use crate::{
    cache::ENTRY_BYTES,
    clock::Clock,
    config::Config,
    core::{Bot, Core, Parts},
    delivery::{Delivery, calls::Calls},
    dispatch::Dispatch,
    health::{Gauges, Health, Limits as HealthLimits, disk_free_bytes},
    http,
    ids::ChatId,
    intake::polling::{IntakeError, Polling},
    ledger::Ledger,
    limits::{Class, Figures, Limits},
    membership::{Lifetimes, Memberships},
    outbox::Outbox,
    owner,
    shutdown::Shutdown,
    stats::Stats,
    store::{Loaded, Options, Store, Storing, change::Change},
    telegram::{Client, CommandScope, TelegramError, Timeouts, Token},
};

/// How long work in flight may take to finish at a stop.
const STOP_MAX: Duration = Duration::from_secs(4);

/// How often what has been learnt is saved in bulk, and what is past is dropped.
const HOUSEKEEPING_EVERY: Duration = Duration::from_secs(10);

/// The longest wait between two attempts to reach Telegram at start.
const START_WAIT_MAX: Duration = Duration::from_secs(30);

/// How often the async side shows that it is alive.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(1);

/// A running gatehouse.
pub struct App {
    core: Arc<Core>,
    health: Arc<Health>,
    http: Option<http::Server>,
    /// What ends the process if it ends by itself.
    vital: JoinSet<anyhow::Result<()>>,
    workers: JoinSet<()>,
    shutdown: Shutdown,
}

impl App {
    /// Opens the database, restores what was, asks Telegram who we are, and starts everything.
    ///
    /// The operator endpoint answers from the beginning, so that a start that waits for Telegram
    /// can be told from one that hangs.
    ///
    /// # Errors
    ///
    /// Anything an operator has to put right, with what to do.
    pub async fn start(config: &Config, shutdown: Shutdown) -> anyhow::Result<Self> {
        let clock = Clock::real();
        let token = Token::parse(config.telegram.token.expose_secret())?;
        let client = Client::new(&token, &config.telegram.api_url, Timeouts::default())?;
        let stats = Arc::new(Stats::new(clock.clone()));
        let health = Arc::new(Health::new(clock.clone(), HealthLimits::default()));
        let outbox = Arc::new(Outbox::new(limits(config), config.delivery.workers, clock.clone()));
        let store = open(config, &outbox, &clock)?;
        let gauges = Gauging::new(config, &clock, &outbox, &store);
        let http = serve(config, &clock, &stats, &health, &gauges)?;
        let mut vital = JoinSet::new();
        vital.spawn(beat(health.clone(), store.clone(), shutdown.clone()));

        let loaded = load(&store).await?;
        let calls =
            Calls::new(client, outbox.clone(), stats.clone(), health.clone(), clock.clone());
        let bot = who_am_i(&calls, &shutdown).await?;
        tracing::info!(
            bot = bot.username,
            groups = loaded.chats.len(),
            held = loaded.holds.len(),
            waiting = loaded.outbox.len(),
            "ready"
        );
        let memberships = memberships(config, &clock);
        memberships.restore(&loaded.members);
        let core = Arc::new(Core::new(Parts {
            clock,
            stats,
            outbox: outbox.clone(),
            store,
            memberships,
            ledger: Ledger::restore(&loaded.holds, &loaded.outbox),
            bot,
        }));
        for protection in loaded.chats {
            core.directory.put(protection);
        }
        gauges.know(&core);
        outbox.push(loaded.outbox);

        let dispatch = Dispatch::new(core.clone(), loaded.watermark);
        let polling = Polling::new(calls.clone(), dispatch, health.clone(), &core);
        let retries = config.delivery.retries.clone();
        let delivery = Arc::new(Delivery::new(core.clone(), calls, retries));
        let mut workers = JoinSet::new();
        for _ in 0..config.delivery.workers {
            let (delivery, stop) = (delivery.clone(), shutdown.clone());
            workers.spawn(async move { delivery.work(&stop).await });
        }
        let stop = shutdown.clone();
        vital.spawn(async move { Ok(polling.run(&stop).await?) });
        vital.spawn(housekeeping(core.clone(), shutdown.clone()));
        health.started();
        Ok(Self { core, health, http, vital, workers, shutdown })
    }

    /// The state of the gate, for summaries.
    #[must_use]
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Where the operator endpoint listens.
    #[must_use]
    pub fn http_addr(&self) -> Option<&http::Listen> {
        self.http.as_ref().map(http::Server::addr)
    }

    /// Runs until it is told to stop or something vital ends, then stops everything: what is in
    /// flight is finished, the rest stays in the database.
    ///
    /// # Errors
    ///
    /// Why something vital ended by itself.
    pub async fn run(mut self) -> anyhow::Result<()> {
        let ended = tokio::select! {
            () = self.shutdown.wait() => Ok(()),
            ended = self.vital.join_next() => match ended {
                Some(Ok(result)) => result,
                Some(Err(error)) => Err(error).context("a vital task died"),
                None => Ok(()),
            },
        };
        self.stop().await;
        ended
    }

    async fn stop(mut self) {
        tracing::info!("stopping: finishing what is in flight");
        self.health.stopping();
        self.shutdown.trigger();
        let finish = async {
            while self.workers.join_next().await.is_some() {}
            while self.vital.join_next().await.is_some() {}
        };
        if tokio::time::timeout(STOP_MAX, finish).await.is_err() {
            tracing::warn!("some calls did not end in time; they are done again at the next start");
        }
        self.workers.abort_all();
        self.vital.abort_all();
        save(&self.core);
        let store = self.core.store.clone();
        let closed = tokio::task::spawn_blocking(move || store.close()).await;
        if closed.is_err() {
            tracing::error!("the database was not closed tidily; nothing acknowledged is lost");
        }
        if let Some(http) = self.http.take() {
            http.stop();
        }
        tracing::info!("stopped");
    }
}

fn limits(config: &Config) -> Limits {
    Limits::new(Figures {
        messages_per_second: config.delivery.messages_per_second,
        group_messages_per_minute: config.delivery.group_messages_per_minute.get(),
    })
}

fn memberships(config: &Config, clock: &Clock) -> Memberships {
    let lifetimes = Lifetimes {
        member: config.cache.member_ttl,
        stranger: config.cache.stranger_ttl,
        jitter_percent: config.cache.jitter_percent,
    };
    Memberships::new(config.cache.capacity_bytes, lifetimes, clock.clone())
}

fn open(config: &Config, outbox: &Arc<Outbox>, clock: &Clock) -> anyhow::Result<Store> {
    let options =
        Options { path: config.storage.path.clone(), readers: config.storage.readers.get() };
    let to_outbox = outbox.clone();
    Ok(Store::open(&options, move |rows| to_outbox.push(rows), clock.clone())?)
}

async fn load(store: &Store) -> anyhow::Result<Loaded> {
    let store = store.clone();
    Ok(tokio::task::spawn_blocking(move || store.load()).await??)
}

/// Asks Telegram who we are, as often as it takes, and makes sure that updates come by polling.
async fn who_am_i(calls: &Calls, shutdown: &Shutdown) -> anyhow::Result<Bot> {
    let nowhere = ChatId::default();
    let mut wait = Duration::from_secs(1);
    loop {
        let ask = async {
            let me = calls.paid(Class::Look, nowhere, calls.client().get_me()).await?;
            let webhook = calls.client().get_webhook_info().await?;
            if !webhook.url.is_empty() {
                let pending = webhook.pending;
                tracing::info!(
                    pending,
                    "removing the webhook, for updates are polled; none is lost"
                );
                calls.client().delete_webhook().await?;
            }
            let scope = CommandScope::GroupAdministrators;
            if let Err(error) = calls.client().set_commands(&owner::MENU, scope, None).await {
                tracing::warn!(%error, "the menu of commands is not set; the commands work");
            }
            Ok(Bot { id: me.id, username: me.username })
        };
        let asked = tokio::select! {
            () = shutdown.wait() => anyhow::bail!("stopped before telegram answered"),
            asked = ask => asked,
        };
        match asked {
            Ok(bot) => return Ok(bot),
            Err(TelegramError::Unauthorized) => return Err(IntakeError::Unauthorized.into()),
            Err(error) => {
                tracing::warn!(%error, "telegram does not answer; trying again");
                if let TelegramError::RetryAfter(asked_to_wait) = error {
                    wait = wait.max(asked_to_wait);
                }
            }
        }
        tokio::select! {
            () = shutdown.wait() => anyhow::bail!("stopped before telegram answered"),
            () = tokio::time::sleep(wait) => wait = wait.min(START_WAIT_MAX / 2).saturating_mul(2),
        }
    }
}

/// Shows that the async side is alive, and whether the database takes what it is given.
async fn beat(health: Arc<Health>, store: Store, shutdown: Shutdown) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(HEARTBEAT_EVERY);
    loop {
        tokio::select! {
            () = shutdown.wait() => return Ok(()),
            _ = ticks.tick() => {}
        }
        health.delivery_alive();
        match store.storing() {
            Storing::Yes => health.database_ok(),
            Storing::NotSince { cause, .. } => health.database_failed(&cause),
        }
    }
}

/// Saves what has been learnt, in bulk, and drops what is past.
async fn housekeeping(core: Arc<Core>, shutdown: Shutdown) -> anyhow::Result<()> {
    let mut ticks = tokio::time::interval(HOUSEKEEPING_EVERY);
    loop {
        tokio::select! {
            () = shutdown.wait() => return Ok(()),
            _ = ticks.tick() => {}
        }
        save(&core);
        core.outbox.tidy();
        core.ledger().tidy(core.clock.now());
    }
}

fn save(core: &Core) {
    let rows = core.memberships.take_unsaved();
    if !rows.is_empty() {
        drop(core.store.submit(vec![Change::Members(rows)]));
    }
}

fn serve(
    config: &Config,
    clock: &Clock,
    stats: &Arc<Stats>,
    health: &Arc<Health>,
    gauging: &Gauging,
) -> anyhow::Result<Option<http::Server>> {
    let Some(listen) = config.http.listen.clone() else { return Ok(None) };
    let gauging = gauging.clone();
    let options = http::Options { listen, token: config.http.token.clone() };
    let seen = http::State {
        clock: clock.clone(),
        stats: stats.clone(),
        health: health.clone(),
        gauges: Arc::new(move || gauging.gauges()),
    };
    Ok(Some(http::Server::start(options, seen)?))
}

/// Reads the gauges for the operator endpoint, from its own thread, without waiting.
#[derive(Clone)]
struct Gauging {
    clock: Clock,
    outbox: Arc<Outbox>,
    store: Store,
    directory: Option<PathBuf>,
    core: Arc<OnceLock<Arc<Core>>>,
}

impl Gauging {
    fn new(config: &Config, clock: &Clock, outbox: &Arc<Outbox>, store: &Store) -> Self {
        Self {
            clock: clock.clone(),
            outbox: outbox.clone(),
            store: store.clone(),
            directory: config.storage.path.parent().map(Path::to_path_buf),
            core: Arc::default(),
        }
    }

    /// From now on the gate itself can be asked.
    fn know(&self, core: &Arc<Core>) {
        drop(self.core.set(core.clone()));
    }

    fn gauges(&self) -> Gauges {
        let database = self.store.gauges();
        let core = self.core.get();
        let (entries, capacity) = core.map_or((0, 0), |core| core.memberships.size());
        let depths = self.outbox.depths().into_iter();
        Gauges {
            queue_oldest: self.outbox.oldest().map(|at| self.clock.now().since(at)),
            queue_depth: depths.map(|(lane, depth)| (lane.name(), depth)).collect(),
            pool_in_use: database.readers_busy.into(),
            pool_idle: database.readers_idle.into(),
            pool_max: database.readers_max.into(),
            wal_bytes: database.wal_bytes,
            writer_queue: u64::try_from(database.queue).unwrap_or(u64::MAX),
            cache_entries: entries,
            cache_capacity_bytes: capacity.saturating_mul(ENTRY_BYTES),
            telegram_connected: core.is_some(),
            protected_chats: core.map_or(0, |core| core.directory.active()),
            held_now: core.map_or(0, |core| u64::try_from(core.ledger().len()).unwrap_or(u64::MAX)),
            disk_free_bytes: self.directory.as_ref().and_then(|dir| disk_free_bytes(dir).ok()),
        }
    }
}
