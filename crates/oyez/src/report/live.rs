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
use oyez_events::parse::kernel_message;
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
        let grouper = Grouper::new(timing, limits);
        Stream { counted, grouper, own: Own::new([pid]), clock: Clock::start(), lost: Lost::default() }
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
        let Stream { grouper, counted, own, lost, clock, .. } = self;
        let now = millis(clock.now());
        // A flood may never end: what is left is taken at the next step, which looks for signals and the time first.
        for _ in 0..256 {
            let received = source.receive(&mut |message| {
                let Message::Record { kind, payload, .. } = message else { return };
                match kernel_message(*kind, payload) {
                    Ok(record) => grouper.push(&record, now, &mut |event| count(counted, own, event)),
                    Err(_) => lost.malformed += 1,
                }
            });
            let received = received.context(Exit::Unavailable.because(CANNOT))?;
            lost.truncated += received.truncated;
            lost.spoofed += received.spoofed;
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
