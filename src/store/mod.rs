//! Everything durable, and the only SQL.
//!
//! A [`Store`] is one SQLite file, one thread that writes it and a pool that reads it. Whoever wants
//! something to last submits a batch of [`Change`]s and waits for its [`Commit`]; whoever has to act
//! hears of the committed outbox rows through `on_commit`. Nothing here knows Telegram or decides
//! anything.
//!
//! **Invariant:** no type of the database engine leaves this module, so that another engine can
//! stand behind the same functions. What has been acknowledged is on disk (`synchronous=FULL`): it
//! survives `kill -9` and a power cut.

mod apply;
pub mod change;
mod chats;
mod checkpoint;
mod column;
mod commit;
mod connection;
mod error;
mod files;
mod ledger;
mod migrate;
mod notes;
mod outbox;
mod read;
mod schema;
mod state;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        mpsc::{self, Sender},
    },
    thread::{self, JoinHandle},
};

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::Connection;

use self::{
    change::{Change, OutboxRow},
    state::{State, locked},
    writer::{Batch, Writer},
};
pub use self::{
    commit::Commit,
    error::{Cause, StoreError},
    read::{ChatStatus, Loaded, NAMED_MAX, PromptView},
    state::{Gauges, Storing},
};
use crate::{
    clock::{Clock, UnixMillis},
    ids::{ChatId, ThreadId},
};

/// Where the database is and how it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The database file; its directory must exist. Beside it come `-wal`, `-shm` and `.lock`.
    pub path: PathBuf,
    /// How many reads may run at the same time; at least one is allowed.
    pub readers: u32,
}

/// The database of one running gatehouse; clones are the same one.
///
/// [`close`](Self::close) it before the process ends, so that the next start finds one tidy file.
/// Without that nothing acknowledged is lost either.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    state: Arc<State>,
    readers_max: u32,
    /// None once closed.
    open: Mutex<Option<Open>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// What a store has only while it is open.
struct Open {
    queue: Sender<Batch>,
    readers: Pool<SqliteConnectionManager>,
}

impl Store {
    /// Opens the database, made or brought to the current schema if need be, and starts its threads.
    ///
    /// `on_commit` is called on the writer's thread for every batch that inserted outbox rows, in
    /// commit order and before that batch is acknowledged. While it runs nothing is committed; it
    /// must not wait for a [`Commit`].
    ///
    /// # Errors
    ///
    /// All of them at once, without waiting for anything: [`Path`](StoreError::Path) if the file
    /// cannot be opened here, [`InUse`](StoreError::InUse) if another process has it,
    /// [`Foreign`](StoreError::Foreign) and [`NewerSchema`](StoreError::NewerSchema) if it must not
    /// be touched, [`Damaged`](StoreError::Damaged) if it cannot be read,
    /// [`Busy`](StoreError::Busy) if no thread could be started.
    pub fn open(
        options: &Options,
        on_commit: impl Fn(Vec<OutboxRow>) + Send + 'static,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let path = files::resolve(&options.path)?;
        let lock = files::lock(&path)?;
        let connection = connection::open_writer(&path)?;
        let checkpointer = connection::open_checkpointer(&path)?;
        let readers = connection::open_readers(&path, options.readers);
        let state = Arc::new(State::new(clock, files::beside(&path, "-wal")));
        let (queue, batches) = mpsc::channel();

        let shared = Self(Arc::new(Shared {
            state: Arc::clone(&state),
            readers_max: readers.max_size(),
            open: Mutex::new(Some(Open { queue, readers })),
            threads: Mutex::default(),
        }));
        let writer = Writer {
            connection,
            queue: batches,
            on_commit: Box::new(on_commit),
            state: Arc::clone(&state),
            abandoned: false,
            wal_limit: checkpoint::WAL_BYTES_MAX,
            lock,
        };
        shared.start("store-writer", move || writer.run())?;
        shared.start("store-checkpoint", move || checkpoint::run(&checkpointer, &state))?;
        Ok(shared)
    }

