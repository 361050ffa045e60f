//! What operators see, asked over real sockets.

#![allow(clippy::expect_used, reason = "what a helper of a test expects, the test expects")]

use std::{
    fs,
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::net::{UnixListener, UnixStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use gatehouse::{
    clock::{Clock, UnixMillis},
    health::{Gauges, Health, Limits},
    http::{HttpError, Listen, Options, Server, State},
    stats::{Counter, Latency, Stats},
};
use serde_json::Value;

/// Ends a test that would hang; nothing is measured with it.
const SAFETY_NET: Duration = Duration::from_secs(30);

/// A server with everything it shows, under a clock that stands still.
struct House {
    clock: Clock,
    stats: Arc<Stats>,
    health: Arc<Health>,
    gauges: Arc<Mutex<Gauges>>,
    server: Server,
}

impl House {
    fn open() -> Self {
        Self::open_with(None)
    }

    fn open_with(token: Option<&str>) -> Self {
        Self::listen(Listen::Tcp(([127, 0, 0, 1], 0).into()), token).expect("a free port")
    }

    fn listen(listen: Listen, token: Option<&str>) -> Result<Self, HttpError> {
        let clock = Clock::manual(UnixMillis::new(1_700_000_000_000));
        let stats = Arc::new(Stats::new(clock.clone()));
        let health = Arc::new(Health::new(clock.clone(), Limits::default()));
        let gauges = Arc::new(Mutex::new(Gauges::default()));
        let read = Arc::clone(&gauges);
        let shown = State {
            clock: clock.clone(),
            stats: Arc::clone(&stats),
            health: Arc::clone(&health),
            gauges: Arc::new(move || read.lock().expect("gauges").clone()),
        };
        let server = Server::start(Options { listen, token: token.map(Into::into) }, shown)?;
        Ok(Self { clock, stats, health, gauges, server })
    }

    fn address(&self) -> SocketAddr {
        self.server.addr().tcp().expect("an address")
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address()).expect("a connection");
        stream.set_read_timeout(Some(SAFETY_NET)).expect("a timeout");
        stream.set_write_timeout(Some(SAFETY_NET)).expect("a timeout");
        stream
    }

    /// Sends these bytes and returns all that comes back until the server closes.
    fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes).expect("a request sent");
        Answer::read(stream)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())
    }

    fn get_with(&self, path: &str, header: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\n{header}\r\n\r\n").as_bytes())
    }
}

/// What came back on one connection.
#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn read(mut stream: impl Read) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("an answer and the end of the connection");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.filter(|(header, _)| *header == name).map(|(_, value)| value).next()
    }
}

#[test]
fn health_is_200_while_all_is_well() {
    let answer = House::open().get("/health");
    assert_eq!((answer.status, answer.json()["status"].as_str()), (200, Some("ok")));
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert!(answer.body.ends_with("}\n"), "a prompt begins on a line of its own");
}

#[test]
fn health_is_503_and_names_what_is_wrong_and_what_to_do() {
    type Break = fn(&House);
    let table: [(&str, Break); 6] = [
        ("database", |house| house.health.database_failed("disk I/O error")),
        ("telegram", |house| {
            house.health.telegram_failed("connection refused");
            house.clock.advance(Limits::default().telegram_grace);
            house.health.delivery_alive();
        }),
        ("queue", |house| {
            house.gauges.lock().expect("gauges").queue_depth = vec![("lift", 1_000_000)];
        }),
        ("disk", |house| house.gauges.lock().expect("gauges").disk_free_bytes = Some(0)),
        ("intake", |house| {
            house.clock.advance(Duration::from_secs(3_600));
            house.health.delivery_alive();
        }),
        ("runtime", |house| {
            house.clock.advance(Duration::from_secs(3_600));
            house.health.intake_alive();
        }),
    ];
    for (name, break_it) in table {
        let house = House::open();
        break_it(&house);
        let answer = house.get("/health");
        assert_eq!(answer.status, 503, "{name}");
        let json = answer.json();
        assert_eq!(json["failing"], serde_json::json!([name]));
        let check = json["checks"].as_array().and_then(|checks| {
            checks.iter().find(|check| check["name"] == name && check["ok"] == false)
        });
        assert!(check.is_some_and(|check| check["hint"].is_string()), "{name}: {json}");
    }
}

