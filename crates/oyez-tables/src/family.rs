//! Address families → names: the kernel's `AF_*` in lower case (`inet`, `unix`, `netlink`).

#[rustfmt::skip]
mod generated;

use generated::NAMES;

/// The name of address family `number`, the first two bytes of a socket address.
#[inline]
pub fn name(number: u16) -> Option<&'static str> {
    NAMES.get(usize::from(number)).copied().filter(|name| !name.is_empty())
}

/// The number of the family spelt exactly `name`; walks the table.
pub fn number(name: &[u8]) -> Option<u16> {
    (0..).zip(NAMES).find(|(_, known)| !known.is_empty() && known.as_bytes() == name).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_number() {
        let named: Vec<_> = (0..100).filter_map(|number_| Some((number_, name(number_)?))).collect();
        assert!(named.len() >= 45, "{}", named.len());
        for (number_, name) in named {
            assert_eq!(number(name.as_bytes()), Some(number_), "{name}");
        }
    }

    #[test]
    fn known_families_have_their_names() {
        let known = [
            (0, "unspec"),
            (1, "unix"),
            (2, "inet"),
            (10, "inet6"),
            (16, "netlink"),
            (17, "packet"),
            (31, "bluetooth"),
            (40, "vsock"),
            (44, "xdp"),
            (45, "mctp"),
        ];
        for (number, spelling) in known {
            assert_eq!(name(number), Some(spelling));
        }
    }

    #[test]
    fn what_is_no_family_has_no_name() {
        for number in [46, 100, u16::MAX] {
            assert_eq!(name(number), None, "{number}");
        }
        for name in ["", "local", "AF_INET", "INET"] {
            assert_eq!(number(name.as_bytes()), None, "{name}");
        }
    }
}
