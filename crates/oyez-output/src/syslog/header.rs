//! One syslog message: a line and what is known of it in, the bytes that go out appended.

use std::io::Write as _;

use super::{Facility, Protocol, Settings, Transport};
use crate::parcel::Label;
use crate::time;

/// At the end of a message that was cut.
const CUT: &[u8] = b" [cut]";
/// The UTF-8 byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// What stands in front of every message.
#[derive(Debug)]
pub(super) struct Header {
    protocol: Protocol,
    facility: Facility,
    /// `HOST APP PROCID MSGID`, or `HOST APP[PROCID]:`, with the spaces around.
    middle: Vec<u8>,
    sd_id: Option<Vec<u8>>,
    bom: bool,
    cee: bool,
    max_size: usize,
}

impl Header {
    pub(super) fn new(settings: &Settings, host: &str) -> Self {
        let host = word(settings.host.as_deref().unwrap_or(host), 255);
        let (app, pid) = (word(&settings.app_name, 48), std::process::id());
        let protocol = settings.protocol();
        let middle = match (protocol, &settings.transport) {
            (Protocol::Rfc5424, _) => format!(" {host} {app} {pid} {} ", word(&settings.msg_id, 32)),
            (Protocol::Rfc3164, Transport::Local(_)) => format!(" {app}[{pid}]:"),
            (Protocol::Rfc3164, _) => format!(" {host} {app}[{pid}]:"),
        };
        Self {
            protocol,
            facility: settings.facility,
            middle: middle.into_bytes(),
            sd_id: settings.sd_id.as_ref().map(|id| id.clone().into_bytes()),
            bom: settings.bom,
            cee: settings.cee,
            max_size: settings.max_size(),
        }
    }

    /// Appends the message that this line is.
    pub(super) fn write(&self, line: &[u8], label: &Label<'_>, out: &mut Vec<u8>) {
        let begin = out.len();
        let priority = u32::from(self.facility.number()) * 8 + label.level as u32;
        // A `Vec` takes all.
        let _ = write!(out, "<{priority}>");
        match self.protocol {
            Protocol::Rfc5424 => {
                out.extend_from_slice(b"1 ");
                time::rfc3339(label.time_ms, out);
                out.extend_from_slice(&self.middle);
                self.structured(label.id, out);
                out.push(b' ');
                if self.bom && str::from_utf8(line).is_ok() {
                    out.extend_from_slice(BOM);
                }
            }
            Protocol::Rfc3164 => {
                time::rfc3164(label.time_ms, out);
                out.extend_from_slice(&self.middle);
                out.push(b' ');
            }
        }
        if self.cee {
            out.extend_from_slice(b"@cee: ");
        }
        let room = self.max_size.saturating_sub(out.len() - begin);
        push_cut(line, room, out);
    }

    fn structured(&self, id: &str, out: &mut Vec<u8>) {
        let Some(sd_id) = self.sd_id.as_ref().filter(|_| !id.is_empty()) else {
            out.push(b'-');
            return;
        };
        out.push(b'[');
        out.extend_from_slice(sd_id);
        out.extend_from_slice(b" id=\"");
        for byte in id.bytes() {
            if matches!(byte, b'"' | b'\\' | b']') {
                out.push(b'\\');
            }
            out.push(byte);
        }
        out.extend_from_slice(b"\"]");
    }
}

/// Appends a line, or as much of it as there is room for, with [`CUT`] behind it.
fn push_cut(line: &[u8], room: usize, out: &mut Vec<u8>) {
    if line.len() <= room {
        out.extend_from_slice(line);
        return;
    }
    let most = room.saturating_sub(CUT.len());
    // Back to the beginning of a character; of what is not UTF-8, three bytes at most.
    let end = (most.saturating_sub(3)..=most).rev().find(|at| line.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80));
    out.extend_from_slice(line.get(..end.unwrap_or(most)).unwrap_or_default());
    out.extend_from_slice(CUT);
}

