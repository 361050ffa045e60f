//! The small closed vocabularies of the configuration: modes, formats, levels, times of day.

use std::{fmt, str::FromStr};

/// How updates arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntakeMode {
    /// The gate asks for them.
    #[default]
    Polling,
    /// Telegram delivers them.
    Webhook,
}

impl IntakeMode {
    /// Every mode.
    pub const ALL: [Self; 2] = [Self::Polling, Self::Webhook];

    /// The word for it in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::Webhook => "webhook",
        }
    }
}

/// What a line of the log looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// The word for it in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// How much is logged; each level includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What an operator must put right.
    Error,
    /// What an operator should look at.
    Warn,
    /// What the service does as a whole.
    #[default]
    Info,
    /// What it does with each update.
    Debug,
    /// Everything.
    Trace,
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 5] = [Self::Error, Self::Warn, Self::Info, Self::Debug, Self::Trace];

    /// The word for it in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

/// A minute of the day, UTC; written `HH:MM`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
}

impl TimeOfDay {
    /// A time between 00:00 and 23:59, or none if there is no such time.
    #[must_use]
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self { hour, minute }) } else { None }
    }

    /// Minutes since midnight.
    #[must_use]
    pub fn minutes(self) -> u32 {
        u32::from(self.hour) * 60 + u32::from(self.minute)
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// What was given is no time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a time of day from 00:00 to 23:59")]
pub struct NoTimeOfDay;

impl FromStr for TimeOfDay {
    type Err = NoTimeOfDay;

    fn from_str(text: &str) -> Result<Self, NoTimeOfDay> {
        let two_digits = |part: &str| {
            let is_right = part.len() == 2 && part.bytes().all(|it| it.is_ascii_digit());
            part.parse().ok().filter(|_| is_right)
        };
        let (hour, minute) = text.split_once(':').ok_or(NoTimeOfDay)?;
        match (two_digits(hour), two_digits(minute)) {
            (Some(hour), Some(minute)) => Self::new(hour, minute).ok_or(NoTimeOfDay),
            _ => Err(NoTimeOfDay),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_two_digits_a_colon_and_two_digits() {
        let table = [
            ("00:00", Some(0)),
            ("04:30", Some(270)),
            ("23:59", Some(1439)),
            ("24:00", None),
            ("12:60", None),
            ("4:00", None),
            ("+4:00", None),
            ("0400", None),
            ("04:00:00", None),
            ("", None),
        ];
        for (text, minutes) in table {
            let read = text.parse::<TimeOfDay>().ok();
            assert_eq!(read.map(TimeOfDay::minutes), minutes, "{text:?}");
            assert!(read.is_none_or(|it| it.to_string() == text), "{text:?}");
        }
    }
}
