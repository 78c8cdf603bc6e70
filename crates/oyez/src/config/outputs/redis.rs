//! `[[output]]` of type `redis`.

use std::path::PathBuf;
use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::net::Address;
use oyez_output::redis::{Login, PORT, Settings};
use oyez_output::secret::Secret;

use super::keys::Extra;
use super::login;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::Kind;

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "redis",
    doc: "a Redis stream",
    guarantees: "Delivered means that the server has added it, and that as many replicas as wanted have it. What was added and not \
        confirmed comes twice, with the same field `id`.",
    tested: "real: redis-server 7.0.15",
    takes: &[Extra::Key, Extra::Tls],
    table: Some(&TABLE),
    feature: Some("redis"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys> = Typed { keys: KEYS, make };

/// What the keys hold.
#[derive(Clone, Debug, Default)]
struct Keys {
    server: Option<String>,
    stream: Option<String>,
    max_length: Option<u32>,
    replicas: u32,
    database: u32,
    user: Option<String>,
    password: Option<PathBuf>,
}

static KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "server",
        kind: Kind::Text { at: |s| &mut s.server, what: "a server such as \"redis://host:6379\"" },
        default: None,
        applies: Reload,
        doc: "The server, `HOST:PORT` or `HOST` (port 6379), with `rediss://` before it for TLS.",
    },
    KeyDef {
        name: "stream",
        kind: Kind::Text { at: |s| &mut s.stream, what: "the key of a stream" },
        default: None,
        applies: Reload,
        doc: "The key of the stream, which is made where there is none.",
    },
    KeyDef {
        name: "max_length",
        kind: Kind::OptionalInteger { at: |s| &mut s.max_length, min: 1, max: u32::MAX },
        default: None,
        applies: Reload,
        doc: "Entries that the stream keeps, about; the oldest go, read or not. Unset: all stay.",
    },
    KeyDef {
        name: "replicas",
        kind: Kind::Integer { at: |s| &mut s.replicas, min: 0, max: 100 },
        default: Some("0"),
        applies: Reload,
        doc: "How many replicas have to have an event before it counts as delivered.",
    },
    KeyDef {
        name: "database",
        kind: Kind::Integer { at: |s| &mut s.database, min: 0, max: 65_535 },
        default: Some("0"),
        applies: Reload,
        doc: "The number of the database.",
    },
    KeyDef {
        name: "auth.user",
        kind: Kind::Text { at: |s| &mut s.user, what: "a user's name" },
        default: None,
        applies: Reload,
        doc: "A user's name. It goes with `auth.password_file`. Unset: whoever the server's `requirepass` is for.",
    },
    KeyDef {
        name: "auth.password_file",
        kind: Kind::File(|s| &mut s.password),
        default: None,
        applies: Reload,
        doc: "A file with the password, for nobody to read but its owner and a group; it is read at each connection.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let texts: Vec<_> = keys.server.iter().cloned().collect();
    let (servers, tls) = login::servers("server", &texts, ("redis", "rediss"), making)?;
    let server = match Address::with_default_port(servers.first()?, PORT) {
        Ok(server) => server,
        Err(why) => {
            making.refuse("server", why);
            return None;
        }
    };
    let Some(stream) = keys.stream.clone() else {
        making.refuse("stream", "it needs the key of a stream");
        return None;
    };
    if keys.user.is_some() && keys.password.is_none() {
        making.refuse_with("auth.user", "it needs a password", "set `auth.password_file`");
        return None;
    }
    let login = keys.password.as_ref().map(|path| Login { user: keys.user.clone(), password: Secret::at(path) });
    Some(Arc::new(Settings {
        server,
        stream,
        max_length: keys.max_length.map(u64::from),
        replicas: keys.replicas,
        database: keys.database,
        login,
        tls,
    }))
}
