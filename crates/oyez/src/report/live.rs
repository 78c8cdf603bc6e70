//! The kernel's running stream → a report: listens by multicast beside any audit daemon, and changes nothing on the host.
//!
//! One thread: it waits for records, naps so that they come in batches, drains them, and shows the report when that is due.
//! Records that the kernel had no room for are counted by the kernel, and told in every report. Own acts are left out, or
//! showing a report would make the next one.

use std::io::Write;
use std::process;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::MessageParser;
use oyez_events::{Event, loss::Place};
use oyez_netlink::{Message, Wake};

use super::Counted;
use crate::config::Settings;
use crate::daemon::attach::{self, Plan};
use crate::daemon::clock::{Clock, millis};
use crate::daemon::own::Own;
use crate::daemon::receive::{Kernel, Source};
use crate::exit::{self, Exit};
use crate::form;
use crate::parse::{Stop, Take as _};

/// Records gather for so long before they are fetched.
const NAP: Duration = Duration::from_millis(20);
/// How long to wait before looking for signals.
const LOOK: Duration = Duration::from_millis(250);

/// Counts what the kernel tells until SIGINT or SIGTERM, then shows the report a last time.
///
/// # Errors
/// [`Exit::Unavailable`] where the kernel does not let us listen; the output can't be written.
pub(crate) fn run<W: Write>(counted: Counted<W>, settings: &Settings) -> anyhow::Result<()> {
    let plan = Plan::Multicast { owner: None, obstacle: None };
    let (socket, _) = attach::open(&plan, settings.receive.buffer_limit, &[])?;
    let wake = Wake::new().context(Exit::Unavailable.because("cannot wait for audit records"))?;
    let mut source = Kernel::new(socket, 256, wake, None);
    let mut stop = Stop::default();
    stop.listen().context("cannot take signals")?;
    let timing = Timing::Live {
        quiet_ms: millis(settings.group.quiet),
        incomplete_ms: millis(settings.group.incomplete),
        title_ends: false,
    };
    let mut stream = Stream::new(counted, timing, form::limits(&settings.group), process::id());
    while !stop.is_wanted() {
        stream.step(&mut source)?;
    }
    stream.finish(&mut source)
}

/// What comes from a source, counted.
struct Stream<W> {
    counted: Counted<W>,
    parser: MessageParser,
    grouper: Grouper,
    own: Own,
    clock: Clock,
    lost: Lost,
}

/// What is known to be missing.
#[derive(Clone, Copy, Debug, Default)]
struct Lost {
    multicast: u64,
    truncated: u64,
    spoofed: u64,
    malformed: u64,
}

impl<W: Write> Stream<W> {
    fn new(counted: Counted<W>, timing: Timing, limits: Limits, pid: u32) -> Self {
        let (parser, grouper) = (MessageParser::new(), Grouper::new(timing, limits));
        Stream { counted, parser, grouper, own: Own::new([pid]), clock: Clock::start(), lost: Lost::default() }
    }

    /// Waits a little for records, takes what is there, and shows the report if that is due.
    fn step(&mut self, source: &mut impl Source) -> anyhow::Result<()> {
        let until_shown = self.counted.next().saturating_duration_since(Instant::now());
        let ready = source.wait(Some(until_shown.min(LOOK))).context(Exit::Unavailable.because(CANNOT))?;
        if ready.readable {
            source.nap(NAP).context(Exit::Unavailable.because(CANNOT))?;
            self.drain(source)?;
        }
        let Stream { grouper, counted, own, .. } = self;
        grouper.tick(millis(self.clock.now()), &mut |event| count(counted, own, event));
        self.tell(source);
        self.counted.show().map_err(exit::stdout_error)
    }

    fn finish(&mut self, source: &mut impl Source) -> anyhow::Result<()> {
        self.drain(source)?;
        let Stream { grouper, counted, own, .. } = self;
        grouper.finish(&mut |event| count(counted, own, event));
        self.tell(source);
        self.counted.finish().map_err(exit::stdout_error)
    }

