//! The addresses of a name, anew each time, and no later than asked for: the system's resolver may take half a minute.
//!
//! It is asked on a thread of its own. Where it hangs that thread is left to itself, and as long as [`MOST`] of them hang no
//! other is started.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use super::Address;
use crate::sink::{Failure, Patience};

/// Look-ups that may be under way in this process.
const MOST: usize = 16;
/// Addresses of one name that are tried; a hostile resolver may give thousands.
const ADDRESSES: usize = 32;

static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// The addresses of a host, in the system's order of preference (getaddrinfo(3)); at least one.
pub(super) fn resolve(address: &Address, patience: &Patience) -> Result<Vec<SocketAddr>, Failure> {
    if let Ok(ip) = address.host().parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(ip, address.port())]);
    }
    let failed = || Failure::new(format!("cannot find the address of {:?}", address.host()));
    if patience.is_over() {
        return Err(failed().because("no answer in time"));
    }
    if UNDER_WAY.fetch_add(1, SeqCst) >= MOST {
        UNDER_WAY.fetch_sub(1, SeqCst);
        return Err(failed().because("the system's resolver does not answer"));
    }
    let (give, take) = mpsc::sync_channel(1);
    let (host, port) = (address.host().to_owned(), address.port());
    let started = thread::Builder::new().name("resolve".to_owned()).spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(|found| found.take(ADDRESSES).collect());
        UNDER_WAY.fetch_sub(1, SeqCst);
        // Nobody waits for it any more: it came too late.
        let _ = give.send(found);
    });
    if let Err(error) = started {
        UNDER_WAY.fetch_sub(1, SeqCst);
        return Err(failed().because(error));
    }
    let found: io::Result<Vec<_>> =
        take.recv_timeout(patience.left()).map_err(|_| failed().because("no answer in time"))?;
    match found {
        Ok(found) if found.is_empty() => Err(failed().because("it has none")),
        found => found.map_err(|error| failed().because(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn names_and_numbers_have_addresses() {
        let patience = Patience::of(Duration::from_secs(5));
        let local = resolve(&Address::new("localhost", 7), &patience).unwrap();
        assert!(!local.is_empty() && local.iter().all(|found| found.ip().is_loopback() && found.port() == 7));
        assert_eq!(resolve(&Address::new("::1", 7), &patience).unwrap(), ["[::1]:7".parse().unwrap()]);
    }

    #[test]
    fn a_name_that_is_none_is_told() {
        let told =
            resolve(&Address::new("nowhere.invalid", 7), &Patience::of(Duration::from_secs(5))).unwrap_err().told();
        assert!(told.starts_with("cannot find the address of \"nowhere.invalid\": "), "{told}");
    }

    #[test]
    fn no_time_is_no_answer() {
        let told = resolve(&Address::new("localhost", 7), &Patience::of(Duration::ZERO)).unwrap_err().told();
        assert!(told.ends_with("no answer in time"), "{told}");
    }
}
