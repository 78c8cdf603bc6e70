//! What an output is told about TLS. Versions below 1.2 are refused; certificates are always checked.

use std::path::PathBuf;

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
