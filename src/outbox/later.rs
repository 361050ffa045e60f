//! What waits for a moment; ordered by it, for a heap.

use std::{cmp::Ordering, time::Duration};

use crate::{gate::action::Key, store::change::OutboxRow};

/// A row, or a line at rest, that wakes at a moment (uptime).
pub(super) struct Later {
    pub(super) at: Duration,
    pub(super) what: Sleeper,
}

pub(super) enum Sleeper {
    Row(OutboxRow),
    Line(Key),
}

impl PartialEq for Later {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Later {}

impl PartialOrd for Later {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Later {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at)
    }
}
