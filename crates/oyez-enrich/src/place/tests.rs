use std::fmt::Write as _;
use std::sync::Arc;

use oyez_testkit::TempDir;
use proptest::prelude::*;

use super::*;

mod found;
mod real;

const ID: &str = "4f1c8b3a9e7d2c6051b8a4e3f7d9c2b6a1e8d3f4c5b6a7980f1e2d3c4b5a6978";
const OTHER: &str = "9b2d7e1f3a5c8064d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9";
const UID: &str = "0d2b7e4c-5a61-4f0e-9c3d-8b7a6f5e4d3c";

/// `container runtime pod unit`, `-` for what is absent; `ID`, `OTHER`, `UID` and `U_D` stand for ids.
fn told(place: &Place) -> String {
    let or_none =
        |text: Option<&str>| text.unwrap_or("-").replace(ID, "ID").replace(OTHER, "OTHER").replace(UID, "UID");
    let container = place.container.as_ref();
    let mut out = String::new();
    let pod = container.and_then(|container| container.pod_uid.as_deref());
    let runtime = container.and_then(|container| container.runtime.as_deref());
    for part in [container.map(|container| &*container.id), runtime, pod, place.unit.as_deref()] {
        let _ = write!(out, "{} ", or_none(part));
    }
    out.trim_end().to_owned()
}

fn real(text: &str) -> String {
    text.replace("OTHER", OTHER)
        .replace("ID32", &ID[..32])
        .replace("UID", UID)
        .replace("U_D", &UID.replace('-', "_"))
        .replace("ID", ID)
}

