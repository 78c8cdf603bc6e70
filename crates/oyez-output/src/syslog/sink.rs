//! The output: lines of a parcel as syslog messages on their way.

use std::io::Write as _;
use std::sync::Arc;

use rustix::io::Errno;

use super::header::Header;
use super::{Framing, Settings, Transport};
use crate::net::{Datagrams, Flow, Frames, Peer, Port};
use crate::parcel::{Message, Parcel};
use crate::sink::{Done, Failure, Patience, Sink, Site};

/// The output.
#[derive(Debug)]
pub(super) struct Syslog {
    header: Header,
    framing: Framing,
    way: Way,
    frames: Frames,
    line: Vec<u8>,
}

#[derive(Debug)]
enum Way {
    Datagrams(Datagrams),
    Stream(Flow),
    /// A unix socket: tried as datagrams first; which kind it is may change with who listens.
    Local(Datagrams, Flow, Local),
}

/// What a unix socket turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Local {
    Datagrams,
    Stream,
}

impl Syslog {
    pub(super) fn new(settings: &Settings, site: &Site) -> Self {
        let stats = Arc::clone(&site.stats);
        let (way, framing) = match &settings.transport {
            Transport::Udp(address) => {
                let port = Port::Udp(address.clone());
                (Way::Datagrams(Datagrams::new(port, Arc::clone(&stats), None)), Framing::Lines)
            }
            Transport::Tcp(address, framing, tls) => {
                let peer = Peer::Tcp(address.clone(), tls.clone());
                (Way::Stream(Flow::new(peer, Arc::clone(&stats))), *framing)
            }
            Transport::Local(path) => {
                let datagrams = Datagrams::new(Port::Unix(path.clone()), Arc::clone(&stats), None);
                let stream = Flow::new(Peer::Unix(path.clone()), Arc::clone(&stats));
                (Way::Local(datagrams, stream, Local::Datagrams), Framing::Lines)
            }
        };
        let header = Header::new(settings, &site.host);
        Self { header, framing, way, frames: Frames::default(), line: Vec::new() }
    }

    /// Makes the frames of all messages that are open.
    fn fill(&mut self, parcel: &Parcel, done: &Done) {
        self.frames.clear();
        for (index, message) in parcel.messages().enumerate() {
            if !done.is_done(index) {
                self.fill_one(&message);
                self.frames.end(index);
            }
        }
    }

    fn fill_one(&mut self, message: &Message<'_>) {
        let is_datagram = matches!(self.way, Way::Datagrams(_) | Way::Local(_, _, Local::Datagrams));
        for line in message.text().split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            if is_datagram {
                self.frames.piece(|out| self.header.write(line, &message.label, out));
                continue;
            }
            self.line.clear();
            self.header.write(line, &message.label, &mut self.line);
            let line = self.line.as_slice();
            self.frames.piece(|out| match self.framing {
                Framing::OctetCounted => {
                    // A `Vec` takes all.
                    let _ = write!(out, "{} ", line.len());
                    out.extend_from_slice(line);
                }
                Framing::Lines => {
                    out.extend_from_slice(line);
                    out.push(b'\n');
                }
            });
        }
    }
}

impl Sink for Syslog {
    fn connect(&mut self, patience: &Patience) -> Result<(), Failure> {
        match &mut self.way {
            Way::Datagrams(datagrams) => datagrams.connect(patience),
            Way::Stream(flow) => flow.connect(patience),
            Way::Local(datagrams, flow, local) => {
                let Err(failure) = datagrams.connect(patience) else {
                    *local = Local::Datagrams;
                    return Ok(());
                };
                if !failure.is_errno(Errno::PROTOTYPE) {
                    return Err(failure);
                }
                *local = Local::Stream;
                flow.connect(patience)
            }
        }
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        if matches!(self.way, Way::Local(..)) {
            self.connect(patience)?;
        }
        self.fill(parcel, done);
        match &mut self.way {
            Way::Datagrams(datagrams) | Way::Local(datagrams, _, Local::Datagrams) => {
                datagrams.deliver(&self.frames, done, patience)
            }
            Way::Stream(flow) | Way::Local(_, flow, Local::Stream) => flow.deliver(&self.frames, done, patience),
        }
    }

    fn tick(&mut self) -> Result<(), Failure> {
        if let Way::Stream(flow) | Way::Local(_, flow, Local::Stream) = &mut self.way {
            flow.tick();
        }
        Ok(())
    }

    fn close(&mut self, _: &Patience) -> Result<(), Failure> {
        match &mut self.way {
            Way::Datagrams(datagrams) => datagrams.leave(),
            Way::Stream(flow) => flow.leave(),
            Way::Local(datagrams, flow, _) => {
                datagrams.leave();
                flow.leave();
            }
        }
        Ok(())
    }
}
