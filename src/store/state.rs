//! What the store's threads share: whether it is closing, whether it is storing, and what is
//! measured.

use std::{
    path::PathBuf,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use super::{StoreError, change::OutboxRow};
use crate::clock::{Clock, UnixMillis};

/// Whether what is handed to the store reaches the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Storing {
    /// It does.
    Yes,
    /// The disk refuses; the writer keeps everything and tries again until it succeeds.
    NotSince {
        /// Since when.
        since: UnixMillis,
        /// The last refusal in words for an operator.
        cause: String,
    },
}

/// What the store's operators see, as of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gauges {
    /// Connections of the read pool that are in use.
    pub readers_busy: u32,
    /// Connections of the read pool that are open and free.
    pub readers_idle: u32,
    /// How many connections the read pool may open.
    pub readers_max: u32,
    /// Size of the write-ahead log's file in bytes; not all of it need be in use.
    pub wal_bytes: u64,
    /// Batches handed to the writer and not on disk yet.
    pub queue: usize,
    /// Transactions committed since start; each holds one batch or many.
    pub commits: u64,
    /// Batches committed since start.
    pub batches: u64,
    /// Time spent in all those transactions, from `BEGIN` to the end of `COMMIT`.
    pub commit_total: Duration,
    /// How long the last transaction took.
    pub commit_last: Duration,
    /// How long the slowest transaction since start took.
    pub commit_peak: Duration,
}

/// Shared by the handle, the writer and the checkpointer.
pub(super) struct State {
    pub(super) clock: Clock,
    pub(super) wal: PathBuf,
    closing: Mutex<bool>,
    closed: Condvar,
    storing: Mutex<Storing>,
    waiting: AtomicUsize,
    commits: AtomicU64,
    batches: AtomicU64,
    total_us: AtomicU64,
    last_us: AtomicU64,
    peak_us: AtomicU64,
}

impl State {
    pub(super) fn new(clock: Clock, wal: PathBuf) -> Self {
        Self {
            clock,
            wal,
            closing: Mutex::new(false),
            closed: Condvar::new(),
            storing: Mutex::new(Storing::Yes),
            waiting: AtomicUsize::new(0),
            commits: AtomicU64::new(0),
            batches: AtomicU64::new(0),
            total_us: AtomicU64::new(0),
            last_us: AtomicU64::new(0),
            peak_us: AtomicU64::new(0),
        }
    }

    /// Ends every [`pause`](Self::pause), now and later.
    pub(super) fn close(&self) {
        *locked(&self.closing) = true;
        self.closed.notify_all();
    }

    /// Waits, but not beyond closing; tells whether the store is closing.
    pub(super) fn pause(&self, wait: Duration) -> bool {
        let closing = locked(&self.closing);
        let woken = self.closed.wait_timeout_while(closing, wait, |closing| !*closing);
        *woken.unwrap_or_else(PoisonError::into_inner).0
    }

    pub(super) fn storing(&self) -> Storing {
        locked(&self.storing).clone()
    }

    /// The disk took a transaction.
    pub(super) fn stores(&self) {
        let mut storing = locked(&self.storing);
        if let Storing::NotSince { since, .. } = &*storing {
            let seconds = self.clock.now().since(*since).as_secs();
            tracing::info!(seconds, "database stores again; nothing was lost");
            *storing = Storing::Yes;
        }
    }

    /// The disk refused a transaction.
    pub(super) fn refuses(&self, error: &StoreError) {
        let cause = in_full(error);
        let mut storing = locked(&self.storing);
        match &mut *storing {
            Storing::Yes => {
                tracing::error!(%cause, "database does not store; trying again until it does");
                *storing = Storing::NotSince { since: self.clock.now(), cause };
            }
            Storing::NotSince { cause: last, .. } => *last = cause,
        }
    }

    pub(super) fn submitted(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn answered(&self, batches: usize) {
        self.waiting.fetch_sub(batches, Ordering::Relaxed);
    }

    pub(super) fn committed(&self, batches: usize, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.total_us.fetch_add(took_us, Ordering::Relaxed);
        self.last_us.store(took_us, Ordering::Relaxed);
        self.peak_us.fetch_max(took_us, Ordering::Relaxed);
        self.batches.fetch_add(u64::try_from(batches).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Release);
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    /// Size of the write-ahead log's file in bytes; zero if there is none.
    pub(super) fn wal_bytes(&self) -> u64 {
        self.wal.metadata().map_or(0, |file| file.len())
    }

    /// What is measured here, beside the given state of the read pool.
    pub(super) fn gauges(&self, connections: u32, idle: u32, max: u32) -> Gauges {
        let duration = |cell: &AtomicU64| Duration::from_micros(cell.load(Ordering::Relaxed));
        Gauges {
            readers_busy: connections.saturating_sub(idle),
            readers_idle: idle,
            readers_max: max,
            wal_bytes: self.wal_bytes(),
            queue: self.waiting.load(Ordering::Relaxed),
            commits: self.commits(),
            batches: self.batches.load(Ordering::Relaxed),
            commit_total: duration(&self.total_us),
            commit_last: duration(&self.last_us),
            commit_peak: duration(&self.peak_us),
        }
    }
}

/// Locks, also after a panic elsewhere: nothing guarded in the store is changed in two steps.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error and its sources in one line.
fn in_full(error: &StoreError) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

/// What the writer calls with the outbox rows of each batch it has committed.
pub(super) type OnCommit = Box<dyn Fn(Vec<OutboxRow>) + Send>;
