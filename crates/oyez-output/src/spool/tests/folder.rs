//! Real directories: who may use them, and what lies in them.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::super::{Error, Spool};
use super::{EACH, drain, fill};

#[test]
fn files_are_for_their_owner_alone_and_come_back() {
    let root = scratch("modes");
    let path = root.join("spool");
    let (mut spool, _) = Spool::open(&path, EACH).unwrap();
    fill(&mut spool, 1..=20);
    drop(spool);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o700);
    let modes: Vec<u32> =
        fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().metadata().unwrap().mode() & 0o7777).collect();
    assert!(modes.len() > 4 && modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
    let (mut spool, recovered) = Spool::open(&path, EACH).unwrap();
    assert_eq!(recovered.held.entries, 20);
    assert_eq!(drain(&mut spool), (1..=20).collect::<Vec<_>>());
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_directory_has_one_user_at_a_time() {
    let root = scratch("lock");
    let spool = Spool::open(&root, EACH).unwrap();
    assert!(matches!(Spool::open(&root, EACH).err(), Some(Error::Locked { .. })));
    drop(spool);
    assert!(Spool::open(&root, EACH).is_ok());
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn directories_that_others_may_write_to_are_refused() {
    let root = scratch("unsafe");
    for mode in [0o720, 0o702, 0o1777] {
        fs::set_permissions(&root, fs::Permissions::from_mode(mode)).unwrap();
        let refused = Spool::open(&root, EACH).err().map(|error| error.to_string());
        let expected = format!("cannot trust spool directory {root:?}: its mode lets others write to it");
        assert_eq!(refused, Some(expected), "{mode:o}");
    }
    fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(Spool::open(&root, EACH).is_ok());
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn links_and_pipes_are_not_opened() {
    let root = scratch("links");
    let (real, link) = (root.join("real"), root.join("link"));
    drop(Spool::open(&real, EACH).unwrap());
    symlink(&real, &link).unwrap();
    assert!(matches!(Spool::open(&link, EACH).err(), Some(Error::Directory { .. })));
    let outside = root.join("outside");
    fs::write(&outside, b"mine").unwrap();
    for name in ["cursor", "lock", "0000000000000001.segment"] {
        let _there_or_not = fs::remove_file(real.join(name));
        symlink(&outside, real.join(name)).unwrap();
        assert!(Spool::open(&real, EACH).is_err(), "{name}");
        fs::remove_file(real.join(name)).unwrap();
        let pipe = std::process::Command::new("mkfifo").arg(real.join(name)).status().unwrap();
        assert!(pipe.success() && Spool::open(&real, EACH).is_err(), "{name}");
        fs::remove_file(real.join(name)).unwrap();
    }
    assert_eq!(fs::read(&outside).unwrap(), b"mine");
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_missing_parent_is_an_error_with_its_cause() {
    let error = Spool::open(&scratch("parent").join("no/spool"), EACH).err().unwrap();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(error.to_string().starts_with("cannot open spool directory") && source.contains("No such file"), "{error}");
}

/// An empty directory of this test.
pub(super) fn scratch(name: &str) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("oyez-spool-{name}-{}", std::process::id()));
    let _left_over = fs::remove_dir_all(&path);
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path
}