#[test]
fn a_stuck_async_side_is_told_by_a_thread_that_is_not_stuck() {
    let house = House::open();
    house.clock.advance(Limits::default().runtime_silence_max);
    assert_eq!(house.get("/live").status, 200);
    house.clock.advance(Duration::from_secs(1));
    let answer = house.get("/live");
    assert_eq!((answer.status, answer.json()["status"].as_str()), (503, Some("stuck")));
    house.health.delivery_alive();
    assert_eq!(house.get("/live").status, 200);
}

#[test]
fn ready_means_started_and_not_stopping_and_able_to_work() {
    let house = House::open();
    let status = |house: &House| {
        let answer = house.get("/ready");
        (answer.status, answer.json()["status"].as_str().map(str::to_owned).unwrap_or_default())
    };
    assert_eq!(status(&house), (503, "starting".to_owned()));
    house.health.started();
    assert_eq!(status(&house), (200, "ready".to_owned()));
    house.health.telegram_failed("away");
    house.clock.advance(Limits::default().telegram_grace);
    house.health.delivery_alive();
    assert_eq!(status(&house), (200, "ready".to_owned()), "updates wait at Telegram");
    house.health.database_failed("away");
    assert_eq!(status(&house), (503, "failing".to_owned()));
    house.health.stopping();
    assert_eq!(status(&house), (503, "stopping".to_owned()));
}

#[test]
fn stats_show_counters_gauges_and_recent_latencies() {
    let house = House::open();
    house.stats.add(Counter::Updates, 12);
    house.stats.count(Counter::Held);
    house.stats.add(Counter::CacheHits, 3);
    house.stats.add(Counter::CacheMisses, 1);
    house.stats.record(Latency::MessageToHold, Duration::from_millis(40));
    *house.gauges.lock().expect("gauges") = Gauges {
        queue_depth: vec![("lift", 2), ("answer", 3)],
        queue_oldest: Some(Duration::from_secs(9)),
        pool_max: 4,
        wal_bytes: 4_096,
        telegram_connected: true,
        held_now: 17,
        ..Gauges::default()
    };
    house.clock.advance(Duration::from_secs(61));

    let json = house.get("/stats").json();
    let table = [
        ("/message_queue/depth", Value::from(5)),
        ("/message_queue/lanes/lift", Value::from(2)),
        ("/message_queue/oldest_seconds", Value::from(9)),
        ("/database_pool/max", Value::from(4)),
        ("/database_pool/wal_bytes", Value::from(4_096)),
        ("/cache/hit_percent", Value::from(75.0)),
        ("/telegram/connected", Value::from(true)),
        ("/gate/updates", Value::from(12)),
        ("/gate/held", Value::from(1)),
        ("/gate/held_now", Value::from(17)),
        ("/latency_ms/message_to_hold/count", Value::from(1)),
        ("/latency_ms/press_to_lift/p99", Value::from(0.0)),
        ("/process/pid", Value::from(std::process::id())),
        ("/process/version", Value::from(env!("CARGO_PKG_VERSION"))),
        ("/process/uptime_seconds", Value::from(61)),
    ];
    for (pointer, value) in table {
        assert_eq!(json.pointer(pointer), Some(&value), "{pointer} in {json:#}");
    }
    for quantile in ["p50", "p95", "p99", "max"] {
        let ms = json["latency_ms"]["message_to_hold"][quantile].as_f64().expect(quantile);
        assert!((39.6..=40.4).contains(&ms), "{quantile}: {ms}");
    }
}

#[test]
fn every_path_is_listed_and_no_other_exists() {
    let house = House::open();
    let index = house.get("/");
    assert_eq!(index.status, 200);
    for path in ["/health", "/live", "/ready", "/stats"] {
        assert!(index.body.contains(path), "{path}: {}", index.body);
        assert_ne!(house.get(path).status, 404, "{path}");
    }
    for path in ["/metrics2", "/health/", "//health", "/../etc/passwd", "/%2e"] {
        let answer = house.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("/health"), "{}", answer.body);
    }
}

#[test]
fn nothing_can_be_changed_here() {
    let house = House::open();
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"] {
        let request = format!("{method} /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        let answer = house.send(request.as_bytes());
        assert_eq!((answer.status, answer.header("Allow")), (405, Some("GET, HEAD")), "{method}");
    }
}

