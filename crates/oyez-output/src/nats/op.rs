//! The protocol's words: bytes of a server in, one [`Op`] at a time out; and what we say.
//!
//! Refuses lines longer than [`LINE`], messages longer than [`PAYLOAD`], and what is no operation: a server that says such
//! things is left.

use memchr::memmem;

/// No line is longer, in bytes: `INFO` may name many servers.
const LINE: usize = 64 << 10;
/// No message to us is longer, in bytes: they are confirmations.
const PAYLOAD: usize = 64 << 10;
/// So much is heard at most before some of it is understood.
pub(super) const HEARD: usize = 2 * (LINE + PAYLOAD);

/// What a server said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Op<'a> {
    /// Who it is: a JSON object.
    Info(&'a [u8]),
    /// A message on one of our subjects.
    Message {
        /// The subject.
        subject: &'a str,
        /// The three digits behind the version in its headers; 0 without.
        status: u16,
        /// What it says.
        payload: &'a [u8],
    },
    /// It wants a `PONG`.
    Ping,
    /// It has read all before our `PING`.
    Pong,
    /// Something is wrong.
    Err(String),
    /// All is well.
    Ok,
}

/// The first operation of these bytes and how many of them it takes; `None` where its end is not there yet.
///
/// # Errors
/// It is none; why.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Op<'_>, usize)>, &'static str> {
    let Some(end) = memmem::find(bytes.get(..LINE).unwrap_or(bytes), b"\r\n") else {
        return if bytes.len() < LINE { Ok(None) } else { Err("a line without end") };
    };
    let line = bytes.get(..end).unwrap_or_default();
    let (word, rest) =
        line.iter().position(|byte| b" \t".contains(byte)).map_or((line, &[][..]), |at| line.split_at(at));
    let rest = rest.trim_ascii();
    let behind = end + 2;
    let op = match word.to_ascii_uppercase().as_slice() {
        b"INFO" => Op::Info(rest),
        b"MSG" => return message(bytes, behind, rest, false),
        b"HMSG" => return message(bytes, behind, rest, true),
        b"PING" => Op::Ping,
        b"PONG" => Op::Pong,
        b"+OK" => Op::Ok,
        b"-ERR" => Op::Err(words(rest)),
        _ => return Err("no operation of NATS"),
    };
    Ok(Some((op, behind)))
}

