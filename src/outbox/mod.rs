//! The outbox in memory: what is to be done next, and who has to wait. SQLite is its log.
//!
//! Rows arrive here after their commit, in commit order. Urgent lanes go first; within a lane chats
//! take turns; what concerns one person in one chat is done in order, one at a time. A row leaves
//! the log only when `delivery` settles it, so a crash forgets nothing.

mod answers;
mod later;
mod line;
mod ring;
mod rules;

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

pub use self::{answers::Answer, rules::class};
use self::{
    answers::Answers,
    later::{Later, Sleeper},
    line::Line,
    ring::Ring,
    rules::{is_urgent, keeps_its_place},
};
use crate::{
    clock::{Clock, UnixMillis},
    gate::action::{Key, Lane},
    ids::ChatId,
    limits::{Ask, Class, Limits},
    store::change::OutboxRow,
};

/// How many chats of a lane are tried in one search before the next lane has its turn; bounds a
/// search while thousands of chats wait.
const TRIED_MAX: usize = 64;

/// When a search that tried so many in vain goes on.
const SEARCHED_ON_AFTER: Duration = Duration::from_millis(5);

/// Something for a worker to do.
#[derive(Debug)]
pub enum Work {
    /// Answer a press.
    Answer(Answer),
    /// Carry out these rows of one key; they are the worker's until [`Outbox::release`],
    /// [`Outbox::put_back`] or [`Outbox::put_off`].
    Rows(Claim),
}

/// Rows of one key that can be done as one; never empty.
#[derive(Debug)]
pub struct Claim {
    /// Whose turn it is.
    pub key: Key,
    /// What to do, oldest first.
    pub rows: VecDeque<OutboxRow>,
    urgent: bool,
}

/// The outbox in memory.
pub struct Outbox {
    state: Mutex<State>,
    wake: Notify,
    clock: Clock,
}

struct State {
    limits: Limits,
    answers: Answers,
    lines: HashMap<Key, Line>,
    rings: HashMap<Lane, Ring>,
    later: BinaryHeap<Reverse<Later>>,
    depths: HashMap<Lane, u64>,
    patient: usize,
    patient_max: usize,
}

enum Found {
    Work(Work),
    Until(Option<Duration>),
}

impl Outbox {
    /// An empty outbox for `workers` workers. One in five workers, at least one of several, is kept
    /// free for what somebody waits for (answers, lifts, presses).
    #[must_use]
    pub fn new(limits: Limits, workers: usize, clock: Clock) -> Self {
        let reserve = (workers / 5).max(usize::from(workers > 1));
        let state = State {
            limits,
            answers: Answers::default(),
            lines: HashMap::new(),
            rings: Lane::ALL.into_iter().map(|lane| (lane, Ring::default())).collect(),
            later: BinaryHeap::new(),
            depths: HashMap::new(),
            patient: 0,
            patient_max: workers.saturating_sub(reserve).max(1),
        };
        Self { state: Mutex::new(state), wake: Notify::new(), clock }
    }

    /// Adds committed rows, in commit order.
    pub fn push(&self, rows: Vec<OutboxRow>) {
        if rows.is_empty() {
            return;
        }
        let (now, uptime) = (self.clock.now(), self.clock.uptime());
        let mut state = self.lock();
        for row in rows {
            let wait = row.due.since(now);
            match (wait.is_zero(), keeps_its_place(&row.action)) {
                (true, _) => state.append(row),
                (false, true) => {
                    let key = row.action.key();
                    state.append(row);
                    state.rest(key, uptime.saturating_add(wait));
                }
                (false, false) => state.sleep(uptime.saturating_add(wait), Sleeper::Row(row)),
            }
        }
        drop(state);
        self.wake.notify_waiters();
    }

    /// Adds an answer, ahead of everything else; beyond a thousand that wait it is dropped.
    pub fn answer(&self, answer: Answer) {
        let now = self.clock.uptime();
        self.lock().answers.push(answer, now);
        self.wake.notify_waiters();
    }

