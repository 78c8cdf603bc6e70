//! `oyez nss-helper`: the process in which the daemon asks NSS for names, since what nsswitch.conf(5) names may hang or
//! crash ([`oyez_enrich::users::nss`]). Questions come on standard input, answers go to standard output.

use std::io;

use nix::errno::Errno;
use nix::unistd::{Gid, Group, Uid, User};
use oyez_enrich::users::nss::serve;
use oyez_enrich::users::{Id, Kind};
use rustix::process::{Signal, set_parent_process_death_signal};

use crate::exit::Exit;

/// Answers until standard input ends, or the thread that started it does.
///
/// # Errors
/// Standard input has what is no question, or the pipes can't be read or written.
pub(super) fn run() -> anyhow::Result<Exit> {
    // One that hangs does not notice the end of its input. Where it can't be had, only that is lost.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    serve(&mut io::stdin().lock(), &mut io::stdout().lock(), look_up)?;
    Ok(Exit::Done)
}

fn look_up(id: Id) -> Result<Option<Vec<u8>>, Errno> {
    let name = match id.kind {
        Kind::User => User::from_uid(Uid::from_raw(id.number))?.map(|user| user.name),
        Kind::Group => Group::from_gid(Gid::from_raw(id.number))?.map(|group| group.name),
    };
    Ok(name.map(String::into_bytes))
}