#[test]
fn head_is_get_without_the_body() {
    let house = House::open();
    let get = house.get("/health");
    let head = house.send(b"HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("Content-Length"), Some(get.body.len().to_string().as_str()));
}

#[test]
fn a_foreign_host_is_refused_so_that_no_web_page_can_ask() {
    let house = House::open();
    let own = house.address();
    for host in ["localhost", "127.0.0.1:1", "[::1]", &own.to_string()] {
        assert_eq!(house.get_with("/live", &format!("Host: {host}")).status, 200, "{host}");
    }
    for host in ["evil.example", "evil.example:8080", "localhost.evil.example", "192.0.2.1"] {
        let answer = house.get_with("/live", &format!("Host: {host}"));
        assert_eq!(answer.status, 421, "{host}");
        assert!(!answer.body.contains("ok"), "nothing is told: {}", answer.body);
    }
}

#[test]
fn with_a_token_only_live_is_open_to_all() {
    let house = House::open_with(Some("sesame"));
    for path in ["/", "/health", "/ready", "/stats", "/nowhere"] {
        for header in ["Host: localhost", "Host: localhost\r\nAuthorization: Bearer sesam"] {
            let answer = house.get_with(path, header);
            assert_eq!(answer.status, 401, "{path} {header}");
            assert_eq!(answer.header("WWW-Authenticate"), Some("Bearer"));
            assert!(!format!("{answer:?}").contains("sesame"), "{answer:?}");
        }
    }
    assert_eq!(house.get("/live").status, 200);
    let known = "Host: localhost\r\nAuthorization: Bearer sesame";
    assert_eq!(house.get_with("/health", known).status, 200);
}

#[test]
fn beyond_loopback_nobody_listens_without_a_token() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address: SocketAddr = address.parse().expect("an address");
        for token in [None, Some("")] {
            let refused = House::listen(Listen::Tcp(address), token).err().expect("a refusal");
            assert!(matches!(refused, HttpError::Open(of) if of == address), "{refused}");
            assert!(refused.to_string().contains("http.token"), "{refused}");
        }
    }
}

#[test]
fn an_address_in_use_is_named_with_what_to_do() {
    let house = House::open();
    let refused = House::listen(house.server.addr().clone(), None).err().expect("a refusal");
    assert!(matches!(refused, HttpError::InUse(..)), "{refused}");
    let words = refused.to_string();
    for word in [house.address().to_string().as_str(), "ss -ltnp", "http.listen"] {
        assert!(words.contains(word), "{words}");
    }
}

#[test]
fn a_stop_frees_the_address_whoever_is_connected() {
    let house = House::open();
    let mut silent = house.connect();
    assert_eq!(house.get("/live").status, 200);
    let address = house.address();
    house.server.stop();
    assert_eq!(silent.read(&mut [0]).expect("the end of the connection"), 0);
    let again = House::listen(Listen::Tcp(address), None).expect("the same address");
    assert_eq!(again.get("/live").status, 200);
}

// What is known to fell tiny_http's own listener, and must not fell this one.

#[test]
fn a_huge_content_length_is_refused_and_nothing_is_allocated() {
    let house = House::open();
    for length in ["1", "9999999999999", "18446744073709551615", "99999999999999999999999", "-1"] {
        for (method, status) in [("GET", 413), ("HEAD", 413), ("POST", 405)] {
            let request = format!(
                "{method} /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
            );
            assert_eq!(house.send(request.as_bytes()).status, status, "{method} {length}");
        }
    }
    assert_eq!(house.get("/health").status, 200);
}

#[test]
fn a_body_that_is_never_sent_keeps_nobody_waiting() {
    let house = House::open();
    let bodies = ["Content-Length: 10", "Transfer-Encoding: chunked"];
    let mut waiting = Vec::new();
    for body in bodies.iter().cycle().take(20) {
        let mut stream = house.connect();
        let request = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{body}\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a head sent");
        waiting.push(stream);
    }
    assert_eq!(house.get("/health").status, 200);
    for stream in waiting {
        assert_eq!(Answer::read(stream).status, 413);
    }
    let expecting = "Host: localhost\r\nExpect: 100-continue";
    assert_eq!(house.get_with("/health", expecting).status, 417);
}

