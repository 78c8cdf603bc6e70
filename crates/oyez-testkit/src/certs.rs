//! Certificates for tests of TLS, made anew each time: good ones, and one for each thing that can be wrong with one.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use crate::TempDir;

/// A certificate and its private key, as PEM files.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The certificate's file.
    pub cert: PathBuf,
    /// The private key's file; its mode is 0600.
    pub key: PathBuf,
}

/// Certificates in a directory of their own, which goes when this does.
#[derive(Debug)]
pub struct Certs {
    dir: TempDir,
    /// The authority that signed all others that are good.
    pub ca: PathBuf,
    /// An authority that signed none of them but [`stranger`](Self::stranger).
    pub wrong_ca: PathBuf,
    /// A server's, for `localhost`, 127.0.0.1 and `::1`.
    pub server: Pair,
    /// A client's, named `oyez`.
    pub client: Pair,
    /// A server's for the same names that ran out in 2021.
    pub expired: Pair,
    /// A server's for `elsewhere.example` alone.
    pub misnamed: Pair,
    /// A server's and client's for the same names, signed by [`wrong_ca`](Self::wrong_ca).
    pub stranger: Pair,
}

/// What a server here is reached by.
const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

type Authority = CertifiedIssuer<'static, KeyPair>;

impl Certs {
    /// Makes them all.
    ///
    /// # Errors
    /// Files cannot be written.
    pub fn new() -> io::Result<Self> {
        let dir = TempDir::new()?;
        let (ours, other) = (authority("oyez test authority")?, authority("another test authority")?);
        let (ca, wrong_ca) = (dir.join("ca.pem"), dir.join("wrong-ca.pem"));
        fs::write(&ca, ours.pem())?;
        fs::write(&wrong_ca, other.pem())?;
        let path = dir.path();
        Ok(Self {
            server: write(path, "server", &ours, &named("localhost", &HERE)?)?,
            client: write(path, "client", &ours, &named("oyez", &[])?)?,
            expired: write(path, "expired", &ours, &expired()?)?,
            misnamed: write(path, "misnamed", &ours, &named("elsewhere.example", &["elsewhere.example"])?)?,
            stranger: write(path, "stranger", &other, &named("localhost", &HERE)?)?,
            dir,
            ca,
            wrong_ca,
        })
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A file with a pair's certificate and key, as haproxy wants it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn joined(&self, pair: &Pair) -> io::Result<PathBuf> {
        let path = pair.cert.with_extension("joined.pem");
        let both = [fs::read(&pair.cert)?, fs::read(&pair.key)?].concat();
        fs::write(&path, both)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(path)
    }
}

fn authority(name: &str) -> io::Result<Authority> {
    let mut params = named(name, &[])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages.clear();
    Authority::self_signed(params, KeyPair::generate().map_err(io::Error::other)?).map_err(io::Error::other)
}

fn named(name: &str, names: &[&str]) -> io::Result<CertificateParams> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

fn expired() -> io::Result<CertificateParams> {
    let mut params = named("localhost", &HERE)?;
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    Ok(params)
}

fn write(dir: &Path, name: &str, by: &Authority, params: &CertificateParams) -> io::Result<Pair> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let signed = params.signed_by(&key, by).map_err(io::Error::other)?;
    let pair = Pair { cert: dir.join(format!("{name}.pem")), key: dir.join(format!("{name}.key")) };
    fs::write(&pair.cert, signed.pem())?;
    fs::write(&pair.key, key.serialize_pem())?;
    fs::set_permissions(&pair.key, Permissions::from_mode(0o600))?;
    Ok(pair)
}
