//! Each change, seen after a restart.

use super::*;

#[test]
fn a_supergroup_is_reloaded_as_it_was_last_changed() {
    let policy = Policy {
        mode: Mode::Soft,
        on_unknown: OnUnknown::Hold,
        channel_senders: ChannelSenders::Ban,
        prompt_minutes: 30,
        language: Some("en".into()),
    };
    let again = |title: &str, enabled| Change::Chat {
        chat: GROUP,
        title: title.into(),
        owner: ANN,
        enabled,
        at: NOON,
    };
    let whole = protection();
    let table: Vec<(&str, Vec<Change>, Protection)> = vec![
        ("new", vec![], whole.clone()),
        (
            "set up again by somebody else: the owner stays",
            vec![again("Coffee", false)],
            Protection { title: "Coffee".into(), enabled: false, ..whole.clone() },
        ),
        (
            "policy, kept when set up again",
            vec![Change::Policy(GROUP, policy.clone()), again("Tea", true)],
            Protection { policy, ..whole.clone() },
        ),
        (
            "rights lacking",
            vec![Change::Lacking(GROUP, vec!["can_restrict_members".into()])],
            Protection { lacking: vec!["can_restrict_members".into()], ..whole.clone() },
        ),
        (
            "rights back",
            vec![
                Change::Lacking(GROUP, vec!["can_restrict_members".into()]),
                Change::Lacking(GROUP, vec![]),
            ],
            whole.clone(),
        ),
        (
            "administrators replaced",
            vec![
                Change::Admins(GROUP, vec![OWNER, ANN]),
                Change::Admins(GROUP, vec![ANN, BOB, BOB]),
            ],
            Protection { admins: [ANN, BOB].into(), ..whole.clone() },
        ),
        (
            "another group's changes",
            vec![
                Change::Unlink { chat: OTHER, channel: NEWS },
                Change::Lacking(OTHER, vec!["x".into()]),
            ],
            whole,
        ),
    ];
    for (rule, changes, expected) in table {
        let loaded = after_restart(vec![vec![set_up(GROUP)], changes]);
        assert_eq!(loaded.chats, [expected], "{rule}");
    }
}

#[test]
fn required_channels_are_reloaded_in_the_order_they_were_linked() {
    let whole = protection();
    let table: Vec<(&str, Vec<Change>, Protection)> = vec![
        (
            "channels in the order they were linked, whatever their ids",
            vec![link(GROUP, NEWS, "news"), link(GROUP, BLOG, "blog")],
            Protection {
                channels: vec![channel(NEWS, "news"), channel(BLOG, "blog")],
                ..whole.clone()
            },
        ),
        (
            "a channel linked again keeps its place and takes its new title",
            vec![link(GROUP, NEWS, "news"), link(GROUP, BLOG, "blog"), link(GROUP, NEWS, "latest")],
            Protection {
                channels: vec![channel(NEWS, "latest"), channel(BLOG, "blog")],
                ..whole.clone()
            },
        ),
        (
            "unlinked",
            vec![
                link(GROUP, NEWS, "news"),
                link(GROUP, BLOG, "blog"),
                Change::Unlink { chat: GROUP, channel: NEWS },
            ],
            Protection { channels: vec![channel(BLOG, "blog")], ..whole.clone() },
        ),
    ];
    for (rule, changes, expected) in table {
        let loaded = after_restart(vec![vec![set_up(GROUP)], changes]);
        assert_eq!(loaded.chats, [expected], "{rule}");
    }
}

#[test]
fn the_ledger_is_reloaded_as_it_was_last_changed() {
    let ann = held(GROUP, ANN);
    let again = HoldRow {
        name: "Ann B".into(),
        language: None,
        thread: Some(ThreadId::new(7)),
        missing: vec![],
        restricted: false,
        since: UnixMillis::new(NOON.get() + 5),
        ..ann.clone()
    };
    let named = Change::Named { chat: GROUP, users: vec![ANN, BOB], at: NOON };
    let table: Vec<(&str, Vec<Change>, Vec<HoldRow>)> = vec![
        ("held", vec![Change::Hold(ann.clone())], vec![ann.clone()]),
        (
            "named in a prompt",
            vec![Change::Hold(ann.clone()), named.clone()],
            vec![HoldRow { named: Some(NOON), ..ann.clone() }],
        ),
        (
            "held again: since, prompt time and our restriction stay",
            vec![Change::Hold(ann.clone()), named, Change::Hold(again.clone())],
            vec![HoldRow { since: NOON, named: Some(NOON), restricted: true, ..again.clone() }],
        ),
        (
            "only prompted first, restricted later",
            vec![
                Change::Hold(HoldRow { restricted: false, ..ann.clone() }),
                Change::Hold(ann.clone()),
            ],
            vec![ann.clone()],
        ),
        ("let in", vec![Change::Hold(ann.clone()), release(ANN, true)], vec![]),
        ("somebody else let in", vec![Change::Hold(ann.clone()), release(BOB, true)], vec![ann]),
    ];
    for (rule, changes, expected) in table {
        let loaded = after_restart(vec![vec![set_up(GROUP)], changes]);
        assert_eq!(loaded.holds, expected, "{rule}");
    }
}

