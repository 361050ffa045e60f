//! Running out of file descriptors: alone in its process, because every test in it would starve.

#![allow(clippy::expect_used, reason = "what a helper of a test expects, the test expects")]

use std::{
    fs::File,
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
    time::Duration,
};

use gatehouse::{
    clock::Clock,
    health::{Gauges, Health, Limits},
    http::{Listen, Options, Server, State},
    stats::Stats,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Socket, Type};

/// Ends a test that would hang; nothing is measured with it.
const SAFETY_NET: Duration = Duration::from_secs(30);

fn status(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(SAFETY_NET)).expect("a timeout");
    stream.write_all(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a request sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn running_out_of_descriptors_delays_new_connections_and_ends_nothing() {
    let clock = Clock::real();
    let state = State {
        clock: clock.clone(),
        stats: Arc::new(Stats::new(clock.clone())),
        health: Arc::new(Health::new(clock, Limits::default())),
        gauges: Arc::new(Gauges::default),
    };
    let listen = Listen::Tcp(([127, 0, 0, 1], 0).into());
    let server = Server::start(Options { listen, token: None }, state).expect("a free port");
    let address = server.addr().tcp().expect("an address");

    let hard = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum: hard }).expect("a limit");
    // A second connection is answered only after the first was accepted.
    let accepted = TcpStream::connect(address).expect("a connection");
    assert_eq!(status(TcpStream::connect(address).expect("a connection")), "HTTP/1.1 200 OK");
    let late = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let taken: Vec<File> = std::iter::from_fn(|| File::open("/dev/null").ok()).collect();
    late.connect(&address.into()).expect("a place in the backlog");

    assert_eq!(status(accepted), "HTTP/1.1 200 OK", "who is connected is answered");
    drop(taken);
    assert_eq!(status(late.into()), "HTTP/1.1 200 OK", "who waited is answered");
    assert_eq!(status(TcpStream::connect(address).expect("a connection")), "HTTP/1.1 200 OK");
    server.stop();
}
