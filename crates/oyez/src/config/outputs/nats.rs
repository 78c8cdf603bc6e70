//! `[[output]]` of type `nats`.

use std::path::PathBuf;
use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::nats::{Login, PORT, Settings};
use oyez_output::net::Address;
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
    name: "nats",
    doc: "NATS: a JetStream stream that confirms each event, or whoever subscribes",
    guarantees: "With JetStream, delivered means that the stream has stored it, and events come once: the stream drops what comes \
        again within its `duplicate_window`. Without, it means that the server has read it; some come twice after a connection broke.",
    tested: "real: nats-server 2.9.10",
    takes: &[Extra::Key, Extra::Tls],
    table: Some(&TABLE),
    feature: Some("nats"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys> = Typed { keys: KEYS, make };

/// What the keys hold.
#[derive(Clone, Debug, Default)]
struct Keys {
    servers: Vec<String>,
    subject: Option<String>,
    jetstream: bool,
    stream: Option<String>,
    headers: Vec<(String, String)>,
    inbox: Option<String>,
    user: Option<String>,
    password: Option<PathBuf>,
    token: Option<PathBuf>,
    nkey: Option<PathBuf>,
    credentials: Option<PathBuf>,
    tls_first: bool,
}

static KEYS: &[KeyDef<Keys>] = &[
    KeyDef {
        name: "servers",
        kind: Kind::Texts { at: |s| &mut s.servers, what: "a list such as [\"nats-1\", \"nats-2:4222\"]" },
        default: Some("[]"),
        applies: Reload,
        doc: "The servers, `HOST:PORT` or `HOST` (port 4222), with `tls://` before it for TLS; the first that takes us. Others that \
            a cluster names are not asked.",
    },
    KeyDef {
        name: "subject",
        kind: Kind::Text { at: |s| &mut s.subject, what: "a subject without wildcards" },
        default: None,
        applies: Reload,
        doc: "The subject, such as \"audit.{key}\": `{key}` stands for the field that `key` names, as one token.",
    },
    KeyDef {
        name: "jetstream",
        kind: Kind::Bool(|s| &mut s.jetstream),
        default: Some("true"),
        applies: Reload,
        doc: "Whether a stream has to confirm each event. Without, they are gone if nobody subscribes.",
    },
    KeyDef {
        name: "stream",
        kind: Kind::Text { at: |s| &mut s.stream, what: "the name of a stream" },
        default: None,
        applies: Reload,
        doc: "The stream that must be the one that confirms. Unset: whichever has the subject.",
    },
    KeyDef {
        name: "headers",
        kind: Kind::Pairs { at: |s| &mut s.headers, what: "a table of headers" },
        default: None,
        applies: Reload,
        doc: "Headers of every message beside `Nats-Msg-Id`, such as `{ Content-Type = \"application/json\" }`.",
    },
    KeyDef {
        name: "inbox",
        kind: Kind::Text { at: |s| &mut s.inbox, what: "the beginning of a subject" },
        default: Some("\"_INBOX\""),
        applies: Reload,
        doc: "What the subjects begin with that confirmations are sent to, for users who may not listen to `_INBOX`.",
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
        doc: "A file with that user's password. Like all files with secrets it is for nobody to read but its owner and a group, and \
            is read at each connection.",
    },
    KeyDef {
        name: "auth.token_file",
        kind: Kind::File(|s| &mut s.token),
        default: None,
        applies: Reload,
        doc: "A file with a token.",
    },
    KeyDef {
        name: "auth.nkey_file",
        kind: Kind::File(|s| &mut s.nkey),
        default: None,
        applies: Reload,
        doc: "A file with a user's nkey seed, which signs what the server wants signed.",
    },
    KeyDef {
        name: "auth.credentials_file",
        kind: Kind::File(|s| &mut s.credentials),
        default: None,
        applies: Reload,
        doc: "A file with a user's JWT and seed, as `nsc generate creds` writes it.",
    },
    KeyDef {
        name: "tls_first",
        kind: Kind::Bool(|s| &mut s.tls_first),
        default: Some("false"),
        applies: Reload,
        doc: "Whether the server begins with TLS (its `handshake_first`), before it says who it is.",
    },
];

fn make(keys: &Keys, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let (texts, tls) = login::servers("servers", &keys.servers, ("nats", "tls"), making)?;
    let mut servers = Vec::new();
    for text in texts {
        match Address::with_default_port(text, PORT) {
            Ok(address) => servers.push(address),
            Err(why) => {
                making.refuse("servers", format!("\"{}\": {why}", text.escape_debug()));
                return None;
            }
        }
    }
    let Some(subject) = keys.subject.clone() else {
        making.refuse("subject", "it needs a subject");
        return None;
    };
    let settings = Settings {
        servers,
        subject,
        jetstream: keys.jetstream,
        stream: keys.stream.clone(),
        headers: keys.headers.clone(),
        inbox: keys.inbox.clone().unwrap_or_default(),
        login: who(keys, making)?,
        tls,
        tls_first: keys.tls_first,
    };
    if let Err(failure) = settings.check() {
        making.refuse(guilty(&settings), failure.told());
        return None;
    }
    Some(Arc::new(settings))
}

/// How we say who we are; `None` for two ways, or half of one, which is said.
fn who(keys: &Keys, making: &mut Making<'_>) -> Option<Login> {
    let user = login::user(keys.user.as_ref(), keys.password.as_ref(), making).ok()?;
    let secret = |path: &PathBuf| Secret::at(path);
    let mut ways = Vec::new();
    ways.extend(user.map(|(user, password)| ("auth.user", Login::Password { user, password })));
    ways.extend(keys.token.as_ref().map(|path| ("auth.token_file", Login::Token(secret(path)))));
    ways.extend(keys.nkey.as_ref().map(|path| ("auth.nkey_file", Login::Nkey(secret(path)))));
    ways.extend(keys.credentials.as_ref().map(|path| ("auth.credentials_file", Login::Credentials(secret(path)))));
    let mut ways = ways.into_iter();
    let first = ways.next();
    if let (Some((first, _)), Some((second, _))) = (&first, ways.next()) {
        making.refuse(second, format!("`{first}` says already who we are"));
        return None;
    }
    Some(first.map_or(Login::None, |(_, login)| login))
}

/// The key to complain about: the one without which there is nothing to complain about.
fn guilty(settings: &Settings) -> &'static str {
    let is_sound = |settings: Settings| settings.check().is_ok();
    if is_sound(Settings { subject: "a".into(), ..settings.clone() }) {
        "subject"
    } else if is_sound(Settings { inbox: "a".into(), ..settings.clone() }) {
        "inbox"
    } else if is_sound(Settings { stream: None, ..settings.clone() }) {
        "stream"
    } else if is_sound(Settings { tls_first: false, ..settings.clone() }) {
        "tls_first"
    } else {
        "headers"
    }
}
