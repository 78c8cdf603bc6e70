//! The protocol's words: bytes of a server in, one [`Reply`] at a time out; and commands.
//!
//! Refuses lines and texts longer than [`MOST`], and replies that no command of ours has: a server that says such things is
//! left.

use memchr::memmem;

/// No line and no text is longer, in bytes: replies are ids, numbers and errors.
const MOST: usize = 64 << 10;
/// So much is heard at most before some of it is understood.
pub(super) const HEARD: usize = 4 * MOST;

/// What a server said.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply<'a> {
    /// It is done; a word, an id, or nothing.
    Done(&'a [u8]),
    /// A number.
    Number(i64),
    /// It is not done; why.
    Error(String),
}

/// The first reply of these bytes and how many of them it takes; `None` where its end is not there yet.
///
/// # Errors
/// It is none; why.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Reply<'_>, usize)>, &'static str> {
    let Some(end) = memmem::find(bytes.get(..MOST).unwrap_or(bytes), b"\r\n") else {
        let is_kind = bytes.first().is_none_or(|kind| b"+-:$".contains(kind));
        return if is_kind && bytes.len() < MOST { Ok(None) } else { Err("no reply of Redis") };
    };
    let line = bytes.get(..end).unwrap_or_default();
    let behind = end + 2;
    let (kind, rest) = line.split_first().ok_or("no reply of Redis")?;
    let number = || str::from_utf8(rest).ok().and_then(|text| text.parse::<i64>().ok()).ok_or("no number of Redis");
    let reply = match kind {
        b'+' => Reply::Done(rest),
        b'-' => Reply::Error(words(rest)),
        b':' => Reply::Number(number()?),
        b'$' => {
            let Ok(length) = usize::try_from(number()?) else { return Ok(Some((Reply::Done(b""), behind))) };
            if length > MOST {
                return Err("more than Redis should");
            }
            let Some(text) = bytes.get(behind..behind + length + 2) else { return Ok(None) };
            return Ok(Some((Reply::Done(text.get(..length).unwrap_or_default()), behind + length + 2)));
        }
        _ => return Err("no reply of Redis"),
    };
    Ok(Some((reply, behind)))
}

/// An error's words, without what could move a cursor, and not too many.
fn words(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().filter(|sign| !sign.is_control()).take(300).collect()
}

/// Appends a command: an array of texts, of whatever bytes.
pub(super) fn command(words: &[&[u8]], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replies_are_understood_wherever_they_are_cut() {
        let said = b"+OK\r\n-WRONGTYPE no stream\r\n:-7\r\n$5\r\na\r\nbc\r\n$-1\r\n$0\r\n\r\n";
        let expected = [
            Reply::Done(b"OK"),
            Reply::Error("WRONGTYPE no stream".into()),
            Reply::Number(-7),
            Reply::Done(b"a\r\nbc"),
            Reply::Done(b""),
            Reply::Done(b""),
        ];
        let (mut at, mut found) = (0, Vec::new());
        while let Some((reply, taken)) = parse(&said[at..]).unwrap() {
            for cut in at..at + taken {
                assert_eq!(parse(&said[at..cut]), Ok(None));
            }
            found.push(reply);
            at += taken;
        }
        assert_eq!((at, found.as_slice()), (said.len(), &expected[..]));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        for said in [&b"HTTP/1.1 400\r\n"[..], b"HTTP", b":x\r\n", b"$65537\r\n", b"*1\r\n", b"\r\n", &vec![b'+'; MOST]]
        {
            assert!(parse(said).is_err(), "{}", String::from_utf8_lossy(said));
        }
    }

    #[test]
    fn a_command_holds_any_bytes() {
        let mut out = Vec::new();
        command(&[b"XADD", b"a\r\n\xff", b""], &mut out);
        assert_eq!(out, b"*3\r\n$4\r\nXADD\r\n$4\r\na\r\n\xff\r\n$0\r\n\r\n");
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
