//! tmp
use std::{num::NonZeroU32, path::{Path, PathBuf}, time::Duration};
use secrecy::SecretString;
use url::Url;
use crate::http::Listen;
pub struct Config { pub telegram: Telegram, pub storage: Storage, pub http: Http, pub delivery: Delivery, pub cache: Cache }
pub struct Telegram { pub token: SecretString, pub api_url: Url }
pub struct Storage { pub path: PathBuf, pub readers: NonZeroU32 }
pub struct Http { pub listen: Option<Listen>, pub token: Option<SecretString> }
pub struct Delivery { pub workers: usize, pub messages_per_second: NonZeroU32, pub group_messages_per_minute: NonZeroU32, pub retries: Vec<Duration> }
pub struct Cache { pub member_ttl: Duration, pub stranger_ttl: Duration, pub jitter_percent: u32, pub capacity_bytes: u64 }
impl Config {
    pub fn for_simulation(url: &str, token: &str, path: &Path, listen: Option<Listen>) -> Self {
        Self {
            telegram: Telegram { token: SecretString::from(token), api_url: Url::parse(url).unwrap() },
            storage: Storage { path: path.to_path_buf(), readers: NonZeroU32::new(4).unwrap() },
            http: Http { listen, token: None },
            delivery: Delivery { workers: 10, messages_per_second: NonZeroU32::new(30).unwrap(), group_messages_per_minute: NonZeroU32::new(20).unwrap(), retries: [1,2,4].map(Duration::from_secs).to_vec() },
            cache: Cache { member_ttl: Duration::from_secs(600), stranger_ttl: Duration::from_secs(60), jitter_percent: 15, capacity_bytes: 64<<20 },
        }
    }
}
