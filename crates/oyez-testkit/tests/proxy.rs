//! The proxy does what it is told.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use oyez_testkit::proxy::{Mode, Proxy};

/// Answers each byte with itself.
fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut from = stream.try_clone().unwrap();
                std::io::copy(&mut from, &mut stream).ok();
            });
        }
    });
    address
}

fn client(proxy: &Proxy) -> TcpStream {
    let stream = TcpStream::connect(proxy.address()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream
}

/// What comes back for `text`, or the kind of error.
fn ask(stream: &mut TcpStream, text: &[u8]) -> Result<Vec<u8>, ErrorKind> {
    stream.write_all(text).map_err(|error| error.kind())?;
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).map_err(|error| error.kind())?;
    Ok(answer)
}

#[test]
fn it_forwards_stalls_mutes_and_goes_on() {
    let proxy = Proxy::to(echo()).unwrap();
    let mut stream = client(&proxy);
    assert_eq!(ask(&mut stream, b"one").unwrap(), b"one");
    proxy.set(Mode::Stall);
    assert_eq!(ask(&mut stream, b"two"), Err(ErrorKind::WouldBlock));
    assert_eq!(proxy.sent(), 3);
    proxy.set(Mode::Forward);
    let mut late = [0; 3];
    stream.read_exact(&mut late).unwrap();
    assert_eq!(&late, b"two");
    proxy.set(Mode::Mute);
    assert_eq!(ask(&mut stream, b"three"), Err(ErrorKind::WouldBlock));
    assert_eq!((proxy.sent(), proxy.answered(), proxy.accepted()), (11, 11, 1));
    proxy.set(Mode::Swallow);
    assert_eq!(ask(&mut stream, b"four"), Err(ErrorKind::WouldBlock));
    assert_eq!(proxy.sent(), 11);
}

#[test]
fn it_cuts_at_once_or_after_bytes_and_takes_new_connections() {
    let proxy = Proxy::to(echo()).unwrap();
    let mut stream = client(&proxy);
    assert_eq!(ask(&mut stream, b"one").unwrap(), b"one");
    proxy.cut();
    assert_eq!(ask(&mut stream, b"two"), Err(ErrorKind::ConnectionReset));
    proxy.cut_after(5);
    let mut stream = client(&proxy);
    assert_eq!(ask(&mut stream, b"four").unwrap(), b"four");
    assert!(ask(&mut stream, b"five").is_err());
    assert_eq!(proxy.sent(), 3 + 5);
    assert_eq!(ask(&mut client(&proxy), b"six").unwrap(), b"six");
    let mut stream = client(&proxy);
    assert_eq!(ask(&mut stream, b"seven").unwrap(), b"seven");
    proxy.close();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn it_refuses_and_listens_again_at_the_same_port() {
    let proxy = Proxy::to(echo()).unwrap();
    proxy.set(Mode::Refuse);
    assert_eq!(TcpStream::connect(proxy.address()).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    proxy.set(Mode::Forward);
    assert_eq!(ask(&mut client(&proxy), b"one").unwrap(), b"one");
}

#[test]
fn it_slows_down() {
    let proxy = Proxy::to(echo()).unwrap();
    proxy.set(Mode::Slow(2000));
    let begin = Instant::now();
    assert_eq!(ask(&mut client(&proxy), &[7; 200]).unwrap(), [7; 200]);
    assert!(begin.elapsed() >= Duration::from_millis(80), "{:?}", begin.elapsed());
}
