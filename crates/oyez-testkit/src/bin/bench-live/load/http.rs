//! HTTP requests, each on a connection of its own, by eight threads that share one timetable. A request's number is the
//! address that it goes to: all of 127.0.0.0/8 is this host.

use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use oyez_testkit::games;
use rustix::io::{read, write};

use super::{Pace, Played};

const CLIENTS: usize = 8;
const REQUEST: &[u8] = b"GET / HTTP/1.0\r\nHost: localhost\r\nUser-Agent: bench-live\r\n\r\n";
/// Less than this is no answer.
const LEAST_ANSWER: usize = 100;
/// The address of request 0.
const FIRST: u32 = 0x7f01_0000;
/// Numbers that have an address.
const MOST: u64 = 0xfd_0000;

pub(super) fn play(count: u64, pace: &Pace, port: u16) -> Result<Played> {
    ensure!(count <= MOST, "at most {MOST} requests have an address of their own");
    let next = Arc::new(AtomicU64::new(0));
    let client = |_| {
        let (next, pace) = (Arc::clone(&next), *pace);
        games::start(move || client(&next, count, &pace, port))
    };
    let clients: Vec<JoinHandle<Result<Played>>> = (0..CLIENTS).map(client).collect();
    let mut all = Played::default();
    for client in clients {
        let played = client.join().map_err(|_| anyhow!("a client panicked"))??;
        all.errors += played.errors;
        all.took_us.extend(played.took_us);
    }
    all.took_us.sort_unstable();
    Ok(all)
}

fn client(next: &AtomicU64, count: u64, pace: &Pace, port: u16) -> Result<Played> {
    let mut played = Played::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(played);
        }
        pace.await_turn(number);
        let start = Instant::now();
        match request(number, port) {
            Ok(answer) if answer >= LEAST_ANSWER => {
                played.took_us.push(u64::try_from(start.elapsed().as_micros())?);
            }
            _ => played.errors += 1,
        }
    }
}

/// Asks, and reads to the end; how many bytes came. With read(2) and write(2), which no rule here is for.
fn request(number: u64, port: u16) -> Result<usize> {
    let stream = TcpStream::connect((address(number)?, port))?;
    write(&stream, REQUEST)?;
    let (mut buffer, mut total) = ([0; 4096], 0);
    loop {
        match read(&stream, &mut buffer)? {
            0 => return Ok(total),
            bytes => total += bytes,
        }
    }
}

fn address(number: u64) -> Result<Ipv4Addr> {
    Ok(Ipv4Addr::from_bits(FIRST + u32::try_from(number)?))
}

/// The request that goes to this address.
pub(crate) fn number_of(address: &str) -> Option<u64> {
    let bits = address.parse::<Ipv4Addr>().ok()?.to_bits();
    bits.checked_sub(FIRST).map(u64::from).filter(|number| *number < MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_which_request_it_is() {
        for number in [0, 1, 255, 256, 99_999, MOST - 1] {
            let address = address(number).unwrap();
            assert!(address.is_loopback());
            assert_eq!(number_of(&address.to_string()), Some(number));
        }
        assert_eq!((number_of("127.0.0.1"), number_of("10.0.0.1"), number_of("::1")), (None, None, None));
    }
}
