//! Running a test in a process of its own. The tests in `tests/` use this file too.

use std::process::Command;

/// Returns the command that starts the file of this test. Where that takes a program, such as an emulator, the environment
/// variable `QANTO_TEST_RUNNER` holds it with its arguments, separated by spaces.
pub(crate) fn this_test_file() -> Command {
    let file = std::env::current_exe().expect("runs from a file");
    let runner = std::env::var("QANTO_TEST_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    match words.next() {
        None => Command::new(file),
        Some(program) => {
            let mut command = Command::new(program);
            command.args(words).arg(file);
            command
        }
    }
}