    /// Waits for the next thing to do. Dropping the future takes nothing.
    pub async fn next(&self) -> Work {
        loop {
            let woken = self.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let uptime = self.clock.uptime();
            let found = self.lock().find(uptime);
            match found {
                Found::Work(work) => return work,
                Found::Until(None) => woken.await,
                Found::Until(Some(until)) => {
                    let wait = until.saturating_sub(self.clock.uptime());
                    drop(tokio::time::timeout(wait, woken).await);
                }
            }
        }
    }

    /// The claimed rows are settled or buried; the key's next rows may go.
    pub fn release(&self, claim: &Claim) {
        let mut state = self.lock();
        for row in &claim.rows {
            state.count_out(row.lane);
        }
        state.end(claim);
        drop(state);
        self.wake.notify_waiters();
    }

    /// The claimed rows need another call first; they keep their place and may go again at once.
    pub fn put_back(&self, claim: Claim) {
        let mut state = self.lock();
        state.end(&claim);
        state.prepend(claim.key, claim.rows);
        drop(state);
        self.wake.notify_waiters();
    }

    /// The claimed rows have been put off until `due` (committed). Holds and lifts keep their place
    /// and everything of their person waits behind them; other rows step aside.
    pub fn put_off(&self, mut claim: Claim, due: UnixMillis, attempt: u32) {
        let wake_at = self.clock.uptime().saturating_add(due.since(self.clock.now()));
        let mut state = self.lock();
        state.end(&claim);
        let rows = std::mem::take(&mut claim.rows).into_iter();
        let mut rows: VecDeque<_> = rows.map(|row| OutboxRow { due, attempt, ..row }).collect();
        if rows.iter().any(|row| keeps_its_place(&row.action)) {
            state.prepend(claim.key, rows);
            state.rest(claim.key, wake_at);
        } else {
            for row in rows.drain(..) {
                state.count_out(row.lane);
                state.sleep(wake_at, Sleeper::Row(row));
            }
        }
        drop(state);
        self.wake.notify_waiters();
    }

    /// Until when a call of `class` about `chat` would repeat a refused one too early.
    pub fn refused_until(&self, class: Class, chat: ChatId) -> Option<Duration> {
        let uptime = self.clock.uptime();
        self.lock().limits.refused_until(class, chat, uptime)
    }

    /// Asks the limits for a call beyond the one a claim has already paid for.
    pub fn ask(&self, class: Class, chat: ChatId) -> Ask {
        let uptime = self.clock.uptime();
        self.lock().limits.ask(class, chat, uptime)
    }

    /// A claim's call turned out not to be needed.
    pub fn give_back(&self, class: Class, chat: ChatId) {
        self.lock().limits.give_back(class, chat);
    }

    /// Telegram answered 429 to a call of `class` about `chat`.
    pub fn refuse(&self, class: Class, chat: ChatId, retry_after: Duration) {
        let uptime = self.clock.uptime();
        self.lock().limits.refuse(class, chat, retry_after, uptime);
    }

    /// Drops what limits nobody any more; called now and then.
    pub fn tidy(&self) {
        let uptime = self.clock.uptime();
        self.lock().limits.forget_past(uptime);
    }

    /// How many rows each lane holds that could be done now if the limits allowed, those in hand
    /// included; rows due later do not count.
    #[must_use]
    pub fn depths(&self) -> Vec<(Lane, u64)> {
        let state = self.lock();
        Lane::ALL
            .into_iter()
            .map(|lane| (lane, state.depths.get(&lane).copied().unwrap_or(0)))
            .collect()
    }

