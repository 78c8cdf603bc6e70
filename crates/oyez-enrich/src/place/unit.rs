//! A control group's path → the systemd unit in it.
//!
//! The last service, scope, socket, mount or swap of the path is told, since that is the innermost that runs processes: of
//! `user@1000.service/app.slice/app-x.scope` the scope. A slice holds processes only where there is nothing else in the path.
//! The name stays escaped (`\x2d`), which is what `systemctl status` takes.

use super::components;

const KINDS: [&[u8]; 5] = [b".service", b".scope", b".socket", b".mount", b".swap"];

/// The unit's name, as it stands in `path`.
pub(super) fn find(path: &[u8]) -> Option<&[u8]> {
    let named = |kinds: &[&[u8]], part: &[u8]| {
        kinds.iter().any(|kind| part.strip_suffix(*kind).is_some_and(|stem| !stem.is_empty()))
    };
    let last = |kinds: &[&[u8]]| components(path).map(|(_, part)| part).filter(|part| named(kinds, part)).last();
    last(&KINDS).or_else(|| last(&[b".slice"]))
}
