//! Outputs of type `syslog`: their keys in, the sink's settings out. Refuses words that a syslog header cannot have.

use std::sync::Arc;

use oyez_output::net::{Ports, Target};
use oyez_output::syslog::{Facility, Framing, Protocol, Settings, Transport};

use super::keys::Extra;
use super::making::Making;
use super::receiver;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind};

/// What an output of this type says.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    address: Option<String>,
    protocol: Option<Protocol>,
    framing: Framing,
    facility: Option<String>,
    app_name: Option<String>,
    host: Option<String>,
    msg_id: Option<String>,
    sd_id: Option<String>,
    cee: bool,
    bom: bool,
    max_size: Option<u64>,
}

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "syslog",
    doc: "every line as a syslog message, to this host's daemon, or by UDP, TCP or TLS",
    guarantees: "Delivered is, by TCP and TLS, what the receiver's kernel has acknowledged on a connection that still stood then; on a \
        unix socket what the daemon has read; by UDP what was sent, whatever became of it. When a connection breaks, all of \
        the delivery under way is sent again, so some of it arrives twice. What a receiver had not read when it died is lost.",
    tested: "real: rsyslogd 8.2302, by UDP, TCP, TLS and unix socket",
    takes: &[Extra::Tls],
    table: Some(&Typed { keys: KEYS, make }),
    // Nothing is gained by waiting.
    defaults: &[("batch.time", "\"0ms\"")],
    ..TypeDef::BLANK
};

const KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "address",
        kind: Kind::Text { at: |s| &mut s.address, what: "a receiver, such as \"tls://siem.example\" or \"/dev/log\"" },
        default: Some("\"/dev/log\""),
        applies: Reload,
        doc: "The receiver: the path of a unix socket, `udp://HOST:PORT`, `tcp://HOST:PORT`, or `tls://HOST:PORT`. Unless named the port \
            is 514, for TLS 6514.",
    },
    KeyDef {
        name: "protocol",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "rfc5424",
                    doc: "with year, milliseconds and zone, and structured data",
                    set: |s| s.protocol = Some(Protocol::Rfc5424),
                },
                Choice {
                    name: "rfc3164",
                    doc: "the old one; times are UTC, and say neither that nor the year",
                    set: |s| s.protocol = Some(Protocol::Rfc3164),
                },
            ],
            refused: &[],
        },
        default: None,
        applies: Reload,
        doc: "What stands in front of a message. Unset: `rfc3164` to a unix socket, whose daemons read no other there, else `rfc5424`.",
    },
    KeyDef {
        name: "framing",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "octet-counted",
                    doc: "its length in front of each message (RFC 6587, RFC 5425)",
                    set: |s| s.framing = Framing::OctetCounted,
                },
                Choice { name: "lines", doc: "a line feed behind each message", set: |s| s.framing = Framing::Lines },
            ],
            refused: &[],
        },
        default: Some("\"octet-counted\""),
        applies: Reload,
        doc: "By TCP and TLS: how the receiver knows where a message ends.",
    },
    KeyDef {
        name: "facility",
        kind: Kind::Text { at: |s| &mut s.facility, what: "the name of a syslog facility" },
        default: Some("\"authpriv\""),
        applies: Reload,
        doc: "What part of the system speaks: `authpriv`, `daemon`, `user`, `local0` to `local7`, and so on. What has the first, \
            distributions keep in files that not everybody may read.",
    },
    KeyDef {
        name: "app_name",
        kind: Kind::Text { at: |s| &mut s.app_name, what: "a name of up to 48 visible ASCII characters" },
        default: Some("\"oyez\""),
        applies: Reload,
        doc: "APP-NAME, or TAG.",
    },
    KeyDef {
        name: "host",
        kind: Kind::Text { at: |s| &mut s.host, what: "a name of up to 255 visible ASCII characters" },
        default: None,
        applies: Reload,
        doc: "HOSTNAME. Unset: the host's name.",
    },
    KeyDef {
        name: "msg_id",
        kind: Kind::Text { at: |s| &mut s.msg_id, what: "a word of up to 32 visible ASCII characters" },
        default: Some("\"audit\""),
        applies: Reload,
        doc: "MSGID of RFC 5424.",
    },
    KeyDef {
        name: "sd_id",
        kind: Kind::Text { at: |s| &mut s.sd_id, what: "a name and an enterprise number, such as \"oyez@12345\"" },
        default: None,
        applies: Reload,
        doc: "The name in structured data (RFC 5424) that the id of each event stands under: `NAME@NUMBER`, with the enterprise number \
            of your organisation, for oyez has none. Unset: no structured data. JSON has the id in any case.",
    },
    KeyDef {
        name: "cee",
        kind: Kind::Bool(|s| &mut s.cee),
        default: Some("false"),
        applies: Reload,
        doc: "Whether `@cee: ` stands in front of each message, which tells receivers that it is JSON.",
    },
    KeyDef {
        name: "bom",
        kind: Kind::Bool(|s| &mut s.bom),
        default: Some("false"),
        applies: Reload,
        doc: "Whether a byte order mark stands in front of messages that are UTF-8, as RFC 5424 wants and few receivers expect.",
    },
    KeyDef {
        name: "max_size",
        kind: Kind::OptionalSize { at: |s| &mut s.max_size, min: 480, max: 64 << 20 },
        default: None,
        applies: Reload,
        doc: "Longer messages are cut, ` [cut]` at their end. Unset: 8KiB by UDP, 128KiB to a unix socket, else no limit.",
    },
];