/// `SUBJECT SID [REPLY] [HEADERS] TOTAL`, and so many bytes on the next lines.
fn message<'a>(
    bytes: &'a [u8],
    from: usize,
    line: &'a [u8],
    has_headers: bool,
) -> Result<Option<(Op<'a>, usize)>, &'static str> {
    let line = str::from_utf8(line).map_err(|_| "a subject that is no text")?;
    let mut words = line.split_ascii_whitespace();
    let subject = words.next().ok_or("a message without a subject")?;
    let length =
        |word: Option<&str>| word.and_then(|word| word.parse::<usize>().ok()).ok_or("a message without length");
    let total = length(words.next_back())?;
    let headers = if has_headers { length(words.next_back())? } else { 0 };
    if total > PAYLOAD || headers > total {
        return Err("a message that is too long");
    }
    let Some(body) = bytes.get(from..from + total + 2) else { return Ok(None) };
    let (head, payload) = body.get(..total).unwrap_or_default().split_at(headers);
    Ok(Some((Op::Message { subject, status: status(head), payload }, from + total + 2)))
}

/// Of `NATS/1.0 503 …`.
fn status(head: &[u8]) -> u16 {
    let digits = head.strip_prefix(b"NATS/1.0 ").and_then(|rest| rest.get(..3));
    digits.and_then(|digits| str::from_utf8(digits).ok()).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// An error's words, without what could move a cursor, and not too many.
pub(super) fn words(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_matches('\'').chars().filter(|sign| !sign.is_control()).take(300).collect()
}

/// Whether a header can be sent: a name of a token's signs (RFC 9110, 5.6.2) and a value on one line.
pub(super) fn is_header(name: &str, value: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        && !value.chars().any(char::is_control)
}

/// A message to publish.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    /// Headers, from the first line to the empty one; empty where there are none.
    pub(super) headers: &'a [u8],
    /// What it says.
    pub(super) payload: &'a [u8],
}

impl Outgoing<'_> {
    /// Bytes that the server counts.
    pub(super) fn len(&self) -> usize {
        self.headers.len() + self.payload.len()
    }

    /// Appends `PUB` or `HPUB`: `subject` and `reply` append themselves.
    pub(super) fn write(
        &self,
        out: &mut Vec<u8>,
        subject: impl FnOnce(&mut Vec<u8>),
        reply: impl FnOnce(&mut Vec<u8>),
    ) {
        out.extend_from_slice(if self.headers.is_empty() { b"PUB " } else { b"HPUB " });
        subject(out);
        out.push(b' ');
        let before = out.len();
        reply(out);
        if out.len() > before {
            out.push(b' ');
        }
        if !self.headers.is_empty() {
            out.extend_from_slice(format!("{} ", self.headers.len()).as_bytes());
        }
        out.extend_from_slice(format!("{}\r\n", self.len()).as_bytes());
        out.extend_from_slice(self.headers);
        out.extend_from_slice(self.payload);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_servers_say_is_understood_wherever_it_is_cut() {
        let said = b"INFO {\"a\":1} \r\nPING\r\nping\r\n+OK\r\n-ERR 'Authorization Violation'\r\nPONG\r\n-ERR\r\n\
            MSG _INBOX.a.1 1 4\r\na\r\nb\r\nHMSG _INBOX.a.2 1 16 16\r\nNATS/1.0 503\r\n\r\n\r\n";
        let message = |subject, status, payload| Op::Message { subject, status, payload };
        let expected = [
            Op::Info(b"{\"a\":1}"),
            Op::Ping,
            Op::Ping,
            Op::Ok,
            Op::Err("Authorization Violation".into()),
            Op::Pong,
            Op::Err(String::new()),
            message("_INBOX.a.1", 0, &b"a\r\nb"[..]),
            message("_INBOX.a.2", 503, b""),
        ];
        let (mut at, mut found) = (0, Vec::new());
        while let Some((op, taken)) = parse(&said[at..]).unwrap() {
            for cut in at..at + taken {
                assert_eq!(parse(&said[at..cut]), Ok(None));
            }
            found.push(op);
            at += taken;
        }
        assert_eq!((at, found.as_slice()), (said.len(), &expected[..]));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        for said in [
            &b"HTTP/1.1 400 Bad Request\r\n"[..],
            b"MSG a 1 99999999999999999999\r\n",
            b"MSG a 1 65537\r\n",
            b"HMSG a 1 5 4\r\n",
            b"MSG\r\n",
            b"\r\n",
            b"MSG \xff 1 1\r\n",
            &vec![b'x'; LINE],
        ] {
            assert!(parse(said).is_err());
        }
    }

    #[test]
    fn a_message_is_written_with_what_it_has() {
        let written = |headers: &[u8], reply: &[u8]| {
            let mut out = Vec::new();
            let outgoing = Outgoing { headers, payload: b"hello" };
            outgoing.write(&mut out, |out| out.extend_from_slice(b"a.b"), |out| out.extend_from_slice(reply));
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(b"", b""), "PUB a.b 5\r\nhello\r\n");
        assert_eq!(written(b"", b"r"), "PUB a.b r 5\r\nhello\r\n");
        let headers = b"NATS/1.0\r\nA: b\r\n\r\n";
        assert_eq!(written(headers, b"r"), "HPUB a.b r 18 23\r\nNATS/1.0\r\nA: b\r\n\r\nhello\r\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_understood_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Some((_, taken))) = parse(&bytes) {
                prop_assert!(taken >= 2 && taken <= bytes.len());
            }
        }
    }
}
