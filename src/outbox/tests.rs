//! What the outbox promises, against real limits and a clock that stands still.

use std::{num::NonZeroU32, time::Duration};

use super::*;
use crate::{
    gate::action::{Action, Cause, Named},
    ids::{MessageId, RowId, UserId},
    limits::Figures,
};

const RAIDED: ChatId = ChatId::new(-1);
const QUIET: ChatId = ChatId::new(-2);

struct Bench {
    outbox: Outbox,
    clock: Clock,
    rows: i64,
}

impl Bench {
    fn new(workers: usize) -> Self {
        let figures = Figures {
            messages_per_second: NonZeroU32::new(30).unwrap(),
            group_messages_per_minute: 20,
        };
        let clock = Clock::manual(UnixMillis::new(1_000_000));
        Self { outbox: Outbox::new(Limits::new(figures), workers, clock.clone()), clock, rows: 0 }
    }

    fn row(&mut self, action: Action) -> OutboxRow {
        self.rows += 1;
        OutboxRow {
            id: RowId::new(self.rows),
            lane: action.lane(),
            action,
            due: self.clock.now(),
            attempt: 0,
            enqueued: self.clock.now(),
        }
    }

    fn push(&mut self, action: Action) {
        let row = self.row(action);
        self.outbox.push(vec![row]);
    }

    /// The next rows, after as many seconds as the limits ask for.
    fn next(&self) -> Option<Claim> {
        for _ in 0..600 {
            let found = self.outbox.lock().find(self.clock.uptime());
            match found {
                Found::Work(Work::Rows(claim)) => return Some(claim),
                Found::Work(Work::Answer(_)) => {}
                Found::Until(None) => return None,
                Found::Until(Some(_)) => self.clock.advance(Duration::from_millis(100)),
            }
        }
        None
    }

    fn drain(&self) -> Vec<Action> {
        let mut done = Vec::new();
        while let Some(claim) = self.next() {
            done.extend(claim.rows.iter().map(|row| row.action.clone()));
            self.outbox.release(&claim);
        }
        done
    }
}

fn restrict(chat: ChatId, user: i64) -> Action {
    Action::Restrict { chat, user: UserId::new(user), since: UnixMillis::new(0) }
}

fn lift(chat: ChatId, user: i64) -> Action {
    Action::Lift { chat, user: UserId::new(user), since: UnixMillis::new(0) }
}

fn delete(chat: ChatId, message: i64) -> Action {
    Action::Delete { chat, message: MessageId::new(message) }
}

fn prompt(chat: ChatId) -> Action {
    Action::Prompt { chat, thread: None }
}

fn check(chat: ChatId, user: i64) -> Action {
    let person = Named { id: UserId::new(user), name: "Ann".into(), language: None };
    let cause = Cause::Spoke { message: MessageId::new(1), thread: None };
    Action::Check { chat, person, cause }
}

#[test]
fn the_more_urgent_goes_first() {
    let mut bench = Bench::new(10);
    let actions = [prompt(QUIET), check(QUIET, 1), delete(QUIET, 1), lift(QUIET, 3)];
    for action in actions.clone() {
        bench.push(action);
    }
    let done = bench.drain();
    assert_eq!(done, actions.into_iter().rev().collect::<Vec<_>>());
}

#[test]
fn a_raid_in_one_chat_does_not_keep_another_waiting() {
    let mut bench = Bench::new(10);
    for user in 0..1_000 {
        bench.push(restrict(RAIDED, user));
    }
    bench.push(restrict(QUIET, 1));
    for _ in 0..2 {
        let claim = bench.next().unwrap();
        bench.outbox.release(&claim);
        if claim.rows[0].action == restrict(QUIET, 1) {
            return;
        }
    }
    panic!("the quiet chat waits behind the raided one");
}

#[test]
fn what_concerns_one_person_is_done_in_order_even_if_the_later_is_more_urgent() {
    let mut bench = Bench::new(10);
    bench.push(restrict(QUIET, 1));
    bench.push(lift(QUIET, 1));
    let first = bench.next().unwrap();
    assert_eq!(first.rows[0].action, restrict(QUIET, 1));
    assert!(bench.next().is_none(), "the lift waits for the restriction in flight");
    bench.outbox.release(&first);
    assert_eq!(bench.drain(), [lift(QUIET, 1)]);
}

#[test]
fn a_restriction_put_off_keeps_the_lift_behind_it_waiting() {
    let mut bench = Bench::new(10);
    bench.push(restrict(QUIET, 1));
    let claim = bench.next().unwrap();
    let due = bench.clock.now().after(Duration::from_secs(5));
    bench.outbox.put_off(claim, due, 1);
    bench.push(lift(QUIET, 1));
    let claim = bench.next().unwrap();
    assert_eq!(claim.rows[0].action, restrict(QUIET, 1));
    assert_eq!(claim.rows[0].attempt, 1);
    assert!(due <= bench.clock.now(), "not before it is due");
    bench.outbox.release(&claim);
    assert_eq!(bench.drain(), [lift(QUIET, 1)]);
}

