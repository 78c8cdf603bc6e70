//! Random lives of processes, against a plain model that forgets nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

/// What happens next; numbers are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
enum Step {
    Fork { parent: usize, pid: u32 },
    Exec { who: usize, program: u8, is_told: bool },
    Exit { who: usize },
    Open { who: usize, ago: u64 },
    Pass { ms: u64 },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => (any::<usize>(), 2u32..12).prop_map(|(parent, pid)| Step::Fork { parent, pid }),
        3 => (any::<usize>(), 0u8..4, any::<bool>()).prop_map(|(who, program, is_told)| Step::Exec { who, program, is_told }),
        2 => any::<usize>().prop_map(|who| Step::Exit { who }),
        3 => (any::<usize>(), 0u64..200).prop_map(|(who, ago)| Step::Open { who, ago }),
        2 => (0u64..400).prop_map(|ms| Step::Pass { ms }),
    ];
    prop::collection::vec(step, 0..120)
}

/// One life in the model.
#[derive(Clone, Debug)]
struct Life {
    pid: u32,
    /// The parent, by place in the list of lives, and what it ran then.
    parent: Option<(usize, String)>,
    /// Programs with when they began.
    programs: Vec<(u64, String)>,
    is_living: bool,
}

#[derive(Default)]
struct Model {
    lives: Vec<Life>,
    by_pid: BTreeMap<u32, usize>,
}

impl Model {
    fn living(&self, number: usize) -> usize {
        let living: Vec<usize> = (0..self.lives.len()).filter(|at| self.lives[*at].is_living).collect();
        living[number % living.len()]
    }

    fn now(&self, life: usize) -> String {
        self.lives[life].programs.last().unwrap().1.clone()
    }

    fn line(&self, life: usize) -> String {
        let mut line = format!("{}:{}", self.lives[life].pid, self.now(life));
        let mut next = &self.lives[life].parent;
        while let Some((parent, program)) = next {
            write!(line, " < {}:{program}", self.lives[*parent].pid).unwrap();
            next = &self.lives[*parent].parent;
        }
        line
    }
}

/// Real and modelled, side by side.
struct Both {
    world: World,
    model: Model,
}

impl Both {
    fn new() -> Self {
        let mut world = World::connected();
        world.proc(1, 0, "/bin/p0", &["init"]);
        world.processes.scan().unwrap();
        world.pass(1000);
        let init = Life { pid: 1, parent: None, programs: vec![(0, "/bin/p0".into())], is_living: true };
        Both { world, model: Model { lives: vec![init], by_pid: [(1, 0)].into() } }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Fork { parent, pid } => self.fork(parent, pid),
            Step::Exec { who, program, is_told } => self.exec(who, program, is_told),
            Step::Exit { who } => self.exit(who),
            Step::Open { who, ago } => self.open(who, ago),
            Step::Pass { ms } => self.world.pass(ms),
        }
    }

    fn fork(&mut self, parent: usize, pid: u32) {
        let parent = self.model.living(parent);
        if self.model.by_pid.get(&pid).is_some_and(|held| self.model.lives[*held].is_living) {
            return;
        }
        // A number is not given again within a tick.
        self.world.pass(30);
        let program = self.model.now(parent);
        self.world.fork(self.model.lives[parent].pid, pid);
        self.world.proc(pid, self.model.lives[parent].pid, &program, &["x"]);
        self.model.by_pid.insert(pid, self.model.lives.len());
        let programs = vec![(self.world.ms, program.clone())];
        self.model.lives.push(Life { pid, parent: Some((parent, program)), programs, is_living: true });
    }

    /// Told by an event, or else read from /proc at once.
    fn exec(&mut self, who: usize, program: u8, is_told: bool) {
        let who = self.model.living(who);
        if self.model.lives[who].programs.len() >= entry::MAX_PROGRAMS {
            // What a child has from a program that its parent no longer holds is gone, too.
            return;
        }
        self.world.pass(30);
        let (pid, exe) = (self.model.lives[who].pid, format!("/bin/p{program}"));
        let start = self.world.processes.current(pid).unwrap().key.start_ticks;
        self.world.fs.0.lock().unwrap().add(pid, 1, start, &exe, &["x"]);
        self.world.exec(pid);
        if is_told {
            assert_eq!(super::exe(&self.world.told(pid, 1, &exe, &["x"], 0).unwrap()), exe);
        }
        self.world.pass(PATIENCE_MS);
        self.model.lives[who].programs.push((self.world.ms - PATIENCE_MS, exe));
    }

    fn exit(&mut self, who: usize) {
        let who = self.model.living(who);
        if who == 0 {
            return;
        }
        self.world.exit(self.model.lives[who].pid);
        self.world.unproc(self.model.lives[who].pid);
        self.model.lives[who].is_living = false;
    }

    /// An event of any life that ran then, told late.
    fn open(&mut self, who: usize, ago: u64) {
        let who = who % self.model.lives.len();
        let life = self.model.lives[who].clone();
        let at = self.world.ms.saturating_sub(ago);
        let is_last = self.model.by_pid[&life.pid] == who;
        let Some((_, exe)) = life.programs.iter().rev().find(|(began, _)| *began <= at) else { return };
        if !life.is_living || !is_last {
            return;
        }
        let seen = self.world.opened(life.pid, 1, exe, ago).unwrap();
        assert_eq!(super::exe(&seen), *exe);
    }

    fn check(&mut self) {
        let lives: Vec<(u32, usize)> = self.model.by_pid.iter().map(|(pid, life)| (*pid, *life)).collect();
        for (pid, life) in lives {
            if self.model.lives[life].is_living {
                assert_eq!(self.world.line(pid), self.model.line(life));
            }
        }
        let counts = self.world.processes.counts();
        assert_eq!((counts.corrected, counts.first_seen), (0, 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_table_says_what_a_plain_model_says(steps in steps()) {
        let mut both = Both::new();
        for step in steps {
            both.step(step);
            both.check();
        }
    }
}
