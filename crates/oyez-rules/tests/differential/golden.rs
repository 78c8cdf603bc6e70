//! Rules with the bytes that kernels of other machines listed after auditctl 3.0 and 3.1 had sent them, taken down by the
//! authors of go-libaudit. A kernel takes the upper half of the last word off a mask: classes of calls are not listed.

use std::fs;
use std::path::PathBuf;

use oyez_rules::bytes;
use oyez_rules::model::{Command, Field};
use oyez_rules::text::{NoNames, PermSyscalls, Target, parse_line};
use oyez_tables::arch::Arch;

/// How many rules there were, and how many had the same bytes.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    pub(crate) rules: usize,
    pub(crate) equal: usize,
}

/// Compares the rules of files.
pub(crate) fn compare(paths: &[PathBuf]) -> Compared {
    let mut compared = Compared::default();
    for path in paths {
        let text = fs::read_to_string(path).expect("a golden file");
        let on_arm = text.lines().any(|line| line.starts_with("# Linux") && line.contains("aarch64"));
        let machine = if on_arm { Arch::Aarch64 } else { Arch::X86_64 };
        for entry in text.split("\n- flags: ").skip(1) {
            compared.rules += 1;
            let (flags, bytes) = entry.split_once("bytes: !!binary |").unwrap_or((entry, ""));
            let line = flags.split_whitespace().collect::<Vec<_>>().join(" ");
            let base64: String = bytes.lines().take_while(|line| !line.starts_with('#')).collect();
            let expected = decode_base64(base64.as_bytes());
            match difference(&line, machine, &expected) {
                None => compared.equal += 1,
                Some(difference) => println!("{}: {line}: {difference}", path.display()),
            }
        }
    }
    compared
}

/// What differs, if anything. Behind the golden bytes may be padding.
fn difference(line: &str, machine: Arch, expected: &[u8]) -> Option<String> {
    let theirs = bytes::decode(expected);
    // What was a folder when it was traced.
    let dir = theirs.as_ref().ok().and_then(|rule| rule.find(Field::Dir)).and_then(|test| test.as_text());
    let is_dir = |path: &[u8]| Some(path) == dir;
    let target = Target { machine, perm_syscalls: PermSyscalls::Never, names: &NoNames, is_dir: &is_dir };
    let mut parsed = parse_line(line.as_bytes(), 1, &target);
    let ours = match parsed.commands.pop() {
        Some(Command::AddRule { rule, .. } | Command::DeleteRule { rule, .. }) => as_listed(bytes::encode(&rule)),
        _ => return Some(format!("{:?}", parsed.problems)),
    };
    let (same, padding) = expected.split_at_checked(ours.len())?;
    let equal = same == ours && padding.iter().all(|byte| *byte == 0) && padding.len() < 4;
    (!equal).then(|| format!("{theirs:?}\n  ours {:?}", bytes::decode(&ours)))
}

/// The bytes of a rule without the classes of calls in its mask.
fn as_listed(mut bytes: Vec<u8>) -> Vec<u8> {
    let last = 4 * (3 + 63);
    let word = u32::from_ne_bytes(bytes[last..last + 4].try_into().expect("four bytes"));
    bytes[last..last + 4].copy_from_slice(&(word & 0xffff).to_ne_bytes());
    bytes
}

/// Base 64, white space and padding aside.
fn decode_base64(text: &[u8]) -> Vec<u8> {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |byte: &u8| digits.iter().position(|digit| digit == byte).and_then(|at| u32::try_from(at).ok());
    let (mut bits, mut have, mut out) = (0_u32, 0, Vec::new());
    for value in text.iter().filter_map(digit) {
        bits = bits << 6 | value;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.extend(u8::try_from(bits >> have & 0xff));
        }
    }
    out
}
