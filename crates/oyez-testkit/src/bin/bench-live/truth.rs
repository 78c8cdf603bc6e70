//! What the load did against the events that came out: is each thing there exactly once?
//!
//! Lines of JSON in, [`Truth`] out. A line that is no JSON is an error, as is an output that is not there.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::load::{ITERATION, Kind, Load, OPENED, number_of};
use crate::measure::Figures;

/// How much of what was done came out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Truth {
    /// Things done that are in no event.
    missing: u64,
    /// Times that a thing was told once too often.
    again: u64,
    /// Events of any sort.
    events: u64,
}

#[derive(Deserialize)]
struct Event<'a> {
    serial: Option<u64>,
    part: Option<serde::de::IgnoredAny>,
    #[serde(borrow)]
    syscall: Option<Syscall<'a>>,
    #[serde(borrow)]
    process: Option<Process<'a>>,
    #[serde(borrow, default)]
    paths: Vec<Named<'a>>,
    #[serde(borrow, default)]
    sockets: Vec<Socket<'a>>,
}

#[derive(Deserialize)]
struct Syscall<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    args: Vec<Option<Cow<'a, str>>>,
    exit: Option<i64>,
}

#[derive(Deserialize)]
struct Process<'a> {
    #[serde(borrow, default)]
    argv: Vec<Option<Cow<'a, str>>>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Socket<'a> {
    #[serde(borrow)]
    addr: Option<Cow<'a, str>>,
}

/// Compares the events in `output` with what `load` did; `errors` requests were not answered.
pub(crate) fn count(output: &Path, load: &Load, errors: u64) -> Result<Truth> {
    let file = File::open(output).with_context(|| format!("cannot open {}", output.display()))?;
    let mut tally = Tally::new(load);
    for line in BufReader::with_capacity(1 << 20, file).split(b'\n') {
        tally.hear(&line.context("cannot read the events")?)?;
    }
    Ok(tally.end(errors))
}

/// For each line that tells something `load` did: its number, and where in `output` the line ends.
pub(crate) fn told(output: &Path, load: &Load) -> Result<Vec<(u64, u64)>> {
    let bytes = std::fs::read(output).with_context(|| format!("cannot read {}", output.display()))?;
    let (mut told, mut end) = (Vec::new(), 0);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        end += line.len() as u64;
        let event: Event<'_> = serde_json::from_slice(line).context("not an event")?;
        told.extend(event.number(load.kind).map(|number| (number, end)));
    }
    Ok(told)
}

/// What a thing done is told by.
struct Tally {
    kind: Kind,
    /// How often each number was told.
    told: Vec<u32>,
    /// For http: the server's accepts, and opens of the page, by serial. What it answers has no number.
    accepts: HashSet<u64>,
    pages: HashSet<u64>,
    truth: Truth,
}

impl Tally {
    fn new(load: &Load) -> Self {
        let count = if load.kind == Kind::Idle { 0 } else { load.count };
        let told = vec![0; usize::try_from(count).unwrap_or(0)];
        Self { kind: load.kind, told, accepts: HashSet::new(), pages: HashSet::new(), truth: Truth::default() }
    }

    fn hear(&mut self, line: &[u8]) -> Result<()> {
        let event: Event<'_> = serde_json::from_slice(line)
            .with_context(|| format!("not an event: {:.300}", String::from_utf8_lossy(line)))?;
        self.truth.events += 1;
        if event.part.is_some() {
            return Ok(());
        }
        if let Some(number) = event.number(self.kind).and_then(|number| usize::try_from(number).ok())
            && let Some(told) = self.told.get_mut(number)
        {
            *told += 1;
        }
        if self.kind == Kind::Http {
            self.hear_server(&event);
        }
        Ok(())
    }

    fn hear_server(&mut self, event: &Event<'_>) {
        let (Some(serial), Some(syscall)) = (event.serial, &event.syscall) else { return };
        if syscall.exit.is_none_or(|exit| exit < 0) {
            return;
        }
        let is_new = match syscall.name.as_deref() {
            Some("accept" | "accept4") => self.accepts.insert(serial),
            Some("openat") if event.opens("/index.html") => self.pages.insert(serial),
            _ => true,
        };
        self.truth.again += u64::from(!is_new);
    }

    fn end(self, errors: u64) -> Truth {
        let mut truth = self.truth;
        let done = self.told.len() as u64;
        truth.missing += self.told.iter().filter(|told| **told == 0).count() as u64;
        truth.again += self.told.iter().map(|told| u64::from(told.saturating_sub(1))).sum::<u64>();
        if self.kind == Kind::Http {
            for heard in [self.accepts.len() as u64, self.pages.len() as u64] {
                // A server that did not answer may have come as far as either, or not.
                truth.missing += done.saturating_sub(errors).saturating_sub(heard);
                truth.again += heard.saturating_sub(done);
            }
        }
        truth
    }
}