    fn start(&self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), StoreError> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
        let thread = thread.map_err(|error| StoreError::Busy(Arc::new(error)))?;
        locked(&self.0.threads).push(thread);
        Ok(())
    }

    /// Hands a batch to the writer without waiting; all of it will be stored, or nothing.
    ///
    /// Batches are committed in the order of these calls. While the disk refuses, they queue up
    /// without limit ([`storing`](Self::storing), [`Gauges::queue`]).
    pub fn submit(&self, changes: Vec<Change>) -> Commit {
        let (done, commit) = Commit::new();
        let open = locked(&self.0.open);
        if let Some(open) = &*open {
            self.0.state.submitted();
            let batch = Batch { changes, at: self.0.state.clock.now(), done };
            if open.queue.send(batch).is_err() {
                self.0.state.answered(1); // the writer died; the receipt says closed
            }
        }
        commit
    }

    /// Reads everything the program needs at start. Blocks for as long as that takes.
    ///
    /// Outbox rows that this version does not understand are left out, logged and buried.
    ///
    /// # Errors
    ///
    /// [`Damaged`](StoreError::Damaged) if a row cannot be right, [`Busy`](StoreError::Busy) if the
    /// disk refuses, [`Closed`](StoreError::Closed).
    pub fn load(&self) -> Result<Loaded, StoreError> {
        let (loaded, strange) = self.read(read::load)?;
        let at = self.0.state.clock.now();
        let burials = strange.into_iter().map(|(id, reason)| {
            tracing::warn!(id = id.get(), %reason, "outbox row not understood; buried");
            Change::Bury { rows: vec![id], reason, at }
        });
        let burials: Vec<Change> = burials.collect();
        if !burials.is_empty() {
            drop(self.submit(burials)); // if it fails, the next start buries them
        }
        Ok(loaded)
    }

    /// What the prompt of a topic has to show now. Blocks for microseconds; keep it off async
    /// workers all the same.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn prompt(&self, chat: ChatId, thread: Option<ThreadId>) -> Result<PromptView, StoreError> {
        self.read(|db| read::prompt(db, chat, thread))
    }

    /// A supergroup's figures, today being the UTC day of `now`. Blocks like
    /// [`prompt`](Self::prompt).
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub fn status(&self, chat: ChatId, now: UnixMillis) -> Result<ChatStatus, StoreError> {
        self.read(|db| read::status(db, chat, now))
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let readers = locked(&self.0.open).as_ref().map(|open| open.readers.clone());
        let readers = readers.ok_or(StoreError::Closed)?;
        let connection = readers.get().map_err(|error| StoreError::Busy(Arc::new(error)))?;
        query(&connection).map_err(StoreError::read)
    }

    /// Whether what is submitted reaches the disk.
    #[must_use]
    pub fn storing(&self) -> Storing {
        self.0.state.storing()
    }

    /// The figures of this moment.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        let pool = locked(&self.0.open).as_ref().map(|open| open.readers.state());
        let (connections, idle) =
            pool.map_or((0, 0), |pool| (pool.connections, pool.idle_connections));
        self.0.state.gauges(connections, idle, self.0.readers_max)
    }

    /// Commits what is queued, empties the write-ahead log, ends the threads and lets another
    /// process in. Blocks until that is done; closing what is closed does nothing.
    ///
    /// If the disk refuses just then, what is queued is given up: its commits say so.
    pub fn close(self) {
        self.0.close();
    }
}

impl Shared {
    fn close(&self) {
        drop(locked(&self.open).take()); // the writer ends when its queue has
        self.state.close();
        let mut threads = locked(&self.threads);
        for thread in threads.drain(..) {
            let itself = thread.thread().id() == thread::current().id();
            if !itself && thread.join().is_err() {
                tracing::error!("a thread of the store had panicked");
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}
