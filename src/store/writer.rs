//! The one thread that writes: takes waiting batches together, commits them at once, tells of them
//! in order.
//!
//! **Invariant:** batches reach the disk in the order they were handed in. Once one had to be given
//! up because the disk refused it while the store was being closed, no later one is stored: a later
//! watermark would confirm updates of the lost batch.

use std::{
    fs::File,
    sync::{Arc, mpsc::Receiver},
    time::Duration,
};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::{
    StoreError, apply,
    change::{Change, OutboxRow},
    checkpoint,
    state::{OnCommit, State},
};
use crate::clock::UnixMillis;

/// Changes in one transaction: about 30 ms of work, so nobody's commit waits much longer than that
/// behind a crowd.
const GROUP_CHANGES_MAX: usize = 2_000;

/// Waits between attempts while the disk refuses: at first short, for locks pass quickly.
const RETRY_FIRST: Duration = Duration::from_millis(100);
/// The longest such wait, and so the delay after an operator has made room.
const RETRY_MAX: Duration = Duration::from_secs(5);

/// One batch on its way to the disk.
pub(super) struct Batch {
    pub(super) changes: Vec<Change>,
    /// When it was handed in.
    pub(super) at: UnixMillis,
    pub(super) done: oneshot::Sender<Result<(), StoreError>>,
}

pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) queue: Receiver<Batch>,
    pub(super) on_commit: OnCommit,
    pub(super) state: Arc<State>,
    /// Set once a batch has been given up.
    pub(super) abandoned: bool,
    /// Size of the write-ahead log in bytes that makes the writer empty it.
    pub(super) wal_limit: u64,
    /// Keeps other processes out until the connection above is closed; fields drop in order.
    pub(super) lock: File,
}

impl Writer {
    /// Writes until every handle is gone and the queue is empty.
    pub(super) fn run(mut self) {
        while let Some(group) = self.next_group() {
            self.store(group);
            self.shorten_wal();
        }
        if let Err(error) = checkpoint::truncate(&self.connection) {
            tracing::warn!(%error, "last checkpoint not made; the next start makes up for it");
        }
        drop(self.connection);
        drop(self.lock);
    }

    /// Waits for a batch and takes what else has gathered; `None` once the store is closed.
    fn next_group(&self) -> Option<Vec<Batch>> {
        let first = self.queue.recv().ok()?;
        let mut changes = first.changes.len();
        let mut group = vec![first];
        while changes < GROUP_CHANGES_MAX {
            let Ok(next) = self.queue.try_recv() else { break };
            changes += next.changes.len().max(1);
            group.push(next);
        }
        Some(group)
    }

    /// Commits a group and answers everybody in it. If one batch spoils the group, each is redone by
    /// itself.
    fn store(&mut self, group: Vec<Batch>) {
        if self.abandoned {
            return self.refuse(group, &StoreError::Closed);
        }
        match self.persist(&group) {
            Ok(rows) => self.acknowledge(group, rows),
            Err(StoreError::Rejected(_)) if group.len() > 1 => {
                for batch in group {
                    self.store(vec![batch]);
                }
            }
            Err(error) => {
                self.abandoned = !matches!(error, StoreError::Rejected(_));
                self.refuse(group, &error);
            }
        }
    }

    /// Commits a group, however long the disk refuses it; gives up only when the store is closed.
    fn persist(&mut self, group: &[Batch]) -> Result<Vec<Vec<OutboxRow>>, StoreError> {
        let mut wait = RETRY_FIRST;
        loop {
            let error = match self.commit(group).map_err(StoreError::write) {
                Err(error) if !matches!(error, StoreError::Rejected(_)) => error,
                answered => {
                    self.state.stores();
                    return answered;
                }
            };
            self.state.refuses(&error);
            if self.state.pause(wait) {
                return Err(error);
            }
            wait = wait.saturating_mul(2).min(RETRY_MAX);
        }
    }

    fn commit(&mut self, group: &[Batch]) -> rusqlite::Result<Vec<Vec<OutboxRow>>> {
        let started = self.state.clock.uptime();
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let rows = group
            .iter()
            .map(|batch| apply::apply(&transaction, &batch.changes, batch.at))
            .collect::<rusqlite::Result<_>>()?;
        transaction.commit()?;
        let took = self.state.clock.uptime().saturating_sub(started);
        self.state.committed(group.len(), took);
        Ok(rows)
    }

    fn acknowledge(&self, group: Vec<Batch>, rows: Vec<Vec<OutboxRow>>) {
        self.state.answered(group.len());
        for (batch, rows) in group.into_iter().zip(rows) {
            if !rows.is_empty() {
                (self.on_commit)(rows);
            }
            drop(batch.done.send(Ok(()))); // nobody may be waiting
        }
    }

    fn refuse(&self, group: Vec<Batch>, error: &StoreError) {
        self.state.answered(group.len());
        for batch in group {
            drop(batch.done.send(Err(error.clone()))); // nobody may be waiting
        }
    }

    /// Empties the write-ahead log if the checkpointer could not keep up with it.
    pub(super) fn shorten_wal(&mut self) {
        let bytes = self.state.wal_bytes();
        if bytes < self.wal_limit {
            return;
        }
        self.wal_limit = match checkpoint::truncate(&self.connection) {
            Ok(true) => checkpoint::WAL_BYTES_MAX,
            // somebody reads at length: trying after every commit would make each of them wait
            Ok(false) | Err(_) => bytes.saturating_mul(2),
        };
    }
}
