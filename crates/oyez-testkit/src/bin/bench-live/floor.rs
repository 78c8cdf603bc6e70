//! The floor: the least that a program does that takes every record and writes it to a log.
//!
//! Up to 256 messages by one system call, a nap of 20 ms whenever the socket is empty, a copy of each record behind its
//! type into a buffer that is written when it holds 64 KiB. It understands nothing.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use oyez_netlink::{Control, DataSocket, Kernel as _, Message, Slab, Wake};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// `AUDIT_EOE` (linux/audit.h): the end of an event; it says nothing else.
pub(crate) const EOE: u16 = 1320;

const MESSAGES: usize = 256;
const NAP: Duration = Duration::from_millis(20);
const RECEIVE_BUFFER: usize = 32 << 20;
const WRITE_BYTES: usize = 64 << 10;

/// Reads until it is told to end, without the record types that the kernel is to `drop`.
pub(crate) fn run(log: &Path, drop: &[u16]) -> Result<()> {
    let wake = woken_by_signals()?;
    let mut copy = Copy::create(log)?;
    let mut slab = Slab::new(MESSAGES);
    let mut socket = DataSocket::unicast()?;
    socket.set_receive_buffer(RECEIVE_BUFFER)?;
    if !drop.is_empty() {
        socket.attach_filter(drop)?;
    }
    socket.register(std::process::id(), Duration::from_secs(5), &mut slab, &mut |_| ())?;
    while !socket.wait(None, &wake)?.woken && !wake.nap(NAP)? {
        while drain(&socket, &mut slab, &mut copy)? {}
    }
    copy.flush()?;
    Control::open()?.unregister().context("cannot unregister")
}

/// Takes what one system call brings; whether there may be more.
fn drain(socket: &DataSocket, slab: &mut Slab, copy: &mut Copy) -> Result<bool> {
    let received = socket.receive(slab)?;
    for message in slab.messages() {
        if let Message::Record { kind, payload, .. } = message {
            copy.add(kind, payload)?;
        }
    }
    Ok(received.more)
}

fn woken_by_signals() -> Result<Wake> {
    let (wake, mut signals) = (Wake::new()?, Signals::new([SIGTERM, SIGINT]).context("cannot take signals")?);
    let waker = wake.clone();
    std::thread::spawn(move || signals.forever().for_each(|_| waker.wake()));
    Ok(wake)
}

struct Copy {
    file: File,
    buffer: Vec<u8>,
}

impl Copy {
    fn create(log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
        Ok(Self { file, buffer: Vec::with_capacity(WRITE_BYTES) })
    }

    fn add(&mut self, kind: u16, record: &[u8]) -> Result<()> {
        if self.buffer.len() + record.len() + 32 > WRITE_BYTES {
            self.flush()?;
        }
        self.buffer.extend(b"type=");
        let digit = |unit: u16| u8::try_from(kind / unit % 10).unwrap_or(0) + b'0';
        self.buffer.extend([digit(1000), digit(100), digit(10), digit(1)]);
        self.buffer.extend(b" msg=");
        self.buffer.extend(record);
        self.buffer.push(b'\n');
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.buffer).context("cannot write the copy")?;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_copied_whole_behind_its_type() {
        let home = oyez_testkit::TempDir::new().unwrap();
        let mut copy = Copy::create(&home.join("log")).unwrap();
        for _ in 0..1000 {
            copy.add(1300, b"audit(1.2:3): a=1").unwrap();
            copy.add(EOE, &[b'x'; 8970]).unwrap();
        }
        copy.flush().unwrap();
        let log = std::fs::read(home.join("log")).unwrap();
        assert!(log.starts_with(b"type=1300 msg=audit(1.2:3): a=1\ntype=1320 msg=xxx"));
        assert_eq!(log.len(), 1000 * (32 + 15 + 8970));
    }
}
