//! One field's value → JSON, as laurel spells it: `3`, `"0xc000003e"`, `"0o100644"`, `"text"`, `null`.
//!
//! A number that is none in its base is text. Hex is decoded in fields that are written in hex
//! ([`Kind::Encoded`](oyez_tables::key::Kind)); laurel decodes any even run of hex digits in text, and so takes a group's id 1000
//! for two bytes.

use std::io::Write as _;

use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::Form;

use super::kind::Base;
use super::string::string;

/// Appends `value`, which was written in `form`. `is_encoded`: bare hex stands for bytes.
pub(super) fn value(
    value: &[u8],
    form: Form,
    (base, is_encoded): (Base, bool),
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) {
    match form {
        Form::Bare if base != Base::None => number(value, base, out),
        Form::Bare if is_encoded => match untrusted(value, form, scratch) {
            Text::Absent => out.extend_from_slice(b"null"),
            Text::Bytes(bytes) => string(bytes, out),
        },
        Form::Bare if matches!(value, b"" | b"?" | b"(null)") => out.extend_from_slice(b"null"),
        Form::Braced => {
            scratch.clear();
            scratch.push(b'{');
            scratch.extend_from_slice(value.trim_ascii());
            scratch.push(b'}');
            string(scratch, out);
        }
        _ => string(value, out),
    }
}

fn number(value: &[u8], base: Base, out: &mut Vec<u8>) {
    let text = str::from_utf8(value).ok().filter(|text| !text.starts_with('+')).unwrap_or_default();
    let unsigned = |radix| u64::from_str_radix(text, radix);
    // Writing to a Vec cannot fail.
    let written = match base {
        Base::Decimal => text.parse::<i64>().map(|number| write!(out, "{number}")),
        Base::Hex => unsigned(16).map(|number| write!(out, "\"0x{number:x}\"")),
        Base::Octal => unsigned(8).map(|number| write!(out, "\"0o{number:o}\"")),
        Base::None => return string(value, out),
    };
    match written {
        Ok(_) => {}
        Err(_) if value.is_empty() => out.extend_from_slice(b"null"),
        Err(_) => string(value, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, form: Form, base: Base) -> String {
        let (mut scratch, mut out) = (Vec::new(), Vec::new());
        value(text.as_bytes(), form, (base, true), &mut scratch, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_spelt_as_laurel_does() {
        for (text, form, base, wanted) in [
            ("-13", Form::Bare, Base::Decimal, "-13"),
            ("007", Form::Bare, Base::Decimal, "7"),
            ("?", Form::Bare, Base::Decimal, "\"?\""),
            ("", Form::Bare, Base::Decimal, "null"),
            ("99999999999999999999", Form::Bare, Base::Decimal, "\"99999999999999999999\""),
            ("c000003e", Form::Bare, Base::Hex, "\"0xc000003e\""),
            ("0000000000000000", Form::Bare, Base::Hex, "\"0x0\""),
            ("0100644", Form::Bare, Base::Octal, "\"0o100644\""),
            ("6C73002D6C", Form::Bare, Base::None, "\"ls%00-l\""),
            ("(null)", Form::Bare, Base::None, "null"),
            ("?", Form::Bare, Base::None, "null"),
            ("(none)", Form::Bare, Base::None, "\"(none)\""),
            ("", Form::Quoted, Base::None, "\"\""),
            (" saddr_fam=local path=/x ", Form::Braced, Base::None, "\"{saddr_fam=local path=/x}\""),
        ] {
            assert_eq!(written(text, form, base), wanted, "{text}");
        }
    }
}
