//! Who we are to a receiver: files with secrets in, headers out. They are read anew when the receiver does not take them.
//!
//! Refuses secrets that cannot stand in a header.

use ureq::http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use crate::secret::Secret;
use crate::sink::Failure;

/// How a receiver knows us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// It does not ask.
    #[default]
    None,
    /// `Authorization: SCHEME SECRET`: `Bearer` (RFC 6750), `ApiKey`, `Splunk`.
    Scheme(&'static str, Secret),
    /// A name and a file with its password (RFC 7617).
    Basic(String, Secret),
    /// A file with whole headers, `Name: value`, one in a line.
    Headers(Secret),
}

/// A header.
pub(crate) type Header = (HeaderName, HeaderValue);

impl Auth {
    /// The headers, from what the file says now.
    pub(super) fn read(&self) -> Result<Vec<Header>, Failure> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Scheme(scheme, secret) => Ok(vec![authorization(&format!("{scheme} {}", secret.read()?), secret)?]),
            Self::Basic(user, secret) => {
                let pair = format!("{user}:{}", secret.read()?);
                Ok(vec![authorization(&format!("Basic {}", base64(pair.as_bytes())), secret)?])
            }
            Self::Headers(secret) => secret
                .read()?
                .lines()
                .filter(|line| !line.is_empty())
                .map(|line| {
                    let (name, value) =
                        line.split_once(':').ok_or_else(|| unfit(secret, "a line is not \"Name: value\""))?;
                    let name =
                        HeaderName::try_from(name.trim()).map_err(|_| unfit(secret, "a line has no header's name"))?;
                    Ok((name, hidden(value.trim(), secret)?))
                })
                .collect(),
        }
    }
}

fn authorization(value: &str, secret: &Secret) -> Result<Header, Failure> {
    Ok((AUTHORIZATION, hidden(value, secret)?))
}

/// A value that is not shown when headers are.
fn hidden(value: &str, secret: &Secret) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::try_from(value).map_err(|_| unfit(secret, "it has bytes that no header can have"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn unfit(secret: &Secret, why: &str) -> Failure {
    Failure::new(format!("cannot use secret file {:?}: {why}", secret.path().display().to_string()))
}

/// RFC 4648, 4.
fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for sign in 0..4 {
            let index = (bits >> (18 - 6 * sign) & 63) as usize;
            text.push(if sign <= group.len() { char::from(SIGNS[index]) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use oyez_testkit::TempDir;

    use super::*;

    #[test]
    fn base64_is_as_rfc_4648_has_it() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("\u{fffd}~", "77+9fg==")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn headers_come_from_files_and_are_not_shown() {
        let dir = TempDir::new().unwrap();
        let file = |name: &str, text: &str| {
            fs::write(dir.join(name), text).unwrap();
            fs::set_permissions(dir.join(name), Permissions::from_mode(0o600)).unwrap();
            Secret::at(dir.join(name))
        };
        let read = |auth: Auth| {
            let headers = auth.read().unwrap();
            assert!(!format!("{headers:?}").contains("s3cret"), "{headers:?}");
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect::<Vec<_>>()
        };
        let token = file("token", "s3cret\n");
        assert!(read(Auth::None).is_empty());
        assert_eq!(read(Auth::Scheme("Splunk", token.clone())), ["authorization: Splunk s3cret"]);
        assert_eq!(read(Auth::Basic("u".to_owned(), token)), ["authorization: Basic dTpzM2NyZXQ="]);
        assert_eq!(read(Auth::Headers(file("h", "X-A: s3cret\n\nX-B:2\n"))), ["x-a: s3cret", "x-b: 2"]);
        for bad in ["nothing", "a b: c", "a: \u{1}"] {
            assert!(Auth::Headers(file("h", bad)).read().is_err(), "{bad}");
        }
    }
}