    fn drain(&mut self, source: &mut impl Source) -> anyhow::Result<()> {
        let Stream { parser, grouper, counted, own, lost, clock } = self;
        let now = millis(clock.now());
        // A flood may never end: what is left is taken at the next step, which looks for signals and the time first.
        for _ in 0..256 {
            let received = source.receive(&mut |message| {
                let Message::Record { kind, payload, .. } = message else { return };
                match parser.message(*kind, payload) {
                    Ok(record) => grouper.push(&record, now, &mut |event| count(counted, own, event)),
                    Err(_) => lost.malformed += 1,
                }
            });
            let received = received.context(Exit::Unavailable.because(CANNOT))?;
            lost.truncated += received.truncated;
            lost.spoofed += received.spoofed;
            lost.malformed += received.malformed;
            if !received.more {
                break;
            }
        }
        Ok(())
    }

    fn tell(&mut self, source: &mut impl Source) {
        self.lost.multicast = source.drops().unwrap_or(self.lost.multicast);
        let Lost { multicast, truncated, spoofed, malformed } = self.lost;
        self.counted.lost(&[
            (Place::Multicast.name(), multicast),
            (Place::Truncated.name(), truncated),
            (Place::Spoofed.name(), spoofed),
            ("malformed", malformed),
        ]);
    }
}

const CANNOT: &str = "cannot receive audit records";

fn count<W: Write>(counted: &mut Counted<W>, own: &Own, event: &Event) {
    if !own.is(event) {
        counted.event(event);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use oyez_report::{Format, Options, Report};
    use serde_json::Value;

    use super::super::Screen;
    use super::*;
    use crate::daemon::fakes::{FakeSource, OWN_PID, event, login, storm};

    const TIMING: Timing = Timing::Live { quiet_ms: 1, incomplete_ms: 1000, title_ends: false };

    /// A stream that writes JSON to `out`, a report every `every`.
    fn stream(out: &mut Vec<u8>, every: Duration) -> Stream<&mut Vec<u8>> {
        let screen = Screen::new(out, false, Format::Json, None, every);
        Stream::new(Counted::new(Report::new(Options::default()), screen, true), TIMING, Limits::default(), OWN_PID)
    }

    fn reports(out: &[u8]) -> Vec<Value> {
        out.split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    #[test]
    fn what_comes_is_counted_and_what_is_lost_is_told() {
        let mut source = FakeSource::new(Wake::new().unwrap());
        let mut out = Vec::new();
        let mut stream = stream(&mut out, Duration::from_hours(1));
        source.give(storm(1, 5000));
        source.give(vec![login(6000), (1300, b"no stamp".to_vec())]);
        stream.step(&mut source).unwrap();
        source.drops.store(7, Ordering::Relaxed);
        stream.finish(&mut source).unwrap();
        let reports = reports(&out);
        let [report] = &reports[..] else { panic!("{reports:?}") };
        assert_eq!((&report["events"]["total"], &report["totals"]["logins"]), (&5001.into(), &1.into()));
        assert_eq!((&report["lost"]["multicast"], &report["lost"]["malformed"]), (&7.into(), &1.into()));
    }

    #[test]
    fn own_acts_are_left_out() {
        let mut source = FakeSource::new(Wake::new().unwrap());
        let mut out = Vec::new();
        let mut stream = stream(&mut out, Duration::from_hours(1));
        source.give(event(1, OWN_PID).into_iter().chain(event(2, 5)));
        stream.finish(&mut source).unwrap();
        assert_eq!(reports(&out)[0]["events"]["total"], 1);
    }

    #[test]
    fn a_report_comes_at_every_interval_and_at_the_end() {
        let mut source = FakeSource::new(Wake::new().unwrap());
        let mut out = Vec::new();
        let mut stream = stream(&mut out, Duration::ZERO);
        for serial in 1..=3 {
            source.give(storm(serial, 1));
            stream.step(&mut source).unwrap();
        }
        stream.finish(&mut source).unwrap();
        let totals: Vec<_> = reports(&out).iter().map(|report| report["events"]["total"].as_u64().unwrap()).collect();
        assert_eq!(totals, [1, 2, 3, 3]);
    }

    #[test]
    fn an_event_without_an_end_is_counted_once_nothing_came_for_it() {
        let mut source = FakeSource::new(Wake::new().unwrap());
        let mut out = Vec::new();
        let mut stream = stream(&mut out, Duration::ZERO);
        source.give(vec![(1400, b"audit(1.0:1): avc:  denied  { x } for  pid=1 tcontext=a:b:c".to_vec())]);
        stream.step(&mut source).unwrap();
        std::thread::sleep(Duration::from_millis(5));
        stream.step(&mut source).unwrap();
        drop(stream);
        assert_eq!(reports(&out).last().unwrap()["totals"]["avcs"], 1);
    }
}
