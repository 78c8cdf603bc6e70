//! A control group's path → the innermost container in it.
//!
//! How runtimes name groups, each spelling twice: by the cgroupfs driver (`/docker/ID`) and by the systemd one
//! (`docker-ID.scope`). What belongs to a runtime and is no container (conmon, lxc's monitor, buildkit's own group) is none.

use super::components;

/// What was found; all bytes are the path's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) id: &'a [u8],
    pub(super) runtime: Option<&'static str>,
    pub(super) pod: Option<&'a [u8]>,
    /// Where the container's own group ends in the path.
    pub(super) end: usize,
}

/// What stands before the id in one component, `docker-ID`, and which runtime writes so. The id is hexadecimal.
const PREFIXES: [(&[u8], &str); 6] = [
    (b"docker-", "docker"),
    (b"cri-containerd-", "containerd"),
    (b"nerdctl-", "containerd"),
    (b"crio-", "cri-o"),
    (b"libpod-payload-", "podman"),
    (b"libpod-", "podman"),
];

/// The parent of an id, `/docker/ID`, and which runtime writes so. `moby` and `k8s.io` are containerd's namespaces of Docker
/// and Kubernetes.
const PARENTS: [(&[u8], &str); 5] = [
    (b"docker", "docker"),
    (b"moby", "docker"),
    (b"k8s.io", "containerd"),
    (b"crio", "cri-o"),
    (b"buildkit", "buildkit"),
];

/// The innermost container of `path`.
pub(super) fn find(path: &[u8]) -> Option<Found<'_>> {
    let mut found: Option<Found<'_>> = None;
    let (mut above, mut grandparent, mut pod) = (&b""[..], &b""[..], None);
    for (end, part) in components(path) {
        if let Some(uid) = pod_uid(part, above) {
            pod = Some(uid);
        }
        // A part that is the same id again (podman's payload) is no second container.
        if let Some((id, runtime)) = container(part, above, grandparent)
            && found.is_none_or(|outer| outer.id != id)
        {
            found = Some(Found { id, runtime, pod: pod.take(), end });
        }
        (grandparent, above) = (above, part);
    }
    found
}

type Named<'a> = (&'a [u8], Option<&'static str>);

/// Whether `part`, below `above` and `grandparent`, is a container's group: its id and runtime.
fn container<'a>(part: &'a [u8], above: &[u8], grandparent: &[u8]) -> Option<Named<'a>> {
    let stem = part.strip_suffix(b".scope").unwrap_or(part);
    // containerd's cgroupfs driver makes one name of systemd's `SLICE:PREFIX:ID`.
    if let Some((front, id)) = split_last(stem, b':') {
        let (_, writer) = split_last(front, b':').unwrap_or((b"", front));
        return is_id(id)
            .then(|| (id, PREFIXES.iter().find(|(name, _)| is_prefix(name, writer)).map(|(_, name)| *name)));
    }
    let prefixed = PREFIXES.iter().find_map(|(prefix, runtime)| Some((stem.strip_prefix(*prefix)?, Some(*runtime))));
    if let Some((id, runtime)) = prefixed {
        return is_id(id).then_some((id, runtime));
    }
    machine(part, stem)
        .or_else(|| lxc(part, above))
        .or_else(|| below(part, above, grandparent))
        .or_else(|| long_id(stem).map(|id| (id, None)))
}

/// `docker-` is the prefix of one who writes `docker`.
fn is_prefix(prefix: &[u8], writer: &[u8]) -> bool {
    prefix.strip_suffix(b"-") == Some(writer)
}

/// systemd-nspawn(1): a scope of systemd-machined, or a service of its own. Virtual machines of libvirt have such scopes too.
fn machine<'a>(part: &'a [u8], stem: &'a [u8]) -> Option<Named<'a>> {
    let template = part.strip_prefix(b"systemd-nspawn@").and_then(|name| name.strip_suffix(b".service"));
    let name = template.or_else(|| stem.strip_prefix(b"machine-").filter(|_| part.len() > stem.len()))?;
    if name.is_empty() || name.starts_with(b"qemu\\x2d") {
        return None;
    }
    let runtime = if name.starts_with(b"lxc\\x2d") { "libvirt-lxc" } else { "systemd-nspawn" };
    Some((name, Some(runtime)))
}

/// `lxc.payload.NAME` (lxc 4 and later), `lxc.payload/NAME`, `lxc/NAME`.
fn lxc<'a>(part: &'a [u8], above: &[u8]) -> Option<Named<'a>> {
    let name = part.strip_prefix(b"lxc.payload.").or_else(|| matches!(above, b"lxc" | b"lxc.payload").then_some(part));
    name.filter(|name| !name.is_empty()).map(|name| (name, Some("lxc")))
}

/// What only its parent tells: `/docker/ID`, `/ecs/TASK/ID`, `/garden/HANDLE`, `…/podUID/ID`.
fn below<'a>(part: &'a [u8], above: &[u8], grandparent: &[u8]) -> Option<Named<'a>> {
    let parent = PARENTS.iter().find(|(parent, _)| *parent == above);
    if let Some((_, runtime)) = parent {
        let is_buildkit = above == b"buildkit" && part.len() >= 12 && part.iter().all(u8::is_ascii_alphanumeric);
        return (is_id(part) || is_buildkit).then_some((part, Some(*runtime)));
    }
    if above == b"garden" {
        return Some((part, Some("garden")));
    }
    // Fargate's ids are TASK-NUMBER.
    let is_of_task = grandparent == b"ecs" && part.strip_prefix(above).is_some_and(|rest| rest.starts_with(b"-"));
    let is_of_pod = pod_uid(above, grandparent).is_some() && is_id(part);
    (is_of_task || is_of_pod).then_some((part, None))
}

/// The uid of a Kubernetes pod, which `part` is the group of: `kubepods-burstable-podUID.slice`, or `podUID` below
/// `kubepods`, `burstable` or `besteffort`; of static pods, whose uid is a hash, as well. Its dashes are
/// underscores in a slice's name.
fn pod_uid<'a>(part: &'a [u8], above: &[u8]) -> Option<&'a [u8]> {
    let part = part.split(|byte| *byte == b':').next().unwrap_or(part);
    let uid = if let Some(stem) = part.strip_suffix(b".slice") {
        let at = stem.windows(4).rposition(|four| four == b"-pod")?;
        let (front, uid) = (stem.get(..at)?, stem.get(at + 4..)?);
        front.windows(8).any(|eight| eight == b"kubepods").then_some(uid)?
    } else {
        matches!(above, b"kubepods" | b"burstable" | b"besteffort").then_some(part)?.strip_prefix(b"pod")?
    };
    let is_uid = uid.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b'_'));
    (is_uid && (32..=36).contains(&uid.len())).then_some(uid)
}

/// Whether these are the hexadecimal digits that runtimes make ids of, short or whole.
fn is_id(id: &[u8]) -> bool {
    (12..=64).contains(&id.len()) && id.iter().all(u8::is_ascii_hexdigit)
}

/// 64 hexadecimal digits are a container's wherever they stand, alone or behind a runtime's name that is not known here.
fn long_id(stem: &[u8]) -> Option<&[u8]> {
    let (front, id) = split_last(stem, b'-').unwrap_or((b"", stem));
    (id.len() == 64 && is_id(id) && !front.ends_with(b"conmon")).then_some(id)
}

/// What stands before and behind the last `byte`.
fn split_last(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|other| *other == byte)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}
