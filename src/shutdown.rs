//! Telling everything to stop, once; and hearing from the system that it should.

use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Told once, heard by everybody; clones are the same one.
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Sender<bool>);

impl Default for Shutdown {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Shutdown {
    /// Tells everybody to stop. Telling it again changes nothing.
    pub fn trigger(&self) {
        self.0.send_replace(true);
    }

    /// Whether everybody has been told to stop.
    #[must_use]
    pub fn is_triggered(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until everybody is told to stop; at once if they have been.
    pub async fn wait(&self) {
        let mut told = self.0.subscribe();
        // The sender is `self`, so waiting ends with the news only.
        drop(told.wait_for(|told| *told).await);
    }
}

/// Turns SIGTERM and SIGINT into `shutdown`, and every SIGHUP into a call of `on_hangup`, until
/// `shutdown`.
///
/// # Errors
///
/// If the system does not let us listen to signals.
pub fn on_signals(
    shutdown: &Shutdown,
    mut on_hangup: impl FnMut() + Send + 'static,
) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let shutdown = shutdown.clone();
    tokio::spawn(async move {
        loop {
            tokio::select! {
                () = shutdown.wait() => return,
                _ = terminate.recv() => shutdown.trigger(),
                _ = interrupt.recv() => shutdown.trigger(),
                _ = hangup.recv() => on_hangup(),
            }
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_hears_it_whether_they_waited_or_come_later() {
        let shutdown = Shutdown::default();
        assert!(!shutdown.is_triggered());
        let early = shutdown.clone();
        let waiter = tokio::spawn(async move { early.wait().await });
        shutdown.trigger();
        waiter.await.unwrap();
        shutdown.wait().await;
        assert!(shutdown.is_triggered());
    }
}
