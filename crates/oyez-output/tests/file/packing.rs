//! Logs that were put aside are packed, whole or not at all.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use oyez_output::file::{Access, Keep, Names, Packing, Rotate, Settings};
use oyez_testkit::TempDir;

use super::help::{Log, all, lines, names, text};

fn settings(directory: &TempDir, packing: Packing) -> Settings {
    let rotate = Rotate { size: Some(1000), packing: Some(packing), ..Rotate::default() };
    let access = Access { mode: Some(0o640), ..Access::default() };
    Settings { rotate, access, ..Settings::at(directory.join("events")) }
}

/// Waits until this is so.
fn until(log: &mut Log, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", log.remarks());
        thread::sleep(Duration::from_millis(5));
        log.wait(Duration::from_millis(5));
    }
}

/// Whether all that was put aside is packed.
fn is_packed(directory: &Path, ending: &str) -> bool {
    names(directory).iter().all(|name| name == "events" || name.ends_with(ending))
}

#[test]
fn what_was_put_aside_is_packed_whole_with_its_mode_and_time() {
    for packing in Packing::ALL {
        let directory = TempDir::new().unwrap();
        let settings = settings(&directory, packing);
        let mut log = Log::open(&settings);
        let texts: Vec<String> = (0..400).map(|number| format!("message {number}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        texts.chunks(9).for_each(|texts| log.write(texts));
        until(&mut log, || is_packed(directory.path(), packing.ending()));
        assert_eq!(all(&settings.path), lines(&texts));
        assert!(names(directory.path()).len() > 4);
        for name in names(directory.path()) {
            let meta = fs::metadata(directory.join(&name)).unwrap();
            assert_eq!(meta.permissions().mode() & 0o777, 0o640, "{name}");
        }
        assert_eq!(log.remarks(), Vec::<String>::new());
        log.close();
    }
}

#[test]
fn packing_that_was_broken_off_is_done_again_and_nothing_is_there_twice() {
    let directory = TempDir::new().unwrap();
    let settings = settings(&directory, Packing::Zstd);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_478_000);
    let put = |name: &str, bytes: &[u8], time: SystemTime| {
        fs::write(directory.join(name), bytes).unwrap();
        fs::File::options().append(true).open(directory.join(name)).unwrap().set_modified(time).unwrap();
    };
    let packed = zstd::encode_all(&b"one\n"[..], 3).unwrap();
    // Broken off in the middle; after the packed one had its name; and another's pair, which is none.
    put(".events.packing", &packed[..5], time);
    put("events.20261120T000000Z", b"zero\n", time);
    put("events.20261121T000000Z", b"one\n", time);
    put("events.20261121T000000Z.zst", &packed, time);
    put("events.20261122T000000Z", b"two\n", time);
    put("events.20261122T000000Z.zst", &packed, time + Duration::from_secs(1));
    let mut log = Log::open(&settings);
    log.write(&["three"]);
    until(&mut log, || {
        directory.join("events.20261120T000000Z.zst").exists() && !directory.join("events.20261120T000000Z").exists()
    });
    log.close();
    assert_eq!(
        names(directory.path()),
        [
            "events",
            "events.20261120T000000Z.zst",
            "events.20261121T000000Z.zst",
            "events.20261122T000000Z",
            "events.20261122T000000Z.zst"
        ]
    );
    assert_eq!(text(&directory.join("events.20261120T000000Z.zst")), "zero\n");
    assert_eq!(text(&directory.join("events.20261121T000000Z.zst")), "one\n");
    let meta = fs::metadata(directory.join("events.20261120T000000Z.zst")).unwrap();
    assert_eq!(meta.modified().unwrap(), time);
}

#[test]
fn numbers_count_up_while_logs_are_packed_and_removed() {
    let directory = TempDir::new().unwrap();
    let mut settings = settings(&directory, Packing::Gzip);
    settings.rotate.names = Names::Number;
    settings.keep = Keep { files: Some(30), ..Keep::default() };
    let mut log = Log::open(&settings);
    let mut texts = Vec::new();
    for number in 0..600 {
        let text = format!("{number} {}", "x".repeat(90));
        log.write(&[&text]);
        texts.push(text);
    }
    until(&mut log, || is_packed(directory.path(), ".gz"));
    assert_eq!(log.remarks(), Vec::<String>::new());
    log.close();
    let mut found: String = (1..=30).rev().map(|number| text(&directory.join(format!("events.{number}.gz")))).collect();
    found.push_str(&text(&settings.path));
    assert_eq!(names(directory.path()).len(), 31);
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert!(lines(&texts).ends_with(&found) && found.lines().count() > 300);
}

#[test]
fn the_end_does_not_wait_for_packing() {
    let directory = TempDir::new().unwrap();
    let settings = settings(&directory, Packing::Zstd);
    let old = directory.join("events.20261120T000000Z");
    let file = fs::File::create(&old).unwrap();
    file.set_len(3 << 30).unwrap();
    let mut log = Log::open(&settings);
    log.write(&["one"]);
    let start = Instant::now();
    log.close();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(old.exists() && fs::metadata(&old).unwrap().len() == 3 << 30);
}