/// A word of the header: visible ASCII only (RFC 5424, 6), not too long, and `-` where nothing is left.
fn word(text: &str, most: usize) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parcel::Level;

    fn label(id: &str) -> Label<'_> {
        Label { id, time_ms: 1_795_321_200_101, level: Level::Notice, ..Label::default() }
    }

    fn written(change: impl FnOnce(&mut Settings), line: &[u8], id: &str) -> Vec<u8> {
        let mut settings = Settings::to(Transport::Udp(crate::net::Address::new("siem", 514)));
        change(&mut settings);
        let mut out = Vec::new();
        Header::new(&settings, "my host").write(line, &label(id), &mut out);
        out
    }

    fn text(change: impl FnOnce(&mut Settings), line: &[u8], id: &str) -> String {
        String::from_utf8(written(change, line, id)).unwrap().replace(&std::process::id().to_string(), "PID")
    }

    #[test]
    fn a_message_is_as_the_rfcs_have_it() {
        assert_eq!(text(|_| {}, b"hello", "a"), "<85>1 2026-11-22T04:20:00.101Z myhost oyez PID audit - hello");
        let sd = |settings: &mut Settings| settings.sd_id = Some("oyez@1".to_owned());
        assert_eq!(
            text(sd, b"hello", "a\"]\\"),
            r#"<85>1 2026-11-22T04:20:00.101Z myhost oyez PID audit [oyez@1 id="a\"\]\\"] hello"#
        );
        assert!(text(sd, b"hello", "").ends_with(" audit - hello"));
        let old = |settings: &mut Settings| settings.protocol = Some(Protocol::Rfc3164);
        assert_eq!(text(old, b"hello", ""), "<85>Nov 22 04:20:00 myhost oyez[PID]: hello");
        let local = |settings: &mut Settings| settings.transport = Transport::Local("/dev/log".into());
        assert_eq!(text(local, b"hello", ""), "<85>Nov 22 04:20:00 oyez[PID]: hello");
        let named = |settings: &mut Settings| {
            (settings.host, settings.app_name) = (Some("h\u{e4}\n".to_owned()), "\u{e4}".to_owned());
            settings.facility = Facility::named("kern").unwrap();
        };
        assert_eq!(text(named, b"", ""), "<5>1 2026-11-22T04:20:00.101Z h - PID audit - ");
    }

    #[test]
    fn marks_stand_in_front_of_the_text() {
        let both = |settings: &mut Settings| (settings.bom, settings.cee) = (true, true);
        assert!(text(both, b"{}", "").ends_with("audit - \u{feff}@cee: {}"));
        assert!(written(both, b"\xff", "").ends_with(b"audit - @cee: \xff"));
    }

    proptest! {
        #[test]
        fn a_long_message_is_cut_between_characters(line in "\\PC{0,200}", most in 0usize..300) {
            let out = written(|settings| settings.max_size = Some(most), line.as_bytes(), "");
            let all = written(|settings| settings.max_size = Some(1 << 20), line.as_bytes(), "");
            let front = all.len() - line.len();
            prop_assert!(String::from_utf8(out.clone()).is_ok());
            if all.len() <= most || line.is_empty() {
                prop_assert_eq!(out, all);
            } else {
                prop_assert!(out.len() <= most.max(front + CUT.len()));
                let kept = out.strip_suffix(CUT);
                prop_assert!(kept.is_some_and(|kept| all.starts_with(kept)));
                prop_assert!(most < front + CUT.len() || out.len() + 4 > most);
            }
        }

        #[test]
        fn any_bytes_are_a_message(line in proptest::collection::vec(any::<u8>(), 0..100), most in 0usize..200) {
            let out = written(|settings| settings.max_size = Some(most), &line, "");
            prop_assert!(out.starts_with(b"<85>1 "));
        }
    }
}
