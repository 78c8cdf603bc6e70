//! Messages inside JSON: lines in, an object or a string out. Any bytes are a string; what is not UTF-8 in them becomes U+FFFD.

use crate::parcel::Message;

/// The message as it is, where it looks like one JSON object in one line. Receivers check whether it is one.
pub(crate) fn object<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let text = message.text();
    let fits = text.starts_with(b"{") && text.ends_with(b"}") && memchr::memchr(b'\n', text).is_none();
    fits.then_some(text)
}

/// Appends the bytes as a JSON string (RFC 8259, 7).
pub(crate) fn string(out: &mut Vec<u8>, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    // A `Vec` takes all that it is given.
    let _ = serde_json::to_writer(out, &text);
}

/// Appends `"name":"value"`, behind a comma where there is something before it.
pub(crate) fn member(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    if out.last().is_some_and(|last| *last != b'{') {
        out.push(b',');
    }
    string(out, name.as_bytes());
    out.push(b':');
    string(out, value);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parcel::Label;

    #[test]
    fn only_one_line_with_an_object_is_taken_as_it_is() {
        let object = |lines: &'static [u8]| object(&Message { lines, label: Label::default() });
        assert_eq!(object(b"{\"a\":1}\n"), Some(&b"{\"a\":1}"[..]));
        for other in [&b"{\"a\":1}\n{\"b\":2}\n"[..], b"type=SYSCALL\n", b"", b"{", b"[1]"] {
            assert_eq!(object(other), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_string(bytes: Vec<u8>) {
            let mut out = b"{".to_vec();
            member(&mut out, "a", &bytes);
            member(&mut out, "b", b"");
            out.push(b'}');
            let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(value["a"].as_str().unwrap(), String::from_utf8_lossy(&bytes));
        }
    }
}
