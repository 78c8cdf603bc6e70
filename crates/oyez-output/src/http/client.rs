//! One receiver that speaks HTTP/1.1: requests in, [`Answer`]s out. One connection, kept open between requests.
//!
//! Redirects are answers like others and are not followed; answers are read up to a bound; secrets are read again when the
//! receiver says 401 or 403.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::Agent;
use ureq::config::AutoHeaderValue;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use ureq::http::{HeaderMap, Request, Response};

use super::auth::{Auth, Header};
use super::pack::Compression;
use super::url::Url;
use super::when;
use super::wire::{Dialer, Later, Turn};
use crate::sink::{Failure, Patience, Site};
use crate::tls;

/// How long a connection may be idle before another is made.
const IDLE: Duration = Duration::from_secs(30);
/// Bytes of an answer's head.
const HEAD: usize = 64 << 10;
/// Bytes of an answer that are shown in errors.
const SHOWN: usize = 300;

/// Where and how requests go, whatever they carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Where the receiver is.
    pub url: Url,
    /// Headers of every request.
    pub headers: Vec<(String, String)>,
    /// How the receiver knows us.
    pub auth: Auth,
    /// How requests are compressed.
    pub compression: Compression,
    /// Which certificates to trust and to show; looked at where the URL is `https`.
    pub tls: tls::Settings,
}

impl Endpoint {
    /// Without headers, secrets and compression.
    pub fn new(url: Url) -> Self {
        Self {
            url,
            headers: Vec::new(),
            auth: Auth::None,
            compression: Compression::None,
            tls: tls::Settings::default(),
        }
    }

    /// The headers in the form they are sent in.
    ///
    /// # Errors
    /// One has a name or a value that no header can have; which.
    pub fn checked_headers(&self) -> Result<Vec<Header>, String> {
        let check = |(name, value): &(String, String)| {
            let told = || format!("header {name:?} has a name or a value that no header can have");
            let name = HeaderName::try_from(name.as_str()).map_err(|_| told())?;
            Ok((name, HeaderValue::try_from(value.as_str()).map_err(|_| told())?))
        };
        self.headers.iter().map(check).collect()
    }
}

/// What is asked of a receiver.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// `GET` or another method.
    pub(crate) method: &'static str,
    /// The whole URL.
    pub(crate) url: &'a str,
    /// What the body is; empty where there is none.
    pub(crate) content: &'a str,
    /// Headers beside those of all requests.
    pub(crate) headers: &'a [Header],
    /// The body before compression.
    pub(crate) body: &'a [u8],
    /// Bytes of the answer that are read, at most.
    pub(crate) most: usize,
}

/// What a receiver said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// As much of it as was asked for, at most.
    pub(crate) body: Vec<u8>,
    /// Whether there was more.
    pub(crate) is_cut: bool,
}

impl Answer {
    /// How long the receiver wants to be left in peace.
    pub(crate) fn wait(&self) -> Option<Duration> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        when::retry_after(self.headers.get(RETRY_AFTER)?.to_str().ok()?, now.as_secs())
    }

    /// The status and the begin of the body, in one line.
    pub(crate) fn told(&self) -> String {
        let body = self.body.get(..SHOWN).unwrap_or(&self.body);
        let mut text = format!("status {}", self.status);
        for (index, word) in String::from_utf8_lossy(body).split_whitespace().enumerate() {
            text.push_str(if index == 0 { ": " } else { " " });
            text.extend(word.chars().map(|sign| if sign.is_control() { '?' } else { sign }));
        }
        text
    }
}

/// A request that had no answer.
#[derive(Debug)]
pub(crate) struct Silence {
    pub(crate) failure: Failure,
    /// Whether the connection broke while there was one: maybe because the request was too large to be listened to.
    pub(crate) is_cut: bool,
}

impl From<Failure> for Silence {
    fn from(failure: Failure) -> Self {
        Self { failure, is_cut: false }
    }
}

impl From<Silence> for Failure {
    fn from(silence: Silence) -> Self {
        silence.failure
    }
}

