//! A passwd(5) or group(5) file's bytes → the names of its ids.
//!
//! Refused are lines that the C library refuses too (without an id, or in passwd without a group), those for NIS (`+…`,
//! `-…`), comments, and names that are none ([`super::name`]). Of several lines with one id the first counts, as for
//! getpwuid(3). At most [`MAX_NAMES`] names are kept.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::source::{Source, Stamp};
use super::{Kind, name};

/// How much of a file is read, in bytes.
pub(super) const MAX_BYTES: u64 = 8 << 20;

/// How many names of one file are kept, first come first served.
const MAX_NAMES: usize = 65_536;

/// Names by id.
type FileNames = HashMap<u32, Box<str>, RandomState>;

/// One of the two files, as it was last read.
#[derive(Debug, Default)]
pub(super) struct File {
    names: FileNames,
    stamp: Option<Stamp>,
    /// It is read once more at the next check: a change within the clock tick of the last reading leaves the stamp as it is.
    is_fresh: bool,
}

impl File {
    /// The name of `id`.
    #[inline]
    pub(super) fn name(&self, id: u32) -> Option<&str> {
        self.names.get(&id).map(AsRef::as_ref)
    }

    /// Reads the file if it may have changed; returns whether a name did.
    pub(super) fn check(&mut self, kind: Kind, source: &impl Source) -> bool {
        let Some(stamp) = source.stamp(kind) else { return false };
        let is_same = self.stamp == Some(stamp);
        if is_same && !self.is_fresh {
            return false;
        }
        let Ok(bytes) = source.read(kind) else { return false };
        (self.stamp, self.is_fresh) = (Some(stamp), !is_same);
        let names = parse(kind, &bytes);
        let is_changed = names != self.names;
        if is_changed {
            self.names = names;
        }
        is_changed
    }
}

/// The names in a whole file of this kind.
fn parse(kind: Kind, bytes: &[u8]) -> FileNames {
    let mut names = FileNames::default();
    // Of a file that was cut, the last line may have half an id.
    let is_cut = bytes.len() as u64 >= MAX_BYTES;
    let end = bytes.iter().rposition(|byte| *byte == b'\n').filter(|_| is_cut).unwrap_or(bytes.len());
    for line in bytes.get(..end).unwrap_or_default().split(|byte| *byte == b'\n') {
        let Some((id, name)) = entry(kind, line) else { continue };
        if names.len() >= MAX_NAMES {
            break;
        }
        names.entry(id).or_insert_with(|| name.into());
    }
    names
}

/// `name:password:id:…`; in passwd a group's id follows.
fn entry(kind: Kind, line: &[u8]) -> Option<(u32, &str)> {
    let line = line.trim_ascii_start();
    if line.first().is_none_or(|first| matches!(first, b'#' | b'+' | b'-')) {
        return None;
    }
    let mut fields = line.split(|byte| *byte == b':');
    let name = fields.next()?;
    let id = number(fields.nth(1)?)?;
    if kind == Kind::User {
        number(fields.next()?)?;
    }
    Some((id, name::accept(name)?))
}

fn number(text: &[u8]) -> Option<u32> {
    let is_number = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn good_lines_give_names_and_bad_ones_nothing() {
        let passwd = b"root:x:0:0:root:/root:/bin/bash\ntoor:x:0:0::/root:/bin/sh\n\n# note:x:1:1::/:\n+nis:x:2:2::/:\n\
            nogid:x:3\nbadgid:x:4:x::/:\n:x:5:5::/:\nbad\xe9:x:6:6::/:\nhuge:x:4294967296:0::/:\nplus:x:+7:0::/:\n  alice:x:1000:1000::/:\nlast:x:8:8";
        let names = parse(Kind::User, passwd);
        let name = |id| names.get(&id).map(AsRef::as_ref);
        assert_eq!((name(0), name(1000), name(8)), (Some("root"), Some("alice"), Some("last")));
        assert_eq!(names.len(), 3, "{names:?}");
        let groups = parse(Kind::Group, b"root:x:0:\nadm:x:4:alice,bob\nshort:x:5\nnone:x\n");
        assert_eq!(groups.len(), 3);
        assert_eq!(groups.get(&4).map(AsRef::as_ref), Some("adm"));
    }

    #[test]
    fn no_more_names_are_kept_than_the_bound() {
        let text = (0..MAX_NAMES + 10).map(|id| format!("u{id}:x:{id}:")).collect::<Vec<_>>().join("\n");
        assert_eq!(parse(Kind::Group, text.as_bytes()).len(), MAX_NAMES);
    }

    #[test]
    fn a_line_that_was_cut_gives_no_name() {
        let cut =
            [b"root:x:0:\n".as_slice(), &vec![b'#'; usize::try_from(MAX_BYTES).unwrap() - 18], b"\ncut:x:1"].concat();
        assert_eq!(cut.len() as u64, MAX_BYTES);
        assert_eq!(parse(Kind::Group, &cut).len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_give_names_or_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for kind in [Kind::User, Kind::Group] {
                prop_assert!(parse(kind, &bytes).values().all(|name| name::accept(name.as_bytes()).is_some()));
            }
        }
    }
}
