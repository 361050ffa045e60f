//! The command line's entry: arguments, command, exit code.

fn main() {}