impl Event<'_> {
    /// The number of what it tells, if that is of the load.
    fn number(&self, kind: Kind) -> Option<u64> {
        let syscall = self.syscall.as_ref()?;
        match (kind, syscall.name.as_deref()?) {
            (Kind::Open, "openat") if self.opens(OPENED) => {
                u64::from_str_radix(syscall.args.get(3)?.as_deref()?.strip_prefix("0x")?, 16).ok()
            }
            (Kind::Exec, "execve") => match &self.process.as_ref()?.argv[..] {
                [Some(name), Some(word), Some(number)] if name == "true" && word == ITERATION => number.parse().ok(),
                _ => None,
            },
            (Kind::Http, "connect") => number_of(self.sockets.first()?.addr.as_deref()?),
            _ => None,
        }
    }

    fn opens(&self, ending: &str) -> bool {
        self.paths.iter().any(|path| path.name.as_deref().is_some_and(|name| name.ends_with(ending)))
    }
}

impl Truth {
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    pub(crate) fn figures(&self) -> Figures {
        vec![("missing", self.missing as f64), ("again", self.again as f64), ("events", self.events as f64)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(load: &str, lines: &[&str]) -> Truth {
        let mut load = Load::named(load, 100).unwrap();
        load.count = 2;
        let mut tally = Tally::new(&load);
        for line in lines {
            tally.hear(line.as_bytes()).unwrap();
        }
        tally.end(0)
    }

    #[test]
    fn an_open_is_known_by_its_fourth_argument() {
        let open = |number| {
            format!(
                r#"{{"serial":7,"syscall":{{"name":"openat","args":["0x0",null,"0x0","{number}"],"exit":3}},"paths":[{{"name":"/etc/passwd"}}]}}"#
            )
        };
        let (first, second) = (open("0x0"), open("0x1"));
        assert_eq!(truth("open", &[&first, &second]), Truth { missing: 0, again: 0, events: 2 });
        assert_eq!(truth("open", &[&first, &first]), Truth { missing: 1, again: 1, events: 2 });
        let elsewhere = first.replace("passwd", "ld.so.cache");
        assert_eq!(truth("open", &[&elsewhere, &second]), Truth { missing: 1, again: 0, events: 2 });
        let late = second.replace("\"serial\"", "\"part\":\"late\",\"serial\"");
        assert_eq!(truth("open", &[&first, &second, &late]), Truth { missing: 0, again: 0, events: 3 });
    }

    #[test]
    fn an_exec_is_known_by_its_exact_arguments() {
        let exec = |argv| format!(r#"{{"syscall":{{"name":"execve","exit":0}},"process":{{"argv":{argv}}}}}"#);
        let right = exec(r#"["true","--iteration","1"]"#);
        for wrong in [r#"["true","--iteration"]"#, r#"["true","--iteration","0","x"]"#, r#"[null,"--iteration","0"]"#] {
            assert_eq!(truth("exec", &[&right, &exec(wrong)]), Truth { missing: 1, again: 0, events: 2 });
        }
    }

    #[test]
    fn a_request_is_a_connect_an_accept_and_an_open() {
        let connect =
            |addr| format!(r#"{{"serial":1,"syscall":{{"name":"connect","exit":0}},"sockets":[{{"addr":"{addr}"}}]}}"#);
        let (first, second) = (connect("127.1.0.0"), connect("127.1.0.1"));
        let accept = |serial, exit| format!(r#"{{"serial":{serial},"syscall":{{"name":"accept4","exit":{exit}}}}}"#);
        let page = |serial| {
            format!(
                r#"{{"serial":{serial},"syscall":{{"name":"openat","exit":9}},"paths":[{{"name":"/x/index.html"}}]}}"#
            )
        };
        let mut lines = vec![first, second, accept(2, 4), accept(3, 4), accept(4, -11), page(5), page(6)];
        let told = |lines: &[String]| truth("http", &lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(told(&lines), Truth { missing: 0, again: 0, events: 7 });
        lines.push(accept(3, 4));
        assert_eq!(told(&lines).again, 1, "the same accept");
        lines.pop();
        lines.pop();
        assert_eq!(told(&lines).missing, 1, "a page");
    }

    #[test]
    fn a_torn_line_is_an_error() {
        let mut tally = Tally::new(&Load::named("open", 1).unwrap());
        assert!(tally.hear(b"{\"serial\":1").is_err());
    }
}
