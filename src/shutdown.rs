//! Telling everything to stop, once, and hearing it from outside.
//!
//! What a stop has to finish is the business of whoever waits here.

use std::{future::Future, io};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// A stop that is yet to come, or has come; clones are the same one. It never goes back.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(watch::Sender<bool>);

impl Shutdown {
    /// Tells everybody who waits, now or later, to stop.
    pub fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Whether it has come.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for it. May be dropped and begun again without missing it.
    pub async fn wait(&self) {
        // It fails only without a sender, and there is one as long as `self` is.
        drop(self.0.subscribe().wait_for(|it| *it).await);
    }
}

/// Takes over SIGTERM, SIGINT and SIGHUP from now on: the first SIGTERM or SIGINT triggers
/// `shutdown`, every SIGHUP calls `on_reload`, which must not block.
///
/// What it returns has to be awaited for that to happen. It ends at the second SIGTERM or SIGINT:
/// somebody does not want to wait for what is in flight, and the caller should end at once.
///
/// # Errors
///
/// If the system does not let us listen to signals.
///
/// # Panics
///
/// Outside a tokio runtime.
pub fn signals(
    shutdown: Shutdown,
    mut on_reload: impl FnMut() + Send,
) -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                _ = hang_up.recv() => {
                    on_reload();
                    continue;
                }
            }
            if shutdown.is_triggered() {
                return;
            }
            shutdown.trigger();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_waits_is_told_before_and_after() {
        let shutdown = Shutdown::default();
        let told = shutdown.clone();
        let waiting = tokio::spawn(async move { told.wait().await });
        tokio::task::yield_now().await;
        assert!(!shutdown.is_triggered());
        assert!(!waiting.is_finished());
        shutdown.trigger();
        waiting.await.unwrap();
        shutdown.wait().await;
    }
}
