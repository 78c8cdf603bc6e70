//! Which processes there are and were: what runs, who began it, under which name and labels.
//!
//! In go three sources, in any order, and none of them is believed against a better one:
//!
//! | source | gives | how |
//! |---|---|---|
//! | /proc at start ([`Processes::scan`]) | all that runs | once, through [`ProcFs`] |
//! | the process connector ([`Processes::drain`]) | forks, execs, exits, with their times | non-blocking, whenever a batch of records came and at a timer |
//! | audit events ([`Processes::event`]) | of an execve all there is to know; of any other event pid, parent and program | each one |
//!
//! Out comes the [`Process`] that an event is of, and its ancestors. Nothing here waits, and nothing but its traits touches the
//! host.
//!
//! **Keys.** A process is its pid and its start in ticks. Where only the connector told of it, the start is that of its message:
//! the kernel takes the process's own a few microseconds earlier, so at worst it is one tick later than in /proc.
//!
//! **Two sockets, one order.** The daemon receives a batch of records, then drains the connector, then handles the batch
//! ([`oyez_netlink::connector`] says what this promises): every fork and exec before a record is known by then, if nothing was
//! lost. So is what came after. Therefore a process keeps its last four programs and, for a while, what had its pid before; an
//! event finds its own by program file and time. Times of events are those of the kernel's coarse clock at the call's entry, so
//! they are compared with [`SLACK_MS`]. A fork that comes late, or was lost, is made up for: the event itself says pid, parent
//! and program, and the rest is read from /proc where that is allowed.
//!
//! **When the clock is set**, stored times are set with it; events that were stamped before are still those of who has the pid
//! now, and for ten seconds no event is given to a former holder. Starts that were told stay as they were told.
//!
//! **/proc** is not read for processes that are known. It is read for those that nobody told of, for programs that no event
//! told of (at once; or, where events mostly tell, after [`PATIENCE_MS`]), as often as [`Settings::reads_per_second`] allows;
//! and, unasked, for [`SWEEP_PER_SECOND`] starts a second, which finds what ended unseen. Every read not made is counted.
//!
//! **A fork copies nothing.** The child's program is its parent's until somebody asks.
//!
//! **Who is forgotten.** A process that ended stays for [`Settings::linger_ms`], at most [`Settings::max_dead`] of them; then
//! as long as it has descendants in the table. Beyond [`Settings::max_processes`] or [`Settings::max_bytes`] the longest dead go
//! first, then dead ancestors, then living ones that had no event for longest. [`Counts`] tells of each.

mod actors;
mod budget;
mod entry;
mod events;
mod exec;
#[cfg(test)]
mod fakes;
pub mod labels;
mod messages;
mod procfs;
mod reading;
mod record;
mod script;
mod steps;
mod table;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::Process;

use crate::place::Places;
pub use actors::Actors;
use budget::Budget;
use entry::Slot;
use exec::Exec;
pub use labels::{LabelRule, LabelRules};
use messages::Wanted;
use procfs::Found;
pub use procfs::{HostProc, Part, ProcFs, TICKS_PER_SECOND};
pub use record::Actor;
use record::Reader;
use steps::Steps;
use table::{Bounds, Table};

/// How far the stamp of an event may lie before what it follows, in milliseconds: the kernel stamps with a clock that moves
/// once per tick (`ktime_get_coarse_real_ts64`), 100 times a second at the slowest.
pub const SLACK_MS: u64 = 10;
/// How far a start that was read from /proc may lie behind the stamp of an event of the same process, in milliseconds: besides,
/// two clocks are read one after the other for it, and a busy host's ticks come late.
const START_SLACK_MS: u64 = 2 * SLACK_MS;
/// How long an exec waits for its event before /proc is asked, where events mostly tell of execs, in milliseconds.
pub const PATIENCE_MS: u64 = 250;
/// Living processes looked after a second, while no message was lost.
pub const SWEEP_PER_SECOND: u64 = 20;
/// The same without the connector, or after it lost messages.
pub const SWEEP_PER_SECOND_UNSURE: u64 = 200;
/// Ancestors through which a program is inherited unseen; further up nobody looks.
const MAX_DEPTH: usize = 64;

