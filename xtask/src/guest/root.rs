//! The guest's root: programs of this host, their libraries and two files of ours in, an initramfs out.
//!
//! Everything stands where it stands here, so that the loader finds it without a cache.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use crate::run;

/// What is run first.
const INIT: &str = include_str!("init.sh");
/// For auditd: a log where there is room, and what it refuses to go without.
const AUDITD: &str =
    "log_file = /tmp/audit.log\nlog_format = RAW\nflush = NONE\nspace_left = 2\nadmin_space_left = 1\n";

/// Our own programs.
pub(super) struct Programs {
    oyez: PathBuf,
    pub(super) driver: PathBuf,
}

impl Programs {
    /// Builds them, with debug assertions.
    pub(super) fn build() -> Result<Self> {
        run::succeed(&mut run::cargo(&["build", "--quiet", "-p", "oyez", "-p", "oyez-testkit", "--bins"]))?;
        let built = run::target_dir().join("debug");
        Ok(Self { oyez: built.join("oyez"), driver: built.join("guest-driver") })
    }
}

/// Writes the initramfs below `work`, and says where it is.
pub(super) fn image(work: &Path, programs: &Programs) -> Result<PathBuf> {
    let root = work.join("root");
    if root.exists() {
        fs::remove_dir_all(&root).context("cannot remove the last guest's root")?;
    }
    fill(&root, programs).context("cannot make the guest's root")?;
    pack(&root, &work.join("initramfs"))
}

fn fill(root: &Path, programs: &Programs) -> Result<()> {
    for directory in ["bin", "dev", "etc/audit/plugins.d", "proc", "run", "shared", "sys", "tmp", "var"] {
        fs::create_dir_all(root.join(directory))?;
    }
    write(&root.join("init"), INIT, 0o755)?;
    write(&root.join("etc/audit/auditd.conf"), AUDITD, 0o640)?;
    write(&root.join("etc/passwd"), "root:x:0:0:root:/:/bin/sh\n", 0o644)?;
    write(&root.join("etc/group"), "root:x:0:\n", 0o644)?;
    symlink("bin", root.join("sbin"))?;
    // auditd's pid file.
    symlink("/run", root.join("var/run"))?;
    let own = [programs.oyez.clone(), programs.driver.clone()];
    let found = ["busybox", "auditctl", "auditd"].into_iter().filter_map(run::find);
    for program in own.into_iter().chain(found) {
        let name = program.file_name().context("a program without a name")?;
        fs::copy(&program, root.join("bin").join(name))?;
        for library in libraries(&program)? {
            put(root, &library)?;
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str, mode: u32) -> Result<()> {
    run::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Copies a file of this host to the same place below `root`.
fn put(root: &Path, path: &Path) -> Result<()> {
    let place = root.join(path.strip_prefix("/").context("a library without an absolute path")?);
    fs::create_dir_all(place.parent().context("a library without a directory")?)?;
    fs::copy(path, place).with_context(|| format!("cannot copy {}", path.display()))?;
    Ok(())
}

/// The libraries of `program` with the loader, by `ldd`; none for a static one, of which it says so and fails.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("ldd").arg(program).output().context("cannot run ldd")?;
    Ok(absolute_paths(&String::from_utf8_lossy(&output.stdout)))
}

fn absolute_paths(text: &str) -> Vec<PathBuf> {
    let path = |line: &str| line.split_ascii_whitespace().find(|word| word.starts_with('/')).map(PathBuf::from);
    text.lines().filter(|line| line.starts_with('\t')).filter_map(path).collect()
}

fn pack(root: &Path, image: &Path) -> Result<PathBuf> {
    let file = File::create(image).with_context(|| format!("cannot write {}", image.display()))?;
    let mut find = Command::new("find").arg(".").current_dir(root).stdout(Stdio::piped()).spawn()?;
    let names = find.stdout.take().context("find has no output")?;
    // All files are root's in the guest, whoever builds it.
    let mut cpio = Command::new("cpio");
    cpio.args(["--create", "--quiet", "--format=newc", "--owner=+0:+0"]).current_dir(root).stdin(names).stdout(file);
    run::succeed(&mut cpio)?;
    ensure!(find.wait()?.success(), "find failed");
    Ok(image.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_what_ldd_names_by_path_the_loader_too() {
        let text = "\tlinux-vdso.so.1 (0x7f)\n\tlibc.so.6 => /lib/libc.so.6 (0x7f)\n\t/lib64/ld.so.2 (0x7f)\n";
        assert_eq!(absolute_paths(text), ["/lib/libc.so.6", "/lib64/ld.so.2"].map(PathBuf::from));
        assert!(absolute_paths("\tnot a dynamic executable\n").is_empty());
    }
}
