//! The logs that were put aside: what they are called, and which are there.
//!
//! A directory and the log's name in; out the files in it that are called as this log's are when they are put aside, oldest
//! first. A log and its packed copy count once. Names are bytes, since a path is. Refuses (leaves out) what is no regular file.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, Dir, FileType};
use rustix::io::Errno;

use super::settings::{Names, Packing};

/// One log that was put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aside {
    /// What it is called, without what packing adds.
    pub(super) name: Vec<u8>,
    /// What stands behind the log's name.
    pub(super) mark: Mark,
    /// Its plain file.
    pub(super) plain: Option<Entry>,
    /// Its packed one.
    pub(super) packed: Option<(Packing, Entry)>,
}

/// What a file is besides its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its inode.
    pub(super) inode: u64,
    /// Its length in bytes.
    pub(super) bytes: u64,
    /// When it was last written to: seconds since 1970, and nanoseconds.
    pub(super) modified: (i64, i64),
}

/// What a log's name gets when it is put aside; a later one is larger.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// From the most to 1.
    Number(std::cmp::Reverse<u32>),
    /// `20261124T002530Z`, and a number where that was taken: behind `_`, so that names sort as they were given, packed or not.
    Time(Vec<u8>, u32),
}

/// Digits of the number behind a time.
const DIGITS: usize = 6;

impl Mark {
    /// Reads what stands behind the log's name and a dot.
    fn read(text: &[u8], names: Names) -> Option<Self> {
        match names {
            Names::Number => number(text).map(|number| Self::Number(std::cmp::Reverse(number))),
            Names::Time => {
                let (time, rest) = text.split_at_checked(STAMP)?;
                let more = match rest.split_first() {
                    None => 0,
                    Some((b'_', digits)) if digits.len() == DIGITS => str::from_utf8(digits).ok()?.parse().ok()?,
                    Some(_) => return None,
                };
                is_stamp(time).then(|| Self::Time(time.to_vec(), more))
            }
        }
    }

    /// The one for a log that is put aside at this time, in milliseconds since 1970, later than all that are there: clocks go
    /// back, and the order of logs must not.
    pub(super) fn next(last: Option<&Self>, now_ms: u64) -> Option<Self> {
        let stamp = stamp(now_ms / 1000);
        match last {
            Some(Self::Time(time, more)) if *time >= stamp => {
                let more = more.checked_add(1).filter(|more| *more < 10_u32.pow(6))?;
                Some(Self::Time(time.clone(), more))
            }
            _ => Some(Self::Time(stamp, 0)),
        }
    }

    /// The whole name.
    pub(super) fn name(&self, log: &[u8]) -> Vec<u8> {
        let mut name = [log, b"."].concat();
        match self {
            Self::Number(number) => name.extend_from_slice(number.0.to_string().as_bytes()),
            Self::Time(time, more) => {
                name.extend_from_slice(time);
                if *more > 0 {
                    name.extend_from_slice(format!("_{more:0DIGITS$}").as_bytes());
                }
            }
        }
        name
    }
}

impl Aside {
    /// The names of its files.
    pub(super) fn files(&self) -> impl Iterator<Item = Vec<u8>> {
        let plain = self.plain.map(|_| self.name.clone());
        let packed = self.packed.map(|(packing, _)| packed_name(&self.name, packing));
        plain.into_iter().chain(packed)
    }

    /// The one of its files that counts: the packed one is whole when it is there at all.
    pub(super) fn entry(&self) -> Entry {
        let none = Entry { inode: 0, bytes: 0, modified: (0, 0) };
        self.packed.map(|(_, entry)| entry).or(self.plain).unwrap_or(none)
    }

    /// Whether its plain file is what packing left behind when it was broken off: both were last written at the same time.
    pub(super) fn is_twice(&self) -> bool {
        matches!((self.plain, self.packed), (Some(plain), Some((_, packed))) if plain.modified == packed.modified)
    }
}

/// A log's name, packed.
pub(super) fn packed_name(name: &[u8], packing: Packing) -> Vec<u8> {
    [name, packing.ending().as_bytes()].concat()
}

/// Names of files in the making, which a crash may leave behind.
pub(super) fn making_name(log: &[u8], what: &str) -> Vec<u8> {
    [b".", log, b".", what.as_bytes()].concat()
}

/// All logs that were put aside and are there, oldest first.
pub(super) fn list(directory: &OwnedFd, log: &[u8], names: Names) -> io::Result<Vec<Aside>> {
    let mut found: BTreeMap<Mark, Aside> = BTreeMap::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        let Some((mark, packing)) = read(name, log, names) else { continue };
        let Some(entry) = look(directory, name)? else { continue };
        let name = mark.name(log);
        let aside = Aside { name, mark: mark.clone(), plain: None, packed: None };
        let aside = found.entry(mark).or_insert(aside);
        match packing {
            None => aside.plain = Some(entry),
            Some(packing) => aside.packed = Some((packing, entry)),
        }
    }
    Ok(found.into_values().collect())
}