/// The bounds of [`Processes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Processes, dead ones included; 65,536 unless told. Each takes about 200 bytes besides its texts.
    pub max_processes: usize,
    /// Bytes of program files, arguments, directories, names; 64 MiB unless told.
    pub max_bytes: usize,
    /// Dead processes within their time; 16,384 unless told.
    pub max_dead: usize,
    /// How long a process is known after its end, in milliseconds; 30,000 unless told.
    pub linger_ms: u64,
    /// Bytes of arguments kept of one program; 8 KiB unless told.
    pub max_argv: usize,
    /// Processes read from /proc a second; 200 unless told.
    pub reads_per_second: u32,
    /// Reads that may come at once; 1,000 unless told.
    pub reads_burst: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            max_processes: 65_536,
            max_bytes: 64 << 20,
            max_dead: 16_384,
            linger_ms: 30_000,
            max_argv: 8 << 10,
            reads_per_second: 200,
            reads_burst: 1000,
        }
    }
}

/// The same moment on three clocks (`clock_gettime(2)`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// `CLOCK_REALTIME`, in milliseconds since 1970-01-01 UTC: what events are stamped with.
    pub real_ms: u64,
    /// `CLOCK_MONOTONIC`, in nanoseconds: what connector messages are stamped with.
    pub monotonic_ns: u64,
    /// `CLOCK_BOOTTIME`, in nanoseconds: what starts in /proc count.
    pub boottime_ns: u64,
}

/// Times may lie behind this moment: messages go on to come while they are drained, and who drains them may be kept waiting.
impl Now {
    /// Real time of a monotonic one, in milliseconds.
    fn real_ms_of(&self, monotonic_ns: u64) -> u64 {
        moved(self.real_ms, self.monotonic_ns, monotonic_ns, 1_000_000)
    }

    /// A monotonic time in ticks since boot.
    fn ticks_of(&self, monotonic_ns: u64) -> u64 {
        moved(self.boottime_ns, self.monotonic_ns, monotonic_ns, 1) / (1_000_000_000 / TICKS_PER_SECOND)
    }

    /// Real time of a start in ticks, in milliseconds.
    fn real_ms_of_ticks(&self, ticks: u64) -> u64 {
        let since_boot_ms = ticks.saturating_mul(1000 / TICKS_PER_SECOND);
        moved(self.real_ms, self.boottime_ns / 1_000_000, since_boot_ms, 1)
    }
}

/// `time` on another clock, moved as far as it is from `here` to `there`, of whose units `units` are one of its own.
fn moved(time: u64, here: u64, there: u64, units: u64) -> u64 {
    if there > here { time.saturating_add((there - here) / units) } else { time.saturating_sub((here - there) / units) }
}

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Processes in the table now.
    pub processes: u64,
    /// Bytes of their texts now.
    pub bytes: u64,
    /// Connector messages taken.
    pub messages: u64,
    /// Connector messages that the kernel had no room for.
    pub messages_lost: u64,
    /// Programs whose execve an audit event told.
    pub execs_told: u64,
    /// Events that showed a program which nobody had told of: a missed exec, or a pid used again.
    pub corrected: u64,
    /// Processes first seen through one of their events.
    pub first_seen: u64,
    /// Reads of a process in /proc.
    pub reads: u64,
    /// Those that came too late: the process was gone, or another.
    pub reads_late: u64,
    /// Reads not made, because there had been too many.
    pub reads_spared: u64,
    /// Dead processes forgotten before their time.
    pub forgot_dead: u64,
    /// Dead ancestors of others forgotten.
    pub forgot_ancestors: u64,
    /// Living processes forgotten.
    pub forgot_living: u64,
}

