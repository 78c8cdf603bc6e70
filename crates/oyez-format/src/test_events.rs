//! Lines of a log → its events, for tests.

use oyez_events::Event;
use oyez_events::context::Names;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;

/// Hands the events of a log with these lines to `out`.
pub(crate) fn read<L: AsRef<[u8]>>(lines: &[L], out: &mut dyn FnMut(&Event)) {
    let mut parser = LineParser::new();
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 2000 }, Limits::default());
    let mut out = |event: &Event| out(event);
    for line in lines {
        grouper.push(&parser.line(line.as_ref()).unwrap(), 0, &mut out);
    }
    grouper.finish(&mut out);
}

/// A host with the users root and alice (1000), and the group root.
#[derive(Debug)]
pub(crate) struct Alice;

impl Names for Alice {
    fn user(&self, uid: u32) -> Option<&str> {
        match uid {
            0 => Some("root"),
            1000 => Some("alice"),
            _ => None,
        }
    }

    fn group(&self, gid: u32) -> Option<&str> {
        (gid == 0).then_some("root")
    }

    fn generation(&self) -> u64 {
        0
    }
}
