//! What the outbox needs to know of an action to give it its turn.

use crate::{
    gate::action::{Action, Lane},
    limits::Class,
};

/// The calls an action makes.
#[must_use]
pub fn class(action: &Action) -> Class {
    match action {
        Action::Lift { .. } | Action::Restrict { .. } | Action::BanSender { .. } => Class::Restrict,
        Action::Delete { .. } | Action::Cleanup { .. } => Class::Delete,
        Action::Check { .. } | Action::Command(_) => Class::Look,
        Action::Prompt { .. } | Action::Say { .. } => Class::Send,
    }
}

/// Whether everything else of the same key waits while this one is put off.
pub(super) fn keeps_its_place(action: &Action) -> bool {
    matches!(action, Action::Lift { .. } | Action::Restrict { .. })
}

/// Whether somebody waits for this lane with their finger on the screen.
pub(super) fn is_urgent(lane: Lane) -> bool {
    lane <= Lane::PressCheck
}
