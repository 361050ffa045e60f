//! The receipt for a batch handed to the writer.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::sync::oneshot;

use super::StoreError;

/// Resolves once the batch is on disk, or can never be.
///
/// Dropping it does not cancel the commit.
#[must_use = "a commit that nobody awaits may fail unnoticed; drop() it if that is meant"]
#[derive(Debug)]
pub struct Commit(oneshot::Receiver<Result<(), StoreError>>);

impl Commit {
    /// The receipt, and the writer's end of it.
    pub(super) fn new() -> (oneshot::Sender<Result<(), StoreError>>, Self) {
        let (done, receipt) = oneshot::channel();
        (done, Self(receipt))
    }

    /// Blocks until the batch is on disk; for threads outside the async runtime.
    ///
    /// # Errors
    ///
    /// As when awaited: [`Rejected`](StoreError::Rejected) if the batch can never be stored,
    /// [`Busy`](StoreError::Busy) or [`Damaged`](StoreError::Damaged) if the store was closed while
    /// the disk refused it, [`Closed`](StoreError::Closed) if it was never tried. In every case
    /// nothing of the batch has been stored.
    ///
    /// # Panics
    ///
    /// On a thread that runs async tasks; await it there.
    pub fn wait(self) -> Result<(), StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }
}

impl Future for Commit {
    type Output = Result<(), StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(StoreError::Closed)))
    }
}
