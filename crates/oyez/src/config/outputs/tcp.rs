//! Outputs of type `tcp`: their keys in, the sink's settings out. Refuses addresses of another kind.

use std::sync::Arc;

use oyez_output::net::{Ports, Target};
use oyez_output::tcp::{Framing, Settings};

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
    framing: Framing,
}

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "tcp",
    doc: "every message on a TCP connection, with TLS where wanted",
    guarantees: "Delivered is what the receiver's kernel has acknowledged on a connection that still stood then: TCP has no other \
        answer. When a connection breaks, all of the delivery under way is sent again, so some of it arrives twice. What a \
        receiver had not read when it died is lost.",
    tested: "real: haproxy 2.6 for TLS; else receivers of the tests' own",
    takes: &[Extra::Tls],
    table: Some(&Typed { keys: KEYS, make }),
    // Nothing is gained by waiting.
    defaults: &[("batch.time", "\"0ms\"")],
    ..TypeDef::BLANK
};

const KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "address",
        kind: Kind::Text { at: |s| &mut s.address, what: "a receiver, such as \"tls://siem.example:6514\"" },
        default: None,
        applies: Reload,
        doc: "The receiver: `tcp://HOST:PORT`, or `tls://HOST:PORT` for TLS; without a scheme it is TCP. The name is looked up at each \
            connect, and all its addresses are tried.",
    },
    KeyDef {
        name: "framing",
        kind: Kind::Choice {
            of: &[
                Choice { name: "lines", doc: "each line ends with a line feed", set: |s| s.framing = Framing::Lines },
                Choice {
                    name: "octet-counted",
                    doc: "the length in decimal and a space in front of each message",
                    set: |s| s.framing = Framing::OctetCounted,
                },
                Choice {
                    name: "length32",
                    doc: "the length in four bytes, the highest first, in front of each message",
                    set: |s| s.framing = Framing::Length32,
                },
            ],
            refused: &[],
        },
        default: Some("\"lines\""),
        applies: Reload,
        doc: "How the receiver knows where a message ends.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn oyez_output::Kind>> {
    let target = receiver::target(keys.address.as_deref(), Ports::default(), making)?;
    let tls = receiver::tls(&target, making);
    let (Target::Tcp(address) | Target::Tls(address)) = target else {
        making.refuse_with(
            "address",
            "this type takes tcp:// and tls:// alone",
            "the type `unix` makes a socket that readers connect to",
        );
        return None;
    };
    Some(Arc::new(Settings { address, framing: keys.framing, tls }))
}