    /// The sum of [`depths`](Self::depths).
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.lock().depths.values().sum()
    }

    /// When the oldest row that waits for its turn was enqueued.
    #[must_use]
    pub fn oldest(&self) -> Option<UnixMillis> {
        self.lock().lines.values().filter_map(Line::enqueued).min()
    }

    /// Waits until nothing is in hand and nothing is left that could be done now.
    pub async fn idle(&self) {
        loop {
            let woken = self.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            if self.lock().lines.is_empty() {
                return;
            }
            woken.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn append(&mut self, row: OutboxRow) {
        *self.depths.entry(row.lane).or_default() += 1;
        let key = row.action.key();
        let line = self.lines.entry(key).or_insert_with(|| Line::new(row.action.chat()));
        line.append(row);
        self.queue(key);
    }

    fn prepend(&mut self, key: Key, rows: VecDeque<OutboxRow>) {
        let Some(first) = rows.front() else { return };
        let chat = first.action.chat();
        self.lines.entry(key).or_insert_with(|| Line::new(chat)).prepend(rows);
        self.queue(key);
    }

    /// Puts a line into the ring of its most urgent row, unless it is there or cannot go.
    fn queue(&mut self, key: Key) {
        let Some(line) = self.lines.get_mut(&key) else { return };
        if let Some((lane, chat)) = line.wants_ring()
            && let Some(ring) = self.rings.get_mut(&lane)
        {
            ring.push(chat, key);
        }
    }

    fn rest(&mut self, key: Key, until: Duration) {
        if let Some(line) = self.lines.get_mut(&key) {
            line.rest();
            self.sleep(until, Sleeper::Line(key));
        }
    }

    fn sleep(&mut self, at: Duration, what: Sleeper) {
        self.later.push(Reverse(Later { at, what }));
    }

    fn wake_sleepers(&mut self, now: Duration) {
        while self.later.peek().is_some_and(|Reverse(later)| later.at <= now) {
            let Some(Reverse(later)) = self.later.pop() else { return };
            match later.what {
                Sleeper::Row(row) => self.append(row),
                Sleeper::Line(key) => {
                    self.lines.entry(key).and_modify(Line::wake);
                    self.queue(key);
                }
            }
        }
    }

    fn find(&mut self, now: Duration) -> Found {
        self.wake_sleepers(now);
        let mut until = self.later.peek().map(|Reverse(later)| later.at);
        match self.answers.next(&mut self.limits, now) {
            Ok(Some(answer)) => return Found::Work(Work::Answer(answer)),
            Ok(None) => {}
            Err(wait) => until = earlier(until, Some(wait)),
        }
        for lane in Lane::ALL {
            let urgent = is_urgent(lane);
            if !urgent && self.patient >= self.patient_max {
                break; // a worker that comes back wakes the others
            }
            match self.find_in(lane, now) {
                Found::Work(work) => return Found::Work(work),
                Found::Until(wait) => until = earlier(until, wait),
            }
        }
        Found::Until(until)
    }

    fn find_in(&mut self, urgency: Lane, now: Duration) -> Found {
        let Some(ring) = self.rings.get_mut(&urgency) else { return Found::Until(None) };
        let (mut until, mut blocked) = (None, false);
        ring.unpark(now);
        for _ in 0..TRIED_MAX {
            let Some((chat, key)) = ring.take() else { break };
            let queued = self.lines.get_mut(&key).filter(|line| line.is_queued_in(urgency));
            let Some(line) = queued else { continue }; // promoted to a more urgent ring, or at rest
            let Some(action) = line.first() else { continue };
            let natural = action.lane() == urgency;
            let ask = self.limits.ask(class(action), chat, now);
            if ask == Ask::Go {
                let (rows, urgent) = (line.claim(), is_urgent(urgency));
                self.patient += usize::from(!urgent);
                return Found::Work(Work::Rows(Claim { key, rows, urgent }));
            }
            until = earlier(until, ask.until());
            match (ask, natural) {
                (Ask::Chat(wait), true) => ring.park(chat, key, wait),
                (Ask::Class(_) | Ask::Everything(_), true) => {
                    ring.push_front(chat, key);
                    blocked = true; // the whole lane makes this call
                    break;
                }
                (_, _) => ring.push(chat, key), // in the way of a more urgent row: another call
            }
        }
        if ring.has_turns() && !blocked {
            until = earlier(until, Some(now.saturating_add(SEARCHED_ON_AFTER)));
        }
        Found::Until(earlier(until, ring.first_unparked()))
    }

    fn end(&mut self, claim: &Claim) {
        self.patient = self.patient.saturating_sub(usize::from(!claim.urgent));
        if let Some(line) = self.lines.get_mut(&claim.key) {
            line.free();
            if line.len() == 0 {
                self.lines.remove(&claim.key);
                return;
            }
        }
        self.queue(claim.key);
    }

    fn count_out(&mut self, lane: Lane) {
        let depth = self.depths.entry(lane).or_default();
        *depth = depth.saturating_sub(1);
    }
}

fn earlier(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests;