/// The ports of syslog: RFC 5426, RFC 6587 (by custom), RFC 5425.
const PORTS: Ports = Ports { tcp: 514, tls: 6514, udp: 514 };

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn oyez_output::Kind>> {
    let target = receiver::target(keys.address.as_deref(), PORTS, making)?;
    let tls = receiver::tls(&target, making);
    let is_stream = matches!(target, Target::Tcp(_) | Target::Tls(_));
    if making.is_set("framing") && !is_stream {
        making.refuse("framing", "it goes with tcp:// and tls:// alone");
        return None;
    }
    let transport = match target {
        Target::Unix(path) => Transport::Local(path),
        Target::Udp(address) => Transport::Udp(address),
        Target::Tcp(address) | Target::Tls(address) => Transport::Tcp(address, keys.framing, tls),
    };
    let facility = facility(keys.facility.as_deref(), making)?;
    for (key, value, most) in [
        ("app_name", &keys.app_name, 48),
        ("host", &keys.host, 255),
        ("msg_id", &keys.msg_id, 32),
        ("sd_id", &keys.sd_id, 32),
    ] {
        let fits = |text: &String| text.len() <= most && text.bytes().all(|byte| byte.is_ascii_graphic());
        if !value.as_ref().is_none_or(fits) {
            making.refuse(key, format!("it has to be 1 to {most} visible ASCII characters"));
            return None;
        }
    }
    if !keys.sd_id.as_deref().is_none_or(is_sd_id) {
        making.refuse_with(
            "sd_id",
            "it has to be a name, `@` and an enterprise number",
            "such as \"oyez@12345\" (RFC 5424, 6.3.2)",
        );
        return None;
    }
    let plain = Settings::to(transport);
    Some(Arc::new(Settings {
        protocol: keys.protocol,
        facility,
        app_name: keys.app_name.clone().unwrap_or(plain.app_name),
        host: keys.host.clone(),
        msg_id: keys.msg_id.clone().unwrap_or(plain.msg_id),
        sd_id: keys.sd_id.clone(),
        bom: keys.bom,
        cee: keys.cee,
        max_size: keys.max_size.and_then(|size| usize::try_from(size).ok()),
        transport: plain.transport,
    }))
}

/// The facility of this name; also for the type `journald`.
pub(super) fn facility(name: Option<&str>, making: &mut Making<'_>) -> Option<Facility> {
    let found = name.map_or_else(|| Some(Facility::default()), Facility::named);
    if found.is_none() {
        making.refuse("facility", format!("it is none of {}", Facility::names().join(", ")));
    }
    found
}

/// `NAME@NUMBER` (RFC 5424, 6.3.2; its numbers may have dots).
fn is_sd_id(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, number)| {
        let is_number =
            number.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        !name.is_empty() && !name.contains(['=', ']', '"']) && is_number
    })
}
