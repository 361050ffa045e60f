//! The connections: accepted, read, answered and closed, all by one thread that never blocks.
//!
//! What a client may do is bounded: [`GUESTS_MAX`] at a time, a head of
//! [`HEAD_BYTES_MAX`](super::head::HEAD_BYTES_MAX) within [`HEAD_TIME`], one request, no body, an
//! answer taken within [`ANSWER_TIME`]. Whoever comes when all places are taken gets the place of
//! whoever has been here the longest, so idle connections cost nobody an answer. What is asked and
//! answered is not known here ([`Pages`]).

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    time::Duration,
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};
use socket2::Socket;

use super::{
    answer::Answer,
    head::{self, Arrived, Refusal},
    pages::Pages,
};
use crate::clock::Clock;

/// How many connections may be open: a few operators, and room for those that hang.
const GUESTS_MAX: usize = 64;

/// How long a client may take to send a head, from its connection on.
const HEAD_TIME: Duration = Duration::from_secs(5);

/// How long a client may take to receive an answer.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// How long a client may take to close. Closing first, with something unread, would make its
/// system throw the answer away.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// How much of what nobody asked for is read while waiting for a client to close.
const UNREAD_MAX: usize = 256 * 1024;

/// How long to leave a listener alone when descriptors have run out.
const REST: Duration = Duration::from_millis(100);

/// One listener and the connections it has accepted, oldest first.
pub(super) struct Guard {
    listener: Socket,
    stop: UnixStream,
    clock: Clock,
    pages: Pages,
    guests: VecDeque<Guest>,
    resting: bool,
}

/// What has something to do.
struct Ready {
    stop: bool,
    listener: bool,
    guests: Vec<bool>,
}

impl Guard {
    /// Serves `listener`, which must not block, until the other end of `stop` is closed.
    pub(super) fn new(listener: Socket, stop: UnixStream, clock: Clock, pages: Pages) -> Self {
        Self { listener, stop, clock, pages, guests: VecDeque::new(), resting: false }
    }

    /// Serves until it is stopped.
    pub(super) fn run(mut self) {
        loop {
            match self.wait() {
                Ok(Ready { stop: true, .. }) => return,
                Ok(ready) => self.serve(&ready),
                Err(Errno::INTR) => {}
                Err(error) => {
                    tracing::error!(%error, "http has ended: no connection can be waited for");
                    return;
                }
            }
        }
    }

    /// Waits until there is something to do, or a deadline has passed.
    fn wait(&self) -> Result<Ready, Errno> {
        let knocks = if self.resting { PollFlags::empty() } else { PollFlags::IN };
        let mut watched = Vec::with_capacity(2 + self.guests.len());
        watched.push(PollFd::new(&self.stop, PollFlags::IN));
        watched.push(PollFd::new(&self.listener, knocks));
        watched.extend(self.guests.iter().map(|guest| PollFd::new(&guest.socket, guest.awaits())));
        let timeout = self.patience().and_then(|patience| Timespec::try_from(patience).ok());
        poll(&mut watched, timeout.as_ref())?;
        let mut ready = watched.iter().map(|watched| !watched.revents().is_empty());
        Ok(Ready {
            stop: ready.next().unwrap_or(false),
            listener: ready.next().unwrap_or(false),
            guests: ready.collect(),
        })
    }

    /// How long nothing needs to happen; none if for ever.
    fn patience(&self) -> Option<Duration> {
        let deadline = self.guests.iter().map(|guest| guest.deadline).min();
        let patience = deadline.map(|deadline| deadline.saturating_sub(self.clock.uptime()));
        let rest = self.resting.then_some(REST);
        patience.into_iter().chain(rest).min()
    }

    fn serve(&mut self, ready: &Ready) {
        let now = self.clock.uptime();
        let pages = &self.pages;
        let mut ready_guests = ready.guests.iter();
        self.guests.retain_mut(|guest| {
            let is_ready = ready_guests.next().is_some_and(|ready| *ready);
            let outcome = if is_ready { guest.proceed(pages, now) } else { Ok(true) };
            let outcome = match outcome {
                Ok(true) if guest.deadline <= now => guest.expire(now),
                outcome => outcome,
            };
            outcome.unwrap_or_else(|error| {
                tracing::debug!(%error, "http connection lost");
                false
            })
        });
        if ready.listener || self.resting {
            self.accept(now);
        }
    }

    /// Leaves the listener alone for [`REST`]: while descriptors are out, asking again is useless.
    fn rest(&mut self, error: &io::Error, was_resting: bool) {
        self.resting = true;
        if !was_resting {
            tracing::warn!(%error, "http takes no connections for now");
        }
    }

    /// Takes in whoever waits, but no more at once than there are places.
    fn accept(&mut self, now: Duration) {
        let was_resting = std::mem::take(&mut self.resting);
        for _ in 0..GUESTS_MAX {
            let socket = match self.listener.accept() {
                Ok((socket, _)) => socket,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) if is_of_one_client(&error) => continue,
                Err(error) => return self.rest(&error, was_resting),
            };
            if let Err(error) = socket.set_nonblocking(true) {
                tracing::debug!(%error, "http connection lost");
                continue;
            }
            if self.guests.len() >= GUESTS_MAX {
                self.guests.pop_front();
            }
            self.guests.push_back(Guest::new(socket, now));
        }
    }
}

