//! The binary as an operator runs it: arguments, environment, signals, exit codes, last words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::{
    io::Read as _,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use gatehouse::sim::{MemberStatus, Options, Rights, Sim};
use rustix::process::{Pid, Signal, kill_process};

/// A directory with a database and a configuration for one binary against one simulation.
struct Place {
    directory: tempfile::TempDir,
}

impl Place {
    fn new(sim: &Sim) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "[telegram]\napi_url = \"{}\"\ntoken = \"{}\"\n\
             [storage]\npath = \"{place}/gatehouse.db\"\n[http]\nlisten = \"unix:{place}/http.sock\"\n",
            sim.url(),
            sim.token(),
            place = directory.path().display(),
        );
        std::fs::write(directory.path().join("config.toml"), text).unwrap();
        Self { directory }
    }

    fn config(&self) -> PathBuf {
        self.directory.path().join("config.toml")
    }

    fn command(&self) -> Command {
        let mut command = gatehouse();
        command.arg("--config").arg(self.config()).arg("run");
        command
    }

    fn start(&self) -> Child {
        self.command().spawn().unwrap()
    }
}

fn gatehouse() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatehouse"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs to the end and returns the exit code and what was said on both streams.
fn ended(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

async fn has_polled(sim: &Sim) {
    sim.wait_until("the service polls", |world| world.has_polled().then_some(())).await.unwrap();
}

fn said(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_stops_on_sigterm_with_exit_code_0_and_tells_no_token() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let place = Place::new(&sim);
    let mut service = place.start();
    has_polled(&sim).await;
    signal(&service, Signal::HUP);
    signal(&service, Signal::TERM);
    assert!(service.wait().unwrap().success());
    let said = said(&mut service);
    assert!(said.contains("ready") && said.contains("stopped"), "{said}");
    assert!(!said.contains(sim.token()), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_on_the_same_database_says_so_and_exits() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let place = Place::new(&sim);
    let mut first = place.start();
    has_polled(&sim).await;
    let (code, said) = ended(place.command());
    assert_eq!(code, 1);
    assert!(said.contains("in use") && said.contains(&first.id().to_string()), "{said}");
    signal(&first, Signal::TERM);
    assert!(first.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_spoke_before_a_kill_is_held_after_it() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let (group, channel) = (sim.add_supergroup("Cooks"), sim.add_channel("News", Some("news")));
    let owner = sim.add_user("Olga");
    sim.make_creator(group, owner);
    sim.make_creator(channel, owner);
    sim.make_bot_admin(group, Rights::RESTRICT.with(Rights::DELETE));
    sim.make_bot_admin(channel, Rights::INVITE);
    let place = Place::new(&sim);
    let mut service = place.start();
    has_polled(&sim).await;
    sim.speak(group, owner, "/protect @news").unwrap();
    let done = |world: &gatehouse::sim::World| {
        world.bot_messages(group).any(|message| message.text.contains("Done")).then_some(())
    };
    sim.wait_until("the group is protected", done).await.unwrap();
    let strangers = sim.add_people(30);
    sim.place(group, &strangers, MemberStatus::Member);
    for stranger in &strangers {
        sim.speak(group, *stranger, "hello").unwrap();
    }
    let first = |world: &gatehouse::sim::World| {
        strangers.iter().any(|user| world.is_restricted(group, *user)).then_some(())
    };
    sim.wait_until("the first stranger is held", first).await.unwrap();
    signal(&service, Signal::KILL);
    service.wait().unwrap();
    let mut service = place.start();
    let all = |world: &gatehouse::sim::World| {
        strangers.iter().all(|user| world.is_restricted(group, *user)).then_some(())
    };
    sim.wait_until("every stranger is held", all).await.unwrap();
    signal(&service, Signal::TERM);
    assert!(service.wait().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_says_where_to_get_another() {
    let sim = Sim::start(Options::default()).await.unwrap();
    let place = Place::new(&sim);
    let mut command = place.command();
    command.env("GATEHOUSE_TELEGRAM_TOKEN", "1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let (code, said) = ended(command);
    assert_eq!(code, 1);
    assert!(said.contains("BotFather"), "{said}");
}

#[test]
fn a_missing_token_says_where_to_get_one_and_where_to_put_it() {
    let mut command = gatehouse();
    command.arg("check-config");
    let (code, said) = ended(command);
    assert_eq!(code, 1);
    assert!(said.contains("@BotFather") && said.contains("GATEHOUSE_TELEGRAM_TOKEN"), "{said}");
}

#[test]
fn check_config_prints_what_is_in_force_without_the_token() {
    let secret = "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let mut command = gatehouse();
    command.arg("check-config").env("GATEHOUSE_TELEGRAM_TOKEN", secret);
    let (code, said) = ended(command);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("workers = 10") && said.contains("token = \"***\""), "{said}");
    assert!(!said.contains("AAAA"), "{said}");
}

#[test]
fn a_directory_that_is_missing_is_named_at_once() {
    let mut command = gatehouse();
    command
        .arg("run")
        .env("GATEHOUSE_TELEGRAM_TOKEN", "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .env("GATEHOUSE_STORAGE_PATH", "/nowhere/gatehouse.db")
        .env("GATEHOUSE_HTTP_LISTEN", "off");
    let (code, said) = ended(command);
    assert_eq!(code, 1);
    assert!(said.contains("/nowhere"), "{said}");
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = tempfile::tempdir().unwrap();
    let database: &Path = &directory.path().join("gatehouse.db");
    let mut command = gatehouse();
    command
        .arg("run")
        .env("GATEHOUSE_TELEGRAM_TOKEN", "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .env("GATEHOUSE_STORAGE_PATH", database)
        .env("GATEHOUSE_HTTP_LISTEN", &address);
    let (code, said) = ended(command);
    assert_eq!(code, 1);
    assert!(said.contains(&address) && said.contains("http.listen"), "{said}");
}

#[test]
fn wrong_arguments_end_with_exit_code_2() {
    let mut command = gatehouse();
    command.arg("guard");
    let (code, said) = ended(command);
    assert_eq!(code, 2);
    assert!(said.contains("Usage"), "{said}");
}

#[test]
fn the_demo_ends_with_a_summary_in_which_nobody_was_treated_wrongly() {
    let mut command = gatehouse();
    command.args(["demo", "--seconds", "6", "--groups", "2", "--users", "30"]);
    command.args(["--listen", "127.0.0.1:0"]);
    let (code, said) = ended(command);
    assert_eq!(code, 0, "{said}");
    for promised in ["held", "admitted", "API calls per admitted", "cache hit rate", "p99"] {
        assert!(said.contains(promised), "{promised}: {said}");
    }
    let wrong = said.lines().find(|line| line.trim_start().starts_with("wrong")).unwrap();
    assert_eq!(wrong.split_whitespace().last(), Some("0"), "{said}");
}
