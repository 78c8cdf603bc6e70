//! Outputs of type `journald`: their keys in, the sink's settings out.

use std::path::PathBuf;
use std::sync::Arc;

use oyez_output::journald::Settings;

use super::making::Making;
use super::registry::{TypeDef, Typed};
use super::syslog::facility;
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::Kind;

/// What an output of this type says.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys {
    path: Option<PathBuf>,
    identifier: Option<String>,
    facility: Option<String>,
}

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "journald",
    doc: "every event as an entry of systemd's journal",
    guarantees: "Delivered is what journald has read from its socket; what its rate limits or a full disk make of it, it tells nobody. \
        When journald dies, what it had not read is sent again, so some of it arrives twice.",
    tested: "real: systemd-journald 252",
    table: Some(&Typed { keys: KEYS, make }),
    // Nothing is gained by waiting.
    defaults: &[("batch.time", "\"0ms\"")],
    ..TypeDef::BLANK
};

const KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "path",
        kind: Kind::Path { at: |s| &mut s.path, dash: false },
        default: Some("\"/run/systemd/journal/socket\""),
        applies: Reload,
        doc: "journald's native socket.",
    },
    KeyDef {
        name: "identifier",
        kind: Kind::Text { at: |s| &mut s.identifier, what: "a name" },
        default: Some("\"oyez\""),
        applies: Reload,
        doc: "`SYSLOG_IDENTIFIER=`: what `journalctl -t` selects.",
    },
    KeyDef {
        name: "facility",
        kind: Kind::Text { at: |s| &mut s.facility, what: "the name of a syslog facility" },
        default: Some("\"authpriv\""),
        applies: Reload,
        doc: "`SYSLOG_FACILITY=`: for where journald passes entries on as syslog.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn oyez_output::Kind>> {
    let facility = facility(keys.facility.as_deref(), making)?;
    let plain = Settings::default();
    Some(Arc::new(Settings {
        path: keys.path.clone().unwrap_or(plain.path),
        identifier: keys.identifier.clone().unwrap_or(plain.identifier),
        facility,
    }))
}
