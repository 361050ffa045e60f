//! What the process does when it is signalled. Alone in its file: signals are for a whole process.

#![allow(clippy::unwrap_used, reason = "what a helper of a test unwraps, the test unwraps")]

use std::{
    process::{Command, id},
    sync::mpsc,
    time::Duration,
};

use gatehouse::shutdown::{Shutdown, signals};

/// Far longer than a signal takes; only a failing test waits for it.
const LONG: Duration = Duration::from_secs(30);

fn send(signal: &str) {
    let kill = format!("kill -{signal} {}", id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hang_up_reloads_the_first_signal_stops_and_the_second_insists() {
    let (reloads, reloaded) = mpsc::channel();
    let shutdown = Shutdown::default();
    let listening = signals(shutdown.clone(), move || reloads.send(()).unwrap()).unwrap();
    let listening = tokio::spawn(listening);

    for _ in 0..2 {
        send("HUP");
        tokio::task::block_in_place(|| reloaded.recv_timeout(LONG)).unwrap();
    }
    assert!(!shutdown.is_triggered(), "a reload is no stop");

    send("TERM");
    tokio::time::timeout(LONG, shutdown.wait()).await.unwrap();
    assert!(!listening.is_finished(), "what is in flight may be finished");

    send("INT");
    tokio::time::timeout(LONG, listening).await.unwrap().unwrap();
}
