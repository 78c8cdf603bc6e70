//! Messages as syslog: RFC 5424 or RFC 3164; to this host's daemon, by UDP (RFC 5426), TCP (RFC 6587) or TLS (RFC 5425).
//!
//! [`Settings`] in, a [`Sink`] out. Each line is one syslog message. Lines that are longer than the field `max_size` says are cut
//! between two characters and say so at their end; refuses what does not fit into a datagram even so. What an acknowledgement
//! means is told in [`net::flow`](crate::net::flow) for TCP and TLS, in [`net::datagrams`](crate::net::datagrams) for the others.

mod facility;
mod header;
mod sink;

use std::any::Any;
use std::path::PathBuf;

pub use facility::Facility;

use crate::net::Address;
use crate::sink::{Failure, Kind, Needs, Sink, Site, same};
use crate::tls;

/// The largest message that is sent by UDP unless told otherwise, in bytes: rsyslog takes no more. RFC 5426, 3.2, has receivers
/// take 480 and wishes 2048.
pub const MAX_UDP: usize = 8 << 10;
/// The largest message to this host's daemon unless told otherwise, in bytes; a datagram there is at most as large as the send
/// buffer (unix(7)), which has 208 KiB.
pub const MAX_LOCAL: usize = 128 << 10;

/// How the parts in front of a message are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `<86>1 2026-11-22T04:20:00.101Z host oyez 1234 audit - message`
    Rfc5424,
    /// `<86>Nov 22 04:20:00 host oyez[1234]: message`, in UTC; to this host's daemon without the host, as syslog(3) writes.
    Rfc3164,
}

/// The way to the receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A unix socket: datagrams where it takes them, else a stream of lines.
    Local(PathBuf),
    /// One datagram each.
    Udp(Address),
    /// TCP, with TLS where there are settings for it.
    Tcp(Address, Framing, Option<tls::Settings>),
}

/// How the receiver knows where a message on a stream ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// `LENGTH SPACE MESSAGE` (RFC 6587, 3.4.1; RFC 5425 knows no other).
    #[default]
    OctetCounted,
    /// By its line feed (RFC 6587, 3.4.2).
    Lines,
}

/// Where to, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The way to the receiver.
    pub transport: Transport,
    /// `None`: RFC 3164 to this host's daemon, whose daemons read no other there, else RFC 5424.
    pub protocol: Option<Protocol>,
    /// What part of the system speaks.
    pub facility: Facility,
    /// APP-NAME, or TAG: 1 to 48 visible ASCII characters.
    pub app_name: String,
    /// HOSTNAME; `None`: this host's name.
    pub host: Option<String>,
    /// MSGID (RFC 5424, 6.2.7): 1 to 32 visible ASCII characters.
    pub msg_id: String,
    /// The SD-ID under which the event's id stands in structured data: `oyez@` and the enterprise number of whoever runs this.
    /// `None`: there is none, for oyez has no number of its own, and the one that examples show (32473, RFC 5612) is for
    /// examples only.
    pub sd_id: Option<String>,
    /// Whether MSG begins with a byte order mark where it is UTF-8 (RFC 5424, 6.4): few receivers take it away again.
    pub bom: bool,
    /// Whether MSG begins with `@cee: `, which says that it is JSON.
    pub cee: bool,
    /// The largest message, in bytes, all in front of it included; `None`: what the transport carries.
    pub max_size: Option<usize>,
}

impl Settings {
    /// To this receiver, all else as it is by default.
    pub fn to(transport: Transport) -> Self {
        Self {
            transport,
            protocol: None,
            facility: Facility::default(),
            app_name: "oyez".to_owned(),
            host: None,
            msg_id: "audit".to_owned(),
            sd_id: None,
            bom: false,
            cee: false,
            max_size: None,
        }
    }

    fn protocol(&self) -> Protocol {
        let is_local = matches!(self.transport, Transport::Local(_));
        self.protocol.unwrap_or(if is_local { Protocol::Rfc3164 } else { Protocol::Rfc5424 })
    }

    fn max_size(&self) -> usize {
        self.max_size.unwrap_or(match self.transport {
            Transport::Local(_) => MAX_LOCAL,
            Transport::Udp(_) => MAX_UDP,
            Transport::Tcp(..) => usize::MAX,
        })
    }
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(sink::Syslog::new(self, site)))
    }

    fn needs(&self) -> Needs {
        Needs { ids: self.sd_id.is_some() }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}