/// All processes of the host, as far as they are known.
pub struct Processes {
    settings: Settings,
    rules: LabelRules,
    fs: Box<dyn ProcFs + Send>,
    places: Box<dyn Places + Send>,
    table: Table,
    reader: Reader,
    exec: Exec,
    found: Found,
    /// The program file of the event at hand.
    exe: Vec<u8>,
    scratch: Vec<u8>,
    budget: Budget,
    now: Now,
    counts: Counts,
    snapshots: u64,
    /// The connector tells of forks, execs and exits.
    is_connected: bool,
    /// When a message was last lost, in real milliseconds.
    lost_ms: Option<u64>,
    /// Programs to read from /proc.
    wanted: VecDeque<Wanted>,
    /// How many execs more events told lately than they did not.
    telling: u8,
    sweep: reading::Sweep,
    steps: Steps,
}

impl Processes {
    /// A table that holds nothing yet. `places` and `fs` are asked only from here.
    pub fn new(
        settings: Settings,
        rules: LabelRules,
        fs: Box<dyn ProcFs + Send>,
        places: Box<dyn Places + Send>,
    ) -> Self {
        let Settings { max_processes, max_bytes, max_dead, reads_per_second, reads_burst, .. } = settings;
        Processes {
            settings,
            rules,
            fs,
            places,
            table: Table::new(Bounds { entries: max_processes, bytes: max_bytes, dead: max_dead }),
            reader: Reader::default(),
            exec: Exec::default(),
            found: Found::default(),
            exe: Vec::new(),
            scratch: Vec::new(),
            budget: Budget::new(reads_per_second, reads_burst),
            now: Now::default(),
            counts: Counts::default(),
            snapshots: 0,
            is_connected: false,
            lost_ms: None,
            wanted: VecDeque::new(),
            telling: 0,
            sweep: reading::Sweep::default(),
            steps: Steps::default(),
        }
    }

    /// Tells the time, and does what is due: forgets the long dead, reads what waited for it. Call it before a batch, and
    /// every tenth of a second or so while there is none.
    pub fn tick(&mut self, now: Now) {
        self.now = now;
        if let Some(step) = self.steps.tick(&now) {
            self.table.shift(step);
            self.lost_ms = self.lost_ms.map(|lost| lost.saturating_add_signed(step));
        }
        self.budget.advance(now.monotonic_ns / 1_000_000);
        self.table.expire(now.real_ms.saturating_sub(self.settings.linger_ms));
        self.read_wanted();
        self.look_after();
    }

    /// The process that `event` is of, as it was after it; `None` where no record says, or where it is long gone and unknown.
    pub fn event(&mut self, event: &Event) -> Option<&Arc<Process>> {
        let actor = self.reader.actor(event)?;
        self.acted(event, &actor)
    }

    /// The same of an event whose actor was found out before.
    pub fn acted(&mut self, event: &Event, actor: &Actor<'_>) -> Option<&Arc<Process>> {
        let at_ms = event.id().millis();
        let (slot, place) = match self.known(actor, at_ms) {
            Some(found) => found,
            None => self.learn(event, actor, at_ms)?,
        };
        if self.rules.look_at_keys() && actor.is_syscall {
            self.label_by_key(slot, place, actor.body);
        }
        if !self.is_connected && actor.is_syscall {
            self.follow_call(slot, actor, at_ms);
        }
        self.table.get(slot)?.programs.get(place)?.seen.as_ref()
    }

    /// What has this pid now, or had it last.
    pub fn current(&mut self, pid: u32) -> Option<Arc<Process>> {
        let slot = self.table.by_pid(pid)?;
        let newest = self.table.get(slot)?.newest();
        self.seen(slot, newest)
    }

    /// Appends parent, grandparent and so on of `process`, as they were when they forked, at most `limit` of them.
    pub fn ancestors(&mut self, process: &Process, limit: usize, out: &mut Vec<Arc<Process>>) {
        let Some(mut slot) = self.slot_of(process) else { return };
        for _ in 0..limit {
            let Some(entry) = self.table.get(slot) else { return };
            let (Some(parent), program) = (entry.parent, entry.parent_program) else { return };
            let Some(seen) = self.seen(parent, program) else { return };
            out.push(seen);
            slot = parent;
        }
    }

