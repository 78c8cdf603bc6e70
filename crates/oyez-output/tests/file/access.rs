//! What is opened, and for whom.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::process::Command;

use oyez_output::file::{Access, Rotate, Settings};
use oyez_testkit::TempDir;
use oyez_testkit::corpus::skipped;

use super::help::{Log, names, text};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Why a log cannot be opened.
fn refused(path: &Path) -> String {
    let (done, result) = Log::open(&Settings::at(path)).give(&["message"]);
    assert!(!done.is_done(0));
    result.unwrap_err().told()
}

#[test]
fn a_log_is_for_its_owner_alone_unless_asked_for_otherwise() {
    let directory = TempDir::new().unwrap();
    let settings = Settings::at(directory.join("events"));
    Log::open(&settings).write(&["message"]);
    assert_eq!(mode(&settings.path), 0o600);
    chmod(&settings.path, 0o640);
    Log::open(&settings).write(&["message"]);
    assert_eq!(mode(&settings.path), 0o640, "what an administrator set stays");
    let access = Access { mode: Some(0o660), ..Access::default() };
    let rotate = Rotate { size: Some(1), ..Rotate::default() };
    Log::open(&Settings { access, rotate, ..settings.clone() }).write(&["message"]);
    assert!(names(directory.path()).iter().all(|name| mode(&directory.join(name)) == 0o660));
    assert_eq!(names(directory.path()).len(), 2);
}

#[test]
fn a_link_is_not_followed() {
    let directory = TempDir::new().unwrap();
    let (target, path) = (directory.join("passwd"), directory.join("events"));
    fs::write(&target, "root\n").unwrap();
    symlink(&target, &path).unwrap();
    assert!(refused(&path).contains("symbolic link"), "{}", refused(&path));
    fs::remove_file(&target).unwrap();
    assert!(refused(&path).contains("symbolic link") && !target.exists());
}

#[test]
fn what_others_can_write_to_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = directory.join("events");
    fs::write(&path, "").unwrap();
    chmod(&path, 0o606);
    assert!(refused(&path).contains("anybody may write to it"), "{}", refused(&path));
    chmod(&path, 0o600);
    chmod(directory.path(), 0o777);
    assert!(refused(&path).contains("anybody may write to its directory"), "{}", refused(&path));
    // As /tmp is.
    chmod(directory.path(), 0o1777);
    Log::open(&Settings::at(&path)).write(&["message"]);
    fs::hard_link(&path, directory.join("second")).unwrap();
    assert!(refused(&path).contains("a second name"), "{}", refused(&path));
    chmod(directory.path(), 0o700);
    Log::open(&Settings::at(&path)).write(&["message"]);
    assert!(refused(directory.path()).contains("directory"), "{}", refused(directory.path()));
    assert!(refused(&directory.join("none/events")).contains("No such file"));
}

#[test]
fn a_file_of_another_user_is_refused() {
    if !is_root() {
        return skipped("only root can give files away");
    }
    let directory = TempDir::new().unwrap();
    let path = directory.join("events");
    fs::write(&path, "").unwrap();
    chown(&path, Some(5), None).unwrap();
    assert!(refused(&path).contains("another user"), "{}", refused(&path));
}

#[test]
fn links_in_place_of_rotated_and_new_files_are_not_followed() {
    let directory = TempDir::new().unwrap();
    let target = directory.join("passwd");
    fs::write(&target, "root\n").unwrap();
    for name in [".events.new", "events.20261124T000000Z"] {
        symlink(&target, directory.join(name)).unwrap();
    }
    let rotate = Rotate { size: Some(10), ..Rotate::default() };
    let mut log = Log::open(&Settings { rotate, ..Settings::at(directory.join("events")) });
    (0..3).for_each(|number| log.write(&[&format!("message {number}")]));
    assert_eq!(text(&target), "root\n");
    assert!(text(&directory.join("events")).contains("message 2"), "{:?}", log.remarks());
}

#[test]
fn a_pipe_waits_for_its_reader_and_a_device_takes_all() {
    let directory = TempDir::new().unwrap();
    let path = directory.join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o600), 0)
        .unwrap();
    assert!(refused(&path).contains("nobody reads"), "{}", refused(&path));
    let reader = fs::File::options().read(true).write(true).open(&path).unwrap();
    let mut log = Log::open(&Settings::at(&path));
    log.write(&["message"]);
    drop(reader);
    assert!(log.give(&["message"]).1.is_err());
    Log::open(&Settings::at("/dev/null")).write(&["message"]);
    let full = Log::open(&Settings::at("/dev/full")).give(&["message"]).1.unwrap_err().told();
    assert!(full.contains("No space left"), "{full}");
}

#[test]
fn others_read_by_group_and_access_list() {
    if !is_root() {
        return skipped("only root can give files to any group");
    }
    let directory = TempDir::new().unwrap();
    let path = directory.join("events");
    let access = Access { group: Some(4), read_users: vec![7, 5, 7], read_groups: vec![6], ..Access::default() };
    let rotate = Rotate { size: Some(1), ..Rotate::default() };
    let settings = Settings { access, rotate, ..Settings::at(&path) };
    let (_, result) = Log::open(&settings).give(&["message"]);
    if let Err(failure) = result {
        return skipped(&format!("no access lists here: {}", failure.told()));
    }
    Log::open(&settings).write(&["message"]);
    for name in names(directory.path()) {
        let meta = fs::metadata(directory.join(&name)).unwrap();
        assert_eq!((meta.gid(), meta.mode() & 0o777), (4, 0o640), "{name}: the middle bits are the mask");
        let Ok(output) = Command::new("getfacl").args(["-cnpE"]).arg(directory.join(&name)).output() else {
            return skipped("there is no getfacl here (acl)");
        };
        let list = String::from_utf8(output.stdout).unwrap();
        assert_eq!(
            list.trim(),
            "user::rw-\nuser:5:r--\nuser:7:r--\ngroup::---\ngroup:6:r--\nmask::r--\nother::---",
            "{name}"
        );
    }
    // On a file that is there, too.
    fs::write(directory.join("old"), "").unwrap();
    Log::open(&Settings { path: directory.join("old"), ..settings }).write(&["message"]);
    assert_eq!(mode(&directory.join("old")) & 0o070, 0o040);
}
