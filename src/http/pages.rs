//! What there is to see, by path.

use std::io;

use serde::Serialize;
use tiny_http::Method;

use super::{
    State,
    access::Access,
    answer::Answer,
    head::{Head, Refusal},
    stats_page,
};
use crate::health::{Check, Phase};

/// A path and what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Index,
    Health,
    Live,
    Ready,
    Stats,
}

/// The whole map. The first column is a contract with monitoring: paths stay.
const MAP: [(&str, Page, &str); 5] = [
    ("/", Page::Index, "this list"),
    ("/health", Page::Health, "200 if all is well, else 503 and what is wrong"),
    ("/live", Page::Live, "200 unless only a restart helps; needs no token"),
    ("/ready", Page::Ready, "200 while started, not stopping, and able to work"),
    ("/stats", Page::Stats, "what has been counted and how long it took, as JSON"),
];

/// Everything operators may ask for.
pub(super) struct Pages {
    access: Access,
    state: State,
}

#[derive(Serialize)]
struct HealthPage<'a> {
    status: &'static str,
    failing: Vec<&'static str>,
    checks: &'a [Check],
}

#[derive(Serialize)]
struct StatusPage {
    status: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing: Vec<&'static str>,
}

impl Pages {
    pub(super) fn new(access: Access, state: State) -> Self {
        Self { access, state }
    }

    /// The answer to a request, as bytes.
    pub(super) fn answer(&self, head: &Head) -> io::Result<Vec<u8>> {
        let answer = self.find(head).map_or_else(|refused| refused, |page| self.show(page));
        answer.into_bytes(head.method == Method::Head)
    }

    /// The page somebody may see, or the answer that they may not.
    fn find(&self, head: &Head) -> Result<Page, Answer> {
        self.access.host(head.header("Host"))?;
        let page = MAP.iter().find(|(path, ..)| *path == head.path).map(|(_, page, _)| *page);
        if page != Some(Page::Live) {
            self.access.token(head.header("Authorization"))?;
        }
        let page =
            page.ok_or_else(|| Answer::text(404, format!("not here; there is\n{}", map())))?;
        if !head.asks() {
            let refusal = Refusal(405, "there is nothing to change here");
            return Err(Answer::from(refusal).with("Allow", "GET, HEAD"));
        }
        Ok(page)
    }

    fn show(&self, page: Page) -> Answer {
        match page {
            Page::Index => Answer::text(200, format!("gatehouse\n{}", map())),
            Page::Health => self.health(),
            Page::Live => self.live(),
            Page::Ready => self.ready(),
            Page::Stats => stats_page::answer(&self.state),
        }
    }

    fn health(&self) -> Answer {
        let report = self.state.health.evaluate(&(self.state.gauges)());
        let failing: Vec<_> = report.failing().map(|check| check.name).collect();
        let (code, status) = if failing.is_empty() { (200, "ok") } else { (503, "failing") };
        Answer::json(code, &HealthPage { status, failing, checks: &report.checks })
    }

    fn live(&self) -> Answer {
        let (code, status) = if self.state.health.is_live() { (200, "ok") } else { (503, "stuck") };
        Answer::json(code, &StatusPage { status, failing: Vec::new() })
    }

    /// Telegram being away makes nobody less ready: updates wait there, and nothing is lost.
    fn ready(&self) -> Answer {
        let report = self.state.health.evaluate(&(self.state.gauges)());
        let needed = |check: &&Check| ["database", "runtime"].contains(&check.name);
        let failing: Vec<_> = report.failing().filter(needed).map(|check| check.name).collect();
        let (code, status) = match self.state.health.phase() {
            Phase::Starting => (503, "starting"),
            Phase::Stopping => (503, "stopping"),
            Phase::Serving if failing.is_empty() => (200, "ready"),
            Phase::Serving => (503, "failing"),
        };
        Answer::json(code, &StatusPage { status, failing })
    }
}

/// The map for people, a line a path.
fn map() -> String {
    MAP.iter().fold(String::new(), |map, (path, _, shows)| map + path + "  " + shows + "\n")
}
