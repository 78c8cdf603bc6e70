//! The member `syscall`: which call, with which arguments, what it returned; numbers, and beside them words.

use oyez_events::Record;
use oyez_events::fields::{Field, Form, Span};
use oyez_interpret::args::{self, Call, Id};
use oyez_tables::arch::Arch;
use oyez_tables::errno;
use oyez_tables::key::Key;

use super::class::Class;
use super::keys::ARGS;
use super::object::{copy_span, text_member};
use super::out::Out;
use super::words::Words;
use super::{JsonFormat, number, string};

/// Appends the members of `syscall`.
pub(super) fn write(format: &mut JsonFormat, main: &Record<'_>, words: Words<'_>, out: &mut Out) {
    let arch = arch(format, main, out);
    let call = syscall_number(format, main, arch, out);
    let values = args(format, main, out);
    if let Some((mut call, values)) = call.filter(|call| !call.is_plain()).zip(values) {
        call.args = values.map(|value| value.map(|value| number::hexadecimal(value.of(main.text()))));
        in_words(&call, words, &mut format.scratch, out);
    }
    exit(format, main, words, out);
    for key in [Key::Items, Key::Per] {
        format.main.place(out, (&format.names, words), main, key, &mut format.scratch);
    }
}

/// The number of `arch=`, where it is one.
pub(super) fn arch_number(format: &mut JsonFormat, main: &Record<'_>) -> Option<u32> {
    let digits = match &format.main.front {
        Some(front) => front.read.arch.of(main.text()),
        None => format.main.bare(Key::Arch, main.body())?,
    };
    format.last_arch.number(digits)
}

/// The last `arch=`, as written and as a number: mostly it is the next one too.
#[derive(Debug, Default)]
pub(super) struct LastArch {
    digits: Vec<u8>,
    number: u32,
}

impl LastArch {
    /// Reads hex digits.
    #[inline]
    pub(super) fn number(&mut self, digits: &[u8]) -> Option<u32> {
        if digits.is_empty() {
            return None;
        }
        if self.digits != digits {
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            self.number = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
            self.digits.clear();
            self.digits.extend_from_slice(digits);
        }
        Some(self.number)
    }
}

fn arch(format: &mut JsonFormat, main: &Record<'_>, out: &mut Out) -> Option<Arch> {
    let number = arch_number(format, main)?;
    let arch = Arch::from_audit(number);
    if !format.names.omits(Key::Arch) {
        out.extend_from_slice(b",\"arch\":");
        let raw = format.main.bare(Key::Arch, main.body()).unwrap_or_default();
        string::quoted(out, arch.map_or(raw, |arch| arch.name().as_bytes()));
        format.main.take(Key::Arch);
        if arch.is_some() {
            format.main.explain(Key::Arch);
        }
    }
    arch
}

/// Writes number and name; returns the call, still without its arguments, where it is known.
fn syscall_number(format: &mut JsonFormat, main: &Record<'_>, arch: Option<Arch>, out: &mut Out) -> Option<Call> {
    let value = format.main.bare(Key::Syscall, main.body()).filter(|value| number::is_number(value))?;
    if format.names.omits(Key::Syscall) {
        return None;
    }
    out.extend_from_slice(b",\"number\":");
    out.extend_from_slice(value);
    let call = arch.zip(number::small(value)).map(|(arch, number)| format.calls.of(arch, number).call);
    let known = call.map(|call| call.name).filter(|name| !name.is_empty());
    let told = || {
        let is_it = |key| key == oyez_events::fields::FieldKey::Known(Key::Syscall);
        let field = format.main.fields.tail().iter().find(|field| is_it(field.key))?;
        Some(field.value.of(main.tail())).filter(|name| !name.is_empty() && *name != value)
    };
    if let Some(name) = known.map(str::as_bytes).or_else(told) {
        out.extend_from_slice(b",\"name\":");
        text_member(out, b"name", name);
        format.main.explain(Key::Syscall);
    }
    format.main.take(Key::Syscall);
    call
}

/// `a0`–`a3` by position; one that was omitted or is no number is `null`.
fn args(format: &mut JsonFormat, main: &Record<'_>, out: &mut Out) -> Option<[Option<Span>; 4]> {
    let body = main.text();
    let is_arg = |field: &&Field| {
        (1..=16).contains(&field.value.len()) && field.form == Form::Bare && Class::Hex.holds(body, field.value)
    };
    let values = ARGS
        .map(|key| format.main.get(key).filter(is_arg).filter(|_| !format.names.omits(key)).map(|field| field.value));
    if values.iter().all(Option::is_none) {
        return None;
    }
    out.extend_from_slice(b",\"args\":");
    for (place, (key, value)) in ARGS.into_iter().zip(values).enumerate() {
        out.push(if place == 0 { b'[' } else { b',' });
        match value {
            Some(value) => {
                out.chunk(b"\"0x", 3);
                copy_span(out, body, value);
                out.push(b'"');
                format.main.take(key);
            }
            None => out.extend_from_slice(b"null"),
        }
    }
    out.push(b']');
    Some(values)
}

/// Appends what the arguments mean, by position; `null` where there is nothing to say beyond the number. Returns whether one is
/// a user or a group, whose names are others on other hosts.
pub(super) fn in_words(call: &Call, words: Words<'_>, scratch: &mut Vec<u8>, out: &mut Out) -> bool {
    let before = out.len();
    out.extend_from_slice(b",\"args_name\":");
    let (mut has_any, mut has_id) = (false, false);
    for place in 0..ARGS.len() {
        out.push(if place == 0 { b'[' } else { b',' });
        scratch.clear();
        let id = args::id(call, place);
        has_id |= id.is_some();
        let name = match id {
            Some(Id::User(uid)) => words.name(uid, false),
            Some(Id::Group(gid)) => words.name(gid, true),
            None => None,
        };
        if let Some(text) = name.map(str::as_bytes).or_else(|| args::arg(call, place, scratch).then_some(&**scratch)) {
            string::quoted(out, text);
            has_any = true;
        } else {
            out.extend_from_slice(b"null");
        }
    }
    out.push(b']');
    if !has_any {
        out.truncate(before);
    }
    has_id
}

fn exit(format: &mut JsonFormat, main: &Record<'_>, words: Words<'_>, out: &mut Out) {
    format.main.place(out, (&format.names, words), main, Key::Exit, &mut format.scratch);
    let value = format.main.bare(Key::Exit, main.body()).and_then(|value| value.strip_prefix(b"-"));
    if let Some(error) = value.filter(|_| !format.names.omits(Key::Exit)) {
        errno(error, out);
    }
}

/// Appends the name of the error with this number, where it has one.
pub(super) fn errno(number: &[u8], out: &mut Out) {
    if let Some(name) = number::small(number).and_then(errno::name) {
        out.extend_from_slice(b",\"errno\":\"");
        out.extend_from_slice(name.as_bytes());
        out.push(b'"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_architecture_changes_nothing() {
        let mut last = LastArch::default();
        for digits in ["", "c000003e", "c000003e", "", "40000003", "1c000003e", "x", "c000003e"] {
            let alone = LastArch::default().number(digits.as_bytes());
            assert_eq!(last.number(digits.as_bytes()), alone, "{digits}");
            assert_eq!(alone, u32::from_str_radix(digits, 16).ok());
        }
    }
}
