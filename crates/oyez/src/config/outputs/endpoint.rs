//! Keys that all types have that speak HTTP: where the receiver is, who we are to it, how requests are packed.
//!
//! Refuses secrets in the configuration's text, two ways to say who we are, and TLS settings for a URL without TLS.

use std::marker::PhantomData;
use std::path::PathBuf;

use oyez_output::http::{Auth, Compression, Endpoint, Url};
use oyez_output::secret::Secret;

use super::making::Making;
use crate::config::given::{Given, Value};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind, Refusal, quoted};

/// What the keys of a type hold: those of all, and its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys<T> {
    url: Option<Url>,
    headers: Vec<(String, String)>,
    bearer: Option<PathBuf>,
    user: Option<String>,
    password: Option<PathBuf>,
    header_file: Option<PathBuf>,
    /// A file with a token or key, in the words of the type.
    pub(super) token: Option<PathBuf>,
    compression: Compression,
    pub(super) own: T,
}

/// The keys, for a type whose own are a `T`.
pub(super) struct Common<T>(PhantomData<T>);

impl<T: 'static> Common<T> {
    pub(super) const URL: KeyDef<Keys<T>> = KeyDef {
        name: "url",
        kind: Kind::Own { read: read_url, what: "a URL such as \"https://host:8443/path\"" },
        default: None,
        applies: Reload,
        doc: "Where the receiver is. `https` looks at `tls.…`; with `http` everybody on the way can read events and secrets.",
    };
    pub(super) const HEADERS: KeyDef<Keys<T>> = KeyDef {
        name: "headers",
        kind: Kind::Pairs { at: |s| &mut s.headers, what: "a table of headers" },
        default: None,
        applies: Reload,
        doc: "Headers of every request, such as `{ \"X-Team\" = \"blue\" }`. Secrets belong in `auth.header_file`.",
    };
    pub(super) const BEARER: KeyDef<Keys<T>> = KeyDef {
        name: "auth.bearer_file",
        kind: Kind::File(|s| &mut s.bearer),
        default: None,
        applies: Reload,
        doc: "A file with a token, which goes with every request as `Authorization: Bearer …`. Like all files with secrets it is \
            for nobody to read but its owner and a group; it is read again when the receiver does not take what it said before.",
    };
    pub(super) const USER: KeyDef<Keys<T>> = KeyDef {
        name: "auth.user",
        kind: Kind::Text { at: |s| &mut s.user, what: "a user's name" },
        default: None,
        applies: Reload,
        doc: "A user's name, for `Authorization: Basic …`. It goes with `auth.password_file`.",
    };
    pub(super) const PASSWORD: KeyDef<Keys<T>> = KeyDef {
        name: "auth.password_file",
        kind: Kind::File(|s| &mut s.password),
        default: None,
        applies: Reload,
        doc: "A file with that user's password.",
    };
    pub(super) const HEADER_FILE: KeyDef<Keys<T>> = KeyDef {
        name: "auth.header_file",
        kind: Kind::File(|s| &mut s.header_file),
        default: None,
        applies: Reload,
        doc: "A file with whole headers that tell who we are, `Name: value`, one in a line.",
    };
    /// For receivers that take any.
    pub(super) const COMPRESSION: KeyDef<Keys<T>> = KeyDef {
        name: "compression",
        kind: Kind::Choice { of: &[Self::NONE, Self::GZIP, Self::ZSTD], refused: &[] },
        default: Some("\"none\""),
        applies: Reload,
        doc: "How requests are packed. The receiver has to know it.",
    };
    /// For receivers that know gzip alone.
    pub(super) const GZIP_ONLY: KeyDef<Keys<T>> = KeyDef {
        kind: Kind::Choice {
            of: &[Self::NONE, Self::GZIP],
            refused: &[("zstd", "this receiver does not take it"), ("snappy", "this receiver takes \"gzip\" too")],
        },
        doc: "How requests are packed.",
        ..Self::COMPRESSION
    };

    const NONE: Choice<Keys<T>> =
        Choice { name: "none", doc: "not at all", set: |s| s.compression = Compression::None };
    const GZIP: Choice<Keys<T>> = Choice {
        name: "gzip",
        doc: "gzip at its fastest: a fifth of the bytes",
        set: |s| s.compression = Compression::Gzip,
    };
    const ZSTD: Choice<Keys<T>> =
        Choice { name: "zstd", doc: "zstd: smaller, and for less time", set: |s| s.compression = Compression::Zstd };
}

fn read_url<T>(given: &Given<'_>, keys: &mut Keys<T>) -> Result<String, Vec<Refusal>> {
    let Value::Text(text) = &given.value else { return Err(Vec::new()) };
    match text.parse::<Url>() {
        Ok(url) => {
            keys.url = Some(url);
            Ok(quoted(text))
        }
        Err(why) => Err(vec![Refusal { message: why.to_owned(), hint: None, span: given.span.clone() }]),
    }
}

impl<T> Keys<T> {
    /// Where the receiver is and who we are; `scheme` is how [`token`](Self::token) is called, and its key.
    pub(super) fn endpoint(&self, scheme: (&'static str, &str), making: &mut Making<'_>) -> Option<Endpoint> {
        let Some(url) = self.url.clone() else {
            making.refuse("url", "it needs a URL");
            return None;
        };
        if !url.is_tls()
            && let Some(key) =
                ["tls.ca", "tls.cert", "tls.key", "tls.server_name"].into_iter().find(|key| making.is_set(key))
        {
            making.refuse_with(key, "the URL is not \"https\"", "write \"https://…\", or leave the key out");
            return None;
        }
        let mut endpoint = Endpoint::new(url);
        endpoint.tls = making.tls().clone();
        endpoint.headers.clone_from(&self.headers);
        endpoint.compression = self.compression;
        endpoint.auth = self.auth(scheme, making)?;
        if let Err(why) = endpoint.checked_headers() {
            making.refuse("headers", why);
            return None;
        }
        Some(endpoint)
    }

    fn auth(&self, (scheme, token_key): (&'static str, &str), making: &mut Making<'_>) -> Option<Auth> {
        let mut ways = Vec::new();
        let secret = |path: &PathBuf| Secret::at(path);
        ways.extend(self.bearer.as_ref().map(|path| ("auth.bearer_file", Auth::Scheme("Bearer", secret(path)))));
        ways.extend(self.token.as_ref().map(|path| (token_key, Auth::Scheme(scheme, secret(path)))));
        ways.extend(self.header_file.as_ref().map(|path| ("auth.header_file", Auth::Headers(secret(path)))));
        match (&self.user, &self.password) {
            (Some(user), _) if user.contains(':') => {
                making.refuse("auth.user", "a user's name cannot have a \":\" here");
                return None;
            }
            (Some(user), Some(path)) => ways.push(("auth.user", Auth::Basic(user.clone(), secret(path)))),
            (Some(_), None) => {
                making.refuse_with("auth.user", "it needs a password", "set `auth.password_file`");
                return None;
            }
            (None, Some(_)) => {
                making.refuse_with("auth.password_file", "it needs a user", "set `auth.user`");
                return None;
            }
            (None, None) => {}
        }
        let mut ways = ways.into_iter();
        let first = ways.next();
        if let (Some((first, _)), Some((second, _))) = (&first, ways.next()) {
            making.refuse(second, format!("`{first}` says already who we are"));
            return None;
        }
        Some(first.map_or(Auth::None, |(_, auth)| auth))
    }
}
