//! Where an output goes and how, in one word of the configuration: `tls://siem:6514`, `/dev/log`.

use std::path::{Path, PathBuf};

use super::Address;

/// A receiver and the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `tcp://HOST:PORT`
    Tcp(Address),
    /// `tls://HOST:PORT`: TCP with TLS from its first byte on.
    Tls(Address),
    /// `udp://HOST:PORT`
    Udp(Address),
    /// `unix:PATH`, `unix://PATH`, or the absolute path alone.
    Unix(PathBuf),
}

/// Ports of those that name none; 0 where one has to be named.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    /// For `tcp://`.
    pub tcp: u16,
    /// For `tls://`.
    pub tls: u16,
    /// For `udp://`.
    pub udp: u16,
}

impl Target {
    /// Reads it; `HOST:PORT` without a scheme is TCP.
    ///
    /// # Errors
    /// The scheme is another, or there is no host or port.
    pub fn parse(text: &str, ports: Ports) -> Result<Self, &'static str> {
        let address = |text, port| if port == 0 { str::parse(text) } else { Address::with_default_port(text, port) };
        if let Some(path) = text.strip_prefix("unix:") {
            return unix(path.strip_prefix("//").unwrap_or(path));
        }
        match text.split_once("://") {
            Some(("tcp", rest)) => address(rest, ports.tcp).map(Self::Tcp),
            Some(("tls", rest)) => address(rest, ports.tls).map(Self::Tls),
            Some(("udp", rest)) => address(rest, ports.udp).map(Self::Udp),
            Some(_) => Err("its scheme is none of tcp, tls, udp, unix"),
            None if text.starts_with('/') => unix(text),
            None => address(text, ports.tcp).map(Self::Tcp),
        }
    }
}

fn unix(path: &str) -> Result<Target, &'static str> {
    // sockaddr_un holds 108 bytes, its end included (unix(7)).
    match path {
        _ if !path.starts_with('/') => Err("a unix socket's path begins with a slash"),
        _ if path.len() > 107 || path.contains('\0') => Err("a unix socket's path has at most 107 bytes"),
        _ => Ok(Target::Unix(Path::new(path).to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_the_way() {
        let ports = Ports { tcp: 0, tls: 6514, udp: 514 };
        let at = |host: &str, port| Address::new(host, port);
        for (text, target) in [
            ("siem:1", Ok(Target::Tcp(at("siem", 1)))),
            ("tcp://siem:1", Ok(Target::Tcp(at("siem", 1)))),
            ("tls://siem", Ok(Target::Tls(at("siem", 6514)))),
            ("udp://[::1]", Ok(Target::Udp(at("::1", 514)))),
            ("/dev/log", Ok(Target::Unix("/dev/log".into()))),
            ("unix:/dev/log", Ok(Target::Unix("/dev/log".into()))),
            ("unix:///dev/log", Ok(Target::Unix("/dev/log".into()))),
            ("unix:log", Err("a unix socket's path begins with a slash")),
            ("tcp://siem", Err("it has no port: \"host:port\"")),
            ("http://siem", Err("its scheme is none of tcp, tls, udp, unix")),
        ] {
            assert_eq!(Target::parse(text, ports), target, "{text}");
        }
        assert!(Target::parse(&format!("/{}", "x".repeat(107)), ports).is_err());
    }
}
