//! What must hold for the place that any bytes tell: it is bounded, and all of it stands in them. The tests and the fuzzer
//! `place` share it; whoever declares this module has the types in scope.

use super::{Place, ProcPlaces, of_file, of_path};

const RUNTIMES: [&str; 9] =
    ["docker", "containerd", "cri-o", "podman", "lxc", "libvirt-lxc", "systemd-nspawn", "buildkit", "garden"];
const UNITS: [&str; 6] = [".service", ".scope", ".socket", ".mount", ".swap", ".slice"];
/// Longest path that is taken, in bytes.
const MAX_PATH: usize = 4096;
/// U+FFFD in place of a byte.
const PER_BYTE: usize = 3;

/// Checks a text of `/proc/PID/cgroup`, and the same bytes as a path.
pub(super) fn everywhere(text: &[u8]) {
    in_bytes(&of_path(text), text);
    if let Some(place) = of_file(text) {
        in_bytes(&place, text);
        assert!(place.cgroup.starts_with('/') && !place.cgroup.contains('\n'), "{place:?}");
        if !place.cgroup.contains('\u{fffd}') {
            assert_eq!(of_path(place.cgroup.as_bytes()), place);
            let shared = ProcPlaces::new("/nowhere").at(place.cgroup.as_bytes());
            assert_eq!(*shared, place);
            below(&place);
        }
    }
}

fn in_bytes(place: &Place, text: &[u8]) {
    assert!(place.cgroup.len() <= PER_BYTE * MAX_PATH.min(text.len()), "{}", place.cgroup.len());
    assert!(String::from_utf8_lossy(text).contains(place.cgroup.trim_end_matches('\u{fffd}')), "{place:?}");
    if let Some(unit) = &place.unit {
        assert!(place.cgroup.contains(&**unit) && !unit.contains('/'), "{place:?}");
        assert!(UNITS.iter().any(|kind| unit.len() > kind.len() && unit.ends_with(kind)), "{place:?}");
    }
    let Some(container) = &place.container else { return };
    assert!(!container.id.is_empty() && container.id.len() <= place.cgroup.len(), "{place:?}");
    assert!(place.cgroup.contains("\\x") || place.cgroup.contains(&*container.id), "{place:?}");
    assert!(container.runtime.as_deref().is_none_or(|runtime| RUNTIMES.contains(&runtime)), "{place:?}");
    if let Some(uid) = &container.pod_uid {
        assert!((32..=36).contains(&uid.len()), "{place:?}");
        assert!(uid.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{place:?}");
        assert!(place.cgroup.replace('_', "-").contains(&**uid), "{place:?}");
    }
}

/// A group that is made inside a container is in that container.
fn below(place: &Place) {
    let last = place.cgroup.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let is_parent = matches!(last.strip_prefix('_').unwrap_or(last), "lxc" | "lxc.payload" | "garden");
    if !is_parent && place.cgroup.len() + 12 <= MAX_PATH {
        let inner = of_path(format!("{}/init.scope", place.cgroup).as_bytes());
        assert_eq!(inner.container, place.container, "{place:?}");
    }
}
