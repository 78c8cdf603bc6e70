//! Addresses and networks for `oyez.cidr`.

use std::net::IpAddr;

/// The number of an address, an IPv4 one as the IPv6 address it is mapped to (RFC 4291, 2.5.5.2).
pub(super) fn number(text: &[u8]) -> Option<u128> {
    str::from_utf8(text).ok()?.parse().ok().map(bits)
}

/// First and last number of a network.
pub(super) fn range(text: &[u8]) -> Option<(u128, u128)> {
    let text = str::from_utf8(text).ok()?;
    let Some((address, prefix)) = text.split_once('/') else { return number(text.as_bytes()).map(|one| (one, one)) };
    let address: IpAddr = address.parse().ok()?;
    let width: u32 = if address.is_ipv4() { 32 } else { 128 };
    let free = u128::MAX.checked_shr(128 - width.checked_sub(prefix.parse().ok()?)?).unwrap_or(0);
    Some((bits(address) & !free, bits(address) | free))
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}
