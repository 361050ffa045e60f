//! The one writer of everything a command prints. A reader who has gone away is no error.

use std::io::{IsTerminal as _, Write as _};

/// Prints a line, or several, on standard output.
pub fn line(text: &str) {
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// Prints why a command failed, with every cause, on standard error.
pub fn error(error: &anyhow::Error) {
    drop(writeln!(std::io::stderr().lock(), "gatehouse: {error:#}"));
}

/// Prints what is allowed but unwise on standard error.
pub fn warning(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "warning: {text}"));
}

/// Whether somebody watches standard output.
#[must_use]
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}
