//! A raw record's line, brought to one form, so that two of them can be compared as bytes.

use oyez_events::{Event, Record};
use oyez_tables::record_type;

/// What makes an event one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Id {
    pub(crate) node: Vec<u8>,
    pub(crate) sec: u64,
    pub(crate) ms: u64,
    pub(crate) serial: u64,
}

impl Id {
    pub(crate) fn of(event: &Event) -> Self {
        let id = event.id();
        Id { node: event.node().to_vec(), sec: id.sec, ms: id.ms.into(), serial: id.serial.into() }
    }

    fn stamp(&self) -> String {
        format!("{}.{:03}:{}", self.sec, self.ms, self.serial)
    }
}

/// A record: its event, its type's name, its text and the ENRICHED tail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    pub(crate) id: Id,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
    pub(crate) tail: Vec<u8>,
}

impl Line {
    /// A record as oyez holds it.
    pub(crate) fn of(event: &Event, record: &Record<'_>) -> Self {
        let kind = match record.name() {
            b"" => format!("UNKNOWN[{}]", record.number()),
            name => String::from_utf8_lossy(name).into_owned(),
        };
        Line { id: Id::of(event), kind, body: record.body().to_vec(), tail: record.tail().to_vec() }
    }

    /// A line of `ausearch --raw`; `None` where it has no stamp. Types that `ausearch` leaves as numbers get their names;
    /// white space at the end goes, and so does byte 0x1d where no tail follows it: `ausearch` puts it there itself.
    pub(crate) fn parse(line: &[u8]) -> Option<Self> {
        let open = memchr::memmem::find(line, b"type=")?;
        let node = line.get(..open)?.trim_ascii().strip_prefix(b"node=").unwrap_or_default().to_vec();
        let (kind, rest) = split_at(line.get(open + 5..)?, b" msg=audit(")?;
        let (stamp, rest) = split_at(rest, b")")?;
        // auditd before 3.0 wrote its DAEMON_CONFIG without the colon.
        let rest = rest.strip_prefix(b":").unwrap_or(rest);
        let numbers: Vec<u64> = str::from_utf8(stamp).ok()?.split(['.', ':']).map_while(|n| n.parse().ok()).collect();
        let [sec, ms, serial] = numbers[..] else { return None };
        let (body, tail) = match memchr::memrchr(0x1d, rest) {
            Some(at) => (rest.get(..at)?, rest.get(at + 1..)?),
            None => (rest, &b""[..]),
        };
        let id = Id { node, sec, ms, serial };
        Some(Line { id, kind: name_of(kind), body: body.trim_ascii().to_vec(), tail: tail.trim_ascii_end().to_vec() })
    }

    /// Whether it is one that says nothing: it ends its event.
    pub(crate) fn is_end(&self) -> bool {
        self.kind == "EOE"
    }

    pub(crate) fn text(&self) -> String {
        let (node, body, tail) = (&self.id.node, &self.body, &self.tail);
        let text = [String::from_utf8_lossy(node), String::from_utf8_lossy(body), String::from_utf8_lossy(tail)];
        format!("{} type={} msg=audit({}): {} {}", text[0], self.kind, self.id.stamp(), text[1], text[2])
    }
}

/// What stands before and behind the first `mark`.
fn split_at<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memchr::memmem::find(text, mark)?;
    Some((text.get(..at)?, text.get(at + mark.len()..)?))
}

/// The table's name for a type that `ausearch` prints as a number.
pub(crate) fn name_of(kind: &[u8]) -> String {
    let text = String::from_utf8_lossy(kind).into_owned();
    let digits = text.strip_prefix("UNKNOWN[").and_then(|rest| rest.strip_suffix(']')).unwrap_or(&text);
    let name = digits.parse().ok().and_then(record_type::name);
    name.map_or(text.clone(), str::to_owned)
}

/// Seconds from 1970-01-01 to the start of a day of the years 1970–2069.
pub(crate) fn civil_seconds(year: u64, month: u64, day: u64) -> u64 {
    const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = year.is_multiple_of(4);
    let leap_days = (year - 1969) / 4 + u64::from(is_leap && month > 2);
    let month = usize::try_from(month - 1).expect("a month");
    ((year - 1970) * 365 + leap_days + BEFORE[month] + day - 1) * 86_400
}