#[test]
fn a_client_that_is_still_sending_is_answered_and_not_cut_off() {
    let house = House::open();
    let head = b"POST /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n";
    let mut stream = house.connect();
    stream.write_all(head).expect("a head sent");
    let answer = Answer::read(&stream);
    assert_eq!((answer.status, answer.header("Allow")), (405, Some("GET, HEAD")));
    assert_eq!(house.get("/live").status, 200, "and whatever else was to be done is done");
    for half in vec![b'x'; 100_000].chunks(50_000) {
        stream.write_all(half).expect("a connection that is not reset");
    }
}

#[test]
fn pipelined_requests_get_one_answer_and_the_end() {
    let house = House::open();
    let request = b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    let answer = house.send(&request);
    assert_eq!((answer.status, answer.header("Connection")), (200, Some("close")));
    assert!(!answer.body.contains("HTTP/1.1"), "one answer only: {}", answer.body);
    assert_eq!(house.get("/health").status, 200);
}

#[test]
fn a_head_that_trickles_in_is_given_up_and_delays_nobody() {
    let house = House::open();
    let mut slow = house.connect();
    slow.write_all(b"GET /health HTTP/1.1\r\nHost: loc").expect("some of a head");
    assert_eq!(house.get("/health").status, 200, "others are answered meanwhile");
    slow.write_all(b"al").expect("a little more of it");
    assert_eq!(house.get("/health").status, 200);
    house.clock.advance(Duration::from_secs(5));
    assert_eq!(house.get("/live").status, 200);
    assert_eq!(Answer::read(slow).status, 408);
}

#[test]
fn an_endless_head_is_refused() {
    let house = House::open();
    let mut request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nCookie: ".to_vec();
    request.resize(20_000, b'c');
    assert_eq!(house.send(&request).status, 431);
}

#[test]
fn idle_connections_keep_nobody_out() {
    let house = House::open();
    let idle: Vec<_> = (0..200).map(|_| house.connect()).collect();
    assert_eq!(house.get("/health").status, 200);

    let mut last = idle.last().expect("a connection");
    last.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a request");
    assert_eq!(Answer::read(last).status, 200, "the latest still have their place");
    let mut first = idle.first().expect("a connection");
    assert_eq!(first.read(&mut [0]).expect("the end"), 0, "the oldest have given theirs up");
}

#[test]
fn a_connection_reset_before_it_is_accepted_harms_nobody() {
    let house = House::open();
    for _ in 0..200 {
        let mut stream = house.connect();
        let sent = stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        sent.expect("a request sent");
        let socket = socket2::Socket::from(stream);
        socket.set_linger(Some(Duration::ZERO)).expect("a reset on close");
    }
    assert_eq!(house.get("/health").status, 200);
}

#[test]
fn a_client_that_says_all_it_has_to_say_and_listens_is_answered() {
    let house = House::open();
    let mut stream = house.connect();
    stream.write_all(b"GET /live HTTP/1.0\r\n\r\n").expect("a request sent");
    stream.shutdown(std::net::Shutdown::Write).expect("half a connection");
    assert_eq!(Answer::read(stream).status, 200);
}

#[test]
fn a_unix_socket_answers_whatever_the_host_and_is_gone_after_the_stop() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("http.sock");
    drop(UnixListener::bind(&path).expect("a socket left behind by a process that died"));

    let house = House::listen(Listen::Unix(path.clone()), None).expect("a socket");
    let mut stream = UnixStream::connect(&path).expect("a connection");
    stream.set_read_timeout(Some(SAFETY_NET)).expect("a timeout");
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: gatehouse\r\n\r\n").expect("a request");
    assert_eq!(Answer::read(stream).status, 200);

    let refused = House::listen(Listen::Unix(path.clone()), None).err().expect("a refusal");
    assert!(matches!(refused, HttpError::InUse(..)), "{refused}");
    house.server.stop();
    assert!(!path.exists());
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("precious");
    fs::write(&path, "data").expect("a file");
    let refused = House::listen(Listen::Unix(path.clone()), None).err().expect("a refusal");
    assert!(
        matches!(&refused, HttpError::Listen(_, source)
        if source.kind() == ErrorKind::AlreadyExists),
        "{refused:?}"
    );
    assert_eq!(fs::read_to_string(&path).expect("the file"), "data");
}
