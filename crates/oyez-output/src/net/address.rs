//! Where a receiver is: `host:port` in, its parts out. Refuses what has no port, or no host.

use std::fmt;
use std::str::FromStr;

/// A host, by name or number, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

impl Address {
    /// A host, without brackets even where it is an IPv6 address, and a port.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port }
    }

    /// `text` as [`from_str`](Self::from_str) reads it; where it has no port, `port`.
    ///
    /// # Errors
    /// As there.
    pub fn with_default_port(text: &str, port: u16) -> Result<Self, &'static str> {
        let is_bare = text.rsplit_once(':').is_none_or(|(host, _)| !host.starts_with('[') && host.contains(':'));
        if !is_bare && !text.ends_with(']') {
            return text.parse();
        }
        let host = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        checked(host, port)
    }

    /// The name or number of the host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn checked(host: &str, port: u16) -> Result<Address, &'static str> {
    if host.is_empty() || host.contains(|sign: char| sign.is_whitespace() || sign.is_control() || sign == '/') {
        return Err("it has no host: \"host:port\"");
    }
    if port == 0 { Err("port 0 is no port") } else { Ok(Address::new(host, port)) }
}

/// `host:port`, or `[IPv6]:port`.
impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or("it has no port: \"host:port\"")?;
        let port = port.parse().map_err(|_| "its port is no number from 1 to 65535: \"host:port\"")?;
        let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        if inner.is_none() && host.contains(':') {
            return Err("an IPv6 address is written in brackets: \"[::1]:6514\"");
        }
        checked(inner.unwrap_or(host), port)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for (text, host, port) in
            [("siem:6514", "siem", 6514), ("10.0.0.1:1", "10.0.0.1", 1), ("[::1]:65535", "::1", 65535)]
        {
            let address: Address = text.parse().unwrap();
            assert_eq!((address.host(), address.port(), address.to_string()), (host, port, text.to_owned()));
        }
        for text in ["", "siem", ":1", "siem:", "siem:0", "siem:65536", "::1:5", "a b:1", "[]:1", "tcp://siem:1"] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_may_be_understood() {
        for (text, shown) in [
            ("siem", "siem:514"),
            ("siem:1", "siem:1"),
            ("::1", "[::1]:514"),
            ("[::1]", "[::1]:514"),
            ("[::1]:2", "[::1]:2"),
        ] {
            assert_eq!(Address::with_default_port(text, 514).map(|address| address.to_string()), Ok(shown.to_owned()));
        }
        assert!(Address::with_default_port("", 514).is_err() && Address::with_default_port("a:b", 514).is_err());
    }
}
