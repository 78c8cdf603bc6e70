//! `auditctl -R FILE`: a command line per line, each carried out before the next is read.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use oyez_netlink::Kernel;
use oyez_rules::text::words;

use super::line::Session;
use crate::rules::compile::OnError;
use crate::rules::files::distrust;

/// Reads and does a file, up to the first error unless `-c` or `-i` came before it. Whether all went well. On a locked
/// kernel no file is looked for, and nothing is said.
pub(super) fn run<K: Kernel>(session: &mut Session<K>, path: &Path) -> bool {
    let shown = path.display().to_string();
    if session.is_locked() {
        return true;
    }
    let Some(text) = text(session, path, &shown) else { return false };
    if session.is_closed() {
        return true;
    }
    let mut good = true;
    for (number, line) in (1..).zip(text.split(|byte| *byte == b'\n')) {
        let words = words(line);
        if words.is_empty() {
            continue;
        }
        session.line = Some(number);
        if session.carry_out(&words) {
            continue;
        }
        session.error(&format!("There was an error in line {number} of {shown}"));
        good = false;
        if session.on_error == OnError::Stop {
            return false;
        }
    }
    good || session.on_error == OnError::Ignore
}

fn text<K: Kernel>(session: &mut Session<K>, path: &Path, shown: &str) -> Option<Vec<u8>> {
    let reason = |error: std::io::Error| super::line::system_words(&error);
    let file = File::open(path).map_err(|error| session.error(&format!("Error opening {shown} ({})", reason(error))));
    let file = file.ok()?;
    match file.metadata().map(|metadata| distrust(&metadata)) {
        Ok(None) => {}
        Ok(Some(problem)) => {
            session.error(&format!("Error - {shown}: {problem}"));
            return None;
        }
        Err(error) => {
            session.error(&format!("Error fstat'ing {shown} ({})", reason(error)));
            return None;
        }
    }
    let mut text = Vec::new();
    match (&file).read_to_end(&mut text) {
        Ok(_) => Some(text),
        Err(error) => {
            session.error(&format!("Error reading {shown} ({})", reason(error)));
            None
        }
    }
}
