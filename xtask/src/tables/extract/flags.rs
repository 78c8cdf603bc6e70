//! `sources/flag_sources.csv` and the headers it names → `sources/flags.csv`: names of numbers, by groups of architectures.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use super::constants::Header;
use super::{head, output};
use crate::tables::csv::Table;
use crate::tables::flags::{EVERYWHERE, GROUPS};
use crate::tables::{Output, workspace_root};

/// One group of architectures that share their headers: directories, further arguments, package.
struct Place {
    group: &'static str,
    dirs: [&'static str; 2],
    arguments: &'static [&'static str],
    package: &'static str,
}

const fn place(
    group: &'static str,
    dirs: [&'static str; 2],
    arguments: &'static [&'static str],
    package: &'static str,
) -> Place {
    Place { group, dirs, arguments, package }
}

const NONE: &str = "/nonexistent";

#[rustfmt::skip]
const PLACES: [Place; 6] = [
    place("x86", ["/usr/include/x86_64-linux-gnu", "/usr/include"], &[], "linux-libc-dev"),
    place("arm", ["/usr/arm-linux-gnueabihf/include", NONE], &["-m32", "-D__ARM_EABI__"], "linux-libc-dev-armhf-cross"),
    place("aarch64", ["/usr/aarch64-linux-gnu/include", NONE], &["-D__aarch64__"], "linux-libc-dev-arm64-cross"),
    place("powerpc", ["/usr/powerpc64le-linux-gnu/include", NONE], &["-D__powerpc64__"], "linux-libc-dev-ppc64el-cross"),
    place("riscv", ["/usr/riscv64-linux-gnu/include", NONE], &["-D__riscv_xlen=64"], "linux-libc-dev-riscv64-cross"),
    place("s390", ["/usr/s390x-linux-gnu/include", NONE], &["-D__s390x__", "-D__s390__"], "linux-libc-dev-s390x-cross"),
];

/// Names, in the order found, and for each group the number.
type Found = Vec<(String, BTreeMap<&'static str, u64>)>;

/// Headers already read, by group and name.
type Read = BTreeMap<(usize, String), Header>;

/// Every set's names and numbers.
pub(super) fn extract() -> Result<Output> {
    let sources = Table::read(
        &workspace_root().join("xtask/tables"),
        "sources/flag_sources.csv",
        "set,part,per,header,names,without,style",
    )?;
    let (mut read, mut rows, mut empty) = (Read::new(), String::new(), Vec::new());
    for row in &sources.rows {
        let found = names(&mut read, row)?;
        if found.is_empty() {
            empty.push(format!("{} in {}", row[0], row[3]));
        }
        for (name, numbers) in found {
            for (number, groups) in by_number(&numbers, &row[2]) {
                let _ = writeln!(rows, "{},{},{groups},0x{number:x},{name},{}", row[0], row[1], row[3]);
            }
        }
    }
    ensure!(empty.is_empty(), "no names of {}", empty.join(", "));
    let title = "Names of numbers in arguments of system calls; groups of architectures";
    let mut packages: Vec<(&str, &str)> =
        PLACES.iter().map(|place| (place.package, "headers as in the last column")).collect();
    packages.push(("libc6-dev", "fcntl.h, unistd.h, sys/*.h"));
    Ok(output("flags", head(title, &packages, "set,part,groups,number,name,header")? + &rows))
}

fn names(read: &mut Read, row: &[String]) -> Result<Found> {
    let places: &[usize] = match row[2].as_str() {
        "all" => &[0, 1, 2, 3, 4, 5],
        "powerpc" => &[0, 3],
        _ => &[0],
    };
    let wanted = |name: &str| matches(&row[4], name) && !matches(&row[5], name);
    let mut found: BTreeMap<String, BTreeMap<&'static str, u64>> = BTreeMap::new();
    for place in places {
        for (name, number) in header(read, *place, &row[3])?.values(wanted)? {
            found.entry(name).or_default().insert(PLACES[*place].group, number);
        }
    }
    Ok(found.into_iter().map(|(name, numbers)| (styled(&row[6], &name), numbers)).collect())
}

fn header<'a>(read: &'a mut Read, at: usize, name: &str) -> Result<&'a Header> {
    let place = &PLACES[at];
    let key = (at, name.to_owned());
    if !read.contains_key(&key) {
        read.insert(key.clone(), Header::read(&place.dirs, place.arguments, name)?);
    }
    Ok(&read[&key])
}

/// The groups that share a number, `*` for all of them; a header that was read once or for two places speaks for the rest.
fn by_number(numbers: &BTreeMap<&'static str, u64>, per: &str) -> Vec<(u64, String)> {
    let mut by_number: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for group in GROUPS {
        let speaker = match per {
            "all" | "x86" => group,
            "powerpc" if group == "powerpc" => group,
            _ => "x86",
        };
        if let Some(number) = numbers.get(speaker) {
            by_number.entry(*number).or_default().insert(group);
        }
    }
    let spelt = |groups: BTreeSet<&str>| {
        if groups.len() == GROUPS.len() {
            EVERYWHERE.to_owned()
        } else {
            groups.into_iter().collect::<Vec<_>>().join(" ")
        }
    };
    by_number.into_iter().map(|(number, groups)| (number, spelt(groups))).collect()
}

/// Whether one of `patterns` is `name`; a `*` stands for any text.
fn matches(patterns: &str, name: &str) -> bool {
    patterns.split_whitespace().any(|pattern| match pattern.split_once('*') {
        Some((start, end)) => name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    })
}

fn styled(style: &str, name: &str) -> String {
    match style.strip_prefix("lower:") {
        Some(prefix) => name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_one_star() {
        assert!(matches("O_RDONLY PR_*", "PR_SET_NAME") && matches("X *_OLD", "SO_OLD"));
        assert!(!matches("PR_*", "PR") && !matches("O_RDONLY", "O_RDONLY_") && !matches("", "A"));
    }

    #[test]
    fn groups_with_one_number_are_told_together() {
        let numbers = BTreeMap::from([("x86", 1), ("powerpc", 2)]);
        let told = by_number(&numbers, "powerpc");
        assert_eq!(told, [(1, "aarch64 arm riscv s390 x86".to_owned()), (2, "powerpc".to_owned())]);
        assert_eq!(by_number(&numbers, ""), [(1, "*".to_owned())]);
        assert_eq!(by_number(&numbers, "all").len(), 2);
    }

    #[test]
    fn a_style_takes_the_prefix_off() {
        assert_eq!(styled("lower:CAP_", "CAP_SYS_ADMIN"), "sys_admin");
        assert_eq!(styled("", "O_RDWR"), "O_RDWR");
    }
}
