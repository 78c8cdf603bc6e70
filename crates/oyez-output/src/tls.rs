//! What an output is told about TLS: [`Settings`] in, what rustls needs out. Versions below 1.2 are refused; certificates are
//! always checked.
//!
//! Files are read at each connect, so that certificates that were renewed count without a restart.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use crate::secret::Secret;
use crate::sink::Failure;
use crate::time::date;

/// No file of certificates is larger, in bytes.
const MAX: u64 = 16 << 20;

/// Which certificates to trust and to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// PEM file of the authorities that may have signed the receiver's certificate; `None`: those the system trusts.
    pub ca: Option<PathBuf>,
    /// PEM file of our own certificate and those between it and its authority, where the receiver wants one.
    pub cert: Option<PathBuf>,
    /// PEM file of its private key.
    pub key: Option<PathBuf>,
    /// The name that the receiver's certificate must have; `None`: the one it is reached by.
    pub server_name: Option<String>,
}

impl Settings {
    /// What rustls needs, from the files as they are now.
    ///
    /// # Errors
    /// A file cannot be read, holds nothing of use, or a key that others may read; a key and its certificate do not fit.
    pub fn config(&self) -> Result<Arc<ClientConfig>, Failure> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| Failure::new("cannot use TLS").because(error))?
            .with_root_certificates(self.roots()?);
        let config = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => {
                let failed = |error| {
                    Failure::new(format!("cannot use certificate \"{}\" with its key", cert.display())).because(error)
                };
                builder.with_client_auth_cert(certificates(cert)?, private_key(key)?).map_err(failed)?
            }
            (None, None) => builder.with_no_client_auth(),
            _ => {
                return Err(Failure::new(
                    "cannot use a certificate without its key, nor a key without its certificate",
                ));
            }
        };
        Ok(Arc::new(config))
    }

    /// The name that the receiver's certificate must have, where it is reached by `host`.
    ///
    /// # Errors
    /// It is no name.
    pub fn name(&self, host: &str) -> Result<ServerName<'static>, Failure> {
        let name = self.server_name.as_deref().unwrap_or(host);
        ServerName::try_from(name.to_owned())
            .map_err(|error| Failure::new(format!("cannot look for the name {name:?} in certificates")).because(error))
    }

    fn roots(&self) -> Result<RootCertStore, Failure> {
        let mut roots = RootCertStore::empty();
        let (found, whose) = match &self.ca {
            Some(path) => (certificates(path)?, format!("in \"{}\"", path.display())),
            None => (rustls_native_certs::load_native_certs().certs, "that this system trusts".to_owned()),
        };
        // Those that cannot be used are passed over, as everywhere: old ones in a system's bundle are no error.
        let (used, _) = roots.add_parsable_certificates(found);
        if used == 0 {
            return Err(Failure::new(format!("cannot find authorities {whose}")));
        }
        Ok(roots)
    }
}

/// What is wrong with a connection, in words.
pub fn told(error: &rustls::Error) -> String {
    use rustls::Error;
    match error {
        Error::InvalidCertificate(error) => certificate(error),
        Error::AlertReceived(alert) => received(*alert),
        Error::InvalidMessage(_) => "what it answers is not TLS".to_owned(),
        Error::PeerIncompatible(why) => format!("it speaks no TLS that we speak ({why:?})"),
        Error::NoCertificatesPresented => "it shows no certificate".to_owned(),
        other => other.to_string(),
    }
}

fn certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => "its certificate has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("its certificate expired on {}", date(not_after.as_secs()))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet (or the clock here is behind)".to_owned()
        }
        CertificateError::UnknownIssuer => {
            "its certificate was signed by an authority that is not trusted here".to_owned()
        }
        CertificateError::NotValidForName => "its certificate has another name".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            // They come as `DnsName("siem")`.
            let names: Vec<_> = presented.iter().map(|name| name.split('"').nth(1).unwrap_or(name)).collect();
            let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
            format!("its certificate is not for {:?}, but for {names}", expected.to_str())
        }
        CertificateError::Revoked => "its certificate was revoked".to_owned(),
        other => format!("its certificate cannot be trusted: {other}"),
    }
}

fn received(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CertificateRequired => "it wants a certificate of ours".to_owned(),
        AlertDescription::UnknownCA => "it does not trust the authority that signed our certificate".to_owned(),
        AlertDescription::CertificateExpired => "it says that our certificate has expired".to_owned(),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => format!("it does not take our certificate ({alert:?})"),
        AlertDescription::HandshakeFailure => "it ended the handshake: it may want a certificate of ours".to_owned(),
        other => format!("it ended the connection ({other:?})"),
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let bytes = read(path)?;
    let failed = || Failure::new(format!("cannot read certificates in \"{}\"", path.display()));
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&bytes).collect::<Result<_, _>>().map_err(|error| failed().because(error))?;
    if found.is_empty() { Err(failed().because("there are none")) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Failure> {
    let text = Secret::at(path).read()?;
    PrivateKeyDer::from_pem_slice(text.as_bytes())
        .map_err(|error| Failure::new(format!("cannot read a private key in \"{}\"", path.display())).because(error))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::new(format!("cannot read \"{}\"", path.display())).because(error);
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX {
        return Err(failed(std::io::Error::other("it is larger than 16 MiB")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use oyez_testkit::Certs;

    use super::*;

    fn why(settings: &Settings) -> String {
        settings.config().unwrap_err().told()
    }

    #[test]
    fn files_that_are_of_no_use_are_named() {
        let certs = Certs::new().unwrap();
        let good = Settings {
            ca: Some(certs.ca.clone()),
            cert: Some(certs.client.cert.clone()),
            key: Some(certs.client.key.clone()),
            server_name: None,
        };
        assert!(good.config().is_ok());
        let missing = Settings { ca: Some(certs.path().join("none")), ..good.clone() };
        assert!(why(&missing).starts_with("cannot read \"") && why(&missing).contains("none"), "{}", why(&missing));
        let key_as_ca = Settings { ca: Some(certs.client.key.clone()), ..good.clone() };
        assert!(why(&key_as_ca).ends_with("there are none"), "{}", why(&key_as_ca));
        let half = Settings { key: None, ..good.clone() };
        assert!(why(&half).contains("without its key"));
        let other = Settings { key: Some(certs.server.key.clone()), ..good.clone() };
        assert!(why(&other).contains("with its key"), "{}", why(&other));
        fs::set_permissions(&certs.client.key, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert!(why(&good).contains("chmod 600"), "{}", why(&good));
    }

    #[test]
    fn the_system_has_authorities_or_it_is_told() {
        match Settings::default().config() {
            Ok(_) => {}
            Err(failure) => assert_eq!(failure.told(), "cannot find authorities that this system trusts"),
        }
    }

    #[test]
    fn a_name_is_the_hosts_unless_another_is_given() {
        let own = Settings::default();
        let given = Settings { server_name: Some("siem.example".to_owned()), ..Settings::default() };
        assert_eq!(own.name("10.0.0.1").unwrap().to_str(), "10.0.0.1");
        assert_eq!(given.name("10.0.0.1").unwrap().to_str(), "siem.example");
        assert!(own.name("a b").is_err());
    }
}
