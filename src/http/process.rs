//! What the system says of this process.

use std::fs;

/// None where the system does not tell (`/proc/self/status` is Linux's).
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Memory that is really in use.
    pub(super) resident_bytes: Option<u64>,
    pub(super) threads: Option<u64>,
}

pub(super) fn usage() -> Usage {
    fs::read_to_string("/proc/self/status").map_or_else(|_| Usage::default(), |it| parse(&it))
}

fn parse(status: &str) -> Usage {
    let number = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    let resident_kib = number("VmRSS");
    Usage {
        resident_bytes: resident_kib.and_then(|kib| kib.checked_mul(1024)),
        threads: number("Threads"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_words_are_understood() {
        let status = "Name:\tgatehouse\nVmRSS:\t   8192 kB\nThreads:\t7\n";
        let usage = Usage { resident_bytes: Some(8_388_608), threads: Some(7) };
        assert_eq!(parse(status), usage);
        assert_eq!(parse("VmRSS: much\n"), Usage::default());
    }
}
