//! `oyez auditctl`, and `oyez` by the name of `auditctl`: the command line, the answers and the exit codes of auditctl(8), as
//! version 3.0.9 was seen to have them.
//!
//! What differs, on purpose:
//! - All that `oyez_rules::text` reads beyond it is taken: the list `io_uring`, names of address families, fields that a list
//!   never matches (`euid` in `exclude`), `perm!=`, the second names of signals.
//! - Numbers that do not fit or end in letters are refused, not bent, and so is an empty key.
//! - A path that is not absolute, and whatever else the kernel is sure to refuse, is refused before it is asked, in the words
//!   that auditctl has for the kernel's refusal.
//! - In a rules file every error and warning is told. auditctl 3.0.9 keeps silent until it has sent the first rule.
//! - `-h` has words of its own.
//! - After several settings the status is the last one. auditctl shows the one after the first of them.
//! - After a `-D` that was refused, nothing is said of the `-k` behind it.
//!
//! Its ways on a locked kernel are compared in a guest (`guest-driver`, `a_locked_kernel_is_answered_for_as_by_auditctl`).

mod getopt;
mod line;
mod print;
mod requests;
mod rules_file;
#[cfg(test)]
mod tests;
mod words;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::ExitCode;

use oyez_netlink::{Control, Facts};

use line::Session;

/// The version of auditctl whose ways these are.
const VERSION: &str = "3.0.9";

/// `CAP_AUDIT_CONTROL` (linux/capability.h).
const CAP_AUDIT_CONTROL: u32 = 30;

/// Exit codes, as auditctl has them.
const BAD: u8 = 255;
const BAD_FILE: u8 = 1;
const NOT_ROOT: u8 = 4;

/// Whether the process was started by the name of auditctl.
pub(super) fn is_name(program: &OsStr) -> bool {
    Path::new(program).file_name() == Some(OsStr::new("auditctl"))
}

/// Runs a command line, without the program's name.
pub(super) fn main(words: &[OsString]) -> ExitCode {
    let words: Vec<_> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    match words.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] {
        [] => return say(print::USAGE.as_bytes(), b"", 1),
        [b"-h"] => return say(print::USAGE.as_bytes(), b"", BAD),
        _ => {}
    }
    // A capability that is not told counts as there: the kernel has the last word.
    let facts = Facts::read(Path::new("/proc"));
    if facts.capabilities.is_some_and(|set| set & (1 << CAP_AUDIT_CONTROL) == 0) {
        return say(b"", b"You must be root to run this program.\n", NOT_ROOT);
    }
    let control = match Control::open() {
        Ok(control) => control,
        Err(error) => {
            let reason = line::strerror(&error);
            return say(b"", format!("Cannot open netlink audit socket ({reason})\n").as_bytes(), BAD);
        }
    };
    let mut session = Session::new(control);
    let code = run(&mut session, &words);
    say(&session.out, &session.err, code)
}

/// What a command line comes to; output and errors are in the session.
fn run<K: oyez_netlink::Kernel>(session: &mut Session<K>, words: &[Vec<u8>]) -> u8 {
    match words {
        [option, file] if option == b"-R" => {
            if rules_file::run(session, Path::new(OsStr::from_bytes(file))) {
                0
            } else {
                BAD_FILE
            }
        }
        words if session.carry_out(words) => 0,
        _ => BAD,
    }
}

/// Writes both outputs. Nobody is left to tell when they can't be written.
fn say(out: &[u8], err: &[u8], code: u8) -> ExitCode {
    let _ = io::stdout().lock().write_all(out);
    let _ = io::stderr().lock().write_all(err);
    ExitCode::from(code)
}
