//! The Debian packages the facts come from: which, whether installed, in which version.

use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

/// Every package step 1 reads, and gcc, which preprocesses.
const PACKAGES: [&str; 11] = [
    "gcc",
    "libaudit-dev",
    "libc6",
    "libc6-dev",
    "linux-libc-dev",
    "linux-libc-dev-arm64-cross",
    "linux-libc-dev-armhf-cross",
    "linux-libc-dev-ppc64-cross",
    "linux-libc-dev-ppc64el-cross",
    "linux-libc-dev-riscv64-cross",
    "linux-libc-dev-s390x-cross",
];

/// The packages that are not installed; all of them where there is no dpkg.
pub(crate) fn missing_packages() -> Vec<&'static str> {
    PACKAGES.into_iter().filter(|package| version(package).is_err()).collect()
}

/// Installs what is missing with apt-get.
pub(crate) fn install_missing() -> Result<()> {
    let missing = missing_packages();
    if missing.is_empty() {
        return Ok(());
    }
    let mut command = Command::new("apt-get");
    command.args(["install", "--yes", "--no-install-recommends"]).args(&missing);
    let status = command.status().context("cannot run apt-get")?;
    ensure!(status.success(), "cannot install {}: apt-get says {status}", missing.join(" "));
    Ok(())
}

/// The installed version of `package`.
pub(crate) fn version(package: &str) -> Result<String> {
    let mut command = Command::new("dpkg-query");
    command.args(["--show", "--showformat", "${db:Status-Abbrev}\t${Version}\n", package]);
    let output = command.output().context("cannot run dpkg-query")?;
    let text = String::from_utf8(output.stdout).context("cannot read dpkg-query's output")?;
    match text.lines().next().and_then(|line| line.split_once('\t')) {
        Some((status, version)) if status.trim() == "ii" => Ok(version.to_owned()),
        _ => bail!("package {package} is not installed"),
    }
}