/// Whether only the connection that was to be accepted is lost.
fn is_of_one_client(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// One connection.
struct Guest {
    socket: Socket,
    phase: Phase,
    /// When this phase must be over, in uptime.
    deadline: Duration,
}

enum Phase {
    /// A head is on its way.
    Asking(Vec<u8>),
    /// An answer is on its way, so many bytes of it gone.
    Answering(Vec<u8>, usize),
    /// The client has its answer and is to close; so many bytes may still come.
    Leaving(usize),
}

impl Guest {
    fn new(socket: Socket, now: Duration) -> Self {
        Self { socket, phase: Phase::Asking(Vec::new()), deadline: now.saturating_add(HEAD_TIME) }
    }

    fn awaits(&self) -> PollFlags {
        match self.phase {
            Phase::Asking(_) | Phase::Leaving(_) => PollFlags::IN,
            Phase::Answering(..) => PollFlags::OUT,
        }
    }

    /// Goes on as far as it can without waiting. Returns `false` when this connection is over.
    fn proceed(&mut self, pages: &Pages, now: Duration) -> io::Result<bool> {
        let proceeded = match &mut self.phase {
            Phase::Asking(_) => self.ask(pages, now),
            Phase::Answering(..) => self.answer(now),
            Phase::Leaving(_) => self.leave(),
        };
        match proceeded {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(true),
            proceeded => proceeded,
        }
    }

    /// The time is up. A head that has begun is answered all the same.
    fn expire(&mut self, now: Duration) -> io::Result<bool> {
        match &self.phase {
            Phase::Asking(bytes) if !bytes.is_empty() => {
                let answer = Answer::from(Refusal(408, "the head took too long"));
                self.begin(answer.into_bytes(false)?, now)
            }
            Phase::Asking(_) | Phase::Answering(..) | Phase::Leaving(_) => Ok(false),
        }
    }

    fn ask(&mut self, pages: &Pages, now: Duration) -> io::Result<bool> {
        let Phase::Asking(bytes) = &mut self.phase else { return Ok(true) };
        let mut chunk = [0; 2048];
        let length = self.socket.read(&mut chunk)?;
        if length == 0 {
            return Ok(false);
        }
        bytes.extend(chunk.iter().take(length));
        let answer = match head::read(bytes) {
            Arrived::Part => return Ok(true),
            Arrived::Whole(head) => pages.answer(&head),
            Arrived::Refused(refusal) => Answer::from(refusal).into_bytes(false),
        };
        self.begin(answer?, now)
    }

    fn begin(&mut self, answer: Vec<u8>, now: Duration) -> io::Result<bool> {
        self.phase = Phase::Answering(answer, 0);
        self.deadline = now.saturating_add(ANSWER_TIME);
        match self.answer(now) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(true),
            answered => answered,
        }
    }

    fn answer(&mut self, now: Duration) -> io::Result<bool> {
        let Phase::Answering(answer, sent) = &mut self.phase else { return Ok(true) };
        while let Some(rest) = answer.get(*sent..).filter(|rest| !rest.is_empty()) {
            *sent = sent.saturating_add(self.socket.write(rest)?);
        }
        self.socket.shutdown(Shutdown::Write)?;
        self.phase = Phase::Leaving(UNREAD_MAX);
        self.deadline = now.saturating_add(CLOSE_TIME);
        Ok(true)
    }

    fn leave(&mut self) -> io::Result<bool> {
        let Phase::Leaving(unread_max) = &mut self.phase else { return Ok(true) };
        let mut chunk = [0; 8192];
        let length = self.socket.read(&mut chunk)?;
        *unread_max = unread_max.saturating_sub(length);
        Ok(length > 0 && *unread_max > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (Guest, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
        ours.set_nonblocking(true).expect("a socket that does not block");
        let socket = Socket::from(std::os::fd::OwnedFd::from(ours));
        (Guest::new(socket, Duration::ZERO), theirs)
    }

    #[test]
    fn an_answer_larger_than_the_socket_arrives_whole() {
        let (mut guest, mut client) = pair();
        let answer: Vec<u8> = (0..=u8::MAX).cycle().take(4 << 20).collect();
        assert!(guest.begin(answer.clone(), Duration::ZERO).expect("the first of it"));
        assert!(matches!(guest.phase, Phase::Answering(_, 1..)), "some of it waits");

        let mut received = Vec::new();
        let mut chunk = vec![0; 64 * 1024];
        while received.len() < answer.len() {
            let length = client.read(&mut chunk).expect("more of it");
            received.extend_from_slice(&chunk[..length]);
            if matches!(guest.phase, Phase::Answering(..)) {
                match guest.answer(Duration::ZERO) {
                    Ok(stays) => assert!(stays),
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
            }
        }
        assert_eq!(client.read(&mut chunk).expect("the end of it"), 0);
        assert!(received == answer, "it is what was sent");
    }

    #[test]
    fn a_client_that_never_stops_talking_is_left() {
        let (mut guest, mut client) = pair();
        assert!(guest.begin(b"answer".to_vec(), Duration::ZERO).expect("all of it"));
        let mut heard = 0;
        loop {
            client.write_all(&[b'x'; 4096]).expect("more talk");
            heard += 4096;
            if !guest.leave().expect("talk to read") {
                break;
            }
        }
        assert_eq!(heard, UNREAD_MAX);
    }

    #[test]
    fn only_a_head_that_has_begun_is_told_it_took_too_long() {
        let (mut guest, mut client) = pair();
        assert!(!guest.expire(HEAD_TIME).expect("nobody to tell"));
        guest.phase = Phase::Asking(b"GET".to_vec());
        assert!(guest.expire(HEAD_TIME).expect("somebody to tell"));
        assert_eq!(guest.deadline, HEAD_TIME + CLOSE_TIME);
        assert!(!guest.expire(HEAD_TIME + CLOSE_TIME).expect("nothing more to tell"));
        let mut answer = String::new();
        client.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}