    /// Counts so far.
    pub fn counts(&self) -> Counts {
        let evicted = self.table.evicted();
        Counts {
            processes: self.table.len() as u64,
            bytes: self.table.bytes() as u64,
            forgot_dead: evicted.dead,
            forgot_ancestors: evicted.ancestors,
            forgot_living: evicted.living,
            ..self.counts
        }
    }

    /// A number that changes when more became known of processes that were known: what [`Processes::ancestors`] gave before
    /// may be more by now.
    pub fn learned(&self) -> u64 {
        self.table.learned()
    }

    fn slot_of(&self, process: &Process) -> Option<Slot> {
        let mut slot = self.table.by_pid(process.key.pid)?;
        for _ in 0..MAX_DEPTH {
            let entry = self.table.get(slot)?;
            if entry.key == process.key {
                return Some(slot);
            }
            slot = entry.former?;
        }
        None
    }

    /// Program `number` of the process; made of its parent's where it is inherited, and bare where nobody knows it.
    fn seen(&mut self, slot: Slot, number: u32) -> Option<Arc<Process>> {
        let entry = self.table.get(slot)?;
        let Some(place) = entry.place(number) else {
            return self.inherit(slot);
        };
        if let Some(seen) = &entry.programs.get(place)?.seen {
            return Some(Arc::clone(seen));
        }
        let bare = Arc::new(self.bare(slot, place)?);
        self.table.put(slot, place, Arc::clone(&bare));
        Some(bare)
    }

    /// Copies the program that a process has from its parent; a bare one where that is unknown.
    fn inherit(&mut self, slot: Slot) -> Option<Arc<Process>> {
        let source = self.source(slot);
        let entry = self.table.get(slot)?;
        let (key, ppid, started_ms) = (entry.key, entry.ppid, entry.started_ms);
        let process = source.as_deref().cloned().unwrap_or_default();
        let snapshot = self.next_snapshot();
        let process = Arc::new(Process { snapshot, key, ppid, started_ms, ..process });
        self.table.put_inherited(slot, Arc::clone(&process), started_ms.unwrap_or_default());
        Some(process)
    }

    /// The program that a process had from its parent, at most [`MAX_DEPTH`] forks up.
    fn source(&self, slot: Slot) -> Option<Arc<Process>> {
        let mut entry = self.table.get(slot)?;
        for _ in 0..MAX_DEPTH {
            let number = entry.parent_program;
            entry = self.table.get(entry.parent?)?;
            if let Some(place) = entry.place(number) {
                return entry.programs.get(place)?.seen.clone();
            }
        }
        None
    }

    /// What ran before the program at `place`.
    fn before(&self, slot: Slot, place: usize) -> Option<Arc<Process>> {
        let earlier = self.table.get(slot)?.programs.get(..place)?;
        earlier.iter().rev().find_map(|program| program.seen.clone()).or_else(|| self.source(slot))
    }

    /// A program of which no more is known than whose it is, and what it has from the one before.
    fn bare(&mut self, slot: Slot, place: usize) -> Option<Process> {
        let before = self.before(slot, place);
        let entry = self.table.get(slot)?;
        let process = Process { key: entry.key, ppid: entry.ppid, started_ms: entry.started_ms, ..Process::default() };
        let snapshot = self.next_snapshot();
        let process = Process { snapshot, ..process };
        Some(match before {
            Some(before) => Process {
                cwd: before.cwd.clone(),
                place: before.place.clone(),
                labels: Arc::clone(&before.labels),
                ..process
            },
            None => process,
        })
    }

    fn next_snapshot(&mut self) -> u64 {
        self.snapshots += 1;
        self.snapshots
    }

    /// Takes leave to read /proc once.
    fn may_read(&mut self) -> bool {
        let may = self.budget.take();
        self.counts.reads += u64::from(may);
        self.counts.reads_spared += u64::from(!may);
        may
    }
}