fn read(name: &[u8], log: &[u8], names: Names) -> Option<(Mark, Option<Packing>)> {
    let rest = name.strip_prefix(log)?.strip_prefix(b".")?;
    let packing = Packing::ALL.into_iter().find(|packing| rest.ends_with(packing.ending().as_bytes()));
    let rest = packing.map_or(Some(rest), |packing| rest.strip_suffix(packing.ending().as_bytes()))?;
    Some((Mark::read(rest, names)?, packing))
}

/// What a regular file is; `None` for what is none, or has gone meanwhile.
pub(super) fn look(directory: &OwnedFd, name: &[u8]) -> io::Result<Option<Entry>> {
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => Ok(Some(Entry {
            inode: stat.st_ino,
            bytes: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: (stat.st_mtime, i64::try_from(stat.st_mtime_nsec).unwrap_or_default()),
        })),
        Ok(_) | Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A number from 1 on, written as one writes it.
fn number(text: &[u8]) -> Option<u32> {
    let text = str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    text.parse().ok().filter(|number| *number > 0 && !text.starts_with('0'))
}

/// Bytes of a time.
const STAMP: usize = "20261124T002530Z".len();

fn is_stamp(text: &[u8]) -> bool {
    text.iter().zip(b"00000000T000000Z").all(|(byte, form)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    })
}

/// A time in seconds since 1970 as ISO 8601 has it in its short form, UTC; until the year 9999.
fn stamp(seconds: u64) -> Vec<u8> {
    let seconds = seconds.min(253_402_300_799);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z").into_bytes()
}

/// The date of a day since 1970-01-01: years begin in March, so that the leap day is the last (Hinnant, "chrono-Compatible
/// Low-Level Date Algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;

    use super::*;

    #[test]
    fn times_are_written_as_a_calendar_has_them() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (1_795_479_930, "20261124T002530Z"),
            (4_107_542_400, "21000301T000000Z"),
            (u64::MAX, "99991231T235959Z"),
        ] {
            assert_eq!(String::from_utf8(stamp(seconds)).unwrap(), text);
        }
    }

    #[test]
    fn only_names_that_we_give_are_ours() {
        let time = |text: &str, more| Mark::Time(text.into(), more);
        for (name, names, mark, packing) in [
            ("a.log.1", Names::Number, Some(Mark::Number(Reverse(1))), None),
            ("a.log.12.gz", Names::Number, Some(Mark::Number(Reverse(12))), Some(Packing::Gzip)),
            ("a.log.01", Names::Number, None, None),
            ("a.log.0", Names::Number, None, None),
            ("a.log.+1", Names::Number, None, None),
            ("a.log.1.bak", Names::Number, None, None),
            ("a.log", Names::Number, None, None),
            ("b.log.1", Names::Number, None, None),
            ("a.log.20261124T002530Z", Names::Time, Some(time("20261124T002530Z", 0)), None),
            ("a.log.20261124T002530Z_000007.zst", Names::Time, Some(time("20261124T002530Z", 7)), Some(Packing::Zstd)),
            ("a.log.20261124T002530Z_7", Names::Time, None, None),
            ("a.log.20261124X002530Z", Names::Time, None, None),
            ("a.log.1", Names::Time, None, None),
        ] {
            let found = read(name.as_bytes(), b"a.log", names);
            assert_eq!(found, mark.clone().map(|mark| (mark, packing)), "{name}");
            if let Some(mark) = mark {
                let plain = mark.name(b"a.log");
                let whole = packing.map_or(plain.clone(), |packing| packed_name(&plain, packing));
                assert_eq!(whole, name.as_bytes());
            }
        }
    }

    #[test]
    fn names_never_go_back() {
        let first = Mark::next(None, 1_795_479_930_000).unwrap();
        let same = Mark::next(Some(&first), 1_795_479_930_999).unwrap();
        let back = Mark::next(Some(&same), 5_000).unwrap();
        let later = Mark::next(Some(&back), 1_795_479_931_000).unwrap();
        assert!(first < same && same < back && back < later);
        assert_eq!(back.name(b"x"), b"x.20261124T002530Z_000002");
        assert_eq!(later.name(b"x"), b"x.20261124T002531Z");
        assert!(Mark::Number(Reverse(2)) < Mark::Number(Reverse(1)));
        assert_eq!(Mark::next(Some(&Mark::Time(b"99991231T235959Z".into(), 999_999)), 0), None);
    }
}
