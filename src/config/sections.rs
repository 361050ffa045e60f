//! What an operator may choose, section by section, and what holds when nothing is chosen.
//!
//! The `Default` of a section is the only home of its defaults. What may be typed for a key, and
//! how, is in [`keys`](super::keys).

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::PathBuf,
    sync::LazyLock,
    time::Duration,
};

use secrecy::SecretString;
use url::Url;

use super::words::{Format, IntakeMode, Level, TimeOfDay};
use crate::http::Listen;

/// Telegram's own Bot API server.
static BOT_API: LazyLock<Url> = LazyLock::new(|| {
    #[allow(clippy::expect_used, reason = "a constant, and a test reads it")]
    Url::parse("https://api.telegram.org").expect("a constant URL")
});

/// `[telegram]`: which bot stands at the gate, and where its Bot API is.
#[derive(Clone, Debug)]
pub struct Telegram {
    /// The bot's token, from whichever source came first; its shape is not checked here.
    pub token: SecretString,
    /// Where the token was to be read from.
    pub token_file: Option<PathBuf>,
    /// The base of the Bot API, `http` or `https`, without credentials or query.
    pub api_url: Url,
}

impl Default for Telegram {
    /// Without a token, which only the configuration can give.
    fn default() -> Self {
        Self { token: SecretString::from(""), token_file: None, api_url: BOT_API.clone() }
    }
}

/// `[intake]`: how updates arrive.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    /// Asked for or delivered.
    pub mode: IntakeMode,
}

/// `[webhook]`: where Telegram delivers updates in webhook mode.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The address Telegram calls; `https`.
    pub url: Option<Url>,
    /// Where this process awaits those calls.
    pub listen: SocketAddr,
    /// What Telegram says with every call, so that nobody else is believed.
    pub secret: Option<SecretString>,
    /// How many calls Telegram may make at once, 1-100 (Bot API, "setWebhook").
    pub max_connections: NonZeroU32,
}

impl Default for Webhook {
    fn default() -> Self {
        const MAX_CONNECTIONS: NonZeroU32 = NonZeroU32::new(40).unwrap();
        Self {
            url: None,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8443)),
            secret: None,
            max_connections: MAX_CONNECTIONS,
        }
    }
}

/// `[storage]`: the database.
#[derive(Clone, Debug)]
pub struct Storage {
    /// The database file, absolute.
    pub path: PathBuf,
    /// How many reads may run at the same time.
    pub readers: NonZeroU32,
}

impl Default for Storage {
    fn default() -> Self {
        const READERS: NonZeroU32 = NonZeroU32::new(4).unwrap();
        Self { path: PathBuf::from("/var/lib/gatehouse/gatehouse.db"), readers: READERS }
    }
}

/// `[http]`: what operators see.
#[derive(Clone, Debug)]
pub struct Http {
    /// Where to listen; none: nowhere.
    pub listen: Option<Listen>,
    /// What a client must know; always set when `listen` can be reached from other machines.
    pub token: Option<SecretString>,
}

impl Default for Http {
    fn default() -> Self {
        let listen = Listen::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)));
        Self { listen: Some(listen), token: None }
    }
}

/// `[delivery]`: how fast the gate acts.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// How many calls to Telegram may be under way at once.
    pub workers: usize,
    /// Messages a second over all chats.
    pub messages_per_second: NonZeroU32,
    /// Messages a minute in one group.
    pub group_messages_per_minute: NonZeroU32,
    /// The waits after the first, second, … failed attempt; never empty.
    pub retries: Vec<Duration>,
}

impl Default for Delivery {
    /// As fast as Telegram allows (Bots FAQ, "My bot is hitting limits").
    fn default() -> Self {
        const MESSAGES_PER_SECOND: NonZeroU32 = NonZeroU32::new(30).unwrap();
        const GROUP_MESSAGES_PER_MINUTE: NonZeroU32 = NonZeroU32::new(20).unwrap();
        Self {
            workers: 10,
            messages_per_second: MESSAGES_PER_SECOND,
            group_messages_per_minute: GROUP_MESSAGES_PER_MINUTE,
            retries: [1, 2, 4].map(Duration::from_secs).to_vec(),
        }
    }
}

/// `[cache]`: how long a membership is believed.
#[derive(Clone, Debug)]
pub struct Cache {
    /// How long somebody who has joined is believed to be a member.
    pub member_ttl: Duration,
    /// How long somebody who is missing is believed to be a stranger.
    pub stranger_ttl: Duration,
    /// By how much each of these is lengthened or shortened at random.
    pub jitter_percent: u32,
    /// How much memory the cache may take.
    pub capacity_bytes: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            member_ttl: Duration::from_secs(600),
            stranger_ttl: Duration::from_secs(60),
            jitter_percent: 15,
            capacity_bytes: 64 << 20,
        }
    }
}

/// `[warm]`: looking members up ahead of time.
#[derive(Clone, Debug)]
pub struct Warm {
    /// Whether that is done at all.
    pub enabled: bool,
    /// When it begins, every day, UTC.
    pub at: TimeOfDay,
    /// How many members are looked up in one go.
    pub batch: NonZeroU32,
    /// Look-ups a second.
    pub per_second: NonZeroU32,
}

impl Default for Warm {
    fn default() -> Self {
        const BATCH: NonZeroU32 = NonZeroU32::new(100).unwrap();
        const PER_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();
        Self {
            enabled: false,
            at: TimeOfDay::new(4, 0).unwrap_or_default(),
            batch: BATCH,
            per_second: PER_SECOND,
        }
    }
}

/// `[log]`: what is told on standard error.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// For people or for machines.
    pub format: Format,
    /// How much.
    pub level: Level,
}
