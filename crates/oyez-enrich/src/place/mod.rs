//! Where a process runs: its control group → [`Place`], with the systemd unit and the container that its path names.
//!
//! Input is the text of `/proc/PID/cgroup` (cgroups(7)), of cgroup v1, v2 or both side by side, or a path alone; output is a
//! [`Place`]. Pure, but for [`ProcPlaces`], which reads the file. Any bytes are taken: who may make control groups chooses
//! their names, so a name is data, and a path that looks like a container's is one only as far as its maker is believed
//! (below a delegated group an ordinary user is one; `cgroup` has the whole path to judge by). Refused is nothing; a text
//! without any path gives no place.
//!
//! Which path: of the lines, one that names a container goes before one that does not; then v2 before `name=systemd` before
//! `pids` before `memory` before the rest; a path `/` says nothing and comes last. Of containers inside each other the
//! *innermost* is told, which is the one the process sees; the outer ones are in `cgroup`.
//!
//! Paths are as the reader's own cgroup namespace shows them (`cgroup_namespaces(7)`). In the host's that is the whole path.
//! Where oyez itself runs in a container with a namespace of its own, its own group is `/`, and others begin with `/../`: the
//! container of another process is still found by what its path has in it, while that of oyez's own is not.

mod container;
mod proc;
mod unit;

use oyez_events::context::{Container, Place};

use crate::deleted::undeleted;

pub use proc::{Places, ProcPlaces};

use container::Found;

/// A path longer than this is cut: the kernel has no longer ones (kernel/cgroup/cgroup.c, `proc_cgroup_show`: `PATH_MAX`).
const MAX_PATH: usize = 4096;

/// The place that the text of a `/proc/PID/cgroup` tells; `None` where no line of it has a path.
pub fn of_file(text: &[u8]) -> Option<Place> {
    best_path(text).map(of_path)
}

/// The place of a control group's path.
pub fn of_path(path: &[u8]) -> Place {
    let path = path.get(..MAX_PATH).unwrap_or(path);
    let found = container::find(path);
    // What lies below the container's own group was named inside it, by a systemd that is not the host's.
    let outside = found.as_ref().and_then(|found| path.get(..found.end)).unwrap_or(path);
    Place {
        cgroup: text(path),
        unit: unit::find(outside).map(text),
        container: found.map(|Found { id, runtime, pod, .. }| Container {
            id: unescaped(id),
            runtime: runtime.map(Box::from),
            pod_uid: pod.map(|pod| text(pod).replace('_', "-").into()),
        }),
    }
}

/// The path of the line that tells most.
fn best_path(text: &[u8]) -> Option<&[u8]> {
    let lines = text.split(|byte| *byte == b'\n').filter_map(line);
    lines.min_by_key(|(rank, path)| (container::find(path).is_none(), *path == b"/", *rank)).map(|(_, path)| path)
}

/// `ID:CONTROLLERS:PATH` → the rank of its controllers, and its path.
fn line(line: &[u8]) -> Option<(u8, &[u8])> {
    let mut parts = line.splitn(3, |byte| *byte == b':');
    let (id, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
    if !path.starts_with(b"/") {
        return None;
    }
    if id == b"0" && controllers.is_empty() {
        // cgroups(7): shown in v2 where the group was removed while the process was in it.
        return Some((0, undeleted(path)));
    }
    let has = |name: &[u8]| controllers.split(|byte| *byte == b',').any(|controller| controller == name);
    let known: [&[u8]; 3] = [b"name=systemd", b"pids", b"memory"];
    let rank = (1u8..).zip(known).find(|(_, name)| has(name)).map_or(4, |(rank, _)| rank);
    Some((rank, path))
}

/// The parts of a path, each with the place behind it, as systemd sees them: it puts `_` before names that would clash with
/// the kernel's (src/basic/cgroup-util.c, `cg_escape`).
fn components(path: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let parts = path.split(|byte| *byte == b'/').scan(0, |behind, part| {
        let end = *behind + part.len();
        *behind = end + 1;
        Some((end, part))
    });
    let unescaped = |part| <[u8]>::strip_prefix(part, b"_").filter(|rest| !rest.is_empty()).unwrap_or(part);
    parts.filter(|(_, part)| !part.is_empty()).map(move |(end, part)| (end, unescaped(part)))
}

fn text(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes).into()
}

/// A name as it was before systemd escaped it for a unit's name (systemd.unit(5)): `\x2d` is `-`.
fn unescaped(name: &[u8]) -> Box<str> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((first, behind)) = rest.split_first() {
        let escaped = rest.strip_prefix(b"\\x").and_then(|rest| rest.split_first_chunk::<2>());
        let byte = escaped.and_then(|(hex, behind)| {
            let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            Some((digit(hex[0])? << 4 | digit(hex[1])?, behind))
        });
        let (byte, behind) = byte.unwrap_or((*first, behind));
        out.push(byte);
        rest = behind;
    }
    text(&out)
}

#[cfg(test)]
mod tests;
