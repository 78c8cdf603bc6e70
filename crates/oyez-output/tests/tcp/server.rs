//! A receiver for tests: takes connections, with TLS or without, and keeps what it reads.

use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use oyez_testkit::certs::Pair;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

/// The receiver; its port is free again when it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    tls: Option<Arc<ServerConfig>>,
    /// One for each connection that said something.
    heard: Mutex<Vec<Vec<u8>>>,
    /// Bytes after which a connection is closed with what comes behind unread, once.
    dies_after: AtomicU64,
    /// Connections that are open.
    open: AtomicUsize,
    is_over: AtomicBool,
}

impl Server {
    pub(crate) fn start(at: SocketAddr, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind(at).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            tls,
            heard: Mutex::default(),
            dies_after: AtomicU64::new(u64::MAX),
            open: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            while !of_thread.is_over.load(SeqCst) {
                let Ok((stream, _)) = listener.accept() else {
                    thread::sleep(Duration::from_millis(1));
                    continue;
                };
                let shared = Arc::clone(&of_thread);
                shared.open.fetch_add(1, SeqCst);
                thread::spawn(move || {
                    shared.serve(stream);
                    shared.open.fetch_sub(1, SeqCst);
                });
            }
        });
        Self { address, shared }
    }

    pub(crate) fn plain() -> Self {
        Self::start(([127, 0, 0, 1], 0).into(), None)
    }

    /// Closes the next connection that said so many bytes, without reading on.
    pub(crate) fn die_after(&self, bytes: u64) {
        self.shared.dies_after.store(bytes, SeqCst);
    }

    /// What was heard on each connection, once it is so many bytes in all, or nothing came for a while.
    pub(crate) fn heard(&self, bytes: usize) -> Vec<Vec<u8>> {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            let length = self.shared.heard.lock().unwrap().iter().map(Vec::len).sum::<usize>();
            if length > last {
                (last, since) = (length, Instant::now());
            }
            if length >= bytes || since.elapsed() > Duration::from_secs(1) {
                return self.shared.heard.lock().unwrap().clone();
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.is_over.store(true, SeqCst);
        // Until the port is free, and all connections are closed.
        while TcpStream::connect(self.address).is_ok() || self.shared.open.load(SeqCst) > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) {
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
        match &self.tls {
            None => self.read(stream),
            Some(config) => self.read(StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)),
        }
    }

    fn read(&self, mut stream: impl Read) {
        let mut place = None;
        let mut bytes = [0; 16 << 10];
        while !self.is_over.load(SeqCst) {
            let got = match stream.read(&mut bytes) {
                Ok(0) => break,
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => break,
            };
            let mut heard = self.heard.lock().unwrap();
            let place = *place.get_or_insert_with(|| {
                heard.push(Vec::new());
                heard.len() - 1
            });
            heard[place].extend_from_slice(&bytes[..got]);
            let most = self.dies_after.load(SeqCst);
            if heard[place].len() as u64 >= most {
                heard[place].truncate(usize::try_from(most).unwrap());
                self.dies_after.store(u64::MAX, SeqCst);
                break;
            }
        }
    }
}

/// A server with this certificate; where there is an authority for clients, they have to show one it signed.
pub(crate) fn config(pair: &Pair, clients: Option<&Path>) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions().unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_file(ca).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let cert = CertificateDer::from_pem_file(&pair.cert).unwrap();
    Arc::new(builder.with_single_cert(vec![cert], PrivateKeyDer::from_pem_file(&pair.key).unwrap()).unwrap())
}