#[test]
fn the_outbox_is_reloaded_as_it_was_last_changed() {
    let (first, second) = (restrict(GROUP, ANN), Action::Prompt { chat: GROUP, thread: None });
    let rows = [outbox_row(1, first.clone()), outbox_row(2, second.clone())];
    let [one, two] = rows.clone();
    let later = NOON.after(std::time::Duration::from_secs(9));
    let table: Vec<(&str, Vec<Change>, Vec<OutboxRow>)> = vec![
        ("enqueued", vec![], rows.to_vec()),
        ("settled", vec![Change::Settle(vec![one.id])], vec![two.clone()]),
        (
            "settled twice",
            vec![Change::Settle(vec![one.id, one.id, RowId::new(99)])],
            vec![two.clone()],
        ),
        (
            "put off",
            vec![Change::PutOff { rows: vec![two.id, RowId::new(99)], due: later, attempt: 3 }],
            vec![one.clone(), OutboxRow { due: later, attempt: 3, ..two.clone() }],
        ),
        (
            "buried",
            vec![Change::Bury {
                rows: vec![one.id, RowId::new(99)],
                reason: "gone".into(),
                at: NOON,
            }],
            vec![two],
        ),
    ];
    for (rule, changes, expected) in table {
        let loaded =
            after_restart(vec![vec![enqueue(first.clone()), enqueue(second.clone())], changes]);
        assert_eq!(loaded.outbox, expected, "{rule}");
    }
}

#[test]
fn members_and_watermark_are_reloaded_as_they_were_last_learnt() {
    let loaded = after_restart(vec![
        vec![
            Change::Members(vec![member(ANN, false, 5), member(BOB, true, 5)]),
            Change::Watermark(UpdateId::new(900), NOON),
        ],
        vec![
            Change::Members(vec![member(ANN, true, 6), member(BOB, false, 4)]),
            Change::Watermark(UpdateId::new(7), NOON),
            Change::Owner { user: OWNER, name: "O".into(), language: None, at: NOON },
            Change::Owner { user: OWNER, name: "P".into(), language: Some("pt".into()), at: NOON },
        ],
    ]);
    assert_eq!(loaded.members, [member(ANN, true, 6), member(BOB, true, 5)], "newer stands");
    assert_eq!(loaded.watermark, Some((UpdateId::new(7), NOON)), "ids may start over");
}

#[test]
fn a_prompt_shows_the_newest_five_of_its_topic_and_counts_all() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let topic = Some(ThreadId::new(4));
    let mut changes = vec![set_up(GROUP), set_up(OTHER)];
    for n in 0..7 {
        let since = UnixMillis::new(NOON.get() + n);
        changes.push(Change::Hold(HoldRow { since, ..held(GROUP, UserId::new(100 + n)) }));
    }
    changes.push(Change::Hold(HoldRow { thread: topic, ..held(GROUP, ANN) }));
    changes.push(Change::Hold(held(OTHER, BOB)));
    changes.push(Change::PromptShown(prompt(1)));
    changes.push(Change::PromptShown(prompt(2)));
    store.submit(changes).wait().unwrap();

    let view = store.prompt(GROUP, None).unwrap();
    let shown: Vec<i64> = view.held.iter().map(|hold| hold.user.get()).collect();
    assert_eq!((shown, view.total), (vec![106, 105, 104, 103, 102], 7));
    assert_eq!(view.prompt, Some(prompt(2)), "the later one replaces the earlier");
    let view = store.prompt(GROUP, topic).unwrap();
    assert_eq!((view.prompt, view.total), (None, 1));

    let gone = |n| Change::PromptGone { chat: GROUP, message: MessageId::new(n) };
    store.submit(vec![gone(1)]).wait().unwrap();
    assert!(store.prompt(GROUP, None).unwrap().prompt.is_some(), "another message is gone");
    store.submit(vec![gone(2)]).wait().unwrap();
    assert_eq!(store.prompt(GROUP, None).unwrap().prompt, None);
}

#[test]
fn a_day_counts_each_person_once() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let changes = vec![
        set_up(GROUP),
        Change::Hold(held(GROUP, ANN)),
        Change::Hold(held(GROUP, ANN)),
        Change::Hold(held(GROUP, BOB)),
        Change::Hold(held(GROUP, OWNER)),
        release(ANN, true),
        release(ANN, true),
        release(BOB, false),
    ];
    store.submit(changes).wait().unwrap();

    let today = ChatStatus { held: 1, admitted_today: 1, held_today: 3 };
    assert_eq!(store.status(GROUP, NOON).unwrap(), today);
    let tomorrow = UnixMillis::new(NOON.get() + DAY_MS);
    let expected = ChatStatus { held: 1, ..ChatStatus::default() };
    assert_eq!(store.status(GROUP, tomorrow).unwrap(), expected);
    assert_eq!(store.status(OTHER, NOON).unwrap(), ChatStatus::default());
}

#[test]
fn a_notice_is_given_once_until_its_cause_is_over() {
    let kind = "lookup:-2001".to_owned();
    let action = Action::Say {
        chat: OWNER.into(),
        thread: None,
        text: "Make me an administrator".into(),
        buttons: Vec::new(),
        cleanup_seconds: 0,
    };
    let notice = Change::Notice { chat: NEWS, kind: kind.clone(), action, at: NOON };
    let over = Change::NoticeOver { chat: NEWS, kind };
    let loaded = after_restart(vec![
        vec![notice.clone(), notice.clone()],
        vec![notice.clone()],
        vec![over, notice.clone()],
        vec![notice],
    ]);
    assert_eq!(loaded.outbox.len(), 2);
}

#[test]
fn lanes_and_people_survive_whatever_the_action() {
    let person = Named { id: ANN, name: "A\"\n\u{1f600}".into(), language: Some("pt-br".into()) };
    let pressed = Cause::Pressed { query: "q".into(), at: NOON };
    let action = Action::Check { chat: GROUP, person, cause: pressed };
    let loaded = after_restart(vec![vec![enqueue(action.clone())]]);
    assert_eq!(loaded.outbox, [outbox_row(1, action)]);
    assert_eq!(loaded.outbox[0].lane, Lane::PressCheck);
}
