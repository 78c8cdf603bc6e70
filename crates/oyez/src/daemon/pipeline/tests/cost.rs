//! What the live path costs: recorded requests to a web server, as the kernel sends them, through the pipeline with all that
//! it finds out, into nothing. Counted under callgrind by `cargo xtask bench`, whence it is not run with the other tests.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;

use memchr::memmem;
use oyez_enrich::place::Places;
use oyez_enrich::process::{LabelRules, Part, ProcFs, Processes, Settings as Bounds};
use oyez_events::context::Place;
use oyez_events::parse::LineParser;
use oyez_output::sink::Site;
use oyez_output::{self as output, Done, Failure, Kind, Parcel, Patience};
use oyez_testkit::corpus;

use super::*;
use crate::config::EnrichSettings;
use crate::daemon::fakes::Record;

/// Records of a batch: what a drain brings at 120,000 records a second.
const BATCH: usize = 2048;
/// How often the recorded events come, so that what is done once weighs little.
const ROUNDS: u32 = 5;

/// One process as /proc shows it.
struct Shown {
    ppid: u32,
    comm: String,
    exe: String,
}

/// Processes that run since the host was booted.
#[derive(Default)]
struct Running(BTreeMap<u32, Shown>);

impl Running {
    /// Takes who acted in a `SYSCALL` record.
    fn add(&mut self, body: &[u8]) {
        let value = |key: &str| {
            let at = memmem::find(body, key.as_bytes())? + key.len();
            let text = body.get(at..)?.split(|byte| *byte == b' ').next()?;
            Some(String::from_utf8_lossy(text).trim_matches('"').to_owned())
        };
        let number = |key| value(key)?.parse().ok();
        if let (Some(pid), Some(ppid), Some(comm), Some(exe)) =
            (number(" pid="), number(" ppid="), value(" comm="), value(" exe="))
        {
            self.0.entry(ppid).or_insert(Shown { ppid: 1, comm: comm.clone(), exe: exe.clone() });
            self.0.insert(pid, Shown { ppid, comm, exe });
        }
    }
}

impl ProcFs for Running {
    fn pids(&mut self, out: &mut Vec<u32>) -> io::Result<()> {
        out.extend(self.0.keys());
        Ok(())
    }

    fn read(&mut self, pid: u32, part: Part, _limit: usize, out: &mut Vec<u8>) -> io::Result<()> {
        let Shown { ppid, comm, exe } = self.0.get(&pid).ok_or(ErrorKind::NotFound)?;
        let text = match part {
            Part::Stat => format!("{pid} ({comm}) S {ppid}{} 100 0", " 0".repeat(17)),
            Part::Status => format!("Name:\t{comm}\nNSpid:\t{pid}\n"),
            Part::Cmdline => format!("{comm}\0-g\0daemon off;\0"),
            Part::Exe => exe.clone(),
            Part::Cwd => "/".to_owned(),
        };
        out.clear();
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

impl Places for Running {
    fn of(&mut self, _pid: u32) -> Option<Arc<Place>> {
        let cgroup = "/system.slice/nginx.service".into();
        Some(Arc::new(Place { cgroup, unit: Some("nginx.service".into()), container: None }))
    }
}

/// The recorded records of requests, and who made them: types and bodies, event by event.
fn recorded() -> Option<(Vec<Vec<Record>>, Running)> {
    let log = corpus::read(&corpus::shared("corpus/recorded/raw-seed.log.zst")?).unwrap();
    let (mut events, mut running) = (Vec::new(), Running::default());
    let init = Shown { ppid: 0, comm: "systemd".to_owned(), exe: "/usr/lib/systemd/systemd".to_owned() };
    running.0.insert(1, init);
    let mut parser = LineParser::new();
    let (mut open, mut id) = (Vec::new(), None);
    for line in log.split(|byte| *byte == b'\n') {
        let Ok(record) = parser.line(line) else { continue };
        if id != Some(record.id) {
            id = Some(record.id);
            let made = std::mem::take(&mut open);
            if is_of_requests(&made) {
                running.add(&made[0].1);
                events.push(made);
            }
        }
        open.push((record.record_type, record.body.to_vec()));
    }
    Some((events, running))
}

fn is_of_requests(records: &[Record]) -> bool {
    let is_by = |comm: &str| records.first().is_some_and(|(_, body)| memmem::find(body, comm.as_bytes()).is_some());
    is_by(" comm=\"nginx\"") || is_by(" comm=\"pacer\"")
}

/// The same events stamped now and counted on, in batches.
fn batches(events: &[Vec<Record>], serial: &mut u32) -> Vec<Batch> {
    let (sec, ms) = clock::wall();
    let mut batches = vec![Batch::with_bound(1 << 20)];
    for records in events {
        *serial += 1;
        if batches.last().unwrap().len() >= BATCH {
            batches.push(Batch::with_bound(1 << 20));
        }
        for (kind, body) in records {
            let text = [format!("audit({sec}.{ms:03}:{serial}): ").as_bytes(), body].concat();
            assert!(batches.last_mut().unwrap().push(*kind, &text, false));
        }
    }
    batches
}

/// Everything that needs no other process.
fn enricher(running: Running) -> Enricher {
    let settings = EnrichSettings { nss: false, connector: false, processes: false, ..Settings::default().enrich };
    let (enricher, _) = Enricher::new(&settings).unwrap();
    let places = Box::new(Running::default());
    let mut processes = Processes::new(Bounds::default(), LabelRules::default(), Box::new(running), places);
    processes.set_connected(true);
    enricher.with_processes(processes, Settings::default().enrich.ancestors as usize)
}

/// Takes all, and does nothing with it.
#[derive(Debug)]
struct Nowhere;

impl Kind for Nowhere {
    fn open(&self, _: &Site) -> Result<Box<dyn output::Sink>, Failure> {
        Ok(Box::new(Self))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        other.is::<Self>()
    }
}

impl output::Sink for Nowhere {
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        Ok(())
    }

    fn deliver(&mut self, _: &Parcel, done: &mut Done, _: &Patience) -> Result<(), Failure> {
        done.ack_all();
        Ok(())
    }
}

/// What is counted: `cargo xtask bench` knows it by its name.
#[inline(never)]
fn counted(rig: &mut Rig, batches: &[Batch]) {
    for batch in batches {
        rig.pipeline.batch(batch);
    }
}

#[test]
#[ignore = "a measurement, which callgrind counts"]
fn requests_cost() {
    let Some((events, running)) = recorded() else { return corpus::skipped("there is no recorded log") };
    let settings = Settings::default();
    let nowhere = Wanted { kind: Arc::new(Nowhere), ..faked("out", &Sink::default()) };
    let mut rig = rig_of(&[nowhere], None, None, &settings);
    rig.pipeline.enricher = enricher(running);
    rig.pipeline.enricher.look_around();
    rig.pipeline.command(Command::Expect(Absent { eoe: true, events: false }));
    let mut serial = 0;
    for _ in 0..ROUNDS {
        let mut batches = batches(&events, &mut serial);
        for batch in &mut batches {
            rig.tally.received.add(batch.len() as u64);
            batch.set_received(rig.pipeline.clock.now());
        }
        counted(&mut rig, &batches);
        rig.pipeline.router.settle_all();
    }
    rig.pipeline.finish();
    let account = rig.tally.account();
    assert!(account.balances() && account.shed == 0, "{account}");
    assert_eq!(rig.tally.events.get(), u64::from(serial));
    println!("{serial} events");
}
