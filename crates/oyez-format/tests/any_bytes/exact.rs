//! Whatever bytes a process chose for a name, an argument or its command: the JSON gives exactly those back.

use proptest::prelude::*;
use serde_json::Value;

use super::check;

const SYSCALL: u16 = 1300;
const PATH: u16 = 1302;
const CWD: u16 = 1307;
const EXECVE: u16 = 1309;

/// As the kernel writes an untrusted string (kernel/audit.c, `audit_log_n_untrustedstring`).
fn encoded(bytes: &[u8]) -> String {
    if bytes.iter().any(|b| *b == b'"' || !(0x21..=0x7e).contains(b)) {
        return bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat();
    }
    format!("\"{}\"", String::from_utf8_lossy(bytes))
}

fn unhex(digits: &str) -> Vec<u8> {
    let byte = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..digits.len()).step_by(2).map_while(byte).collect()
}

/// The bytes behind `name` and its sibling `name_hex`; one that is not there is empty.
fn exact(object: &Value, name: &str) -> Vec<u8> {
    match (&object[format!("{name}_hex")], &object[name]) {
        (Value::String(hex), _) => unhex(hex),
        (_, Value::String(text)) => text.clone().into_bytes(),
        _ => Vec::new(),
    }
}

/// The same for a list of texts.
fn exact_list(object: &Value, name: &str) -> Vec<Vec<u8>> {
    let texts = |list: &Value, read: fn(&str) -> Vec<u8>| {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|item| item.as_str().map(read).unwrap_or_default()).collect::<Vec<_>>()
    };
    match &object[format!("{name}_hex")] {
        Value::Null => texts(&object[name], |text| text.as_bytes().to_vec()),
        hex => texts(hex, unhex),
    }
}

fn object(bodies: &[(u16, &str)]) -> Value {
    let bodies: Vec<_> = bodies.iter().map(|(number, body)| (*number, body.as_bytes())).collect();
    serde_json::from_str(&check::bodies(&bodies)).unwrap_or_default()
}

/// Bytes that a name or an argument can have: all but NUL; mostly plain, some of it looking like hex or like fields.
fn chosen() -> impl Strategy<Value = Vec<u8>> {
    let hostile = prop::sample::select(vec![
        "4142",
        "(null)",
        "?",
        "a=b",
        "msg='x'",
        "x' uid=0",
        "\" uid=0 comm=\"x",
        "ä\u{9b}",
        "a\nb",
        "\u{1b}[2J",
        "\\u0041",
    ]);
    prop_oneof![
        prop::collection::vec(1..=255u8, 1..40),
        prop::collection::vec(0x21..0x7fu8, 1..40),
        hostile.prop_map(|text| text.as_bytes().to_vec()),
    ]
}

/// The fields of argument `index`, cut into pieces of `size` bytes where it is longer.
fn argument(index: usize, bytes: &[u8], size: usize) -> String {
    if bytes.len() <= size {
        return format!(" a{index}={}", encoded(bytes));
    }
    let pieces: Vec<_> = bytes.chunks(size).map(encoded).collect();
    let written: usize = pieces.iter().map(|piece| piece.trim_matches('"').len()).sum();
    let pieces: Vec<_> =
        pieces.iter().enumerate().map(|(place, piece)| format!(" a{index}[{place}]={piece}")).collect();
    format!(" a{index}_len={written}{}", pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn names_directories_and_commands_come_back(name in chosen(), cwd in chosen(), comm in chosen()) {
        let syscall = format!("arch=c000003e syscall=2 success=yes exit=3 ppid=1 pid=2 comm={} exe={}", encoded(&comm), encoded(&name));
        let (cwd_body, path) = (format!("cwd={}", encoded(&cwd)), format!("item=0 name={} inode=7 mode=0100644", encoded(&name)));
        let event = object(&[(SYSCALL, &syscall), (CWD, &cwd_body), (PATH, &path)]);
        prop_assert_eq!(exact(&event["paths"][0], "name"), name.clone());
        prop_assert_eq!(exact(&event["process"], "comm"), comm);
        prop_assert_eq!(exact(&event["process"], "exe"), name);
        prop_assert_eq!(exact(&event["process"], "cwd"), cwd);
    }

    #[test]
    fn arguments_come_back(args in prop::collection::vec(chosen(), 1..8), size in 1..40usize, cut in any::<bool>()) {
        let fields: Vec<_> = args.iter().enumerate().map(|(index, arg)| argument(index, arg, size)).collect();
        let (first, rest) = fields.split_at(if cut { fields.len() / 2 } else { fields.len() });
        let (first, rest) = (format!("argc={}{}", args.len(), first.concat()), rest.concat());
        let mut bodies = vec![(SYSCALL, "arch=c000003e syscall=59 success=yes exit=0 ppid=1 pid=2"), (EXECVE, first.as_str())];
        bodies.extend(cut.then_some((EXECVE, rest.trim_start())));
        let event = object(&bodies);
        prop_assert_eq!(exact_list(&event["process"], "argv"), args);
        prop_assert_eq!(&event["process"]["argv_cut"], &Value::Null);
    }

    #[test]
    fn what_user_space_claims_comes_back(acct in chosen(), tail in chosen()) {
        let body = format!("pid=7 uid=0 msg='op=login acct={} exe=\"/usr/sbin/sshd\" cmd={} res=failed'", encoded(&acct), encoded(&tail));
        let event = object(&[(1100, &body)]);
        prop_assert_eq!(exact(&event["claimed"], "acct"), acct);
        prop_assert_eq!(exact(&event["claimed"], "cmd"), tail);
        prop_assert_eq!(&event["user"]["uid"], &Value::from(0));
    }
}
