//! Telling everything to stop, once.
use tokio::sync::watch;
/// x
#[derive(Clone, Debug)]
pub struct Shutdown(watch::Sender<bool>);
impl Default for Shutdown { fn default() -> Self { Self(watch::channel(false).0) } }
impl Shutdown {
    /// x
    pub fn trigger(&self) { self.0.send_replace(true); }
    /// x
    pub async fn wait(&self) { let mut r = self.0.subscribe(); drop(r.wait_for(|x| *x).await); }
}
