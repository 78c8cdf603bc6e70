//! Paths that runtimes gave to control groups of theirs, as their documents and people who ran them tell.

use super::{of_file, of_path, told};

struct Seen {
    /// Where it is told.
    by: &'static str,
    path: &'static str,
    /// Container, runtime, pod, unit.
    told: [&'static str; 4],
}

/// Shorthand, so that one line of the table is one path.
const fn seen(by: &'static str, path: &'static str, told: [&'static str; 4]) -> Seen {
    Seen { by, path, told }
}

const NONE: &str = "-";

const DOCKER: [Seen; 7] = [
    // docs.docker.com/engine/containers/runmetrics, "Find the cgroup for a given container": cgroupfs driver, v1 and v2.
    seen(
        "docker.com runmetrics; systemd/systemd#17902",
        "/docker/1ebedb637aea644ece9c9eb3f93f41cbe6e5a96ce3961f665b83bd12363ab303",
        ["1ebedb637aea644ece9c9eb3f93f41cbe6e5a96ce3961f665b83bd12363ab303", "docker", NONE, NONE],
    ),
    // The same page: systemd driver, v1 and v2.
    seen(
        "docker.com runmetrics",
        "/system.slice/docker-293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272.scope",
        [
            "293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272",
            "docker",
            NONE,
            "docker-293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272.scope",
        ],
    ),
    // Rootless.
    seen(
        "docker/docs#14545",
        "/user.slice/user-1000.slice/user@1000.service/user.slice/docker-293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272.scope",
        [
            "293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272",
            "docker",
            NONE,
            "docker-293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272.scope",
        ],
    ),
    // Where systemd itself runs below the root.
    seen(
        "moby/moby#53531",
        "/wsl-user/distro-1/systemd/user.slice/user-1000.slice/user@1000.service/user.slice/docker-293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272.scope",
        [
            "293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272",
            "docker",
            NONE,
            "docker-293f758723d0652a0b9fa869106e600079e56dae362ca84de12942d38524a272.scope",
        ],
    ),
    // A node in a container, with its pods inside.
    seen(
        "kubernetes/minikube#11280",
        "/docker/d6701ec289c56e4391acb11d07474b3139466857a305490575508a8b7a9fcf22/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod2ca4a155_3599_498d_bb9d_4446693fa3ea.slice/crio-0ba8ac17e4e7a31fb82279503552fe94e64bab4745bf6fd2ff231e7c8ca8bed0.scope",
        [
            "0ba8ac17e4e7a31fb82279503552fe94e64bab4745bf6fd2ff231e7c8ca8bed0",
            "cri-o",
            "2ca4a155-3599-498d-bb9d-4446693fa3ea",
            "crio-0ba8ac17e4e7a31fb82279503552fe94e64bab4745bf6fd2ff231e7c8ca8bed0.scope",
        ],
    ),
    seen(
        "kubernetes/minikube#11280",
        "/docker/d6701ec289c56e4391acb11d07474b3139466857a305490575508a8b7a9fcf22/kubepods.slice",
        ["d6701ec289c56e4391acb11d07474b3139466857a305490575508a8b7a9fcf22", "docker", NONE, NONE],
    ),
    // Docker as the runtime of Kubernetes, systemd driver.
    seen(
        "kubernetes/kubernetes pkg/kubelet/cm/cgroup_manager_linux.go, ToSystemd",
        "/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-poddc380811_8168_4a9e_9b4a_56ded1b6fe9c.slice/docker-fa7f0ec4fbcbb70c69565a5b2d269926e04ec5601dff59235199d6e60198e95c.scope",
        [
            "fa7f0ec4fbcbb70c69565a5b2d269926e04ec5601dff59235199d6e60198e95c",
            "docker",
            "dc380811-8168-4a9e-9b4a-56ded1b6fe9c",
            "docker-fa7f0ec4fbcbb70c69565a5b2d269926e04ec5601dff59235199d6e60198e95c.scope",
        ],
    ),
];

const KUBERNETES: [Seen; 11] = [
    // cgroupfs driver: guaranteed pods have no group of their class (design proposal pod-resource-management.md).
    seen(
        "kubernetes/community design-proposals/node/pod-resource-management.md",
        "/kubepods/pod05b3ee07-a2bd-47e7-9599-7961201f20dd/1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
        [
            "1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
            NONE,
            "05b3ee07-a2bd-47e7-9599-7961201f20dd",
            NONE,
        ],
    ),
    seen(
        "the same, burstable",
        "/kubepods/burstable/pod05b3ee07-a2bd-47e7-9599-7961201f20dd/1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
        [
            "1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
            NONE,
            "05b3ee07-a2bd-47e7-9599-7961201f20dd",
            NONE,
        ],
    ),
    seen(
        "the same, besteffort",
        "/kubepods/besteffort/pod05b3ee07-a2bd-47e7-9599-7961201f20dd/1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
        [
            "1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
            NONE,
            "05b3ee07-a2bd-47e7-9599-7961201f20dd",
            NONE,
        ],
    ),
    // A static pod's uid is a hash without dashes.
    seen(
        "pixie-io/pixie#399; kubernetes/kubernetes pkg/kubelet/config/common.go",
        "/kubepods/burstable/pod6a9f1c8b3a9e7d2c6051b8a4e3f7d9c2/1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
        [
            "1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
            NONE,
            "6a9f1c8b3a9e7d2c6051b8a4e3f7d9c2",
            NONE,
        ],
    ),
    // systemd driver: the dashes of the uid are underscores (cgroup_manager_linux.go, escapeSystemdCgroupName).
    seen(
        "opencontainers/runc#4620",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod207aaad1_659f_4db8_88e0_46e0cdcc3004.slice/crio-66d6d4ac9851cfcab8400277ad96770ce52c1d75eeac29046753875056eacaed.scope",
        [
            "66d6d4ac9851cfcab8400277ad96770ce52c1d75eeac29046753875056eacaed",
            "cri-o",
            "207aaad1-659f-4db8-88e0-46e0cdcc3004",
            "crio-66d6d4ac9851cfcab8400277ad96770ce52c1d75eeac29046753875056eacaed.scope",
        ],
    ),
    // Who looks after the container is not in it.
    seen(
        "opencontainers/runc#4620",
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod207aaad1_659f_4db8_88e0_46e0cdcc3004.slice/crio-conmon-32da98c8522068be05a7510a3eddb09cad6ed2f03286180d0e931d0d0b6224a6.scope",
        [NONE, NONE, NONE, "crio-conmon-32da98c8522068be05a7510a3eddb09cad6ed2f03286180d0e931d0d0b6224a6.scope"],
    ),
    seen(
        "openshift/microshift#697",
        "/system.slice/crio-conmon-e0c85fe7644a858988d9687c2e0736a7d31922740d0f3e001c6b2e0aa7e5f528.scope",
        [NONE, NONE, NONE, "crio-conmon-e0c85fe7644a858988d9687c2e0736a7d31922740d0f3e001c6b2e0aa7e5f528.scope"],
    ),
    seen(
        "kata-containers/runtime#1515",
        "/kubepods/besteffort/pod5884dc6c-5b0c-11e9-90bc-525400cfa589/crio-conmon-f105771f71cfaeed86175bc2bc10f9925c75d12b749231716dfe9f86e640ff0a",
        [NONE, NONE, NONE, NONE],
    ),
    // containerd, whose own name for it is SLICE:PREFIX:ID; the pod's group need not be Kubernetes'.
    seen(
        "containerd/cri#290",
        "/system.slice/system-getty.slice/cri-containerd-0e768f8db752fcd648adb264498daa1d8f31562320e881d6a9ec593d24b1f779.scope",
        [
            "0e768f8db752fcd648adb264498daa1d8f31562320e881d6a9ec593d24b1f779",
            "containerd",
            NONE,
            "cri-containerd-0e768f8db752fcd648adb264498daa1d8f31562320e881d6a9ec593d24b1f779.scope",
        ],
    ),
    seen(
        "containerd/cri#290, getCgroupsPath, read by a runtime that does not know systemd",
        "/kubelet-kubepods-besteffort-pod26a1a59b_8013_459b_9a20_a611facb1888.slice:cri-containerd:1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
        [
            "1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
            "containerd",
            "26a1a59b-8013-459b-9a20-a611facb1888",
            NONE,
        ],
    ),
    seen(
        "kubernetes-sigs/kind, cgroup root \"kubelet\"",
        "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod26a1a59b_8013_459b_9a20_a611facb1888.slice/cri-containerd-1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119.scope",
        [
            "1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119",
            "containerd",
            "26a1a59b-8013-459b-9a20-a611facb1888",
            "cri-containerd-1207db63eaeb133a85d2b614d12d95d4dff3f29af60d7a7b3c7d39abdf4bd119.scope",
        ],
    ),
];

const PODMAN: [Seen; 3] = [
    seen(
        "falcosecurity/libs#236, of root",
        "/machine.slice/libpod-9b2d7e1f3a5c8064d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9.scope/container",
        [
            "9b2d7e1f3a5c8064d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9",
            "podman",
            NONE,
            "libpod-9b2d7e1f3a5c8064d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9.scope",
        ],
    ),
    seen(
        "falcosecurity/libs#236, of an ordinary user",
        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-9b2d7e1f3a5c8064d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9.scope/container",
        [
            "9b2d7e1f3a5c8064d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9",
            "podman",
            NONE,
            "libpod-9b2d7e1f3a5c8064d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c5d4e3f2a1b0c9.scope",
        ],
    ),
    // podman itself, in no container.
    seen(
        "containers/crun#376",
        "/user.slice/user-1000.slice/user@1000.service/user.slice/podman-6696.scope",
        [NONE, NONE, NONE, "podman-6696.scope"],
    ),
];

const LXC: [Seen; 8] = [
    // Until 3.0, 3.1 and 3.2, from 4.0 on.
    seen(
        "netdata/netdata#1178",
        "/lxc/mysql-1/user.slice/user-0.slice/session-1.scope",
        ["mysql-1", "lxc", NONE, NONE],
    ),
    seen("lxc/lxcfs#269", "/lxc.payload/el7build01", ["el7build01", "lxc", NONE, NONE]),
    seen("lxc/lxc#3373", "/lxc.payload.test/.lxc", ["test", "lxc", NONE, NONE]),
    seen("liske/needrestart#215", "/lxc.payload.container1", ["container1", "lxc", NONE, NONE]),
    // lxc's own process.
    seen("lxc/lxc#2782", "/lxc.monitor/container1", [NONE, NONE, NONE, NONE]),
    seen("lxc/lxc#4384", "/lxc.monitor.node-ct", [NONE, NONE, NONE, NONE]),
    seen("lxc/lxc#2782", "/lxc.pivot", [NONE, NONE, NONE, NONE]),
    // lxc.cgroup.dir.container and .inner, as Proxmox sets them.
    seen("lxc/lxc#3353", "/lxc/100/ns/init.scope", ["100", "lxc", NONE, NONE]),
];

const SYSTEMD: [Seen; 15] = [
    // systemd-nspawn started by hand has a scope of systemd-machined, as a service it keeps its unit; supervisor and payload are
    // below it (systemd-nspawn(1); docs CGROUP_DELEGATION).
    seen(
        "systemd/systemd#38440",
        "/machine.slice/machine-TEST\\x2d13\\x2dNSPAWN.machinectl\\x2dbind.7ye.scope/payload/init.scope",
        [
            "TEST-13-NSPAWN.machinectl-bind.7ye",
            "systemd-nspawn",
            NONE,
            "machine-TEST\\x2d13\\x2dNSPAWN.machinectl\\x2dbind.7ye.scope",
        ],
    ),
    seen(
        "systemd/systemd#18104",
        "/machine.slice/machine-rawhidex.scope/payload/system.slice/sshd.service",
        ["rawhidex", "systemd-nspawn", NONE, "machine-rawhidex.scope"],
    ),
    seen(
        "systemd-nspawn@.service, KillMode=mixed, Delegate=yes, Slice=machine.slice",
        "/machine.slice/systemd-nspawn@dev-web-00000000.service/payload/init.scope",
        ["dev-web-00000000", "systemd-nspawn", NONE, "systemd-nspawn@dev-web-00000000.service"],
    ),
    // A virtual machine is none.
    seen(
        "netdata/netdata#2161",
        "/machine.slice/machine-qemu\\x2d1\\x2dwin10.scope/emulator",
        [NONE, NONE, NONE, "machine-qemu\\x2d1\\x2dwin10.scope"],
    ),
    // systemd.special(7), systemd.slice(5), systemd.scope(5), user@.service(5), systemd-logind.service(8), pam_systemd(8).
    seen("systemd.special(7)", "/init.scope", [NONE, NONE, NONE, "init.scope"]),
    seen("systemd.slice(5)", "/system.slice/ssh.service", [NONE, NONE, NONE, "ssh.service"]),
    seen(
        "systemd.slice(5)",
        "/system.slice/system-getty.slice/getty@tty1.service",
        [NONE, NONE, NONE, "getty@tty1.service"],
    ),
    seen(
        "systemd.slice(5)",
        "/system.slice/system-serial\\x2dgetty.slice/serial-getty@ttyS0.service",
        [NONE, NONE, NONE, "serial-getty@ttyS0.service"],
    ),
    seen("systemd.slice(5), nested", "/foo.slice/foo-bar.slice/x.service", [NONE, NONE, NONE, "x.service"]),
    seen("pam_systemd(8)", "/user.slice/user-1000.slice/session-2.scope", [NONE, NONE, NONE, "session-2.scope"]),
    seen(
        "user@.service(5)",
        "/user.slice/user-1001.slice/user@1001.service/init.scope",
        [NONE, NONE, NONE, "init.scope"],
    ),
    seen(
        "systemd.io/DESKTOP_ENVIRONMENTS",
        "/user.slice/user-1000.slice/user@1000.service/app.slice/app-gnome-org.gnome.Evince@12345.service",
        [NONE, NONE, NONE, "app-gnome-org.gnome.Evince@12345.service"],
    ),
    seen(
        "freeipa/freeipa-container#581, a group of the user's own below a delegated one",
        "/user.slice/user-1001.slice/user@1001.service/freeipa.scope",
        [NONE, NONE, NONE, "freeipa.scope"],
    ),
    seen(
        "systemd-run(1)",
        "/system.slice/run-r1d2c3b4a5968778695a4b3c2d1e0f1f2.scope",
        [NONE, NONE, NONE, "run-r1d2c3b4a5968778695a4b3c2d1e0f1f2.scope"],
    ),
    seen("containerd/cri#391", "/system.slice/containerd.service", [NONE, NONE, NONE, "containerd.service"]),
];

#[test]
fn paths_that_runtimes_gave_tell_container_pod_and_unit() {
    let all = [&DOCKER[..], &KUBERNETES, &PODMAN, &LXC, &SYSTEMD];
    for Seen { by, path, told: wanted } in all.into_iter().flatten() {
        let place = of_path(path.as_bytes());
        let container = place.container.as_ref();
        let found = [
            container.map(|container| &*container.id),
            container.and_then(|container| container.runtime.as_deref()),
            container.and_then(|container| container.pod_uid.as_deref()),
            place.unit.as_deref(),
        ];
        assert_eq!(found.map(|text| text.unwrap_or(NONE)), *wanted, "{path} ({by})");
    }
}

#[test]
fn each_driver_and_version_of_control_groups_shows_the_container() {
    const ID: &str = "1ebedb637aea644ece9c9eb3f93f41cbe6e5a96ce3961f665b83bd12363ab303";
    let scope = format!("/system.slice/docker-{ID}.scope");
    for (by, text) in [
        // v1: all hierarchies have it, but for a controller that the runtime does not know.
        (
            "v1, cgroupfs",
            format!("13:rdma:/\n12:pids:/docker/{ID}\n5:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/\n"),
        ),
        ("v1, systemd", format!("12:pids:{scope}\n5:memory:{scope}\n1:name=systemd:{scope}\n0::{scope}\n")),
        // Of hosts with both, where the runtime uses v1 and v2 has its daemon's group.
        ("hybrid", format!("5:memory:/docker/{ID}\n1:name=systemd:/docker/{ID}\n0::/system.slice/docker.service\n")),
        ("v2, cgroupfs", format!("0::/docker/{ID}\n")),
        ("v2, systemd", format!("0::{scope}\n")),
        // lxc/lxcfs#598: seen from another control group namespace (cgroup_namespaces(7)).
        ("v2, from beside it", format!("0::/../docker-{ID}.scope\n")),
        ("v2, gone", format!("0::{scope} (deleted)\n")),
    ] {
        let place = of_file(text.as_bytes()).unwrap();
        assert!(told(&place).starts_with(&format!("{ID} docker - ")), "{by}: {place:?}");
    }
}
