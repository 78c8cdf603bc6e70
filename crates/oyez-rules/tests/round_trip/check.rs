//! What must hold for any rule, any bytes and any text. Property tests and fuzzers share it.

use oyez_rules::bytes;
use oyez_rules::model::{Command, Rule};
use oyez_rules::print::{Printer, Style};
use oyez_rules::text::{NoNames, Parsed, PermSyscalls, Target, parse_line};
use oyez_tables::arch::Arch;

const MACHINE: Arch = Arch::X86_64;

fn parse(line: &[u8]) -> Parsed {
    let is_dir = |path: &[u8]| path.ends_with(b"d") || path.ends_with(b"/");
    parse_line(
        line,
        1,
        &Target { machine: MACHINE, perm_syscalls: PermSyscalls::Never, names: &NoNames, is_dir: &is_dir },
    )
}

/// The rule comes back from its bytes, and from its text with names and without.
pub(crate) fn rule(rule: &Rule) {
    let encoded = bytes::encode(rule);
    assert_eq!(bytes::decode(&encoded).as_ref(), Ok(rule));
    for interpret in [None, Some(&NoNames as _)] {
        let line = Printer { style: Style::Loadable, machine: MACHINE, interpret }.line(rule);
        assert!(!line.iter().any(u8::is_ascii_control), "{:?}", String::from_utf8_lossy(&line));
        let parsed = parse(&line);
        let back = match &parsed.commands[..] {
            [Command::AddRule { rule, .. }] => Some(bytes::encode(rule)),
            _ => None,
        };
        assert_eq!(back, Some(encoded.clone()), "{}\n{:?}", String::from_utf8_lossy(&line), parsed.problems);
    }
}

/// Bytes are no rule, or one that is written in every style and has bytes that lead back to it.
pub(crate) fn bytes(any: &[u8]) {
    let Ok(decoded) = bytes::decode(any) else { return };
    assert_eq!(bytes::decode(&bytes::encode(&decoded)).as_ref(), Ok(&decoded));
    for style in [Style::Loadable, Style::Auditctl] {
        for interpret in [None, Some(&NoNames as _)] {
            let line = Printer { style, machine: MACHINE, interpret }.line(&decoded);
            assert!(line.starts_with(b"-") || style == Style::Auditctl);
            parse(&line);
        }
    }
}

/// Text has problems that lie in it, or gives rules that come back from what is written of them.
pub(crate) fn text(any: &[u8]) {
    for line in any.split(|byte| *byte == b'\n') {
        let parsed = parse(line);
        for problem in &parsed.problems {
            assert!((1..=line.len() + 1).contains(&problem.column), "{problem} of {}", line.len());
            assert!(!problem.to_string().contains(char::is_control), "{problem:?}");
        }
        assert!(!parsed.has_errors() || parsed.commands.is_empty());
        for command in parsed.commands {
            if let Command::AddRule { rule: added, .. } = command {
                rule(&added.with_prepend(false));
            }
        }
    }
}
