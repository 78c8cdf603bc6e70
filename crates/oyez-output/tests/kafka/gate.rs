//! What stands in front of a mock broker: TLS, and the SASL part of the protocol, written from its document
//! (kafka.apache.org/protocol: `ApiVersions` 18, `SaslHandshake` 17, `SaslAuthenticate` 36, all in version 0 or 1). Behind it
//! everything goes to the broker as it is.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use oyez_testkit::certs::Pair;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a client showed by PLAIN.
pub(crate) type Shown = Arc<Mutex<Vec<Vec<u8>>>>;

/// A gate; its port, and what clients showed.
pub(crate) fn start(broker: String, tls: Option<&Pair>, word: Option<&'static [u8]>) -> (SocketAddr, Shown) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tls, shown) = (tls.map(config), Shown::default());
    let for_tests = Arc::clone(&shown);
    thread::spawn(move || {
        while let Ok((client, _)) = listener.accept() {
            let (broker, tls, shown) = (broker.clone(), tls.clone(), Arc::clone(&shown));
            thread::spawn(move || serve(client, &broker, tls, word, &shown));
        }
    });
    (address, for_tests)
}

fn config(pair: &Pair) -> Arc<ServerConfig> {
    let chain = CertificateDer::pem_file_iter(&pair.cert).unwrap().map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(&pair.key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn serve(
    client: TcpStream,
    broker: &str,
    tls: Option<Arc<ServerConfig>>,
    word: Option<&[u8]>,
    shown: &Shown,
) -> io::Result<()> {
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut client: Box<dyn Stream> = match tls {
        Some(config) => Box::new(StreamOwned::new(ServerConnection::new(config).map_err(io::Error::other)?, client)),
        None => Box::new(client),
    };
    if let Some(word) = word {
        login(&mut *client, word, shown)?;
    }
    let mut broker = TcpStream::connect(broker)?;
    loop {
        // librdkafka sends a request and hears an answer; so one thread does for both ways.
        let request = frame(&mut *client)?;
        send(&mut broker, &request)?;
        let answer = frame(&mut broker)?;
        send(&mut *client, &answer)?;
    }
}

/// Takes part in a login; an error where the client is not let in.
fn login(client: &mut dyn Stream, word: &[u8], shown: &Shown) -> io::Result<()> {
    loop {
        let request = frame(client)?;
        let (api, version) = (request[1], request[3]);
        let mut answer = request[4..8].to_vec();
        match (api, version) {
            // ApiVersions in a version that is not spoken here: 35, and what is spoken (in version 0).
            (18, 1..) => answer.extend(versions(35)),
            (18, 0) => answer.extend(versions(0)),
            (17, _) => answer.extend([&[0, 0, 0, 0, 0, 1, 0, 5][..], b"PLAIN"].concat()),
            (36, _) => {
                let token = token(&request);
                shown.lock().unwrap().push(token.clone());
                // Error code, error message (none), token (empty), in version 1 a session's life.
                let error: u8 = if token == word { 0 } else { 58 };
                answer.extend([0, error, 255, 255, 0, 0, 0, 0]);
                answer.extend(&[0; 8][..usize::from(version) * 8]);
                send(client, &answer)?;
                return if error == 0 { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) };
            }
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
        send(client, &answer)?;
    }
}

/// The answer to `ApiVersions` in version 0: which versions of which requests are spoken.
fn versions(error: u8) -> Vec<u8> {
    let mut answer = vec![0, error, 0, 0, 0, 6];
    for (api, most) in [(18, 0), (17, 1), (36, 1), (3, 4), (0, 7), (22, 1)] {
        answer.extend([0, api, 0, 0, 0, most]);
    }
    answer
}

/// The token of a `SaslAuthenticate` request: behind the header with the client's name, and its own length.
fn token(request: &[u8]) -> Vec<u8> {
    let name = usize::from(u16::from_be_bytes([request[8], request[9]]));
    request[10 + name + 4..].to_vec()
}

fn frame(from: &mut dyn Stream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut bytes = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut bytes)?;
    if bytes.len() < 8 { Err(io::ErrorKind::InvalidData.into()) } else { Ok(bytes) }
}

fn send(to: &mut (impl Write + ?Sized), bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&[&length.to_be_bytes(), bytes].concat())?;
    to.flush()
}
