//! What the workload did, and the comparison of that with what was heard.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::net::IpAddr;

/// A program that was to be run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Command {
    pub(crate) path: Vec<u8>,
    /// Its arguments; empty where it could not be run, as the kernel does not tell them then.
    pub(crate) argv: Vec<Vec<u8>>,
    /// Why it could not be run, by the name of the errno.
    pub(crate) error: Option<String>,
}

/// A file that was to be opened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Open {
    pub(crate) path: Vec<u8>,
    pub(crate) error: Option<String>,
}

/// An address that was to be connected to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Connect {
    pub(crate) to: Address,
    pub(crate) error: Option<String>,
}

/// Where a socket may be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Address {
    Path(Vec<u8>),
    Abstract(Vec<u8>),
    Ip { addr: IpAddr, port: u16 },
}

/// The errno of a result, by its name.
pub(crate) fn errno<T>(result: &std::io::Result<T>) -> Option<String> {
    let number = result.as_ref().err()?.raw_os_error().unwrap();
    Some(oyez_tables::errno::name(number.try_into().unwrap()).unwrap().to_owned())
}

/// Panics unless all that was done was heard exactly once. What else was heard is nobody's business here.
pub(crate) fn assert_each_once<T: Ord + Debug>(done: &[T], heard: &[T]) {
    let mut counts: BTreeMap<_, usize> = done.iter().map(|one| (one, 0)).collect();
    assert_eq!(counts.len(), done.len(), "the truth says something twice");
    for one in heard {
        counts.entry(one).and_modify(|count| *count += 1);
    }
    let wrong: Vec<_> = counts.into_iter().filter(|(_, count)| *count != 1).collect();
    let some: Vec<_> = wrong.iter().take(3).map(|(one, count)| format!("{one:.300?}: {count} times")).collect();
    assert!(wrong.is_empty(), "{} of {} not heard once, such as {some:#?}", wrong.len(), done.len());
}

/// How much of what was done was not heard; panics where something was heard twice.
pub(crate) fn count_missing<T: Ord + Debug>(done: &[T], heard: &[T]) -> u64 {
    let mut counts: BTreeMap<_, usize> = done.iter().map(|one| (one, 0)).collect();
    for one in heard {
        if let Some(count) = counts.get_mut(one) {
            *count += 1;
            assert_eq!(*count, 1, "heard twice: {one:?}");
        }
    }
    counts.values().filter(|count| **count == 0).count() as u64
}