/// One receiver.
pub(crate) struct Client {
    agent: Agent,
    turn: Turn,
    url: Url,
    headers: Vec<Header>,
    auth: Auth,
    /// What `auth` said when it was last read.
    known: Option<Vec<Header>>,
    compression: Compression,
    packed: Vec<u8>,
}

impl Client {
    /// For this receiver, without connecting.
    pub(crate) fn new(endpoint: &Endpoint, site: &Site) -> Result<Self, Failure> {
        let turn = Turn::new();
        let dialer = Dialer {
            url: endpoint.url.clone(),
            tls: endpoint.tls.clone(),
            turn: turn.clone(),
            stats: Arc::clone(&site.stats),
        };
        if endpoint.url.is_tls() {
            // So that a missing file is told at once.
            endpoint.tls.config()?;
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("oyez/", env!("CARGO_PKG_VERSION")))
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .max_response_header_size(HEAD)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(IDLE)
            .allow_non_standard_methods(true)
            .build();
        Ok(Self {
            agent: Agent::with_parts(config, dialer, Later),
            turn,
            url: endpoint.url.clone(),
            headers: endpoint.checked_headers().map_err(Failure::new)?,
            auth: endpoint.auth.clone(),
            known: None,
            compression: endpoint.compression,
            packed: Vec::new(),
        })
    }

    /// Sends a request and reads what the receiver says to it. Where it does not know us, secrets are read anew and, if they
    /// have changed, it is asked once more.
    pub(crate) fn ask(&mut self, ask: &Ask<'_>, patience: &Patience) -> Result<Answer, Silence> {
        let known = match self.known.take() {
            Some(known) => known,
            None => self.auth.read()?,
        };
        let answer = self.ask_as(ask, &known, patience)?;
        if !matches!(answer.status, 401 | 403) {
            self.known = Some(known);
            return Ok(answer);
        }
        let now = self.auth.read()?;
        if now == known {
            return Ok(answer);
        }
        let answer = self.ask_as(ask, &now, patience)?;
        self.known = (!matches!(answer.status, 401 | 403)).then_some(now);
        Ok(answer)
    }

    fn ask_as(&mut self, ask: &Ask<'_>, known: &[Header], patience: &Patience) -> Result<Answer, Silence> {
        let url = &self.url;
        let failed = |why: &str| Failure::new(format!("cannot {why} \"{url}\""));
        self.turn.set(patience);
        let mut request = Request::builder().method(ask.method).uri(ask.url);
        for (name, value) in self.headers.iter().chain(ask.headers).chain(known) {
            request = request.header(name, value);
        }
        let answer = if ask.content.is_empty() {
            let request = request.body(()).map_err(|error| failed("ask").because(error))?;
            self.agent.run(request)
        } else {
            request = request.header(CONTENT_TYPE, ask.content);
            if let Some(coding) = self.compression.coding() {
                request = request.header(CONTENT_ENCODING, coding);
            }
            let body =
                self.compression.pack(ask.body, &mut self.packed).map_err(|error| failed("send to").because(error))?;
            let request = request.body(body).map_err(|error| failed("send to").because(error))?;
            self.agent.run(request)
        };
        let told = |error| Silence { is_cut: is_cut(&error), failure: because(failed("send to"), error) };
        read(answer.map_err(told)?, ask.most)
            .map_err(|error| Silence { is_cut: false, failure: failed("read what was said by").because(error) })
    }
}

fn read(answer: Response<ureq::Body>, most: usize) -> std::io::Result<Answer> {
    let (head, body) = answer.into_parts();
    let mut bytes = Vec::new();
    let read = body.into_reader().take(most as u64 + 1).read_to_end(&mut bytes)?;
    bytes.truncate(most);
    Ok(Answer { status: head.status.as_u16(), headers: head.headers, body: bytes, is_cut: read > most })
}

/// Whether the connection stood and was broken.
fn is_cut(error: &ureq::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error, ureq::Error::Io(io) if matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

fn because(failure: Failure, error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Other(cause) => failure.because(cause),
        ureq::Error::Io(cause) => failure.because(cause),
        cause => failure.because(cause),
    }
}
