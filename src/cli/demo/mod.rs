//! `gatehouse demo`: the whole thing against a simulated Telegram inside the process.

mod crowd;
mod view;

use std::{collections::HashSet, time::Duration};

use anyhow::Context;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::{crowd::Crowd, view::View};
use super::{DemoArgs, output};
use crate::{
    app::App,
    clock::Clock,
    config::{Config, Environment, Format, Level, Log},
    core::Core,
    http::Listen,
    ids::{ChatId, UserId},
    logging::Logging,
    shutdown::{Shutdown, signals},
    sim::{Faults, Options, Sim},
    stats::Counter,
};

/// How often the figures are shown in a terminal, and in a log.
const SHOWN_EVERY: Duration = Duration::from_millis(500);
const LOGGED_EVERY: Duration = Duration::from_secs(5);

/// How long the simulated Telegram takes for an answer, and how much that varies.
const LATENCY: Duration = Duration::from_millis(20);
const LATENCY_JITTER: Duration = Duration::from_millis(40);

/// How long what is under way at the end may take to settle before the summary is drawn.
const SETTLE_MAX: Duration = Duration::from_secs(15);

/// Runs the demo until its time is up or Ctrl-C.
///
/// # Errors
///
/// If nothing can listen where it should, or somebody was treated wrongly.
pub(super) fn start(args: &DemoArgs, environment: &Environment) -> anyhow::Result<()> {
    let log = Log { format: Format::Text, level: Level::Warn };
    Logging::install(&log, environment.logs_to_journal())?;
    let runtime = tokio::runtime::Runtime::new().context("no async runtime could be started")?;
    runtime.block_on(async {
        let shutdown = Shutdown::default();
        let impatient = signals(shutdown.clone(), || {})?;
        tokio::select! {
            ended = run(args, shutdown) => ended,
            () = impatient => anyhow::bail!("stopped at once, without a summary"),
        }
    })
}

async fn run(args: &DemoArgs, shutdown: Shutdown) -> anyhow::Result<()> {
    let options = Options {
        faults: Faults::slow(LATENCY, LATENCY_JITTER),
        limits: Some(crate::sim::Limits::default()),
        ..Options::default()
    };
    let sim = Sim::start(options).await.context("the simulated Telegram could not listen")?;
    let directory = tempfile::tempdir().context("no directory for the demo's database")?;
    let database = directory.path().join("demo.db");
    let listen = Some(Listen::Tcp(args.listen));
    let config = Config::for_simulation(&sim.url(), sim.token(), &database, listen)?;
    let ends = Shutdown::default();
    let app = App::start(&config, ends.clone()).await?;
    let core = app.core().clone();
    let address = app.http_addr().map_or(String::new(), Listen::to_string);
    let running = tokio::spawn(app.run());

    let crowd = Crowd::gather(&sim, args.groups, args.users);
    crowd.protect();
    wait_for_protection(&core, &crowd).await;
    let span = if args.seconds == 0 { 60 } else { args.seconds };
    let clock = Clock::real();
    tokio::select! {
        () = crowd.live(Duration::from_secs(span), &shutdown) => {}
        () = show(&core, &clock, &address) => {}
        () = time_is_up(args.seconds) => shutdown.trigger(),
    }
    settle(&core, &sim).await;
    let held: HashSet<(ChatId, UserId)> = core.ledger().everybody();
    let wrong = crowd.wronged(&held).len();
    let view = View {
        core: &core,
        running: clock.uptime(),
        before: (0, clock.uptime()),
        listen: &address,
    };
    output::line(&view.summary(wrong));
    ends.trigger();
    running.await??;
    sim.stop().await;
    anyhow::ensure!(wrong == 0, "{wrong} people were treated wrongly; please report this");
    Ok(())
}

async fn time_is_up(seconds: u64) {
    if seconds == 0 {
        std::future::pending::<()>().await;
    }
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// The crowd comes once every owner's `/protect` has been answered.
async fn wait_for_protection(core: &Core, crowd: &Crowd) {
    let all = u64::try_from(crowd.groups().len()).unwrap_or(u64::MAX);
    while core.directory.active() < all {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Waits until everything said has been heard and everything decided has been done.
async fn settle(core: &Core, sim: &Sim) {
    let settled = async {
        while sim.pending_updates() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        core.outbox.idle().await;
    };
    drop(tokio::time::timeout(SETTLE_MAX, settled).await);
}

/// Shows the figures until it is dropped: redrawn in a terminal, a line now and then in a log.
async fn show(core: &Core, clock: &Clock, listen: &str) {
    let terminal = output::is_terminal();
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
    bar.set_style(
        ProgressStyle::with_template("{msg}").unwrap_or(ProgressStyle::default_spinner()),
    );
    let mut before = (0, Duration::ZERO);
    let mut ticks = tokio::time::interval(if terminal { SHOWN_EVERY } else { LOGGED_EVERY });
    loop {
        ticks.tick().await;
        let running = clock.uptime();
        let span = running.saturating_sub(before.1);
        let view = View { core, running, before: (before.0, span), listen };
        if terminal {
            bar.set_message(view.block());
            bar.tick();
        } else {
            output::line(&view.line());
        }
        before = (core.stats.get(Counter::Updates), running);
    }
}
