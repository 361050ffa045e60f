//! A small Telegram of our own: a Bot API server over HTTP with a world behind it, written from
//! the Bot API specification. For the demo, the tests and the benches.
//!
//! People act through [`Sim`]'s methods, the bot through HTTP; both change the same [`World`].
//! Only what a gate needs is here: of formatting HTML, no files, no webhook calls. Nothing in it
//! knows the gate; it imports nothing of the project but `ids` and `clock`.
//!
//! In reading order: `chat` and `rights` (what there is), `world` (what a change causes),
//! `people`, `dialogs`, `arrivals` and `admins` (human beings), `methods` (the bot), `server` (HTTP), `limits` and
//! `faults` (what goes wrong), `observe` (what tests and the demo may see).

#[allow(clippy::must_use_candidate, reason = "acting is the effect")]
mod admins;
#[allow(clippy::must_use_candidate, reason = "acting is the effect")]
mod arrivals;
mod calls;
mod chat;
mod content;
#[allow(clippy::must_use_candidate, reason = "acting is the effect")]
mod dialogs;
mod faults;
mod html;
mod keyboard;
mod limits;
mod messages;
mod methods;
mod observe;
mod params;
#[allow(clippy::must_use_candidate, reason = "acting is the effect")]
mod people;
mod permissions;
#[allow(clippy::must_use_candidate, reason = "acting is the effect")]
mod places;
mod queries;
mod refusal;
mod render;
mod rights;
mod server;
#[cfg(test)]
mod tests;
mod text;
mod updates;
mod world;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
};

pub use calls::{Call, Outcome};
pub use chat::Kind;
pub use content::Content;
pub use faults::{Failure, Fault, Faults, Latency, When};
pub use limits::{Limits, Violation};
pub use messages::Message;
pub use observe::Timeout;
pub use permissions::Permissions;
pub use queries::Answer;
pub use rights::{MemberStatus, Rights};
pub use world::{ANONYMOUS_ADMIN, CHANNEL_SENDER, TELEGRAM, World};

use crate::{clock::Clock, ids::UserId};

const BOT: i64 = 7_000_000_001;
const BOT_USERNAME: &str = "gatehouse_demo_bot";
/// Looks like a token and opens nothing anywhere else.
const TOKEN: &str = "7000000001:AASimulated-Telegram_of_our_own_000";

/// How a simulated Telegram begins.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 is any free port.
    pub address: SocketAddr,
    /// Dates and limits go by it; long polls and injected latency take real time.
    pub clock: Clock,
    /// Flood control; none by default.
    pub limits: Option<Limits>,
    /// What goes wrong; nothing by default.
    pub faults: Faults,
    /// Decides what chance decides: the same seed, the same faults.
    pub seed: u64,
    /// Whether the bot's privacy mode is on, as it is by default at Telegram.
    pub privacy: bool,
    /// How long a press can be answered; undocumented, 5-15 s have been reported.
    pub query_lifetime: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            clock: Clock::real(),
            limits: None,
            faults: Faults::default(),
            seed: 1,
            privacy: true,
            query_lifetime: Duration::from_secs(15),
        }
    }
}

/// The world, shared between its people and the server.
#[derive(Debug)]
struct Telegram {
    token: &'static str,
    world: Mutex<World>,
    changed: Notify,
}

impl Telegram {
    fn see<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what nobody waits for.
    fn touch<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the world and wakes whoever waits for a change.
    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let outcome = self.touch(change);
        self.changed.notify_waiters();
        outcome
    }
}

/// A running simulated Telegram; clones are the same one. It ends with the last of them.
#[derive(Clone, Debug)]
pub struct Sim(Arc<Running>);

#[derive(Debug)]
struct Running {
    telegram: Arc<Telegram>,
    address: SocketAddr,
    stop: watch::Sender<bool>,
    server: Mutex<Option<JoinHandle<()>>>,
}

impl Sim {
    /// Begins to listen and to serve, on a task of the current tokio runtime.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on.
    pub async fn start(options: Options) -> std::io::Result<Self> {
        let listener = server::listen(options.address).await?;
        let address = listener.local_addr()?;
        let world = Mutex::new(World::new(options));
        let telegram = Arc::new(Telegram { token: TOKEN, world, changed: Notify::new() });
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&telegram), stopped));
        let server = Mutex::new(Some(server));
        Ok(Self(Arc::new(Running { telegram, address, stop, server })))
    }

    /// Where the Bot API is, without a slash at the end: requests go to `{url}/bot{token}/{method}`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// The bot's token; any other is answered with 401.
    #[must_use]
    pub fn token(&self) -> &str {
        self.0.telegram.token
    }

    /// The bot.
    #[must_use]
    pub fn bot(&self) -> UserId {
        UserId::new(BOT)
    }

    /// The bot's username, without `@`.
    #[must_use]
    pub fn bot_username(&self) -> &'static str {
        BOT_USERNAME
    }

    /// Stops listening and cuts every connection. The world can still be looked at.
    pub async fn stop(&self) {
        self.0.stop.send_replace(true);
        let server = self.0.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(server) = server else { return };
        if let Err(error) = server.await {
            tracing::error!(%error, "simulated Telegram ended badly");
        }
    }

    /// Changes what goes wrong from now on; counts of [`When`] begin anew.
    pub fn set_faults(&self, faults: Faults) {
        self.change(|world| world.weather.set(faults));
    }

    /// Changes flood control from now on and forgets every standing `retry_after`.
    pub fn set_limits(&self, limits: Option<Limits>) {
        self.change(|world| world.limiter.set(limits));
    }

    /// Looks at the world. It stands still meanwhile, so look briefly.
    pub fn see<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.0.telegram.see(look)
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.0.telegram.change(change)
    }
}
