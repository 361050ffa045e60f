//! What operators see: health, readiness and numbers over HTTP, on loopback or a Unix socket.
//!
//! A thread of its own answers, so it still answers when the async side is stuck, and says so.
//! Nothing here changes anything, and nobody but operators is meant to reach it.
//!
//! Requests and answers are `tiny_http`'s, its listener is not: one connection that is reset
//! before it is accepted makes that panic, and a panic ends this process. `guard` accepts
//! instead, with bounds on everything a client may do.
//!
//! **Invariant:** no client, slow, hostile or gone, keeps another one from its answer, and no
//! request is read beyond its head.

mod access;
mod answer;
mod guard;
mod head;
mod pages;
mod process;
mod socket;
mod stats_page;

use std::{
    fmt, io,
    net::{Shutdown, SocketAddr},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::Arc,
    thread::{self, JoinHandle},
};

use access::Access;
use guard::Guard;
use pages::Pages;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    clock::Clock,
    health::{Gauges, Health},
    stats::Stats,
};

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An address and port; port 0 takes any that is free.
    Tcp(SocketAddr),
    /// A Unix socket. It is open to the user and group of the process, and removed at the end.
    Unix(PathBuf),
}

impl Listen {
    /// The address and port, if it is one.
    #[must_use]
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// What an operator may choose.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen.
    pub listen: Listen,
    /// What a client must know (`Authorization: Bearer`) for everything but `/live`; mandatory
    /// beyond loopback.
    pub token: Option<SecretString>,
}

/// What there is to show.
#[derive(Clone)]
pub struct State {
    /// The time, for deadlines and the uptime shown.
    pub clock: Clock,
    /// What has been counted.
    pub stats: Arc<Stats>,
    /// The signs of life.
    pub health: Arc<Health>,
    /// Tells how much of everything there is. Must not wait: while it does, nobody is answered.
    pub gauges: Arc<dyn Fn() -> Gauges + Send + Sync>,
}

/// Why nobody can listen.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Everybody could read what is meant for operators.
    #[error(
        "{0} is reachable from other machines, which takes a token: set http.token, \
         or http.listen to 127.0.0.1 or a Unix socket"
    )]
    Open(SocketAddr),
    /// Somebody else listens there.
    #[error(
        "{0} is in use: see by whom with `ss -ltnp` (`ss -lxp` for a Unix socket), or choose \
         another address in http.listen"
    )]
    InUse(Listen, #[source] io::Error),
    /// The system does not let us listen there.
    #[error("cannot listen on {0}: see http.listen")]
    Listen(Listen, #[source] io::Error),
    /// The system does not give us a thread.
    #[error("no thread to answer HTTP")]
    Thread(#[source] io::Error),
}

/// A thread that answers until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: Listen,
    wake: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens, and answers from now on.
    ///
    /// A Unix socket that a process left behind when it died is replaced.
    ///
    /// # Errors
    ///
    /// [`HttpError::Open`] beyond loopback without a token, [`HttpError::InUse`] and
    /// [`HttpError::Listen`] if the address cannot be had, [`HttpError::Thread`] if the system is
    /// out of threads or descriptors.
    pub fn start(options: Options, state: State) -> Result<Self, HttpError> {
        let Options { listen, token } = options;
        let has_token = token.as_ref().is_some_and(|token| !token.expose_secret().is_empty());
        if let Some(address) = listen.tcp()
            && !address.ip().is_loopback()
            && !has_token
        {
            return Err(HttpError::Open(address));
        }
        let (listener, address) = socket::listen(&listen).map_err(|source| {
            if source.kind() == io::ErrorKind::AddrInUse {
                HttpError::InUse(listen, source)
            } else {
                HttpError::Listen(listen, source)
            }
        })?;
        let (wake, woken) = UnixStream::pair().map_err(HttpError::Thread)?;
        let clock = state.clock.clone();
        let pages = Pages::new(Access::new(&address, token), state);
        let guard = Guard::new(listener, woken, clock, pages);
        let thread = thread::Builder::new().name("http".to_owned()).spawn(move || guard.run());
        let thread = thread.map_err(HttpError::Thread)?;
        tracing::info!(%address, "http listens");
        Ok(Self { address, wake, thread: Some(thread) })
    }

    /// Where it listens, with the port it was given.
    #[must_use]
    pub fn addr(&self) -> &Listen {
        &self.address
    }

    /// Stops at once: whoever is being answered is cut off. Returns when the thread has ended and
    /// the address is free.
    pub fn stop(self) {
        drop(self);
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if let Err(error) = self.wake.shutdown(Shutdown::Both) {
            tracing::error!(%error, "http cannot be stopped");
            return;
        }
        if thread.join().is_err() {
            tracing::error!("http ended in a panic");
        }
        if let Listen::Unix(path) = &self.address
            && let Err(error) = std::fs::remove_file(path)
        {
            tracing::warn!(%error, path = %path.display(), "http left its socket behind");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}
