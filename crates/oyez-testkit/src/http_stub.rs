//! A small HTTP/1.1 server for tests of what sends to one: a function from requests to replies in, what was asked out.
//!
//! It is a stub, written from RFC 9112 as far as it is needed: bodies with `Content-Length`, connections kept open, TLS. What a certain receiver would say is the test's own.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::certs::Pair;

/// How long a thread waits before it looks whether it is to end.
const LOOK: Duration = Duration::from_millis(20);

/// What was asked.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST`, ….
    pub method: String,
    /// Path and query, as they came.
    pub target: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body as it was sent.
    pub body: Vec<u8>,
    /// Which connection it came on, from 1.
    pub connection: u64,
}

impl Request {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The lines of the body.
    pub fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.body);
        text.lines().map(str::to_owned).collect()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status, headers and a body.
    Say(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// The same, after so long.
    After(Duration, Box<Self>),
    /// Nothing, and the connection stays open.
    Nothing,
    /// Nothing, and the connection is closed.
    Close,
}

impl Reply {
    /// A status and a body.
    pub fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Say(status, Vec::new(), body.into())
    }

    /// The same with one more header.
    #[must_use]
    pub fn with(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Say(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Say(status, headers, body)
            }
            other => other,
        }
    }
}

type Answering = Box<dyn FnMut(&Request) -> Reply + Send>;

struct Shared {
    answer: Mutex<Answering>,
    seen: Mutex<Vec<Request>>,
    connections: AtomicU64,
    is_over: AtomicBool,
    tls: Option<Arc<ServerConfig>>,
}

/// The server; it ends when it is dropped.
pub struct Stub {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Stub {
    /// Listens on a free port of 127.0.0.1, without TLS.
    ///
    /// # Errors
    /// There is no port.
    pub fn start(answer: impl FnMut(&Request) -> Reply + Send + 'static) -> io::Result<Self> {
        Self::listen(None, Box::new(answer))
    }

    /// The same with TLS: the server's certificate, and whose clients' certificates are asked for.
    ///
    /// # Errors
    /// There is no port, or the certificates cannot be used.
    pub fn start_tls(
        server: &Pair,
        clients: Option<&Path>,
        answer: impl FnMut(&Request) -> Reply + Send + 'static,
    ) -> io::Result<Self> {
        Self::listen(Some(tls(server, clients)?), Box::new(answer))
    }

    fn listen(tls: Option<Arc<ServerConfig>>, answer: Answering) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            answer: Mutex::new(answer),
            seen: Mutex::default(),
            connections: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            tls,
        });
        let ours = Arc::clone(&shared);
        let thread = thread::spawn(move || accept(&listener, &ours));
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its URL, by the name `localhost`.
    pub fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.address.port())
    }

    /// What was asked so far.
    pub fn seen(&self) -> Vec<Request> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Connections that were taken so far.
    pub fn connections(&self) -> u64 {
        self.shared.connections.load(SeqCst)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        if let Some(thread) = self.thread.take() {
            // A test that failed there has said so.
            let _ = thread.join();
        }
    }
}

fn tls(server: &Pair, clients: Option<&Path>) -> io::Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(path) => {
            let mut roots = RootCertStore::empty();
            for cert in CertificateDer::pem_file_iter(path).map_err(io::Error::other)? {
                roots.add(cert.map_err(io::Error::other)?).map_err(io::Error::other)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().map_err(io::Error::other)?)
        }
    };
    let certs = CertificateDer::pem_file_iter(&server.cert).map_err(io::Error::other)?;
    let certs = certs.collect::<Result<_, _>>().map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_file(&server.key).map_err(io::Error::other)?;
    Ok(Arc::new(builder.with_single_cert(certs, key).map_err(io::Error::other)?))
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut threads = Vec::new();
    while !shared.is_over.load(SeqCst) {
        let Ok((stream, _)) = listener.accept() else {
            sleep(LOOK);
            continue;
        };
        let number = shared.connections.fetch_add(1, SeqCst) + 1;
        let shared = Arc::clone(shared);
        threads.push(thread::spawn(move || {
            // A connection that breaks is what tests are about.
            let _ = serve(&stream, number, &shared);
        }));
    }
    for thread in threads {
        let _ = thread.join();
    }
}

