//! `oyez check`: says everything that is wrong with a configuration file, and with `--connect` whether its outputs are reached.

mod connect;

use std::fmt::Write as _;

use super::args::{CheckArgs, config_file};
use super::stdio;
use crate::config::{DEFAULT_PATH, load};
use crate::exit::Exit;

/// Prints every problem on a line of its own with its place, or that there is none.
///
/// # Errors
/// Standard output can't be written.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Exit> {
    let (text, exit) = match load(config_file(args.file.as_deref()), &[]) {
        Ok(loaded) => {
            let mut text = String::new();
            for warning in loaded.warnings.iter().chain(&loaded.rules.warnings) {
                writeln!(text, "{warning}")?;
            }
            let ok = match &loaded.file {
                Some(file) => format!("{}: ok\n", file.display()),
                None => format!("{DEFAULT_PATH}: ok, there is no such file and the defaults hold\n"),
            };
            text += &ok;
            if args.connect {
                let (told, is_good) = connect::all(&loaded);
                (text + &told, if is_good { Exit::Done } else { Exit::Io })
            } else {
                (text, Exit::Done)
            }
        }
        Err(problems) => {
            let mut text = String::new();
            for problem in &problems.0 {
                writeln!(text, "{problem}")?;
            }
            (text, Exit::Usage)
        }
    };
    stdio::answer(stdio::defuse(&text).as_bytes())?;
    Ok(exit)
}
