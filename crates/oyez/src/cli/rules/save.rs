//! `oyez rules save`: writes the kernel's rules to a file that loads back.

use std::io::ErrorKind;

use anyhow::Context as _;
use oyez_netlink::Kernel;

use super::args::SaveArgs;
use super::{Answer, count, unavailable};
use crate::daemon::state::make_directory;
use crate::exit::Exit;
use crate::rules::files::quoted;
use crate::rules::replace::replace;
use crate::rules::{held, show};

/// Who may read it: rules say what is watched and what is not.
const MODE: u32 = 0o640;

/// What the file starts with. `-D` makes it the whole truth.
const HEAD: &str = "## Saved by oyez rules save\n-D\n";

/// Replaces the file in one step; its folder is made where it is the default one's.
///
/// # Errors
/// A kernel that can't be reached, a file that can't be written. Rules that oyez cannot read: the file would lack them.
pub(super) fn run(args: &SaveArgs, kernel: &mut impl Kernel) -> anyhow::Result<Answer> {
    let held = held::ask(kernel).map_err(unavailable)?;
    let cannot = |exit: Exit| exit.because(format!("cannot save rules to {}", quoted(&args.file)));
    if let Some((_, error)) = held.unread.first() {
        return Err(anyhow::Error::new(*error).context(cannot(Exit::Unavailable)));
    }
    let mut text = HEAD.as_bytes().to_vec();
    let printer = show::loadable(None);
    for rule in &held.rules {
        text.extend(printer.line(rule));
        text.push(b'\n');
    }
    let written = replace(&args.file, MODE, &text).or_else(|error| match args.file.parent() {
        Some(folder) if error.kind() == ErrorKind::NotFound && folder.starts_with("/etc/oyez") => {
            make_directory(folder).and_then(|()| replace(&args.file, MODE, &text))
        }
        _ => Err(error),
    });
    written.with_context(|| cannot(Exit::Io))?;
    Ok(Answer::done(format!("saved {} to {}\n", count(held.rules.len(), "rule"), args.file.display())))
}