fn serve(stream: &TcpStream, number: u64, shared: &Arc<Shared>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    let patient = Patient { stream: stream.try_clone()?, shared: Arc::clone(shared) };
    let result = match &shared.tls {
        None => talk(&mut BufReader::new(patient), number, shared),
        Some(config) => {
            let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
            talk(&mut BufReader::new(StreamOwned::new(connection, patient)), number, shared)
        }
    };
    let _ = stream.shutdown(Shutdown::Both);
    result
}

fn talk<S: Read + Write>(stream: &mut BufReader<S>, number: u64, shared: &Shared) -> io::Result<()> {
    while let Some(request) = read(stream, number)? {
        let mut answer = shared.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = answer(&request);
        drop(answer);
        shared.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        if !write(stream.get_mut(), reply, shared)? {
            break;
        }
    }
    Ok(())
}

/// The next request; nothing at the connection's end.
fn read(stream: &mut impl BufRead, connection: u64) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut request = Request { method, target, headers: Vec::new(), body: Vec::new(), connection };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if request.header("transfer-encoding").is_some() {
        return Err(io::Error::other("chunks were not expected"));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    stream.read_exact(&mut request.body)?;
    Ok(Some(request))
}

/// Whether the connection stays open.
fn write(stream: &mut impl Write, reply: Reply, shared: &Shared) -> io::Result<bool> {
    match reply {
        Reply::Say(status, headers, body) => {
            let mut text = format!("HTTP/1.1 {status} As scripted\r\nContent-Length: {}\r\n", body.len()).into_bytes();
            for (name, value) in headers {
                text.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
            text.extend_from_slice(b"\r\n");
            text.extend_from_slice(&body);
            stream.write_all(&text)?;
            stream.flush()?;
            Ok(true)
        }
        Reply::After(time, reply) => {
            let mut left = time;
            while !left.is_zero() && !shared.is_over.load(SeqCst) {
                sleep(LOOK.min(left));
                left = left.saturating_sub(LOOK);
            }
            write(stream, *reply, shared)
        }
        Reply::Nothing => {
            while !shared.is_over.load(SeqCst) {
                sleep(LOOK);
            }
            Ok(false)
        }
        Reply::Close => Ok(false),
    }
}

/// A stream that waits for bytes until its server ends.
struct Patient {
    stream: TcpStream,
    shared: Arc<Shared>,
}

impl Read for Patient {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(bytes) {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if self.shared.is_over.load(SeqCst) {
                        return Ok(0);
                    }
                }
                result => return result,
            }
        }
    }
}

impl Write for Patient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_answers_as_told_and_remembers_what_was_asked() {
        let stub = Stub::start(|request| match request.path() {
            "/close" => Reply::Close,
            _ => Reply::of(201, "so").with("X-A", "1"),
        })
        .unwrap();
        let mut stream = TcpStream::connect(stub.address()).unwrap();
        let both =
            "POST /a?b HTTP/1.1\r\nContent-Length: 3\r\nX-Y: z\r\n\r\none".to_owned() + "GET /close HTTP/1.1\r\n\r\n";
        stream.write_all(both.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "HTTP/1.1 201 As scripted\r\nContent-Length: 2\r\nX-A: 1\r\n\r\nso");
        let seen = stub.seen();
        let [first, second] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!((first.method.as_str(), first.path(), first.header("x-y")), ("POST", "/a", Some("z")));
        assert_eq!((first.lines(), second.path(), stub.connections()), (vec!["one".to_owned()], "/close", 1));
    }
}
