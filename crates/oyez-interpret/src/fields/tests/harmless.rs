//! What must hold for any bytes. The tests and the fuzzer `interpret` share it; whoever declares this module has the types in
//! scope.

use super::{Form, Key, field as say, in_record, label, socket_address};

/// The longest text that needs no long value: a full set of capabilities.
const LONGEST: usize = 1000;
/// The most bytes of text for a byte of value: one may stand for a key, `<ctrl-alt-shift-page-down>` takes more.
const PER_BYTE: usize = 24;

/// Checks one field beside others whose value is `other`.
pub(super) fn field(record_type: u16, key: usize, form: u8, value: &[u8], other: &[u8]) {
    let Some(key) = Key::from_index(key % Key::COUNT) else { return };
    let form = [Form::Bare, Form::Quoted, Form::Braced, Form::Torn][usize::from(form % 4)];
    let (mut alone, mut out) = (Vec::new(), b"x".to_vec());
    let is_said = say(record_type, key, value, form, &mut alone);
    assert_eq!(is_said, !alone.is_empty());
    check(&alone, value);
    let is_said = in_record(record_type, key, value, form, &|_| Some(other), &mut out);
    assert_eq!((is_said, out[0]), (out.len() > 1, b'x'));
    check(&out, value);
}

/// Checks a socket address and a label.
pub(super) fn address(value: &[u8]) {
    for big_endian in [false, true] {
        let mut out = Vec::new();
        assert_eq!(socket_address(value, big_endian, &mut out), !out.is_empty());
        check(&out, value);
    }
    if let Some(label) = label(value) {
        assert!(!label.user.is_empty() && label.range.len() >= label.sensitivity.len() + label.categories.len());
        assert!(label.low().is_some() != label.range.is_empty());
    }
}

fn check(out: &[u8], value: &[u8]) {
    let text = std::str::from_utf8(out).expect("UTF-8");
    assert!(!text.chars().any(char::is_control), "{text:?}");
    assert!(out.len() <= LONGEST + PER_BYTE * value.len(), "{} of {}", out.len(), value.len());
}
