//! Everything that was done comes out, once, and as it was.

use std::fs::{self, File, Permissions};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener, UnixStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process;

use oyez_testkit::live::Turn;

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::events::{as_path, bytes};
use crate::truth::{Address, Command, Connect, Open, assert_each_once, errno};
use crate::{games, hostile};

/// A program that does nothing.
const PROGRAM: &str = "/bin/true";

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn every_command_comes_out_once_with_its_exact_arguments() {
    let Some(turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    add_rules();
    let yard = home.yard();
    fs::write(yard.join("no program"), "x").unwrap();
    let done = games::play(move || {
        let mut done: Vec<_> = hostile::argument_lists().into_iter().map(run).collect();
        done.extend(
            [yard.join("not\nthere\u{e9}"), yard.join("no program"), yard.clone()].iter().map(|path| fail(path)),
        );
        done
    });
    daemon.catch_up(&home.yard());
    let events = daemon.events();
    assert_each_once(&done, &events.commands());
    assert_eq!(events.commands().len(), done.len(), "nothing else was run");
    let end = daemon.end();
    end.assert_nothing_lost();
    assert_as_found(&turn);
}

fn run(argv: Vec<Vec<u8>>) -> Command {
    let mut command = process::Command::new(PROGRAM);
    command.arg0(as_path(&argv[0])).args(argv[1..].iter().map(|argument| as_path(argument)));
    // One that is told "--help" or the like would speak.
    assert!(command.stdout(process::Stdio::null()).status().unwrap().success());
    Command { path: PROGRAM.as_bytes().to_vec(), argv, error: None }
}

fn fail(path: &Path) -> Command {
    let result = process::Command::new(path).arg("never seen").spawn();
    Command { path: bytes(path), argv: Vec::new(), error: Some(errno(&result).unwrap()) }
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn every_open_comes_out_once_with_its_exact_path_and_errno() {
    let Some(_turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    add_rules();
    let places = Places::new(&home.yard());
    let mut done = games::play(move || places.open_all());
    done.extend(opens_at_once(&home.yard()));
    daemon.catch_up(&home.yard());
    let events = daemon.events();
    assert_each_once(&done, &events.opens());
    let end = daemon.end();
    end.assert_nothing_lost();
}

/// Directories whose files have hostile names, and each its own fate when it is opened.
struct Places {
    there: PathBuf,
    missing: PathBuf,
    made: PathBuf,
    closed_files: PathBuf,
    closed: PathBuf,
}

impl Places {
    fn new(yard: &Path) -> Self {
        let place = |name: &str, mode| {
            let place = yard.join(name);
            fs::create_dir(&place).unwrap();
            fs::set_permissions(&place, Permissions::from_mode(mode)).unwrap();
            place
        };
        let places = Self {
            there: place("there", 0o755),
            missing: place("missing", 0o755),
            made: place("made", 0o777),
            closed_files: place("closed files", 0o755),
            closed: place("closed", 0o700),
        };
        for name in hostile::names() {
            fs::write(places.there.join(as_path(&name)), "").unwrap();
            let closed = places.closed_files.join(as_path(&name));
            fs::write(&closed, "").unwrap();
            fs::set_permissions(closed, Permissions::from_mode(0o600)).unwrap();
        }
        places
    }

    fn open_all(&self) -> Vec<Open> {
        let mut done = Vec::new();
        for name in hostile::names() {
            let mut all = |dir: &Path, how: fn(&Path) -> io::Result<File>, error: Option<&str>| {
                let path = dir.join(as_path(&name));
                let found = errno(&how(&path));
                assert_eq!(found.as_deref(), error, "{}", path.display());
                done.push(Open { path: bytes(&path), error: found });
            };
            all(&self.there, |path| File::open(path), None);
            all(&self.missing, |path| File::open(path), Some("ENOENT"));
            all(&self.made, |path| File::create_new(path), None);
            all(&self.closed_files, |path| File::open(path), Some("EACCES"));
            all(&self.closed, |path| File::open(path), Some("EACCES"));
        }
        let long = self.missing.join("deep/".repeat(700));
        done.push(Open { error: errno(&File::open(&long)), path: bytes(&long) });
        done
    }
}

/// Three threads at once, so that events come from several processors between each other.
fn opens_at_once(yard: &Path) -> Vec<Open> {
    let threads: Vec<_> = (0..3)
        .map(|thread| {
            let yard = yard.to_owned();
            games::start(move || {
                let open = |number| {
                    let path = yard.join(format!("at-once-{thread}-{number}"));
                    Open { error: errno(&File::open(&path)), path: bytes(&path) }
                };
                (0..1000).map(open).collect::<Vec<_>>()
            })
        })
        .collect();
    threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn every_address_that_is_connected_to_comes_out_once() {
    let Some(_turn) = Turn::take() else { return };
    let home = Home::new("");
    let daemon = home.start("out", &[]);
    add_rules();
    let yard = home.yard();
    let done = games::play(move || {
        let mut done = unix(&yard);
        done.extend(inet());
        done.extend(inet6());
        done
    });
    daemon.catch_up(&home.yard());
    let events = daemon.events();
    assert_each_once(&done, &events.connects());
    assert_eq!(events.connects().len(), done.len(), "nothing else was connected to");
    let end = daemon.end();
    end.assert_nothing_lost();
}

/// A unix socket's address has room for so many bytes (unix(7), `sun_path`), the first of an abstract one being NUL.
const ROOM: usize = 108;

fn unix(yard: &Path) -> Vec<Connect> {
    let mut done = Vec::new();
    for name in hostile::names() {
        let abstract_name: Vec<u8> = name.iter().copied().chain([0, b'x']).collect();
        if abstract_name.len() < ROOM {
            let address = UnixAddr::from_abstract_name(&abstract_name).unwrap();
            // Every other one has a listener.
            let listener = (done.len() % 4 == 0).then(|| UnixListener::bind_addr(&address).unwrap());
            let result = UnixStream::connect_addr(&address);
            assert_eq!(result.is_ok(), listener.is_some());
            done.push(Connect { to: Address::Abstract(abstract_name), error: errno(&result) });
        }
        let path = yard.join(as_path(&name));
        if bytes(&path).len() < ROOM {
            let listener = (done.len() % 4 == 1).then(|| UnixListener::bind(&path).unwrap());
            let result = UnixStream::connect(&path);
            assert_eq!(result.is_ok(), listener.is_some());
            done.push(Connect { to: Address::Path(bytes(&path)), error: errno(&result) });
        }
    }
    done
}

fn inet() -> Vec<Connect> {
    let listeners: Vec<_> = (0..3).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()).collect();
    let mut done: Vec<_> = listeners.iter().map(|listener| tcp(listener.local_addr().unwrap())).collect();
    assert!(done.iter().all(|connect| connect.error.is_none()));
    // All of 127/8 is this host; nobody listens there.
    done.extend((1..=20).map(|last| tcp((Ipv4Addr::new(127, 7, 7, last), 9).into())));
    done.push(udp((Ipv4Addr::new(127, 255, 0, 1), 65535).into()));
    done
}

fn inet6() -> Vec<Connect> {
    if let Err(error) = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)) {
        oyez_testkit::corpus::skipped(&format!("connects by inet6: {error}"));
        return Vec::new();
    }
    let mut done: Vec<_> = (1..=20).map(|port| tcp((Ipv6Addr::LOCALHOST, port).into())).collect();
    done.push(udp((Ipv4Addr::LOCALHOST.to_ipv6_mapped(), 65534).into()));
    done
}

fn tcp(to: SocketAddr) -> Connect {
    Connect { to: address(to), error: errno(&TcpStream::connect(to)) }
}

fn udp(to: SocketAddr) -> Connect {
    let any: SocketAddr =
        if to.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    Connect { to: address(to), error: errno(&UdpSocket::bind(any).unwrap().connect(to)) }
}

fn address(of: SocketAddr) -> Address {
    Address::Ip { addr: of.ip(), port: of.port() }
}
