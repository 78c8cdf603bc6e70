//! How much of what was written to a socket its other end has not taken yet: a descriptor in, bytes out.

use std::io;
use std::os::fd::AsFd;

use crate::sys;

/// Bytes in the send queue of a socket (`SIOCOUTQ`, linux/sockios.h).
///
/// TCP: those that the other end's kernel has not acknowledged, sent or not (tcp(7)). Unix sockets: the memory of what the
/// other end has not read, which is more than its bytes, and 0 only when all was read (`unix_outq_len`, `net/unix/af_unix.c`).
///
/// # Errors
/// It is no socket of these kinds.
pub fn unacknowledged(socket: impl AsFd) -> io::Result<u64> {
    let bytes = sys::send_queue(socket.as_fd())?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn what_was_not_read_of_a_unix_socket_is_in_its_queue() {
        let (mut here, mut there) = UnixStream::pair().unwrap();
        assert_eq!(unacknowledged(&here).unwrap(), 0);
        here.write_all(b"four").unwrap();
        assert!(unacknowledged(&here).unwrap() >= 4);
        there.read_exact(&mut [0; 4]).unwrap();
        assert_eq!(unacknowledged(&here).unwrap(), 0);
        assert!(unacknowledged(std::fs::File::open("/dev/null").unwrap()).is_err());
    }
}
