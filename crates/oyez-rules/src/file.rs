//! Rules files → one list of lines, as augenrules makes it: files in natural order of their names; of all files together
//! the last `-D`, `-b` and `-f` first, in this order, and the last `-e` last; all else as it stands.
//!
//! Nothing is read here; names and contents come in. augenrules takes names that end in `.rules` only: see
//! [`is_rules_file`].

use std::cmp::Ordering;

use crate::model::Command;
use crate::text::{Line, Problem, Target, parse_file};

/// A file that was read.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its name, with or without its folder. Order goes by what stands behind the last `/`.
    pub name: &'a [u8],
    /// Its contents.
    pub text: &'a [u8],
}

/// A line of one of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileLine {
    /// Which of the sources it is of, by its place in them.
    pub source: usize,
    /// The line.
    pub line: Line,
}

/// What came of all files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The lines to be applied, in this order.
    pub lines: Vec<FileLine>,
    /// Lines that a later one of their kind has replaced.
    pub replaced: Vec<FileLine>,
    /// Every problem, with the place of its file in the sources.
    pub problems: Vec<(usize, Problem)>,
}

/// Whether augenrules would take a file of this name, which stands here without its folder: hidden ones it does not see.
pub fn is_rules_file(name: &[u8]) -> bool {
    name.ends_with(b".rules") && !name.starts_with(b".")
}

/// One list of all files.
pub fn merge(sources: &[Source<'_>], target: &Target<'_>) -> Merged {
    let mut order: Vec<_> = (0..sources.len()).collect();
    order.sort_by(|a, b| natural(base(sources[*a].name), base(sources[*b].name)));
    let mut merged = Merged::default();
    let mut slots: [Option<FileLine>; 4] = Default::default();
    for source in order {
        let parsed = parse_file(sources[source].text, target);
        merged.problems.extend(parsed.problems.into_iter().map(|problem| (source, problem)));
        for line in parsed.lines {
            let line = FileLine { source, line };
            match slot(&line.line.commands) {
                Some(slot) => merged.replaced.extend(slots[slot].replace(line)),
                None => merged.lines.push(line),
            }
        }
    }
    let [delete, backlog, failure, enabled] = slots;
    merged.lines.splice(0..0, [delete, backlog, failure].into_iter().flatten());
    merged.lines.extend(enabled);
    merged
}

/// What a line starts with, if that moves it: 0 to 2 to the front, 3 to the end.
fn slot(commands: &[Command]) -> Option<usize> {
    match commands.first()? {
        Command::DeleteAll { key: None } => Some(0),
        Command::SetBacklogLimit(_) => Some(1),
        Command::SetFailure(_) => Some(2),
        Command::SetEnabled(_) => Some(3),
        _ => None,
    }
}

fn base(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b'/').next().unwrap_or(name)
}

/// Which of two names comes first with `ls -v` (GNU coreutils manual, "Version sort ordering"): first without their
/// suffixes, then with them; `10-base.rules` stands before `10-base-local.rules`.
pub fn natural(left: &[u8], right: &[u8]) -> Ordering {
    let stems = || version(without_suffix(left), without_suffix(right));
    stems().then_with(|| version(left, right)).then_with(|| left.cmp(right))
}

/// A name without what looks like suffixes: `.`, a letter or `~`, then letters, digits and `~`, as often as there are. The
/// first byte is never part of one.
fn without_suffix(name: &[u8]) -> &[u8] {
    let of_suffix = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'~';
    let mut rest = name;
    while let Some(dot) = rest.iter().rposition(|byte| !of_suffix(byte)) {
        let starts = rest.get(dot + 1).is_some_and(|byte| !byte.is_ascii_digit());
        if dot == 0 || rest[dot] != b'.' || !starts {
            break;
        }
        rest = &rest[..dot];
    }
    rest
}

/// Digits count as numbers, and letters come before all else (Debian Policy 5.6.12).
fn version(left: &[u8], right: &[u8]) -> Ordering {
    let (mut a, mut b) = (left, right);
    loop {
        let (text_a, text_b) = (take(&mut a, false), take(&mut b, false));
        let (number_a, number_b) = (take(&mut a, true), take(&mut b, true));
        let order = letters(text_a, text_b).then_with(|| digits(number_a, number_b));
        if order != Ordering::Equal || (a.is_empty() && b.is_empty()) {
            return order;
        }
    }
}

