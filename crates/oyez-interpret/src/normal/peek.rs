//! Single values of the kernel's own records, found without splitting the whole: only what the kernel itself wrote may be
//! read so, for in it a name never holds a blank outside of hex.

use oyez_events::fields::Form;

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

/// Argument `index` of a `SYSCALL` record: the register's value.
pub(super) fn argument(body: &[u8], index: u8) -> Option<u64> {
    let name: &[u8] = match index {
        0 => b" a0=",
        1 => b" a1=",
        2 => b" a2=",
        3 => b" a3=",
        _ => return None,
    };
    hex64(behind(body, name)?.bytes)
}

/// The whole of `text` as a hex number of 64 bits.
pub(super) fn hex64(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 16 {
        return None;
    }
    text.iter().try_fold(0, |value: u64, byte| Some(value << 4 | u64::from(char::from(*byte).to_digit(16)?)))
}

/// The hex number in front, of at most 8 digits, and what follows it.
fn hex32(text: &[u8]) -> Option<(u32, &[u8])> {
    let len = text.iter().take(9).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = text.split_at_checked(len)?;
    Some((u32::try_from(hex64(digits)?).ok()?, rest))
}

/// The decimal number in front and what follows it.
pub(super) fn decimal32(text: &[u8]) -> Option<(u32, &[u8])> {
    let len = text.iter().take(11).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(len).filter(|(digits, _)| !digits.is_empty())?;
    let add = |value: u32, byte: &u8| value.checked_mul(10)?.checked_add(u32::from(byte - b'0'));
    Some((digits.iter().try_fold(0, add)?, rest))
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
        assert_eq!(id(b"4294967295"), Some(u32::MAX));
        assert_eq!(id(b"-1"), Some(u32::MAX));
        for text in ["", "1x", "4294967296", "-2", "+1"] {
            assert_eq!(id(text.as_bytes()), None, "{text}");
        }
    }
}