/// Path, and what it tells.
const PATHS: [(&str, &str); 59] = [
    ("/", "- - - -"),
    ("/docker/ID", "ID docker - -"),
    ("/system.slice/docker-ID.scope", "ID docker - docker-ID.scope"),
    ("/system.slice/docker.service", "- - - docker.service"),
    ("/moby/ID", "ID docker - -"),
    ("/system.slice:docker:ID", "ID docker - -"),
    ("/docker/ID/init.scope", "ID docker - -"),
    ("/docker/ID/system.slice/nginx.service", "ID docker - -"),
    ("/system.slice/docker-ID.scope/system.slice/nginx.service", "ID docker - docker-ID.scope"),
    ("/docker/OTHER/docker/ID", "ID docker - -"),
    ("/docker/buildkit/x1y2z3a4b5c6d7e8f9g0h1i2j", "x1y2z3a4b5c6d7e8f9g0h1i2j buildkit - -"),
    ("/docker/buildkit", "- - - -"),
    ("/kubepods/podUID/ID", "ID - UID -"),
    ("/kubepods/besteffort/podUID/ID", "ID - UID -"),
    ("/kubepods/burstable/podUID/ID", "ID - UID -"),
    ("/kubepods/burstable/podUID/crio-ID", "ID cri-o UID -"),
    ("/kubepods/besteffort/podUID", "- - - -"),
    (
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podU_D.slice/cri-containerd-ID.scope",
        "ID containerd UID cri-containerd-ID.scope",
    ),
    ("/kubepods.slice/kubepods-podU_D.slice/crio-ID.scope", "ID cri-o UID crio-ID.scope"),
    ("/kubepods.slice/kubepods-podU_D.slice/crio-ID.scope/container", "ID cri-o UID crio-ID.scope"),
    ("/kubepods.slice/kubepods-podU_D.slice/crio-conmon-ID.scope", "- - - crio-conmon-ID.scope"),
    (
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podU_D.slice/docker-ID.scope",
        "ID docker UID docker-ID.scope",
    ),
    (
        "/system.slice/containerd.service/kubepods-burstable-podU_D.slice:cri-containerd:ID",
        "ID containerd UID containerd.service",
    ),
    ("/kubepods-besteffort-podU_D.slice:cri-containerd:ID", "ID containerd UID -"),
    (
        "/docker/OTHER/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-podU_D.slice/cri-containerd-ID.scope",
        "ID containerd UID cri-containerd-ID.scope",
    ),
    ("/docker/OTHER/kubelet/kubepods/besteffort/podUID/ID", "ID - UID -"),
    ("/docker/OTHER/system.slice/kubelet.service", "OTHER docker - -"),
    ("/k8s.io/ID", "ID containerd - -"),
    ("/default/ID", "ID - - -"),
    ("/system.slice/nerdctl-ID.scope", "ID containerd - nerdctl-ID.scope"),
    ("/machine.slice/libpod-ID.scope", "ID podman - libpod-ID.scope"),
    ("/machine.slice/libpod-ID.scope/container", "ID podman - libpod-ID.scope"),
    ("/machine.slice/libpod-conmon-ID.scope", "- - - libpod-conmon-ID.scope"),
    ("/machine.slice/machine-libpod_pod_OTHER.slice/libpod-ID.scope", "ID podman - libpod-ID.scope"),
    ("/libpod_parent/libpod-ID", "ID podman - -"),
    ("/libpod_parent/conmon", "- - - -"),
    (
        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/libpod-payload-ID",
        "ID podman - libpod-ID.scope",
    ),
    ("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-conmon-ID.scope", "- - - libpod-conmon-ID.scope"),
    ("/system.slice/web.service/libpod-payload-ID", "ID podman - web.service"),
    ("/lxc.payload.web1", "web1 lxc - -"),
    ("/lxc.payload.web1/system.slice/ssh.service", "web1 lxc - -"),
    ("/lxc.payload/web1", "web1 lxc - -"),
    ("/lxc.monitor.web1", "- - - -"),
    ("/lxc/web1", "web1 lxc - -"),
    ("/lxc.payload.web1/docker/ID", "ID docker - -"),
    ("/machine.slice/machine-my\\x2dbox.scope/payload", "my-box systemd-nspawn - machine-my\\x2dbox.scope"),
    ("/machine.slice/systemd-nspawn@box.service/payload/init.scope", "box systemd-nspawn - systemd-nspawn@box.service"),
    ("/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "- - - machine-qemu\\x2d1\\x2dvm.scope"),
    ("/ecs/ID32/ID", "ID - - -"),
    ("/ecs/ID32/ID32-1537", "ID32-1537 - - -"),
    ("/ecstasks.slice/ecstasks-ID32.slice/docker-ID.scope", "ID docker - docker-ID.scope"),
    ("/system.slice/garden.service/garden/bad-1f-4e", "bad-1f-4e garden - garden.service"),
    ("/actions_job/ID", "ID - - -"),
    ("/system.slice/system-getty.slice/getty@tty1.service", "- - - getty@tty1.service"),
    ("/user.slice/user-1000.slice/session-3.scope", "- - - session-3.scope"),
    ("/user.slice/user-1000.slice/user@1000.service/app.slice/app-a\\x2db.service", "- - - app-a\\x2db.service"),
    ("/user.slice/user-1000.slice/user@1000.service/init.scope", "- - - init.scope"),
    ("/system.slice/_cpu.service", "- - - cpu.service"),
    ("/user.slice", "- - - user.slice"),
];

#[test]
fn every_runtime_is_known_by_its_path() {
    for (path, expected) in PATHS {
        let place = of_path(real(path).as_bytes());
        assert_eq!(told(&place).replace(&ID[..32], "ID32"), expected, "{path}");
        assert_eq!(*place.cgroup, real(path));
    }
}

#[test]
fn ids_that_are_none_are_no_containers() {
    for path in [
        "/docker/short",
        "/docker-nothex.scope",
        "/docker/",
        "/crio-.scope",
        "/machine-.scope",
        "/kubepods/podx/ID32",
        "/garden",
    ] {
        assert_eq!(of_path(real(path).as_bytes()).container, None, "{path}");
    }
}

#[test]
fn the_line_that_tells_most_is_taken() {
    let v1 = "12:cpuset:/\n11:memory:/docker/ID\n10:pids:/docker/ID\n1:name=systemd:/docker/ID\n";
    let hybrid = "5:memory:/user.slice\n1:name=systemd:/user.slice/user-0.slice/session-1.scope\n0::/user.slice/user-0.slice/session-1.scope\n";
    let outer = "11:memory:/docker/ID\n1:name=systemd:/docker/ID\n0::/system.slice/containerd.service\n";
    let empty_v2 = "2:cpu,cpuacct:/\n1:name=systemd:/system.slice/a.service\n0::/\n";
    for (text, path) in [
        (v1, "/docker/ID"),
        (hybrid, "/user.slice/user-0.slice/session-1.scope"),
        (outer, "/docker/ID"),
        (empty_v2, "/system.slice/a.service"),
        ("0::/\n", "/"),
        ("0::/a.service (deleted)\n", "/a.service"),
        ("0::/../docker-ID.scope\n", "/../docker-ID.scope"),
        ("3:memory:/m\n4:pids:/p\n", "/p"),
        ("3:memory:/with:colon\n", "/with:colon"),
    ] {
        let place = of_file(real(text).as_bytes()).unwrap();
        assert_eq!(*place.cgroup, real(path), "{text}");
    }
    for text in ["", "\n", "0:", "0::", "0::relative\n", "garbage"] {
        assert_eq!(of_file(text.as_bytes()), None, "{text:?}");
    }
}

#[test]
fn names_that_are_not_utf_8_and_long_ones_are_taken() {
    let place = of_path(b"/machine-\xff\\x2d\\x\\xzz.scope");
    assert_eq!(&*place.container.unwrap().id, "\u{fffd}-\\x\\xzz");
    let long = format!("/{}", "docker/".repeat(10_000));
    assert_eq!(of_path(long.as_bytes()).cgroup.len(), MAX_PATH);
}

fn host() -> (TempDir, ProcPlaces) {
    let dir = TempDir::new().unwrap();
    for (pid, text) in
        [(1u32, "0::/init.scope\n"), (20, "0::/a.service\n"), (4_294_967_295, "0::/a.service\n"), (30, "")]
    {
        std::fs::create_dir(dir.join(pid.to_string())).unwrap();
        std::fs::write(dir.join(pid.to_string()).join("cgroup"), text).unwrap();
    }
    let places = ProcPlaces::new(dir.path());
    (dir, places)
}

#[test]
fn processes_of_one_group_share_their_place() {
    let (_dir, mut places) = host();
    let (one, other) = (places.of(20).unwrap(), places.of(u32::MAX).unwrap());
    assert!(Arc::ptr_eq(&one, &other));
    assert_eq!(places.of(1).unwrap().unit.as_deref(), Some("init.scope"));
    assert_eq!(one.unit.as_deref(), Some("a.service"));
}

#[test]
fn a_process_that_is_gone_has_no_place() {
    let (_dir, mut places) = host();
    assert_eq!(places.of(99), None);
    // An empty text is what a process leaves that ends between the opening and the reading.
    assert_eq!(places.of(30), None);
    assert!(places.of(20).is_some());
}

#[test]
fn this_process_has_the_place_that_its_file_tells() {
    let text = std::fs::read("/proc/self/cgroup").unwrap();
    let place = ProcPlaces::new("/proc").of(std::process::id());
    assert_eq!(place.as_deref(), of_file(&text).as_ref());
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let words = [
        "/",
        ":",
        "0::",
        "docker-",
        "docker",
        "kubepods",
        "-pod",
        ".slice",
        ".scope",
        "\\x",
        "\n",
        "lxc.payload.",
        "_",
        "ecs",
        ID,
        UID,
    ];
    let word = prop_oneof![
        prop::sample::select(words.to_vec()).prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn any_bytes_give_a_place_that_stands_in_them(text in hostile()) {
        found::everywhere(&text);
    }
}
