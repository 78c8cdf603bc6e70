//! Single values of the kernel's own records, found without splitting the whole: only what the kernel itself wrote may be
//! read so, for in it a name never holds a blank outside of hex.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use oyez_events::fields::Form;

/// `AUDIT_ARCH_X86_64` (linux/audit.h).
const X86_64: u32 = 0xc000_003e;

/// What is looked for in most events, made ready once.
static FIRST_ARGUMENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b" a0="));
static MODE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b" mode="));

/// A value as it stands in its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'e> {
    pub(super) bytes: &'e [u8],
    pub(super) form: Form,
}

impl<'e> Value<'e> {
    /// Reads the value at the start of `rest`.
    fn read(rest: &'e [u8]) -> Self {
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let end = memchr::memchr(b'"', quoted);
            let form = if end.is_some() { Form::Quoted } else { Form::Torn };
            return Value { bytes: quoted.get(..end.unwrap_or(quoted.len())).unwrap_or_default(), form };
        }
        let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        Value { bytes: rest.get(..end).unwrap_or_default(), form: Form::Bare }
    }
}

/// The value of `name`, which ends with `=`, where it begins the body.
pub(super) fn front<'e>(body: &'e [u8], name: &[u8]) -> Option<Value<'e>> {
    body.strip_prefix(name).map(Value::read)
}

/// The value of `name`, which begins with a blank and ends with `=`, behind the body's first field.
pub(super) fn behind<'e>(body: &'e [u8], name: &[u8]) -> Option<Value<'e>> {
    let at = memchr::memmem::find(body, name)?;
    body.get(at + name.len()..).map(Value::read)
}

/// The value of `name` (` pid=`, as for [`behind`]) wherever it stands.
pub(super) fn anywhere<'e>(body: &'e [u8], name: &[u8]) -> Option<Value<'e>> {
    name.strip_prefix(b" ").and_then(|bare| front(body, bare)).or_else(|| behind(body, name))
}

/// `arch=… syscall=…` as a `SYSCALL` record begins (kernel/auditsc.c, `audit_log_exit`): the numbers of architecture and call.
pub(super) fn call(body: &[u8]) -> Option<(Option<u32>, u32)> {
    // Nearly every record of a host begins so.
    if let Some(rest) = body.strip_prefix(b"arch=c000003e syscall=") {
        let (number, _) = decimal32(rest)?;
        return Some((Some(X86_64), number));
    }
    let fast = || {
        let (arch, rest) = hex32(body.strip_prefix(b"arch=")?)?;
        let (number, _) = decimal32(rest.strip_prefix(b" syscall=")?)?;
        Some((Some(arch), number))
    };
    fast().or_else(|| {
        let arch = anywhere(body, b" arch=").and_then(|value| Some(hex32(value.bytes)?.0));
        let (number, _) = decimal32(anywhere(body, b" syscall=")?.bytes)?;
        Some((arch, number))
    })
}

/// Argument `index` of a `SYSCALL` record: the register's value. The four stand one behind the other.
pub(super) fn argument(body: &[u8], index: u8) -> Option<u64> {
    let at = FIRST_ARGUMENT.find(body)?;
    let mut rest = body.get(at..)?;
    for number in 0..=index {
        let value = Value::read(rest.strip_prefix(&[b' ', b'a', b'0'.saturating_add(number), b'='])?);
        if number == index {
            return hex64(value.bytes);
        }
        rest = rest.get(4 + value.bytes.len()..)?;
    }
    None
}

/// The value of ` mode=` in a `PATH` record, or in the end of one.
pub(super) fn mode(body: &[u8]) -> Option<&[u8]> {
    if let Some(mode) = front(body, b" mode=") {
        return Some(mode.bytes);
    }
    let at = MODE.find(body)?;
    body.get(at + MODE.needle().len()..).map(|rest| Value::read(rest).bytes)
}

/// The whole of `text` as a hex number of 64 bits.
pub(super) fn hex64(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    let mut value = 0;
    for byte in text {
        value = value << 4 | u64::from(hex_digit(*byte)?);
    }
    Some(value)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The hex number in front, of at most 8 digits, and what follows it.
fn hex32(text: &[u8]) -> Option<(u32, &[u8])> {
    let len = text.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(len).filter(|(digits, _)| digits.len() <= 8)?;
    Some((u32::try_from(hex64(digits)?).ok()?, rest))
}

/// The decimal number in front and what follows it.
pub(super) fn decimal32(text: &[u8]) -> Option<(u32, &[u8])> {
    let (mut value, mut rest) = (0_u32, text);
    while let [digit @ b'0'..=b'9', behind @ ..] = rest {
        value = value.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
        rest = behind;
    }
    (rest.len() < text.len()).then_some((value, rest))
}

/// The whole of `text` as an unsigned number of 32 bits; -1 is `u32::MAX`, as older kernels print it.
pub(super) fn id(text: &[u8]) -> Option<u32> {
    if text == b"-1" {
        return Some(u32::MAX);
    }
    decimal32(text).filter(|(_, rest)| rest.is_empty()).map(|(id, _)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_found_at_its_usual_place_and_elsewhere() {
        let table = [
            ("arch=c000003e syscall=257 success=yes", Some((Some(0xc000_003e_u32), 257))),
            ("syscall=5 arch=40000003", Some((Some(0x4000_0003), 5))),
            ("arch=x86_64 syscall=257", Some((None, 257))),
            ("per=400000 syscall=2", Some((None, 2))),
            ("arch=c000003e syscall=openat", None),
            ("arch=c000003e syscall=99999999999", None),
            ("arch=c000003e99 syscall=1", Some((None, 1))),
            ("", None),
        ];
        for (body, wanted) in table {
            assert_eq!(call(body.as_bytes()), wanted, "{body}");
        }
    }

    #[test]
    fn values_end_where_the_kernel_ends_them() {
        let body = b"pid=7 comm=\"a\" exe=2F61 key=\"torn";
        assert_eq!(anywhere(body, b" pid="), Some(Value { bytes: b"7", form: Form::Bare }));
        assert_eq!(behind(body, b" comm="), Some(Value { bytes: b"a", form: Form::Quoted }));
        assert_eq!(behind(body, b" exe="), Some(Value { bytes: b"2F61", form: Form::Bare }));
        assert_eq!(behind(body, b" key="), Some(Value { bytes: b"torn", form: Form::Torn }));
        assert_eq!(behind(body, b" pid="), None);
    }

    #[test]
    fn numbers_are_whole_or_none() {
        assert_eq!(argument(b"x a0=ffffff9c a1=g a2=", 0), Some(0xffff_ff9c));
        assert_eq!(argument(b"x a0=ffffff9c a1=g a2=", 1), None);
        assert_eq!(argument(b"x a0=ffffff9c a1=g a2=", 2), None);
        assert_eq!(argument(b"x a0=1 a1=2 a2=ff a3=4 items=0", 3), Some(4));
        assert_eq!(argument(b"x a0=1 a2=ff", 2), None);
        assert_eq!(argument(b"x a0=1", 255), None);
        assert_eq!(id(b"4294967295"), Some(u32::MAX));
        assert_eq!(id(b"-1"), Some(u32::MAX));
        for text in ["", "1x", "4294967296", "-2", "+1"] {
            assert_eq!(id(text.as_bytes()), None, "{text}");
        }
    }
}
