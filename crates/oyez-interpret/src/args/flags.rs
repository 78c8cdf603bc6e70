//! A value and the names of a set → `O_RDWR|O_CREAT|0x40000000`.

use std::io::Write as _;

use oyez_tables::flags::{Group, Set};

/// Appends the names of what `argument` holds, joined by `|`, bits without a name in hex; `false` where none has a name.
pub(crate) fn write(set: Set, group: Group, argument: u64, out: &mut Vec<u8>) -> bool {
    let seen = set.seen(argument);
    let field = seen & set.mask();
    let start = out.len();
    let mut named = false;
    let of_field = if set.mask() != 0 || seen == 0 { set.value(group, field) } else { None };
    match of_field {
        Some(name) => {
            push(name, start, out);
            named = true;
        }
        None if field != 0 => hex(field, start, out),
        None => {}
    }
    named |= bits(set, group, seen & !set.mask(), start, out);
    if !named {
        out.truncate(start);
    }
    named
}

/// Appends the flags of `bits`, and what is left of them in hex; whether any has a name.
pub(crate) fn bits(set: Set, group: Group, mut bits: u64, start: usize, out: &mut Vec<u8>) -> bool {
    let mut named = false;
    for (flag, name) in set.bits(group) {
        if bits & flag == *flag {
            push(name, start, out);
            bits &= !flag;
            named = true;
        }
    }
    if bits != 0 {
        hex(bits, start, out);
    }
    named
}

/// Appends `name`, behind a `|` unless it is the first since `start`.
pub(super) fn push(name: &str, start: usize, out: &mut Vec<u8>) {
    if out.len() > start {
        out.push(b'|');
    }
    out.extend_from_slice(name.as_bytes());
}

/// Appends `bits` in hex, as [`push`] does a name.
pub(super) fn hex(bits: u64, start: usize, out: &mut Vec<u8>) {
    push("", start, out);
    print(out, format_args!("0x{bits:x}"));
}

/// Appends text; a `Vec` takes any.
pub(super) fn print(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(set: Set, group: Group, value: u64) -> Option<String> {
        let mut out = b"before ".to_vec();
        let said = write(set, group, value, &mut out);
        let text = String::from_utf8(out).unwrap().strip_prefix("before ").unwrap().to_owned();
        assert_eq!(said, !text.is_empty());
        said.then_some(text)
    }

    #[test]
    fn values_and_flags_are_joined() {
        for (set, value, text) in [
            (Set::Open, 0, "O_RDONLY"),
            (Set::Open, 0x80241, "O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC"),
            (Set::Open, 0o20_200_002, "O_RDWR|O_TMPFILE"),
            (Set::Open, 0o4_010_000, "O_RDONLY|O_SYNC"),
            (Set::Open, 0o10_000, "O_RDONLY|O_DSYNC"),
            (Set::Open, 3, "0x3"),
            (Set::Prot, 0, "PROT_NONE"),
            (Set::Prot, 7, "PROT_READ|PROT_WRITE|PROT_EXEC"),
            (Set::Mmap, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS"),
            (Set::Mount, 0x100_0000_0001, "MS_RDONLY|0x10000000000"),
            (Set::Fcntl, 0xffff_ffff_0000_0409, "F_ADD_SEALS"),
            (Set::SchedPolicy, 0x4000_0001, "SCHED_FIFO|SCHED_RESET_ON_FORK"),
            (Set::Access, 0, "F_OK"),
        ] {
            match text {
                "0x3" => assert_eq!(written(set, Group::X86, value), None),
                _ => assert_eq!(written(set, Group::X86, value).as_deref(), Some(text)),
            }
        }
    }

    #[test]
    fn numbers_without_a_name_are_no_names() {
        for (set, value) in [(Set::Umount, 0), (Set::Umount, 0x1000), (Set::Bpf, 9999), (Set::Mount, 1 << 40)] {
            assert_eq!(written(set, Group::X86, value), None, "{set:?}");
        }
    }
}
