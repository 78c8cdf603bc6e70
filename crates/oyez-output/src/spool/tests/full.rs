//! A real file system that is full: a tmpfs of 256 KiB, in a mount namespace of its own (needs root, or user namespaces).

use std::env;
use std::path::Path;
use std::process::Command;

use oyez_testkit::corpus::skipped;

use super::super::{Batch, Error, Settings, Spool, Sync};
use super::{append, drain, folder::scratch};

/// Names the mount point, for the process inside.
const INSIDE: &str = "OYEZ_SPOOL_TMPFS";
/// What the process inside says when it has seen all.
const DONE: &str = "the full disk was survived";
const SETTINGS: Settings = Settings { bytes: 1 << 20, segment_bytes: 16 << 10, sync: Sync::Each, compression: None };

#[test]
fn a_full_file_system_is_survived() {
    let path = scratch("full");
    let mut unshare = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        unshare.args(["--user", "--map-root-user"]);
    }
    let script = "mount -t tmpfs -o size=256k,mode=0700 none \"$1\" || exit 77; shift; exec \"$@\"";
    unshare.args(["--mount", "sh", "-c", script, "sh"]).arg(&path).arg(env::current_exe().unwrap());
    unshare.args(["--ignored", "--exact", "--nocapture", "spool::tests::full::inside"]).env(INSIDE, &path);
    let output = unshare.output();
    std::fs::remove_dir(path).unwrap();
    let Ok(output) = output else { return skipped("there is no unshare here (util-linux)") };
    let (said, complaint) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(77) || complaint.contains("unshare failed") {
        return skipped(&format!("no tmpfs can be mounted here: {}", complaint.trim_end()));
    }
    assert!(output.status.success() && said.contains(DONE), "{said}\n{complaint}");
}

#[test]
#[ignore = "it is run by the other test, inside the namespace"]
fn inside() {
    let Ok(path) = env::var(INSIDE) else { return };
    let path = Path::new(&path);
    let (mut spool, _) = Spool::open(&path.join("spool"), SETTINGS).unwrap();
    let mut number = 0;
    let full = loop {
        match append(&mut spool, number + 1) {
            Ok(_) => number += 1,
            Err(error) => break error,
        }
    };
    let Error::File { source, .. } = &full else { panic!("{full}") };
    assert_eq!(source.kind(), std::io::ErrorKind::StorageFull, "{full}: {source}");
    assert!(number > 100 && append(&mut spool, number + 1).is_err() && spool.losses().is_zero());
    drop(spool);
    // A restart on the full disk has everything, and acknowledging makes room.
    let (mut spool, recovered) = Spool::open(&path.join("spool"), SETTINGS).unwrap();
    assert_eq!((recovered.held.entries, recovered.cursor_lost), (number, false));
    assert_eq!(drain(&mut spool), (1..=number).collect::<Vec<_>>());
    spool.rewind();
    let mut batch = Batch::default();
    spool.read(100_000, &mut batch).unwrap();
    spool.ack(batch.position().unwrap()).unwrap();
    append(&mut spool, number + 1).unwrap();
    let rest = number + 1 - batch.len() as u64;
    assert_eq!(drain(&mut spool).len() as u64, rest);
    println!("{DONE}");
}
