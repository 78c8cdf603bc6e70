//! The way to a script. A path in; refused is one on which others could put something else in the script's place: who may write
//! a directory can rename another file to the script's name, however little they may write that one.
//!
//! So every directory on the way, from the root, through symbolic links too, has to belong to root or to this process's user,
//! and nobody else may write it. Directories with the sticky bit (`/tmp`) are free to write: there others cannot rename what is
//! not theirs (inode(7)), and what is on the way is not. This is what sshd calls `StrictModes`.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows, `path_resolution(7)`.
const MOST_LINKS: usize = 40;

/// Whether nobody but root and user `us` could put something else at `path`.
///
/// # Errors
/// What is in the way, for the user.
pub(super) fn check(path: &Path, us: u32) -> Result<(), String> {
    let path = std::path::absolute(path).map_err(|error| cannot(path, &error))?;
    let (mut at, mut left, mut links) = (PathBuf::from("/"), parts(&path), 0);
    directory(&at, &look(&at)?, us)?;
    while let Some(part) = left.pop() {
        if part == ".." {
            at.pop();
            continue;
        }
        let next = at.join(part);
        let metadata = look(&next)?;
        if metadata.is_symlink() {
            belongs(&next, "link", metadata.uid(), us)?;
            links += 1;
            let to = fs::read_link(&next).map_err(|error| cannot(&next, &error))?;
            if links > MOST_LINKS {
                return Err(format!("cannot follow the way to the script: more than {MOST_LINKS} links"));
            }
            if to.is_absolute() {
                at = PathBuf::from("/");
            }
            left.extend(parts(&to));
            continue;
        }
        if metadata.is_dir() {
            directory(&next, &metadata, us)?;
        }
        at = next;
    }
    Ok(())
}

/// What a path is made of, the first at the end.
fn parts(path: &Path) -> Vec<OsString> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().rev().filter_map(part).collect()
}

fn look(path: &Path) -> Result<Metadata, String> {
    fs::symlink_metadata(path).map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &io::Error) -> String {
    format!("cannot read {:?} on the way to the script: {error}", path.display().to_string())
}

fn directory(path: &Path, metadata: &Metadata, us: u32) -> Result<(), String> {
    let mode = metadata.permissions().mode();
    belongs(path, "directory", metadata.uid(), us)?;
    if mode & 0o022 == 0 || mode & 0o1000 != 0 {
        return Ok(());
    }
    let who = if mode & 0o002 != 0 { "everybody" } else { "its group" };
    let path = path.display().to_string();
    Err(format!(
        "cannot trust the script: {who} may write the directory {path:?} (mode {:04o}), and so put another script there; \
         chmod go-w",
        mode & 0o7777
    ))
}

fn belongs(path: &Path, what: &str, owner: u32, us: u32) -> Result<(), String> {
    if owner == 0 || owner == us {
        return Ok(());
    }
    let (path, or_us) = (path.display().to_string(), if us == 0 { String::new() } else { format!(" or user {us}'s") });
    Err(format!(
        "cannot trust the script: the {what} {path:?} belongs to user {owner}, who could put another script there; it has to \
         be root's{or_us}"
    ))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{chown, symlink};

    use oyez_testkit::TempDir;

    use super::*;

    fn us() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    /// `NAME/x.lua` in a directory of this mode.
    fn script(dir: &TempDir, name: &str, mode: u32) -> PathBuf {
        let folder = dir.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("x.lua"), "return").unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        folder.join("x.lua")
    }

    #[test]
    fn a_directory_that_others_may_write_is_named_unless_it_is_sticky() {
        let dir = TempDir::new().unwrap();
        for (mode, who) in
            [(0o755, None), (0o1777, None), (0o1770, None), (0o777, Some("everybody")), (0o775, Some("its group"))]
        {
            let name = format!("{mode:o}");
            let result = check(&script(&dir, &name, mode), us());
            let Some(who) = who else {
                assert_eq!(result, Ok(()), "{mode:o}");
                continue;
            };
            let told = format!("{who} may write the directory {:?} (mode {mode:04o})", dir.join(&name));
            let error = result.unwrap_err();
            assert!(error.contains(&told), "{error}");
        }
    }

    #[test]
    fn every_directory_counts_and_so_do_those_of_links() {
        let dir = TempDir::new().unwrap();
        let bad = script(&dir, "bad", 0o755);
        let inner = dir.join("bad").join("inner");
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("x.lua"), "return").unwrap();
        let good = script(&dir, "good", 0o755);
        // From good into bad, and from bad into good.
        symlink("../bad/inner", dir.join("good").join("to")).unwrap();
        symlink(&good, inner.join("back.lua")).unwrap();
        let paths = [inner.join("x.lua"), dir.join("good/to/x.lua"), inner.join("back.lua"), bad];
        for path in &paths {
            assert_eq!(check(path, us()), Ok(()), "{path:?}");
        }
        fs::set_permissions(dir.join("bad"), fs::Permissions::from_mode(0o777)).unwrap();
        for path in &paths {
            let error = check(path, us()).unwrap_err();
            assert!(error.contains(&format!("everybody may write the directory {:?}", dir.join("bad"))), "{error}");
        }
        assert_eq!(check(&good, us()), Ok(()));
    }

    #[test]
    fn links_in_a_ring_end() {
        let dir = TempDir::new().unwrap();
        symlink("b", dir.join("a")).unwrap();
        symlink("a", dir.join("b")).unwrap();
        assert!(check(&dir.join("a"), us()).unwrap_err().contains("more than 40 links"));
    }

    #[test]
    fn a_directory_or_link_of_another_user_is_not_trusted() {
        if us() != 0 {
            return;
        }
        let dir = TempDir::new().unwrap();
        let path = script(&dir, "theirs", 0o755);
        chown(dir.join("theirs"), Some(5), None).unwrap();
        let error = check(&path, 0).unwrap_err();
        assert!(error.contains("the directory") && error.contains("belongs to user 5"), "{error}");
        assert_eq!(check(&path, 5), Ok(()));
        let good = script(&dir, "good", 0o755);
        symlink(&good, dir.join("link")).unwrap();
        std::os::unix::fs::lchown(dir.join("link"), Some(5), None).unwrap();
        assert!(check(&dir.join("link"), 0).unwrap_err().contains("the link"));
    }
}
