use std::io::Write as _;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use oyez_testkit::TempDir;

use super::*;

const TEXT: &[u8] = b"one\ntwo\nthree";

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 1).unwrap()
}

/// Everything `bytes` in a file give, joined by spaces, and how it ended.
fn read(bytes: &[u8]) -> (String, io::Result<()>) {
    let dir = TempDir::new().unwrap();
    let path = dir.join("any.name");
    std::fs::write(&path, bytes).unwrap();
    read_all(Input::open(&path))
}

fn read_all(input: io::Result<Input>) -> (String, io::Result<()>) {
    let (mut lines, mut found) = (LineReader::new(), Vec::new());
    let result = input.and_then(|mut input| {
        while input.step(&mut lines, Duration::from_millis(1))? != Step::End {
            while let Some(line) = lines.next_line() {
                found.push(String::from_utf8_lossy(line.bytes).into_owned());
            }
        }
        Ok(())
    });
    while let Some(line) = lines.next_line() {
        found.push(String::from_utf8_lossy(line.bytes).into_owned());
    }
    found.extend(lines.last_line().map(|line| String::from_utf8_lossy(line.bytes).into_owned()));
    (found.join(" "), result)
}

fn reads(bytes: &[u8], text: &str) {
    let (found, result) = read(bytes);
    result.unwrap();
    assert_eq!(found, text);
}

#[test]
fn a_compression_is_told_by_its_first_bytes() {
    reads(TEXT, "one two three");
    reads(&gzip(TEXT), "one two three");
    reads(&zstandard(TEXT), "one two three");
    reads(b"", "");
    reads(b"\x1f", "\x1f");
    reads(b"Bz", "Bz");
}

#[test]
fn members_and_frames_follow_each_other() {
    reads(&[gzip(b"one\ntw"), gzip(b"o\n"), gzip(b"three")].concat(), "one two three");
    let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
    reads(&[skippable.clone(), zstandard(b"one\ntw"), skippable, zstandard(b"o\nthree")].concat(), "one two three");
}

#[test]
fn what_breaks_off_gives_what_was_there_and_an_error() {
    let text: Vec<u8> =
        (0..200_000_u32).flat_map(|number| format!("{}\n", number.wrapping_mul(77_777)).into_bytes()).collect();
    for packed in [gzip(&text), zstandard(&text)] {
        let (found, result) = read(&packed[..packed.len() / 2]);
        assert!(found.len() > text.len() / 10, "{}", found.len());
        assert!(text.starts_with(found.replace(' ', "\n").as_bytes()));
        assert_eq!(result.unwrap_err().to_string(), "the compressed data breaks off");
    }
}

#[test]
fn what_follows_gzip_is_ignored_and_told_unless_it_is_padding() {
    let garbage = |bytes: &[u8]| {
        let dir = TempDir::new().unwrap();
        let path = dir.join("any.name");
        std::fs::write(&path, [&gzip(TEXT), bytes].concat()).unwrap();
        let (mut input, mut lines) = (Input::open(&path).unwrap(), LineReader::new());
        while input.step(&mut lines, Duration::ZERO).unwrap() != Step::End {}
        input.has_garbage()
    };
    for (bytes, wanted) in
        [(&b""[..], false), (b"two\n", true), (b"\x1f", true), (b"\x1fx", true), (b"\0", false), (b"\0\0\0x", true)]
    {
        reads(&[&gzip(TEXT), bytes].concat(), "one two three");
        assert_eq!(garbage(bytes), wanted, "{bytes:?}");
    }
    assert!(!garbage(&vec![0; 3 * COMPRESSED_BLOCK]));
    assert!(garbage(&[&vec![0; 3 * COMPRESSED_BLOCK][..], b"x"].concat()));
}

#[test]
fn members_are_found_wherever_the_blocks_of_a_file_end() {
    for length in COMPRESSED_BLOCK - 100..COMPRESSED_BLOCK + 10 {
        // Stored, not compressed, so that the first member ends near the end of a block.
        let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(&vec![b'x'; length]).unwrap();
        let (found, result) = read(&[encoder.finish().unwrap(), gzip(b" end")].concat());
        result.unwrap();
        assert!(found.len() == length + 4 && found.ends_with("x end"), "{length}");
    }
}

#[test]
fn a_damaged_second_member_is_an_error() {
    let (found, result) = read(&[&gzip(b"one\n"), &b"\x1f\x8b\x07damaged"[..]].concat());
    assert_eq!(found, "one");
    assert!(result.is_err());
}

#[test]
fn what_follows_zstandard_and_is_none_is_an_error() {
    let (found, result) = read(&[zstandard(b"one\n"), b"two\n".to_vec()].concat());
    assert_eq!(found, "one");
    assert!(result.is_err());
}

#[test]
fn other_compressions_are_refused_by_name() {
    for (head, command) in [(&b"\xfd7zXZ\0"[..], "xzcat"), (b"BZh9", "bzcat"), (b"\x04\x22\x4d\x18", "lz4cat")] {
        let error = read(&[head, b"more"].concat()).1.unwrap_err();
        assert!(error.to_string().contains(command), "{error}");
    }
}

#[test]
fn what_is_no_file_is_an_error() {
    let dir = TempDir::new().unwrap();
    assert_eq!(Input::open(&dir.join("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    assert_eq!(Input::open(dir.path()).unwrap_err().kind(), io::ErrorKind::IsADirectory);
}

#[test]
fn a_pipe_is_quiet_until_something_comes() {
    let mut cat = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut to, from) = (cat.stdin.take().unwrap(), cat.stdout.take().unwrap());
    to.write_all(b"\x28\xb5").unwrap();
    let opened = std::thread::spawn(move || Input::from_file(Path::new("-"), File::from(OwnedFd::from(from))));
    to.write_all(b"x\n").unwrap();
    let (mut input, mut lines) = (opened.join().unwrap().unwrap(), LineReader::new());
    assert!(input.is_live());
    let wait = |wait: u64| Duration::from_millis(wait);
    while lines.next_line().is_none() {
        assert_eq!(input.step(&mut lines, wait(10_000)).unwrap(), Step::More);
    }
    assert_eq!(input.step(&mut lines, wait(1)).unwrap(), Step::Quiet);
    drop(to);
    assert_eq!(input.step(&mut lines, wait(10_000)).unwrap(), Step::End);
    cat.wait().unwrap();
}
