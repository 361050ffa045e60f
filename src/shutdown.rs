//! Telling everything to stop, once, and hearing it from outside.
//!
//! What a stop has to finish is the business of whoever waits here.

use std::{
    future::Future,
    io,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// A stop that is yet to come, or has come; clones are the same one. It never goes back.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<Flag>);

#[derive(Debug, Default)]
struct Flag {
    triggered: watch::Sender<bool>,
    /// Held while `triggered` changes, so that no thread misses it between looking and waiting.
    gate: Mutex<()>,
    changed: Condvar,
}

impl Shutdown {
    /// Tells everybody who waits, now or later, to stop.
    pub fn trigger(&self) {
        let guard = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.triggered.send_replace(true);
        drop(guard);
        self.0.changed.notify_all();
    }

    /// Whether it has come.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        *self.0.triggered.borrow()
    }

    /// Waits for it. May be dropped and begun again without missing it.
    pub async fn wait(&self) {
        // It fails only without a sender, and there is one as long as `self` is.
        drop(self.0.triggered.subscribe().wait_for(|it| *it).await);
    }

    /// Waits for it on a thread, at most `timeout`; tells whether it has come.
    ///
    /// Never to be called from async code.
    #[must_use]
    pub fn wait_blocking(&self, timeout: Duration) -> bool {
        let guard = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.changed.wait_timeout_while(guard, timeout, |()| !self.is_triggered());
        drop(waited);
        self.is_triggered()
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
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_thread_that_waits_is_told_at_once() {
        let shutdown = Shutdown::default();
        let told = shutdown.clone();
        let waiting = thread::spawn(move || told.wait_blocking(LONG));
        shutdown.trigger();
        assert!(waiting.join().unwrap());
        assert!(shutdown.wait_blocking(Duration::ZERO), "and whoever comes later");
    }

    #[test]
    fn a_thread_whose_time_is_up_goes_on() {
        assert!(!Shutdown::default().wait_blocking(Duration::from_millis(1)));
    }

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
