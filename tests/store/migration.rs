//! A group that becomes a supergroup with a new id.

use super::*;

#[test]
fn a_group_with_a_new_id_takes_everything_along() {
    let policy = Policy { mode: Mode::Soft, ..Policy::default() };
    let thread = Some(ThreadId::new(3));
    let named = Named { id: ANN, name: "Ann".into(), language: None };
    let check = |chat| Action::Check { chat, person: named.clone(), cause: Cause::Joined };
    let seen = |chat| MemberRow { chat, user: ANN, joined: true, at: NOON };
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let old = vec![
        set_up(GROUP),
        Change::Policy(GROUP, policy.clone()),
        link(GROUP, NEWS, "news"),
        Change::Admins(GROUP, vec![OWNER]),
        Change::Hold(HoldRow { thread, ..held(GROUP, ANN) }),
        Change::PromptShown(PromptRow { thread, ..prompt(5) }),
        Change::Members(vec![seen(GROUP)]),
        enqueue(check(GROUP)),
        enqueue(restrict(BLOG, BOB)),
    ];
    let migrate = Change::Migrate { from: GROUP, to: OTHER };
    store.submit(old).wait().unwrap();
    store.submit(vec![migrate.clone()]).wait().unwrap();
    store.submit(vec![migrate]).wait().expect("told twice, once from each side");
    store.submit(vec![Change::Migrate { from: OTHER, to: OTHER }]).wait().unwrap();

    let loaded = store.load().unwrap();
    let expected = Protection {
        chat: OTHER,
        policy,
        channels: vec![channel(NEWS, "news")],
        admins: [OWNER].into(),
        ..protection()
    };
    assert_eq!(loaded.chats, [expected]);
    assert_eq!(loaded.holds, [HoldRow { thread, ..held(OTHER, ANN) }]);
    assert_eq!(loaded.members, [seen(OTHER)]);
    assert_eq!(loaded.outbox, [outbox_row(1, check(OTHER)), outbox_row(2, restrict(BLOG, BOB))]);
    let view = store.prompt(OTHER, thread).unwrap();
    assert_eq!(view.prompt, Some(PromptRow { chat: OTHER, thread, ..prompt(5) }));
    let today = ChatStatus { held: 1, admitted_today: 0, held_today: 1 };
    assert_eq!(store.status(OTHER, NOON).unwrap(), today);
    assert_eq!(store.status(GROUP, NOON).unwrap(), ChatStatus::default());
}

#[test]
fn a_group_whose_new_id_is_known_already_is_merged_into_it() {
    let dir = TempDir::new().unwrap();
    let (told, hear) = mpsc::channel();
    let on_commit = move |rows: Vec<OutboxRow>| told.send(rows).unwrap();
    let store = Store::open(&options(&dir), on_commit, Clock::manual(NOON)).unwrap();
    let (soft, observe) = (
        Policy { mode: Mode::Soft, ..Policy::default() },
        Policy { mode: Mode::Observe, ..Policy::default() },
    );
    let both = vec![
        set_up(GROUP),
        set_up(OTHER),
        Change::Policy(GROUP, soft),
        Change::Policy(OTHER, observe.clone()),
        link(GROUP, NEWS, "news"),
        link(GROUP, BLOG, "blog"),
        link(OTHER, NEWS, "news"),
        Change::Admins(GROUP, vec![OWNER, ANN]),
        Change::Admins(OTHER, vec![OWNER, BOB]),
        Change::Hold(held(GROUP, ANN)),
        Change::Hold(held(GROUP, BOB)),
        Change::Hold(HoldRow { name: "newer".into(), ..held(OTHER, ANN) }),
        Change::PromptShown(prompt(1)),
        Change::PromptShown(PromptRow { chat: OTHER, ..prompt(2) }),
        enqueue(restrict(GROUP, ANN)),
        Change::Migrate { from: GROUP, to: OTHER },
    ];
    store.submit(both).wait().unwrap();

    assert_eq!(hear.recv().unwrap(), [outbox_row(1, restrict(OTHER, ANN))]);
    let loaded = store.load().unwrap();
    let [chat] = &loaded.chats[..] else { panic!("one group: {:?}", loaded.chats) };
    assert_eq!((chat.chat, &chat.policy), (OTHER, &observe));
    assert_eq!(chat.admins, [OWNER, ANN, BOB].into());
    assert_eq!(chat.channels.len(), 2);
    let names: Vec<_> = loaded.holds.iter().map(|hold| (hold.user, hold.name.as_str())).collect();
    assert_eq!(names, [(ANN, "newer"), (BOB, "Ann <b>")]);
    assert_eq!(store.prompt(OTHER, None).unwrap().prompt.unwrap().message, MessageId::new(2));
    assert_eq!(store.status(OTHER, NOON).unwrap().held_today, 3);
}
