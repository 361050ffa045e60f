//! How values of the domain look in a column, where that is not simply their number or text.

use rusqlite::{Error, Row, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    clock::UnixMillis,
    gate::{
        action::Lane,
        policy::{ChannelSenders, Mode, OnUnknown},
    },
    ids::ThreadId,
};

/// Length of a UTC day in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The UTC day of a moment, counted from 1970-01-01.
pub(super) fn day(at: UnixMillis) -> i64 {
    at.get().div_euclid(DAY_MS)
}

/// A topic as a key column; keys cannot be NULL, and no topic has the id 0.
pub(super) fn thread(thread: Option<ThreadId>) -> i64 {
    thread.map_or(0, ThreadId::get)
}

/// The topic in a key column.
pub(super) fn thread_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<ThreadId>> {
    let raw = row.get(column)?;
    Ok((raw != 0).then(|| ThreadId::new(raw)))
}

pub(super) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
}

pub(super) fn json_at<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A moment that may be missing.
pub(super) fn millis_at(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<UnixMillis>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(UnixMillis::new))
}

/// A lane's number; numbers are never reused.
pub(super) fn lane(lane: Lane) -> i64 {
    match lane {
        Lane::Answer => 0,
        Lane::Lift => 1,
        Lane::PressCheck => 2,
        Lane::Command => 3,
        Lane::Restrict => 4,
        Lane::Delete => 5,
        Lane::Check => 6,
        Lane::Prompt => 7,
        Lane::Cleanup => 8,
    }
}

/// A choice of the owner that is stored as a word.
pub(super) trait Word: Copy + 'static {
    /// Every choice.
    const ALL: &'static [Self];

    /// The word for it.
    fn word(self) -> &'static str;
}

impl Word for Mode {
    const ALL: &'static [Self] = &[Self::Hold, Self::Soft, Self::Observe];

    fn word(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Soft => "soft",
            Self::Observe => "observe",
        }
    }
}

impl Word for OnUnknown {
    const ALL: &'static [Self] = &[Self::Admit, Self::Hold];

    fn word(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::Hold => "hold",
        }
    }
}

impl Word for ChannelSenders {
    const ALL: &'static [Self] = &[Self::Allow, Self::Delete, Self::Ban];

    fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Delete => "delete",
            Self::Ban => "ban",
        }
    }
}

/// The choice a stored word stands for.
pub(super) fn word_at<T: Word>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    let choice = T::ALL.iter().copied().find(|choice| choice.word() == text);
    choice.ok_or_else(|| Error::InvalidColumnType(column, text.to_owned(), Type::Text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_change_at_midnight_utc() {
        let table = [(0, 0), (DAY_MS - 1, 0), (DAY_MS, 1), (-1, -1), (1_700_000_000_000, 19_675)];
        for (at, expected) in table {
            assert_eq!(day(UnixMillis::new(at)), expected, "{at}");
        }
    }

    #[test]
    fn a_lane_keeps_the_number_it_was_given() {
        for (number, one) in (0..).zip(Lane::ALL) {
            assert_eq!(lane(one), number, "{}", one.name());
        }
    }
}
