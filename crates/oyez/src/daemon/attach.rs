//! How to attach: the mode asked for and what the kernel says in, unicast or multicast or the reason why not out.
//!
//! Never steals: a living daemon keeps its place, and is not even asked for it. The decision is pure; looking and opening
//! sockets are apart from it.

use std::path::Path;

use anyhow::Context as _;
use oyez_netlink::environment::{deaf_to_multicast, explain};
use oyez_netlink::{Attempt, Control, DataSocket, Error, Facts, Kernel, Obstacle, Status, listeners};

use super::process;
use crate::config::Mode;
use crate::exit::Exit;

/// A process, as far as messages need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) pid: u32,
    pub(crate) name: String,
}

/// How to attach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// As the registered audit daemon.
    Unicast,
    /// Beside whoever is.
    Multicast {
        /// The living daemon that is registered.
        owner: Option<Owner>,
        /// Why the kernel can't be controlled from here.
        obstacle: Option<Obstacle>,
    },
}

/// What was found before anything was changed.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The kernel's answer, or why there is none.
    pub(crate) status: Result<Status, Obstacle>,
    /// The living process that is registered.
    pub(crate) owner: Option<Owner>,
}

/// Chooses.
///
/// # Errors
/// The obstacle that leaves no way: a living owner when unicast was asked for, no right to control the kernel then, or no
/// audit at all.
pub(crate) fn decide(mode: Mode, seen: &Seen) -> Result<Plan, Obstacle> {
    let multicast = |obstacle| Ok(Plan::Multicast { owner: seen.owner.clone(), obstacle });
    match (mode, &seen.status, &seen.owner) {
        (_, Err(fatal), _) if is_fatal(fatal) => Err(fatal.clone()),
        (Mode::Unicast, Err(obstacle), _) => Err(obstacle.clone()),
        (Mode::Unicast, Ok(_), Some(owner)) => Err(Obstacle::Owned { pid: Some(owner.pid), name: owner.name.clone() }),
        (Mode::Unicast | Mode::Auto, Ok(_), None) => Ok(Plan::Unicast),
        (Mode::Auto, Ok(_), Some(_)) => multicast(None),
        (Mode::Auto, Err(obstacle), _) => multicast(Some(obstacle.clone())),
        (Mode::Multicast, status, _) => multicast(status.as_ref().err().cloned()),
    }
}

/// Whether no kind of listening gets past it.
fn is_fatal(obstacle: &Obstacle) -> bool {
    matches!(obstacle, Obstacle::NoAudit | Obstacle::OffAtBoot | Obstacle::SocketForbidden | Obstacle::UserNamespace)
}

/// Looks who is there. The control connection comes along if there is one.
///
/// # Errors
/// The kernel does not answer, or not in a way that is understood.
pub(crate) fn look() -> anyhow::Result<(Seen, Option<Control>)> {
    let mut control = match Control::open() {
        Ok(control) => control,
        Err(error) => return Ok((Seen { status: Err(obstacle(Attempt::Open, error)?), owner: None }, None)),
    };
    match control.status() {
        Ok(status) => Ok((Seen { owner: owner(&status), status: Ok(status) }, Some(control))),
        Err(error) => Ok((Seen { status: Err(obstacle(Attempt::Control, error)?), owner: None }, None)),
    }
}

/// The living process that is registered.
pub(crate) fn owner(status: &Status) -> Option<Owner> {
    let pid = status.pid.filter(|pid| *pid != 0 && process::is_living(*pid))?;
    Some(Owner { pid, name: listeners::name_of(Path::new("/proc"), pid) })
}

/// Opens the socket that records will come through, all but those of the types `filtered`, and says how large its receive
/// buffer is.
///
/// # Errors
/// [`Exit::Unavailable`] with the cause and the way out.
pub(crate) fn open(plan: &Plan, receive_buffer: u64, filtered: &[u16]) -> anyhow::Result<(DataSocket, usize)> {
    let socket = match plan {
        Plan::Unicast => DataSocket::unicast().map_err(|error| fail(Attempt::Open, error))?,
        Plan::Multicast { .. } => {
            if let Some(obstacle) = deaf_to_multicast(&Facts::read(Path::new("/proc"))) {
                return Err(refusal(obstacle));
            }
            DataSocket::multicast().map_err(|error| fail(Attempt::JoinMulticast, error))?
        }
    };
    let wanted = usize::try_from(receive_buffer).unwrap_or(usize::MAX);
    let size = socket.set_receive_buffer(wanted).context(Exit::Unavailable.because(CANNOT))?;
    // An overrun would make the kernel wait until the socket is empty; drops are counted all the same.
    socket.no_enobufs().context(Exit::Unavailable.because(CANNOT))?;
    // Before the first record comes; an empty filter would cost a little for each.
    if !filtered.is_empty() {
        socket.attach_filter(filtered).context(Exit::Unavailable.because(CANNOT))?;
    }
    Ok((socket, size))
}

