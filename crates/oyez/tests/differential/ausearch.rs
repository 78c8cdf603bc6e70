//! Debian's `ausearch` (package auditd): runs it and takes its output apart, as far as it can be read without oyez.

use std::io::ErrorKind;
use std::process::{Command, Stdio};

use oyez_testkit::TempDir;

use crate::line::{Id, civil_seconds, name_of};
use crate::logs::Log;

/// One record as `ausearch -i` prints it.
#[derive(Debug)]
pub(crate) struct Interpreted {
    pub(crate) id: Id,
    pub(crate) kind: String,
    /// What follows `audit(…) : `.
    pub(crate) body: Vec<u8>,
}

/// Whether `ausearch` can be started here.
pub(crate) fn is_here() -> bool {
    let status = Command::new("ausearch").arg("--version").stdout(Stdio::null()).status();
    !matches!(status, Err(error) if error.kind() == ErrorKind::NotFound)
}

/// The lines that `ausearch --raw` finds in `log`.
pub(crate) fn raw(log: &Log) -> Vec<Vec<u8>> {
    lines(&run(log, "--raw"))
}

/// The records that `ausearch -i` finds in `log`, event by event, in the order of the log: it prints each event backwards.
pub(crate) fn interpreted(log: &Log) -> Vec<Interpreted> {
    let mut records: Vec<Interpreted> = Vec::new();
    let mut start = 0;
    for line in lines(&run(log, "-i")) {
        if line == b"----" {
            records[start..].reverse();
            start = records.len();
        } else {
            records.push(parse(&line).unwrap_or_else(|| panic!("{}: {}", log.name, String::from_utf8_lossy(&line))));
        }
    }
    records[start..].reverse();
    records
}

/// The serials of the records that `ausearch -i` finds in `log`, and what it calls their types.
pub(crate) fn interpreted_kinds(log: &Log) -> Vec<(u64, String)> {
    let kind = |line: &Vec<u8>| {
        let text = String::from_utf8_lossy(line).into_owned();
        let (kind, rest) = text.strip_prefix("type=")?.split_once(' ')?;
        let serial = rest.split_once(')')?.0.rsplit(':').next()?.parse().ok()?;
        Some((serial, kind.to_owned()))
    };
    lines(&run(log, "-i")).iter().filter_map(kind).collect()
}

fn run(log: &Log, how: &str) -> Vec<u8> {
    let folder = TempDir::new().expect("a temporary directory");
    let file = folder.join("audit.log");
    std::fs::write(&file, log.undressed()).expect("the log is written");
    let mut command = Command::new("ausearch");
    command.arg(how).arg("-if").arg(&file).env("TZ", "UTC").env("LC_ALL", "C").stdin(Stdio::null());
    command.output().expect("ausearch runs").stdout
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

/// `[node=NAME ]type=KIND msg=audit(MM/DD/YY HH:MM:SS.mmm:SERIAL) : BODY`; the colon is missing where the record has none.
fn parse(line: &[u8]) -> Option<Interpreted> {
    let open = memchr::memmem::find(line, b"type=")?;
    let node = line.get(..open)?.trim_ascii().strip_prefix(b"node=").unwrap_or_default().to_vec();
    let rest = line.get(open + 5..)?;
    let stamp = memchr::memmem::find(rest, b" msg=audit(")?;
    let kind = name_of(rest.get(..stamp)?);
    let rest = rest.get(stamp + 11..)?;
    let close = memchr::memchr(b')', rest)?;
    let stamp = str::from_utf8(rest.get(..close)?).ok()?;
    let (date, rest_of_stamp) = stamp.split_once(' ')?;
    let numbers: Vec<u64> =
        date.split('/').chain(rest_of_stamp.split([':', '.'])).map_while(|n| n.parse().ok()).collect();
    let [month, day, year, hour, minute, second, ms, serial] = numbers[..] else { return None };
    let year = if year < 70 { 2000 + year } else { 1900 + year };
    let sec = civil_seconds(year, month, day) + hour * 3600 + minute * 60 + second;
    let body = rest.get(close + 1..)?.trim_ascii();
    let body = body.strip_prefix(b":").unwrap_or(body).trim_ascii().to_vec();
    Some(Interpreted { id: Id { node, sec, ms, serial }, kind, body })
}
