//! The one writer of what people read on the terminal.
//!
//! A reader that has gone away (`gatehouse … | head`) is no failure of the command, so what
//! cannot be written is left unwritten. The log is elsewhere ([`logging`](crate::logging)).

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    process::ExitCode,
};

/// Writes a line to standard output.
pub fn line(text: &str) {
    text_to(&mut io::stdout().lock(), &format!("{text}\n"));
}

/// Writes to standard output as it is.
pub fn text(text: &str) {
    text_to(&mut io::stdout().lock(), text);
}

/// Whether standard output is a terminal.
#[must_use]
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Tells on standard error what should be looked at.
pub fn warning(warning: &impl Display) {
    text_to(&mut io::stderr().lock(), &format!("warning: {warning}\n"));
}

/// Tells on standard error what has failed, and below it why.
pub fn error(error: &anyhow::Error) {
    let because = error.chain().skip(1).map(|cause| format!("  because: {cause}\n"));
    let text = format!("error: {error}\n{}", because.collect::<String>());
    text_to(&mut io::stderr().lock(), &text);
}

/// Shows what clap has to say instead of a command: help and version are good, all else is a wrong
/// command line.
pub(super) fn parsed(answer: &clap::Error) -> ExitCode {
    drop(answer.print());
    ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(2))
}

fn text_to(to: &mut impl Write, text: &str) {
    drop(to.write_all(text.as_bytes()).and_then(|()| to.flush()));
}
