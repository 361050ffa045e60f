//! What people read in the terminal, and how the process behaves towards those who started it.
//!
//! The texts are in `tests/cmd`; `TRYCMD=overwrite cargo test --test cli` writes them anew.

use std::process::{Command, Stdio};

#[test]
fn every_text_in_the_terminal_is_as_written_down() {
    trycmd::TestCases::new().case("tests/cmd/*.trycmd");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let done = Command::new(env!("CARGO_BIN_EXE_gatehouse"))
        .args(["check-config", "--config", "/dev/null"])
        .env("GATEHOUSE_TELEGRAM_TOKEN", "123456:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert!(done.status.success(), "{:?}", done.status);
}