const CANNOT: &str = "cannot attach to the kernel's audit system";

/// Why it can't be done, as an error for the user.
pub(crate) fn refusal(obstacle: Obstacle) -> anyhow::Error {
    let exit = if matches!(obstacle, Obstacle::Owned { .. }) { Exit::Taken } else { Exit::Unavailable };
    anyhow::Error::new(obstacle).context(exit.because(CANNOT))
}

/// A failed attempt as an error for the user.
pub(crate) fn fail(attempt: Attempt, error: Error) -> anyhow::Error {
    obstacle(attempt, error).map_or_else(|other| other, refusal)
}

/// What stands in the way; an error that is not the kernel's comes back as it is.
fn obstacle(attempt: Attempt, error: Error) -> anyhow::Result<Obstacle> {
    match error.errno() {
        Some(errno) => Ok(explain(attempt, errno, &Facts::read(Path::new("/proc")))),
        None => Err(anyhow::Error::new(error).context(Exit::Unavailable.because(CANNOT))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(status: Result<(), Obstacle>, owner: Option<u32>) -> Seen {
        Seen {
            status: status.map(|()| Status::default()),
            owner: owner.map(|pid| Owner { pid, name: "auditd".to_owned() }),
        }
    }

    fn multicast(owner: Option<u32>, obstacle: Option<Obstacle>) -> Plan {
        Plan::Multicast { owner: seen(Ok(()), owner).owner, obstacle }
    }

    #[test]
    fn unicast_is_taken_only_where_no_living_daemon_has_it() {
        let owned = Obstacle::Owned { pid: Some(9), name: "auditd".to_owned() };
        for (mode, owner, expected) in [
            (Mode::Auto, None, Ok(Plan::Unicast)),
            (Mode::Auto, Some(9), Ok(multicast(Some(9), None))),
            (Mode::Unicast, None, Ok(Plan::Unicast)),
            (Mode::Unicast, Some(9), Err(owned)),
            (Mode::Multicast, None, Ok(multicast(None, None))),
            (Mode::Multicast, Some(9), Ok(multicast(Some(9), None))),
        ] {
            assert_eq!(decide(mode, &seen(Ok(()), owner)), expected, "{mode:?} {owner:?}");
        }
    }

    #[test]
    fn without_control_only_multicast_is_left() {
        for obstacle in [Obstacle::NoControlCapability, Obstacle::PidNamespace, Obstacle::Locked] {
            let seen = seen(Err(obstacle.clone()), None);
            assert_eq!(decide(Mode::Unicast, &seen), Err(obstacle.clone()));
            for mode in [Mode::Auto, Mode::Multicast] {
                assert_eq!(decide(mode, &seen), Ok(multicast(None, Some(obstacle.clone()))), "{mode:?}");
            }
        }
    }

    #[test]
    fn without_audit_no_mode_works() {
        for obstacle in [Obstacle::NoAudit, Obstacle::OffAtBoot, Obstacle::SocketForbidden, Obstacle::UserNamespace] {
            for mode in [Mode::Auto, Mode::Unicast, Mode::Multicast] {
                assert_eq!(decide(mode, &seen(Err(obstacle.clone()), None)), Err(obstacle.clone()), "{mode:?}");
            }
        }
    }

    #[test]
    fn a_dead_owner_is_no_owner() {
        let mut status = Status::default();
        for (pid, living) in
            [(None, false), (Some(0), false), (Some(u32::MAX), false), (Some(std::process::id()), true)]
        {
            status.pid = pid;
            assert_eq!(owner(&status).is_some(), living, "{pid:?}");
        }
    }

    #[test]
    fn another_daemon_has_an_exit_code_of_its_own() {
        let taken = refusal(Obstacle::Owned { pid: Some(9), name: "auditd".to_owned() });
        assert_eq!(crate::exit::of(&taken), Exit::Taken);
        assert!(format!("{taken:#}").contains("pid 9, \"auditd\""));
        assert_eq!(crate::exit::of(&refusal(Obstacle::NoAudit)), Exit::Unavailable);
    }
}
