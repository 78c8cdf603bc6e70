//! Where a receiver is that speaks HTTP: `http://host:port/path` or `https://…` in, its parts out.
//!
//! Refuses other schemes, users and passwords (they would stand in the configuration and in messages), queries and fragments.

use std::fmt;
use std::str::FromStr;

use crate::net::Address;

/// The address of a receiver, without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    text: String,
    address: Address,
    is_tls: bool,
}

impl Url {
    /// The host and its port; 80 or 443 where none is written (RFC 9110, 4.2).
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Whether it is `https`.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// It as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// It with this behind it, which begins with `/` or `?`.
    pub fn with(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// The path; empty where it has none.
    pub fn path(&self) -> &str {
        let rest = self.text.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default()
    }
}

impl FromStr for Url {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.split_once("://").ok_or("it is no URL: \"https://host:port/path\"")?;
        let is_tls = match scheme {
            "http" => false,
            "https" => true,
            _ => return Err("its scheme is neither \"http\" nor \"https\""),
        };
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("it has characters that a URL has not");
        }
        if rest.contains(['?', '#']) {
            return Err("it has a query or a fragment");
        }
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err("it has a user: that has keys of its own, and the password a file");
        }
        let address = Address::with_default_port(authority, if is_tls { 443 } else { 80 })?;
        Ok(Self { text: text.trim_end_matches('/').to_owned(), address, is_tls })
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_a_port_and_a_path() {
        for (text, address, path, is_tls) in [
            ("http://siem", "siem:80", "", false),
            ("https://siem/", "siem:443", "", true),
            ("https://[::1]:9200/a/b/", "[::1]:9200", "/a/b", true),
        ] {
            let url: Url = text.parse().unwrap();
            assert_eq!((url.address().to_string().as_str(), url.path(), url.is_tls()), (address, path, is_tls));
            assert_eq!(url.with("/x"), format!("{}/x", text.trim_end_matches('/')));
        }
    }

    #[test]
    fn what_is_no_url_or_holds_a_password_is_refused() {
        for text in
            ["", "siem:9200", "ftp://siem", "http://", "http://u:p@siem", "http://a b", "http://a/?q", "http://a#f"]
        {
            assert!(text.parse::<Url>().is_err(), "{text}");
        }
    }
}
