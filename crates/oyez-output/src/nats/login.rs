//! Who we are: secrets from files and a server's nonce in, the members of `CONNECT` out.
//!
//! Refuses seeds that are no user's, or have a wrong check sum (github.com/nats-io/nkeys, README: base32 of a prefix, the
//! Ed25519 seed and a CRC-16).

use rustls::SignatureScheme;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Map, Value};

use crate::secret::Secret;
use crate::sink::Failure;

/// How we say who we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Login {
    /// Not at all, or by the certificate of TLS.
    #[default]
    None,
    /// By a name, and a password in a file.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// By a token in a file.
    Token(Secret),
    /// By signing with an nkey: a file with a user's seed (`SU…`).
    Nkey(Secret),
    /// By what an operator gave us: a file with a JWT and a user's seed (`.creds`).
    Credentials(Secret),
}

impl Login {
    /// Adds what the server wants to know; `nonce` is what it wants to have signed.
    ///
    /// # Errors
    /// A file cannot be read or used, or the server wants nothing signed.
    pub(super) fn add(&self, nonce: Option<&str>, members: &mut Map<String, Value>) -> Result<(), Failure> {
        let mut put = |name: &str, value: String| drop(members.insert(name.into(), value.into()));
        match self {
            Self::None => {}
            Self::Password { user, password } => {
                put("user", user.clone());
                put("pass", password.read()?);
            }
            Self::Token(token) => put("auth_token", token.read()?),
            Self::Nkey(seed) => {
                let (public, signature) = signed(seed, &seed.read()?, nonce)?;
                put("nkey", public);
                put("sig", signature);
            }
            Self::Credentials(file) => {
                let text = file.read()?;
                let (Some(jwt), Some(seed)) = (armoured(&text, "USER JWT"), armoured(&text, "USER NKEY SEED")) else {
                    return Err(unfit(file, "it has no user's JWT and seed"));
                };
                put("jwt", jwt.to_owned());
                put("sig", signed(file, seed, nonce)?.1);
            }
        }
        Ok(())
    }
}

fn unfit(file: &Secret, why: &str) -> Failure {
    Failure::new(format!("cannot use secret file {:?}: {why}", file.path().display().to_string()))
}

/// The line behind the one that begins what is named so.
fn armoured<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| line.starts_with("-----BEGIN") && line.trim_end_matches('-').ends_with(name))?;
    lines.find(|line| !line.is_empty())
}

/// The public key of a seed, and the nonce signed with it.
fn signed(file: &Secret, seed: &str, nonce: Option<&str>) -> Result<(String, String), Failure> {
    let seed = user_seed(seed.trim()).ok_or_else(|| unfit(file, "it has no user's seed"))?;
    let nonce = nonce.ok_or_else(|| Failure::new("cannot log in to NATS: the server wants no signature"))?;
    // Ed25519 in PKCS #8 is these bytes and the seed (RFC 8410, 7).
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend_from_slice(&seed);
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der));
    let failed = |error: rustls::Error| unfit(file, "it has no user's seed").because(error);
    let key = rustls::crypto::ring::default_provider().key_provider.load_private_key(key).map_err(failed)?;
    let signer = key.choose_scheme(&[SignatureScheme::ED25519]).ok_or_else(|| unfit(file, "it cannot sign"))?;
    let signature = signer.sign(nonce.as_bytes()).map_err(failed)?;
    let info = key.public_key().ok_or_else(|| unfit(file, "it cannot sign"))?;
    // The key's bits are the last of what describes it (RFC 8410, 4).
    let public = info.len().checked_sub(32).and_then(|from| info.get(from..)).unwrap_or_default();
    Ok((public_name(public), coded(&signature, BASE64, 6)))
}

/// Prefixes of what is coded: a seed, and a user's public key.
const SEED: u8 = 18 << 3;
const USER: u8 = 20 << 3;

/// Base32 and base64url without padding (RFC 4648, 6 and 5).
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The 32 bytes of a user's seed.
fn user_seed(text: &str) -> Option<[u8; 32]> {
    let bytes = decoded(text)?;
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(2)?)?;
    let (prefix, seed) = body.split_at_checked(2)?;
    let (first, second) = (*prefix.first()?, *prefix.get(1)?);
    let is_users = first & 0xf8 == SEED && (first << 5) | (second >> 3) == USER;
    if crc16(body).to_le_bytes() != sum || !is_users {
        return None;
    }
    seed.try_into().ok()
}

fn public_name(public: &[u8]) -> String {
    let mut bytes = vec![USER];
    bytes.extend_from_slice(public);
    bytes.extend(crc16(&bytes).to_le_bytes());
    coded(&bytes, BASE32, 5)
}

fn decoded(text: &str) -> Option<Vec<u8>> {
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for sign in text.bytes() {
        let value = BASE32.iter().position(|known| *known == sign)?;
        held = (held << 5 | u32::try_from(value).ok()?) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(bytes)
}

fn coded(bytes: &[u8], signs: &[u8], width: u32) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    let sign = |value: u32| char::from(*signs.get((value & ((1 << width) - 1)) as usize).unwrap_or(&b'?'));
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= width {
            bits -= width;
            text.push(sign(held >> bits));
        }
    }
    if bits > 0 {
        text.push(sign(held << (width - bits)));
    }
    text
}

/// CRC-16 with the polynomial 0x1021 from 0 (XMODEM).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8)
            .fold(sum ^ u16::from(*byte) << 8, |sum: u16, _| if sum >> 15 == 1 { sum << 1 ^ 0x1021 } else { sum << 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base32_base64url_and_the_check_sum_are_as_they_should() {
        // RFC 4648, 10; the check value of CRC-16/XMODEM.
        assert_eq!((coded(b"fooba", BASE32, 5), coded(b"foob", BASE32, 5)), ("MZXW6YTB".into(), "MZXW6YQ".into()));
        assert_eq!((coded(b"fooba", BASE64, 6), coded(&[255, 239], BASE64, 6)), ("Zm9vYmE".into(), "_-8".into()));
        assert_eq!(
            (decoded("MZXW6YTB").as_deref(), decoded("m"), crc16(b"123456789")),
            (Some(&b"fooba"[..]), None, 0x31c3)
        );
    }

    #[test]
    fn only_an_undamaged_seed_of_a_user_is_taken() {
        let seed = |first: u8, second: u8| {
            let mut bytes = vec![first, second];
            bytes.extend([7; 32]);
            bytes.extend(crc16(&bytes).to_le_bytes());
            coded(&bytes, BASE32, 5)
        };
        let users = seed(SEED | USER >> 5, USER << 3);
        assert!(users.starts_with("SU"), "{users}");
        assert_eq!(user_seed(&users), Some([7; 32]));
        // An account's.
        assert_eq!(user_seed(&seed(SEED, 0)), None);
        let damaged = users.replace(char::from(users.as_bytes()[20]), "7");
        assert_eq!((user_seed(&damaged), user_seed(""), user_seed("SUA")), (None, None, None));
    }

    #[test]
    fn a_file_of_credentials_has_its_parts_behind_their_names() {
        let text = "-----BEGIN NATS USER JWT-----\neyJ0.x.y\n------END NATS USER JWT------\n\n*** KEEP IT ***\n\
            -----BEGIN USER NKEY SEED-----\nSUAB\n------END USER NKEY SEED------\n";
        assert_eq!((armoured(text, "USER JWT"), armoured(text, "USER NKEY SEED")), (Some("eyJ0.x.y"), Some("SUAB")));
        assert_eq!(armoured("nothing", "USER JWT"), None);
    }
}
