//! Installs the Debian packages whose tools the parts use.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::report::Outcome;
use crate::run;

/// A tool, and the package it is in.
const TOOLS: [(&str, &str); 18] = [
    ("ausearch", "auditd"),
    ("auditctl", "auditd"),
    ("zstd", "zstd"),
    ("gzip", "gzip"),
    ("groff", "groff-base"),
    ("g++", "g++"),
    ("linux.uml", "user-mode-linux"),
    ("busybox", "busybox-static"),
    ("cpio", "cpio"),
    ("nginx", "nginx-light"),
    ("valgrind", "valgrind"),
    ("rsyslogd", "rsyslog"),
    (RSYSLOG_TLS, "rsyslog-gnutls"),
    ("nats-server", "nats-server"),
    ("redis-server", "redis-server"),
    ("mosquitto", "mosquitto"),
    ("haproxy", "haproxy"),
    ("audisp-syslog", "audispd-plugins"),
];

/// rsyslogd's TLS; no tool, but found by its path as well.
const RSYSLOG_TLS: &str = if cfg!(target_arch = "aarch64") {
    "/usr/lib/aarch64-linux-gnu/rsyslog/lmnsd_gtls.so"
} else {
    "/usr/lib/x86_64-linux-gnu/rsyslog/lmnsd_gtls.so"
};

/// Asked by Debian's packages before they start a service.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs what is missing, where that is allowed; else says what is missing.
pub(crate) fn install() -> Result<Outcome> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(Outcome::passed());
    }
    let words = missing.join(", ");
    if run::find("apt-get").is_none() {
        return Ok(Outcome::Skipped(format!("no apt-get here; without {words} some tests are skipped")));
    }
    if !nix::unistd::geteuid().is_root() {
        return Ok(Outcome::Skipped(format!("not root; without {words} some tests are skipped")));
    }
    let _quiet = Quiet::start()?;
    run::succeed(&mut apt(&["update"]))?;
    run::succeed(apt(&["install", "--yes", "--no-install-recommends"]).args(&missing))?;
    Ok(Outcome::Passed(format!("installed {words}"), Vec::new()))
}

fn missing() -> Vec<&'static str> {
    let mut missing: Vec<_> =
        TOOLS.into_iter().filter(|(tool, _)| run::find(tool).is_none()).map(|(_, package)| package).collect();
    missing.dedup();
    missing
}

fn apt(words: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=120"]).args(words);
    command
}

/// While this lives no package starts a service: installing auditd must not attach it to the kernel.
struct Quiet {
    is_ours: bool,
}

impl Quiet {
    fn start() -> Result<Self> {
        if Path::new(POLICY).exists() {
            return Ok(Self { is_ours: false });
        }
        let mut file = File::create_new(POLICY).with_context(|| format!("cannot write {POLICY}"))?;
        let quiet = Self { is_ours: true };
        file.write_all(b"#!/bin/sh\nexit 101\n")?;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
        Ok(quiet)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if self.is_ours {
            // One that stays would only keep services from starting at their next installation.
            let _ = fs::remove_file(POLICY);
        }
    }
}
