//! Whatever happens in whatever order: the outbox keeps what is still to be done.

use proptest::prelude::*;

use super::*;

/// What may happen to the outbox between two looks at it.
#[derive(Clone, Debug)]
enum Step {
    Enqueue(u8),
    Settle(prop::sample::Index),
    PutOff(prop::sample::Index, u32),
    Bury(prop::sample::Index),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..4u8).prop_map(Step::Enqueue),
        2 => any::<prop::sample::Index>().prop_map(Step::Settle),
        2 => (any::<prop::sample::Index>(), 0..9u32).prop_map(|(row, n)| Step::PutOff(row, n)),
        1 => any::<prop::sample::Index>().prop_map(Step::Bury),
        1 => Just(Step::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_interleaving_loses_a_row_or_brings_one_back(steps in prop::collection::vec(step(), 1..30)) {
        let dir = TempDir::new().unwrap();
        let open = || {
            let (told, hear) = mpsc::channel();
            let on_commit = move |rows: Vec<OutboxRow>| told.send(rows).unwrap();
            (Store::open(&options(&dir), on_commit, Clock::manual(NOON)).unwrap(), hear)
        };
        let (mut store, mut hear) = open();
        let mut alive: Vec<OutboxRow> = Vec::new();
        let mut ever: Vec<RowId> = Vec::new();
        for step in steps {
            let change = match step {
                Step::Enqueue(count) => {
                    let people = (0..i64::from(count)).map(UserId::new);
                    let changes = people.map(|user| enqueue(restrict(GROUP, user))).collect();
                    store.submit(changes).wait().unwrap();
                    let rows: Vec<OutboxRow> = hear.try_iter().flatten().collect();
                    prop_assert!(rows.iter().all(|row| ever.iter().all(|old| *old < row.id)));
                    ever.extend(rows.iter().map(|row| row.id));
                    alive.extend(rows);
                    continue;
                }
                Step::Restart => {
                    store.close();
                    (store, hear) = open();
                    prop_assert_eq!(&store.load().unwrap().outbox, &alive);
                    continue;
                }
                Step::Settle(_) | Step::PutOff(..) | Step::Bury(_) if ever.is_empty() => continue,
                Step::Settle(row) => {
                    let id = *row.get(&ever);
                    alive.retain(|row| row.id != id);
                    Change::Settle(vec![id])
                }
                Step::PutOff(row, attempt) => {
                    let id = *row.get(&ever);
                    alive.iter_mut().filter(|row| row.id == id).for_each(|row| row.attempt = attempt);
                    Change::PutOff { rows: vec![id], due: NOON, attempt }
                }
                Step::Bury(row) => {
                    let id = *row.get(&ever);
                    alive.retain(|row| row.id != id);
                    Change::Bury { rows: vec![id], reason: "refused".into(), at: NOON }
                }
            };
            drop(store.submit(vec![change])); // order alone must be enough
        }
        store.close();
        prop_assert_eq!(&open().0.load().unwrap().outbox, &alive);
    }
}
