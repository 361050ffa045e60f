//! One value as it was typed, before anybody knows what is meant by it.
//!
//! A file gives typed values; the environment gives text only, which every reading here takes as
//! what it would have been in a file. No `Debug`: a value may be a secret.

use std::{fmt, num::NonZeroU32, ops::RangeInclusive, path::PathBuf, time::Duration};

use secrecy::SecretString;
use toml::de::{DeInteger, DeValue};
use url::Url;

/// A value as typed, or as it would be typed to mean what is.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// From the environment: could be anything.
    Untyped(String),
    /// A string.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// `true` or `false`.
    Flag(bool),
    /// An array.
    List(Vec<Self>),
    /// What no key takes: fractions, dates, tables.
    Other,
}

/// What the value should have been; reads on from "must be".
pub(super) struct Refusal(pub(super) String);

impl Refusal {
    fn must_be(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl Value {
    /// Text.
    pub(super) fn text(&self) -> Result<&str, Refusal> {
        match self {
            Self::Untyped(text) | Self::Text(text) => Ok(text),
            Self::Whole(_) | Self::Flag(_) | Self::List(_) | Self::Other => {
                Err(Refusal::must_be("text in quotes"))
            }
        }
    }

    /// What `read` makes of the text, which must be `what`.
    pub(super) fn text_as<T>(
        &self,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Refusal> {
        let refusal = || Refusal::must_be(what);
        self.text().ok().and_then(read).ok_or_else(refusal)
    }

    /// A secret, or none if empty. `is_good` tells about the text, which must be `what`.
    pub(super) fn secret(
        &self,
        what: &str,
        is_good: impl FnOnce(&str) -> bool,
    ) -> Result<Option<SecretString>, Refusal> {
        self.text_as(what, |text| match text {
            "" => Some(None),
            text => is_good(text).then(|| Some(SecretString::from(text))),
        })
    }

    /// A path that does not depend on where the process was started.
    pub(super) fn path(&self) -> Result<PathBuf, Refusal> {
        self.text_as("an absolute path", |text| {
            Some(PathBuf::from(text)).filter(|path| path.is_absolute())
        })
    }

    /// An address of one of `schemes`, without user, password, query or fragment, and without a
    /// colon in its path, as a bot's token has one.
    pub(super) fn url(&self, schemes: &[&str]) -> Result<Url, Refusal> {
        let begins = schemes.iter().map(|it| format!("{it}://")).collect::<Vec<_>>().join(" or ");
        let what =
            format!("an address beginning with {begins}, without user, password, token or query");
        self.text_as(&what, |text| {
            let url = Url::parse(text).ok()?;
            let is_bare = url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
                && !url.path().contains(':');
            Some(url).filter(|it| is_bare && it.has_host() && schemes.contains(&it.scheme()))
        })
    }

    /// One of `all`, which are called by their `name`.
    pub(super) fn one_of<T: Copy>(
        &self,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, Refusal> {
        let names = all.iter().map(|it| format!("\"{}\"", name(*it))).collect::<Vec<_>>();
        let what = match names.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        };
        self.text_as(&what, |text| all.iter().copied().find(|it| name(*it) == text))
    }

    /// `true` or `false`.
    pub(super) fn flag(&self) -> Result<bool, Refusal> {
        let refusal = || Refusal::must_be("true or false");
        match self {
            Self::Flag(flag) => Ok(*flag),
            Self::Untyped(text) => text.trim().parse().ok().ok_or_else(refusal),
            Self::Text(_) | Self::Whole(_) | Self::List(_) | Self::Other => Err(refusal()),
        }
    }

    /// A whole number within `allowed`.
    pub(super) fn whole<T: TryFrom<i64>>(
        &self,
        allowed: RangeInclusive<i64>,
    ) -> Result<T, Refusal> {
        let number = match self {
            Self::Whole(number) => Some(*number),
            Self::Untyped(text) => text.trim().parse().ok(),
            Self::Text(_) | Self::Flag(_) | Self::List(_) | Self::Other => None,
        };
        let what = || {
            let (from, to) = allowed.clone().into_inner();
            Refusal::must_be(format!("a whole number from {from} to {to}"))
        };
        number
            .filter(|it| allowed.contains(it))
            .and_then(|it| T::try_from(it).ok())
            .ok_or_else(what)
    }

    /// How many, at least one and at most `max`.
    pub(super) fn count(&self, max: i64) -> Result<NonZeroU32, Refusal> {
        // A range from 1 leaves nothing for `max` to catch.
        self.whole::<u32>(1..=max).map(|it| NonZeroU32::new(it).unwrap_or(NonZeroU32::MIN))
    }

    /// A whole number of seconds within `allowed`.
    pub(super) fn seconds(&self, allowed: RangeInclusive<i64>) -> Result<Duration, Refusal> {
        self.whole(allowed).map(Duration::from_secs)
    }

    /// One to `max` whole numbers of seconds, each within `each`; in the environment
    /// separated by commas.
    pub(super) fn list_of_seconds(
        &self,
        max: usize,
        each: RangeInclusive<i64>,
    ) -> Result<Vec<Duration>, Refusal> {
        let items = match self {
            Self::List(items) => items.clone(),
            Self::Untyped(text) => {
                let text = text.trim();
                let inner = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
                inner.unwrap_or(text).split(',').map(|it| Self::Untyped(it.to_owned())).collect()
            }
            Self::Text(_) | Self::Whole(_) | Self::Flag(_) | Self::Other => Vec::new(),
        };
        let read = items.iter().map(|it| it.seconds(each.clone()).ok()).collect::<Option<Vec<_>>>();
        read.filter(|it| (1..=max).contains(&it.len())).ok_or_else(|| {
            let (from, to) = each.into_inner();
            Refusal::must_be(format!(
                "a list of 1 to {max} whole numbers from {from} to {to}, such as [1, 2, 4]"
            ))
        })
    }
}

impl From<&DeValue<'_>> for Value {
    fn from(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.clone().into_owned()),
            DeValue::Integer(number) => whole(number).map_or(Self::Other, Self::Whole),
            DeValue::Boolean(flag) => Self::Flag(*flag),
            DeValue::Array(items) => {
                Self::List(items.iter().map(|it| Self::from(it.get_ref())).collect())
            }
            DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => Self::Other,
        }
    }
}

fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

impl fmt::Display for Value {
    /// As TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untyped(text) | Self::Text(text) => toml::Value::from(text.as_str()).fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::Flag(flag) => flag.fmt(f),
            Self::List(items) => {
                let items = items.iter().map(Self::to_string).collect::<Vec<_>>();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Other => f.write_str("?"),
        }
    }
}
