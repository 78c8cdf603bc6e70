//! The logs that oyez and `ausearch` both read.

use std::path::Path;
use std::process::Command;

use oyez_testkit::{TempDir, corpus};

/// One log.
pub(crate) struct Log {
    /// Its path below the corpus.
    pub(crate) name: String,
    pub(crate) text: Vec<u8>,
}

impl Log {
    fn read(path: &Path, root: &Path) -> Self {
        let name = path.strip_prefix(root).unwrap_or(path).display().to_string();
        let text = corpus::read(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Log { name, text }
    }

    /// Its lines as `ausearch` can read them: it knows no line that begins with anything but `type=` or `node=`, so what
    /// syslog, journald and dmesg put in front is cut off, and the CR of a CRLF, which it takes for a part of the value.
    pub(crate) fn undressed(&self) -> Vec<u8> {
        let is_dressed = ["syslog", "journal", "dmesg", "crlf", "xp-rules"].iter().any(|part| self.name.contains(part));
        if !is_dressed {
            return self.text.clone();
        }
        let mut plain = Vec::new();
        for line in self.text.split(|byte| *byte == b'\n') {
            let start = ["node=", "type="].iter().filter_map(|word| memchr::memmem::find(line, word.as_bytes())).min();
            let Some(line) = start.and_then(|start| line.get(start..)) else { continue };
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = String::from_utf8_lossy(line).replacen(" audit(", " msg=audit(", 1);
            plain.extend_from_slice(line.as_bytes());
            plain.push(b'\n');
        }
        plain
    }
}

/// The project's own logs.
pub(crate) fn own() -> Vec<Log> {
    let root = corpus::workspace().join("corpus");
    read_all(&root, "own", ".log")
}

/// All small logs of the shared corpus; none where it is missing.
pub(crate) fn shared() -> Vec<Log> {
    let Some(root) = corpus::shared("corpus") else { return Vec::new() };
    let mut logs = Vec::new();
    for folder in ["go-libaudit/auparse", "go-libaudit/reassembler", "otrf", "plaso", "synthetic"] {
        logs.extend(read_all(&root, folder, ".log"));
    }
    logs.extend(read_all(&root, "xp-rules", ".txt"));
    let mut groups = read_all(&root, "go-libaudit/aucoalesce", ".yaml");
    for log in &mut groups {
        log.text = embedded(&log.text);
    }
    logs.extend(groups);
    logs
}

/// A recorded log of the shared corpus, `raw` or `enriched`.
pub(crate) fn recorded(form: &str) -> Option<Log> {
    let root = corpus::shared("corpus")?;
    Some(Log::read(&root.join(format!("recorded/{form}-seed.log.zst")), &root))
}

/// The recorded log with random values, hostile names and interleaved events.
pub(crate) fn varied() -> Option<Log> {
    let (script, log) = (corpus::shared("bench/vary-log.py")?, recorded("raw")?);
    let folder = TempDir::new().expect("a temporary directory");
    let (from, to) = (folder.join("recorded.log"), folder.join("varied.log"));
    std::fs::write(&from, &log.text).expect("the log is written");
    let status = Command::new("python3").arg(script).arg(&from).arg(&to).status().ok()?;
    assert!(status.success(), "vary-log.py: {status}");
    Some(Log { name: "varied".to_owned(), text: std::fs::read(to).expect("the varied log is read") })
}

fn read_all(root: &Path, folder: &str, ending: &str) -> Vec<Log> {
    let files = corpus::files(&root.join(folder), ending).unwrap_or_else(|error| panic!("{folder}: {error}"));
    files.iter().map(|path| Log::read(path, root)).collect()
}

/// The records that stand, indented, in a YAML file. YAML can't hold byte 0x1d, so it is put back where it was.
fn embedded(text: &[u8]) -> Vec<u8> {
    let mut log = Vec::new();
    for line in text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| line.starts_with(b"type=")) {
        log.extend_from_slice(String::from_utf8_lossy(line).replace("(null)ARCH=", "(null)\u{1d}ARCH=").as_bytes());
        log.push(b'\n');
    }
    log
}
