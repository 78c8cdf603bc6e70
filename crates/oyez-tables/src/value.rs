//! Small lists of numbers and flags that fields hold: number ↔ name, as the kernel's headers have them. What arguments of
//! system calls hold as well is in [`crate::flags`].
//!
//! Names are `ausearch`'s where it has some. Sources: `xtask/tables/sources/values.csv`.

#[rustfmt::skip]
mod generated;

pub use generated::List;
use generated::{ALL, PAIRS};

impl List {
    /// The name of `number`; for lists of flags, of one flag.
    #[inline]
    pub fn name(self, number: u64) -> Option<&'static str> {
        let pairs = self.pairs();
        // Most lists have no gaps at their start.
        if let Some((found, name)) = usize::try_from(number).ok().and_then(|at| pairs.get(at))
            && *found == number
        {
            return Some(name);
        }
        let at = pairs.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        pairs.get(at).map(|(_, name)| *name)
    }

    /// The number of the name spelt exactly `name`; walks the list.
    pub fn number(self, name: &[u8]) -> Option<u64> {
        self.pairs().iter().find(|(_, known)| known.as_bytes() == name).map(|(number, _)| *number)
    }

    /// All numbers and names, numbers rising.
    #[inline]
    pub fn pairs(self) -> &'static [(u64, &'static str)] {
        PAIRS[self as usize]
    }

    /// Every list.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_name() {
        for list in List::all() {
            for (number, name) in list.pairs() {
                assert_eq!(list.name(*number), Some(*name), "{list:?}");
                assert!(!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic()), "{list:?} {name:?}");
            }
        }
    }

    #[test]
    fn known_names_are_the_kernels() {
        let known = [
            (List::FilterList, 4, "exit"),
            (List::NetfilterFamily, 10, "ipv6"),
            (List::IpProtocol, 58, "ipv6-icmp"),
            (List::SeccompAction, 0x7ffc_0000, "log"),
        ];
        for (list, number, name) in known {
            assert_eq!(list.name(number), Some(name));
            assert_eq!(list.number(name.as_bytes()), Some(number));
        }
    }

    #[test]
    fn what_is_in_no_list_has_no_name() {
        assert_eq!(List::FilterList.name(8), None);
        assert_eq!(List::NetfilterFamily.name(4), None);
        assert_eq!(List::SeccompAction.name(1), None);
        assert_eq!(List::SeccompAction.name(u64::MAX), None);
        assert_eq!(List::NetfilterHook.number(b"input"), None);
    }
}
