//! A field of a record → the value of its member in JSON.
//!
//! What oyez-format's JSON writes for a field, without writing it: by the kind of its key in records of its type. A value that
//! is not of its kind, or was cut off, is no member: it is among `more` there, and no value here.

use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{Field, FieldKey, Form};
use oyez_tables::key::{Key, Kind};

/// One thing an event says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text, of any bytes: the exact ones, where the event's JSON has U+FFFD in their place.
    Text(&'a [u8]),
    /// A whole number.
    Number(i128),
    /// Yes or no.
    Flag(bool),
}

/// Who is handed values: says whether it has seen enough.
pub(super) type Visit<'f> = dyn FnMut(Value<'_>) -> bool + 'f;

/// What a field comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen<'e> {
    /// It stands for nothing.
    Absent,
    /// It is not what its key says.
    Misfit,
    Number(i128),
    /// Bytes as they are.
    Text(&'e [u8]),
    /// Bytes that may be hex.
    Encoded(&'e [u8]),
}

impl Seen<'_> {
    /// Whether the field is done with at its place, with a value or without.
    pub(super) fn is_placed(self) -> bool {
        self != Seen::Misfit
    }

    /// The value; hex is decoded into `scratch`.
    pub(super) fn value<'a>(self, scratch: &'a mut Vec<u8>) -> Option<Value<'a>>
    where
        Self: 'a,
    {
        match self {
            Seen::Absent | Seen::Misfit => None,
            Seen::Number(number) => Some(Value::Number(number)),
            Seen::Text(text) => Some(Value::Text(text)),
            Seen::Encoded(text) => match untrusted(text, Form::Bare, scratch) {
                Text::Bytes(bytes) => Some(Value::Text(bytes)),
                Text::Absent => Some(Value::Text(b"")),
            },
        }
    }
}

/// What `field` with this key, of a record of this type, comes to.
#[inline]
pub(super) fn seen<'e>(record_type: u16, text: &'e [u8], field: &Field, key: Key) -> Seen<'e> {
    let value = field.value.of(text);
    match field.form {
        Form::Torn => return Seen::Misfit,
        Form::Bare if is_absent(value) => return Seen::Absent,
        _ if value.is_empty() => return Seen::Absent,
        _ => {}
    }
    let fitting = |fits: bool| if fits { Seen::Text(value) } else { Seen::Misfit };
    match key.kind(record_type) {
        Kind::Decimal => number(value).map_or(Seen::Misfit, Seen::Number),
        Kind::Hex => fitting(is_hex(value) || is_prefixed_hex(value)),
        Kind::Octal => fitting(value.iter().all(|byte| matches!(byte, b'0'..=b'7'))),
        Kind::Device => fitting(value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b':')),
        Kind::Encoded if field.form == Form::Bare => Seen::Encoded(value),
        Kind::Encoded | Kind::Quoted | Kind::Plain | Kind::Enumerated => Seen::Text(value),
    }
}

/// What the first of `fields` with this key that fits comes to, as in an object made of a whole record.
pub(super) fn first<'e, 'f>(
    record_type: u16,
    text: &'e [u8],
    fields: impl IntoIterator<Item = &'f Field>,
    key: Key,
) -> Option<(&'f Field, Seen<'e>)> {
    let with_key = fields.into_iter().filter(|field| field.key == FieldKey::Known(key));
    with_key.map(|field| (field, seen(record_type, text, field, key))).find(|(_, seen)| seen.is_placed())
}

/// The first field with this key.
#[inline]
pub(super) fn get(fields: &[Field], key: Key) -> Option<&Field> {
    fields.iter().find(|field| field.key == FieldKey::Known(key))
}

/// The bare value of the first field with this key.
pub(super) fn bare<'e>(fields: &[Field], key: Key, text: &'e [u8]) -> Option<&'e [u8]> {
    get(fields, key).filter(|field| field.form == Form::Bare).map(|field| field.value.of(text))
}

/// Whether a bare value stands for nothing.
pub(super) fn is_absent(value: &[u8]) -> bool {
    matches!(value, b"" | b"?" | b"(null)" | b"(none)")
}

pub(super) fn is_hex(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_hexdigit)
}

fn is_prefixed_hex(value: &[u8]) -> bool {
    value.strip_prefix(b"0x").is_some_and(|digits| !digits.is_empty() && is_hex(digits))
}

/// A whole number as JSON writes it (no `+`, no leading zero) that fits into 64 bits.
pub(super) fn number(text: &[u8]) -> Option<i128> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // 20 digits are all that 64 bits need.
    match digits {
        [] | [b'0', _, ..] => return None,
        [b'0'] if is_negative => return None,
        _ if digits.len() > 20 => return None,
        _ => {}
    }
    let mut value: i128 = 0;
    for digit in digits {
        value = value * 10 + i128::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    let value = if is_negative { -value } else { value };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&value).then_some(value)
}

/// An id: any decimal number of 32 bits.
pub(super) fn id(text: &[u8]) -> Option<u32> {
    if text.is_empty() || text.len() > 10 {
        return None;
    }
    let digit = |byte: u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    text.iter().try_fold(0u32, |value, byte| value.checked_mul(10)?.checked_add(digit(*byte)?))
}

/// A number of at most nine digits.
pub(super) fn small(text: &[u8]) -> Option<u32> {
    if text.len() > 9 { None } else { id(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_of_64_bits_are_numbers() {
        for text in ["0", "7", "-1", "18446744073709551615", "-9223372036854775808", "1234567890123456789"] {
            assert_eq!(number(text.as_bytes()), text.parse().ok(), "{text}");
        }
        for text in
            ["", "-", "-0", "00", "01", "+1", "1.5", "18446744073709551616", "-9223372036854775809", "1 ", "--1"]
        {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
        assert_eq!(number("9".repeat(1000).as_bytes()), None);
    }
}
