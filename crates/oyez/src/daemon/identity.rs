//! What this machine and its events are called.
//!
//! The machine's id and the boot's in, the front of all ids of events out. machine-id(5) asks not to tell the id itself: a
//! hash of it is told, which only oyez makes so. A machine without one (a container, an image) goes by its name.

use std::fmt::Write as _;
use std::fs;

use oyez_format::Ids;
use sha2::{Digest as _, Sha256};

use super::process;
use crate::form::Boot;

/// Bytes of the hash that are told, as two hex digits each.
const TOLD: usize = 6;

/// The boot that this process runs in, and what its events are called; nothing where /proc does not tell.
pub(crate) fn boot() -> Boot {
    let id = process::boot_id();
    let ids = id.as_deref().map(|boot| Ids::of(&machine(&machine_id()), boot));
    Boot { id, ids }
}

/// The id of this machine, or else its name.
fn machine_id() -> String {
    let id = fs::read_to_string("/etc/machine-id").ok().map(|text| text.trim().to_owned());
    let is_id = |id: &String| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    id.filter(is_id).unwrap_or_else(|| rustix::system::uname().nodename().to_string_lossy().into_owned())
}

fn machine(id: &str) -> String {
    let digest = Sha256::new().chain_update("oyez").chain_update(id).finalize();
    digest.iter().take(TOLD).fold(String::new(), |mut text, byte| {
        // Writing to memory cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_goes_by_a_hash_of_its_id_and_never_by_the_id() {
        // printf oyez0123456789abcdef0123456789abcdef | sha256sum
        assert_eq!(machine("0123456789abcdef0123456789abcdef"), "a2d47f9d7cd8");
    }
}