/// Takes the digits, or all else, off the front.
fn take<'a>(rest: &mut &'a [u8], are_digits: bool) -> &'a [u8] {
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit() == are_digits).count();
    let (front, behind) = rest.split_at(len);
    *rest = behind;
    front
}

/// Byte by byte: `~` before the end, the end before letters, letters before all else.
fn letters(left: &[u8], right: &[u8]) -> Ordering {
    let rank = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(*letter),
        Some(other) => i32::from(*other) + 256,
    };
    let most = left.len().max(right.len());
    (0..most)
        .map(|at| rank(left.get(at)).cmp(&rank(right.get(at))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn digits(left: &[u8], right: &[u8]) -> Ordering {
    let significant = |digits: &[u8]| digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    let (left, right) = (&left[significant(left)..], &right[significant(right)..]);
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;
    use crate::text::{NoNames, PermSyscalls};
    use oyez_tables::arch::Arch;

    #[test]
    fn names_are_in_natural_order() {
        let names = [
            "10-a.rules",
            "10-b.rules",
            "10-base.rules",
            "10-base2.rules",
            "10-base-local.rules",
            "30-ospp-v42.rules",
            "30-ospp-v42-1.rules",
            "100-a.rules",
            "a1",
            "a01b",
            "a2",
            "a10",
            "b~.rules",
            "b.rules",
            "b.1.rules",
            "x.rules.rules",
        ];
        for (at, left) in names.iter().enumerate() {
            for right in &names[at + 1..] {
                assert_eq!(natural(left.as_bytes(), right.as_bytes()), Ordering::Less, "{left} {right}");
                assert_eq!(natural(right.as_bytes(), left.as_bytes()), Ordering::Greater, "{left} {right}");
            }
            assert_eq!(natural(left.as_bytes(), left.as_bytes()), Ordering::Equal);
        }
    }

    #[test]
    fn the_order_is_that_of_ls() {
        let letters = [b'a', b'B', b'.', b'-', b'~', b'1', b'0', b'_', 0xe9];
        let ends = [&b".rules"[..], b".rules", b"", b".d"];
        // A fixed walk over many short names.
        let name = |number: usize| {
            let pick = |step: usize| (number * 7919 + 31) / step;
            let stem: Vec<_> = [1, 9, 81, 729, 6561].map(|step| letters[pick(step) % letters.len()]).to_vec();
            [b"x", &stem[..=number % 5], ends[pick(5) % ends.len()]].concat()
        };
        let mut ours: Vec<_> = (0..2000).map(name).collect();
        ours.sort_by(|a, b| natural(a, b));
        let dir = oyez_testkit::TempDir::new().unwrap();
        let path = |name: &[u8]| dir.join(std::ffi::OsStr::from_bytes(name));
        for name in &ours {
            std::fs::write(path(name), "").unwrap();
        }
        ours.dedup();
        let Ok(output) = std::process::Command::new("ls").arg("-1v").arg(dir.path()).env("LC_ALL", "C").output() else {
            return oyez_testkit::corpus::skipped("no ls here");
        };
        let theirs: Vec<_> = output.stdout.split(|byte| *byte == b'\n').filter(|name| !name.is_empty()).collect();
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs));
        }
        assert_eq!(ours.len(), theirs.len());
    }

    #[test]
    fn files_become_one_as_augenrules_makes_it() {
        let target =
            Target { machine: Arch::X86_64, perm_syscalls: PermSyscalls::Never, names: &NoNames, is_dir: &|_| false };
        let sources = [
            Source { name: b"d/100-b.rules", text: b"-D\n-b 200\n-w /b\n-e 1\n-r 7\n" },
            Source { name: b"d/20-a.rules", text: b"# a\n-e 2\n-D\n-b 100 -f 2\n-D -k x\n\n-w /a\n-f 1\nbad\n" },
        ];
        let merged = merge(&sources, &target);
        let places: Vec<_> = merged.lines.iter().map(|line| (line.source, line.line.number)).collect();
        assert_eq!(places, [(0, 1), (0, 2), (1, 8), (1, 5), (1, 7), (0, 3), (0, 5), (0, 4)]);
        let replaced: Vec<_> = merged.replaced.iter().map(|line| (line.source, line.line.number)).collect();
        assert_eq!(replaced, [(1, 3), (1, 4), (1, 2)]);
        assert_eq!(merged.problems.len(), 1);
        assert_eq!((merged.problems[0].0, merged.problems[0].1.line), (1, 9));
    }
}
