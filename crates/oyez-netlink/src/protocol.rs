//! Netlink messages as bytes: builds requests, reads headers and acknowledgements.
//!
//! All numbers are in host order (netlink(7)). Refuses nothing itself: what is too short is `None`.

/// Bytes of a netlink header (`struct nlmsghdr`, linux/netlink.h).
pub(crate) const HEADER_BYTES: usize = 16;
/// The kernel took the message for what it was: nothing to say (linux/netlink.h).
pub(crate) const NLMSG_NOOP: u16 = 1;
/// An error or acknowledgement: a signed code, then the request.
pub(crate) const NLMSG_ERROR: u16 = 2;
/// The end of an answer in several parts.
pub(crate) const NLMSG_DONE: u16 = 3;
/// "This is a request."
pub(crate) const NLM_F_REQUEST: u16 = 1;
/// "Answer even if there is nothing to say."
pub(crate) const NLM_F_ACK: u16 = 4;

/// Requests and their answers (linux/audit.h).
pub(crate) const AUDIT_GET: u16 = 1000;
/// Changes one or more settings.
pub(crate) const AUDIT_SET: u16 = 1001;
/// Adds a rule.
pub(crate) const AUDIT_ADD_RULE: u16 = 1011;
/// Deletes a rule.
pub(crate) const AUDIT_DEL_RULE: u16 = 1012;
/// Says something to whoever reads the log.
pub(crate) const AUDIT_USER: u16 = 1005;
/// Lists all rules.
pub(crate) const AUDIT_LIST_RULES: u16 = 1013;
/// Forgets watched folders that are gone.
pub(crate) const AUDIT_TRIM: u16 = 1014;
/// Makes one folder part of the watches of another.
pub(crate) const AUDIT_MAKE_EQUIV: u16 = 1015;
/// Switches features on or off, and locks them.
pub(crate) const AUDIT_SET_FEATURE: u16 = 1018;
/// Asks for the features.
pub(crate) const AUDIT_GET_FEATURE: u16 = 1019;
/// "Somebody wants your place": sent to the registered reader on every attempt to set the pid.
pub(crate) const AUDIT_REPLACE: u16 = 1329;

/// The header of a message, as far as anybody needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: u16,
    pub(crate) sequence: u32,
}

/// Splits a datagram into header and payload. The header's own length is not looked at: on the kernel's unicast
/// records it is 16 bytes short (kernel/audit.c, `audit_log_end`).
pub(crate) fn split(datagram: &[u8]) -> Option<(Header, &[u8])> {
    let (header, payload) = datagram.split_at_checked(HEADER_BYTES)?;
    let kind = u16::from_ne_bytes(header[4..6].try_into().ok()?);
    let sequence = word(header, 2)?;
    Some((Header { kind, sequence }, payload))
}

/// The `index`th 32-bit word, if it is all there.
pub(crate) fn word(bytes: &[u8], index: usize) -> Option<u32> {
    let from = index.checked_mul(4)?;
    let word = bytes.get(from..from.checked_add(4)?)?;
    Some(u32::from_ne_bytes(word.try_into().ok()?))
}

/// The code of an `NLMSG_ERROR` payload: 0 done, negative errno, positive a result.
pub(crate) fn error_code(payload: &[u8]) -> Option<i32> {
    word(payload, 0).map(u32::cast_signed)
}

/// A whole message, addressed to the kernel (port 0).
pub(crate) fn message(kind: u16, flags: u16, sequence: u32, payload: &[u8]) -> Vec<u8> {
    let length = HEADER_BYTES + payload.len();
    let mut bytes = Vec::with_capacity(length);
    bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend(0u32.to_ne_bytes());
    bytes.extend(payload);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_reads_back_as_it_was_built() {
        let bytes = message(AUDIT_SET, NLM_F_REQUEST | NLM_F_ACK, 77, b"abc");
        assert_eq!(word(&bytes, 0), Some(19));
        assert_eq!(split(&bytes), Some((Header { kind: AUDIT_SET, sequence: 77 }, &b"abc"[..])));
    }

    #[test]
    fn a_datagram_shorter_than_a_header_is_none() {
        for length in 0..HEADER_BYTES {
            assert_eq!(split(&vec![0; length]), None, "{length} bytes");
        }
        assert!(split(&[0; HEADER_BYTES]).is_some());
    }

    #[test]
    fn error_codes_keep_their_sign_and_need_four_bytes() {
        for (bytes, code) in
            [(&(-17i32).to_ne_bytes()[..], Some(-17)), (&4717i32.to_ne_bytes(), Some(4717)), (&[0; 3], None)]
        {
            assert_eq!(error_code(bytes), code);
        }
    }
}
