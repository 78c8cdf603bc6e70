//! `[[output]]` of type `kafka`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::kafka::{Compression, Login, Mechanism, Settings};

use super::keys::Extra;
use super::login;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind};

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "kafka",
    doc: "a Kafka topic, by librdkafka",
    guarantees: "Delivered means that all in-sync replicas have it. A broker that restarts within `timeout` costs no doubles; after \
        a longer outage what arrived unconfirmed comes twice, with the same header `oyez-id`.",
    tested: "real protocol: librdkafka's mock brokers 2.12; stub: SASL, written from Kafka's protocol guide",
    takes: &[Extra::Key, Extra::Tls],
    table: Some(&TABLE),
    feature: Some("kafka"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys> = Typed { keys: KEYS, make };

/// What the keys hold.
#[derive(Clone, Debug, Default)]
struct Keys {
    brokers: Vec<String>,
    topic: Option<String>,
    compression: Compression,
    idempotent: bool,
    max_message: u64,
    headers: Vec<(String, String)>,
    mechanism: Option<Mechanism>,
    user: Option<String>,
    password: Option<PathBuf>,
    options: Vec<(String, String)>,
}

static KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "brokers",
        kind: Kind::Texts { at: |s| &mut s.brokers, what: "a list such as [\"kafka-1:9092\", \"kafka-2:9092\"]" },
        default: Some("[]"),
        applies: Reload,
        doc: "Brokers to ask first, `HOST:PORT`, with `tls://` before it for TLS; they name the others.",
    },
    KeyDef {
        name: "topic",
        kind: Kind::Text { at: |s| &mut s.topic, what: "the name of a topic" },
        default: None,
        applies: Reload,
        doc: "The topic.",
    },
    KeyDef {
        name: "compression",
        kind: Kind::Choice {
            of: &[
                Choice { name: "none", doc: "not at all", set: |s| s.compression = Compression::None },
                Choice { name: "gzip", doc: "gzip", set: |s| s.compression = Compression::Gzip },
                Choice { name: "snappy", doc: "Snappy", set: |s| s.compression = Compression::Snappy },
                Choice { name: "lz4", doc: "LZ4", set: |s| s.compression = Compression::Lz4 },
                Choice {
                    name: "zstd",
                    doc: "zstd, for Kafka 2.1 and newer",
                    set: |s| s.compression = Compression::Zstd,
                },
            ],
            refused: &[],
        },
        default: Some("\"lz4\""),
        applies: Reload,
        doc: "How batches are packed; brokers keep them so.",
    },
    KeyDef {
        name: "idempotent",
        kind: Kind::Bool(|s| &mut s.idempotent),
        default: Some("true"),
        applies: Reload,
        doc: "Whether what is sent is numbered, so that brokers drop what librdkafka sends again. Brokers before 2.8 want the right \
            `IdempotentWrite` for that.",
    },
    KeyDef {
        name: "max_message",
        kind: Kind::Size { at: |s| &mut s.max_message, min: 1000, max: oyez_output::kafka::MOST as u64 },
        default: Some("1000000"),
        applies: Reload,
        doc: "No event may be longer than this, with its key and headers; longer ones are refused and counted. It should not be more \
            than the topic's `max.message.bytes`.",
    },
    KeyDef {
        name: "headers",
        kind: Kind::Pairs { at: |s| &mut s.headers, what: "a table of headers" },
        default: None,
        applies: Reload,
        doc: "Headers of every message beside `oyez-id` and `level`, such as `{ content-type = \"application/json\" }`.",
    },
    KeyDef {
        name: "auth.mechanism",
        kind: Kind::Choice {
            of: &[
                Choice {
                    name: "PLAIN",
                    doc: "as it is; only TLS hides it",
                    set: |s| s.mechanism = Some(Mechanism::Plain),
                },
                Choice {
                    name: "SCRAM-SHA-256",
                    doc: "by a proof, with SHA-256",
                    set: |s| s.mechanism = Some(Mechanism::ScramSha256),
                },
                Choice {
                    name: "SCRAM-SHA-512",
                    doc: "by a proof, with SHA-512",
                    set: |s| s.mechanism = Some(Mechanism::ScramSha512),
                },
            ],
            refused: &[("GSSAPI", "Kerberos is not built in"), ("OAUTHBEARER", "tokens of OAuth are not built in")],
        },
        default: Some("\"SCRAM-SHA-512\""),
        applies: Reload,
        doc: "How the password is shown, by SASL, where there is one.",
    },
    KeyDef {
        name: "auth.user",
        kind: Kind::Text { at: |s| &mut s.user, what: "a user's name" },
        default: None,
        applies: Reload,
        doc: "A user's name. It goes with `auth.password_file`.",
    },
    KeyDef {
        name: "auth.password_file",
        kind: Kind::File(|s| &mut s.password),
        default: None,
        applies: Reload,
        doc: "A file with that user's password, for nobody to read but its owner and a group; it is read at each connection.",
    },
    KeyDef {
        name: "options",
        kind: Kind::Pairs { at: |s| &mut s.options, what: "a table of librdkafka's options" },
        default: None,
        applies: Reload,
        doc: "Options of librdkafka (its CONFIGURATION.md) that have no key here, such as \
            `{ \"socket.keepalive.enable\" = \"true\" }`. Unknown ones are errors, and so are those that oyez sets or that would \
            hold a secret.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let (brokers, tls) = login::servers("brokers", &keys.brokers, ("plain", "tls"), making)?;
    let Some(topic) = keys.topic.clone() else {
        making.refuse("topic", "it needs the name of a topic");
        return None;
    };
    let user = login::user(keys.user.as_ref(), keys.password.as_ref(), making).ok()?;
    let mechanism = keys.mechanism.unwrap_or(Mechanism::ScramSha512);
    let settings = Settings {
        brokers: brokers.into_iter().map(str::to_owned).collect(),
        topic,
        compression: keys.compression,
        idempotent: keys.idempotent,
        max_message: usize::try_from(keys.max_message).unwrap_or(oyez_output::kafka::MOST),
        headers: keys.headers.clone(),
        tls,
        login: user.map(|(user, password)| Login { mechanism, user, password }),
        options: keys.options.iter().cloned().collect(),
    };
    if let Err(failure) = settings.check() {
        making.refuse(guilty(&settings, keys), failure.told());
        return None;
    }
    Some(Arc::new(settings))
}

/// The key to complain about: the one without which there is nothing to complain about.
fn guilty(settings: &Settings, keys: &Keys) -> &'static str {
    let is_sound = |settings: Settings| settings.check().is_ok();
    if !keys.options.is_empty() && is_sound(Settings { options: BTreeMap::new(), ..settings.clone() }) {
        return "options";
    }
    if is_sound(Settings { topic: "audit".into(), ..settings.clone() }) {
        return "topic";
    }
    let has_name = |tls: &oyez_output::tls::Settings| tls.server_name.is_some();
    if settings.tls.as_ref().is_some_and(has_name) { "tls.server_name" } else { "brokers" }
}
