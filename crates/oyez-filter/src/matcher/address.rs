//! Network addresses and networks as ranges of 128-bit numbers: an IPv4 address is the IPv6 address it is mapped to (RFC 4291,
//! 2.5.5.2), so both are compared alike.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The number of the address that `text` is; `None` for anything else, a zone behind it included.
pub(crate) fn number(text: &[u8]) -> Option<u128> {
    // The longest text of an IPv6 address has 45 bytes.
    let text = str::from_utf8(text).ok().filter(|text| text.len() <= 45)?;
    text.parse().ok().map(bits)
}

/// The first and last number of the network `text`: `10.0.0.0/8`, `fe80::/10`, or one address. Bits behind the prefix do not
/// count.
pub(crate) fn network(text: &str) -> Option<(u128, u128)> {
    let Some((address, prefix)) = text.split_once('/') else { return number(text.as_bytes()).map(|one| (one, one)) };
    let address: IpAddr = address.parse().ok()?;
    let prefix: u32 = prefix.parse().ok().filter(|_| prefix.bytes().all(|byte| byte.is_ascii_digit()))?;
    let width: u32 = if address.is_ipv4() { 32 } else { 128 };
    let free = u128::MAX.checked_shr(128 - width.checked_sub(prefix)?).unwrap_or(0);
    Some((bits(address) & !free, bits(address) | free))
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => Ipv4Addr::to_ipv6_mapped(&address).to_bits(),
        IpAddr::V6(address) => Ipv6Addr::to_bits(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (net, inside, outside) in [
            ("10.0.0.0/8", "10.255.1.2", "11.0.0.0"),
            ("10.1.2.3/8", "10.0.0.0", "9.255.255.255"),
            ("192.168.1.1", "::ffff:192.168.1.1", "192.168.1.2"),
            ("192.168.1.1/32", "192.168.1.1", "192.168.1.0"),
            ("0.0.0.0/0", "255.255.255.255", "::1"),
            ("fe80::/10", "febf::1", "fec0::"),
            ("::1/128", "::1", "::2"),
        ] {
            let (first, last) = network(net).unwrap();
            let holds = |address: &str| (first..=last).contains(&number(address.as_bytes()).unwrap());
            assert!(holds(inside) && !holds(outside), "{net}");
        }
        assert_eq!(network("::/0"), Some((0, u128::MAX)));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in ["10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1", "host", "", "/8"] {
            assert_eq!(network(text), None, "{text}");
        }
    }
}