#[test]
fn a_restriction_put_off_before_a_restart_still_keeps_its_place() {
    let mut bench = Bench::new(10);
    let mut row = bench.row(restrict(QUIET, 1));
    row.due = bench.clock.now().after(Duration::from_secs(5));
    bench.outbox.push(vec![row]);
    bench.push(lift(QUIET, 1));
    assert_eq!(bench.drain(), [restrict(QUIET, 1), lift(QUIET, 1)]);
}

#[test]
fn a_check_put_off_steps_aside() {
    let mut bench = Bench::new(10);
    bench.push(check(QUIET, 1));
    let claim = bench.next().unwrap();
    bench.outbox.put_off(claim, bench.clock.now().after(Duration::from_secs(50)), 1);
    bench.push(lift(QUIET, 1));
    let claim = bench.next().unwrap();
    assert_eq!(claim.rows[0].action, lift(QUIET, 1));
}

#[test]
fn messages_of_one_chat_are_deleted_a_hundred_at_a_time() {
    let mut bench = Bench::new(10);
    for message in 0..250 {
        bench.push(delete(RAIDED, message));
    }
    let mut sizes = Vec::new();
    while let Some(claim) = bench.next() {
        sizes.push(claim.rows.len());
        bench.outbox.release(&claim);
    }
    assert_eq!(sizes, [100, 100, 50]);
}

#[test]
fn prompts_of_one_topic_become_one_and_a_new_wish_during_it_is_not_lost() {
    let mut bench = Bench::new(10);
    for _ in 0..50 {
        bench.push(prompt(RAIDED));
    }
    let claim = bench.next().unwrap();
    assert_eq!(claim.rows.len(), 50);
    bench.push(prompt(RAIDED));
    bench.outbox.release(&claim);
    assert_eq!(bench.next().unwrap().rows.len(), 1);
}

#[test]
fn a_group_whose_messages_are_used_up_is_still_held_and_lifted_and_others_prompted() {
    let mut bench = Bench::new(10);
    for _ in 0..20 {
        bench.push(prompt(RAIDED));
        bench.outbox.release(&bench.next().unwrap());
    }
    bench.push(prompt(RAIDED));
    bench.push(restrict(RAIDED, 1));
    bench.push(lift(RAIDED, 2));
    bench.push(prompt(QUIET));
    let done = bench.drain();
    assert_eq!(done[0], lift(RAIDED, 2));
    assert!(done.contains(&restrict(RAIDED, 1)));
    assert_eq!(done.last(), Some(&prompt(RAIDED)), "caught up last, by one edit");
}

#[test]
fn slow_look_ups_leave_a_worker_for_presses() {
    let mut bench = Bench::new(2);
    for user in 0..10 {
        bench.push(check(RAIDED, user));
    }
    let slow = bench.next().unwrap();
    assert!(bench.next().is_none(), "the second worker is kept free");
    bench.push(lift(QUIET, 1));
    assert_eq!(bench.next().unwrap().rows[0].action, lift(QUIET, 1));
    bench.outbox.release(&slow);
    assert!(bench.next().is_some());
}

#[test]
fn rows_due_later_are_not_waiting_until_they_are_due() {
    let mut bench = Bench::new(10);
    let action = Action::Cleanup { chat: QUIET, message: MessageId::new(1) };
    let mut row = bench.row(action.clone());
    row.due = bench.clock.now().after(Duration::from_secs(20));
    let due = row.due;
    bench.outbox.push(vec![row]);
    assert_eq!(bench.outbox.waiting(), 0);
    assert_eq!(bench.outbox.oldest(), None);
    let claim = bench.next().unwrap();
    assert_eq!(claim.rows[0].action, action);
    assert!(due <= bench.clock.now());
    assert!(bench.outbox.depths().contains(&(Lane::Cleanup, 1)), "in hand");
    bench.outbox.release(&claim);
    assert_eq!(bench.outbox.waiting(), 0);
}

#[tokio::test]
async fn a_waiting_worker_is_woken_by_a_new_row_and_by_an_answer() {
    let mut bench = Bench::new(10);
    let row = bench.row(lift(QUIET, 1));
    let (work, ()) = tokio::join!(bench.outbox.next(), async { bench.outbox.push(vec![row]) });
    assert!(matches!(work, Work::Rows(_)));
    let answer = Answer { query: "1".into(), text: "Welcome".into(), alert: false };
    let (work, ()) = tokio::join!(bench.outbox.next(), async { bench.outbox.answer(answer) });
    assert!(matches!(work, Work::Answer(_)));
}

#[test]
fn answers_keep_to_the_limits_and_are_dropped_when_they_are_worth_nothing() {
    let bench = Bench::new(10);
    for query in 0..100 {
        let answer = Answer { query: query.to_string(), text: String::new(), alert: false };
        bench.outbox.answer(answer);
    }
    let answered = |bench: &Bench| {
        let found = bench.outbox.lock().find(bench.clock.uptime());
        matches!(found, Found::Work(Work::Answer(_)))
    };
    assert!(answered(&bench));
    assert!(!answered(&bench), "not all in the same moment");
    bench.clock.advance(Duration::from_secs(1));
    assert!(answered(&bench));
    bench.clock.advance(Duration::from_secs(20));
    assert!(!answered(&bench), "too old");
}
