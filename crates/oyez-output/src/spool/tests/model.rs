//! Any operations in any order, against a plain list.

use std::collections::VecDeque;

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::{Batch, Count, Position, Recovered, Settings, Simulated, Spool, Sync, Worth};
use super::open;

#[derive(Debug, Clone)]
enum Deed {
    Append(Vec<u8>, Worth),
    Read(usize),
    Ack(Index),
    Rewind,
    Sync,
    /// The process ends and another begins.
    Restart,
}

fn deed() -> impl Strategy<Value = Deed> {
    let worth = (0..9_u32, 0..99_u32).prop_map(|(events, records)| Worth { events, records });
    let length = prop_oneof![4 => 0..300_usize, 1 => 0..2500_usize];
    let payload = (any::<u8>(), length).prop_map(|(byte, length)| vec![byte; length]);
    prop_oneof![
        8 => (payload, worth).prop_map(|(payload, worth)| Deed::Append(payload, worth)),
        4 => (0..2000_usize).prop_map(Deed::Read),
        3 => any::<Index>().prop_map(Deed::Ack),
        1 => Just(Deed::Rewind),
        1 => Just(Deed::Sync),
        1 => Just(Deed::Restart),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    let sync = prop_oneof![Just(Sync::Never), Just(Sync::Each), Just(Sync::Interval)];
    (4096..12_000_u64, 200..2000_u64, sync, proptest::option::of(Just(1)))
        .prop_map(|(bytes, segment_bytes, sync, compression)| Settings { bytes, segment_bytes, sync, compression })
}

/// The plain list.
#[derive(Default)]
struct List {
    /// What is not acknowledged, oldest first.
    held: VecDeque<(u64, Vec<u8>, Worth)>,
    appended: u64,
    /// How many of `held` are handed out.
    read: usize,
    positions: VecDeque<Position>,
    /// Evicted, and a restart now would miss it.
    unnoted: Count,
}

fn one(worth: Worth) -> Count {
    Count { entries: 1, events: worth.events.into(), records: worth.records.into() }
}

struct Game {
    disk: Simulated,
    settings: Settings,
    spool: Spool<Simulated>,
    list: List,
    batch: Batch,
}

impl Game {
    fn new(settings: Settings) -> Self {
        let disk = Simulated::default();
        let (spool, recovered) = open(&disk, settings);
        assert_eq!(recovered, Recovered::default());
        Self { disk, settings, spool, list: List::default(), batch: Batch::default() }
    }

    fn play(&mut self, deed: Deed) {
        match deed {
            Deed::Append(payload, worth) => self.append(payload, worth),
            Deed::Read(most) => self.read(most),
            Deed::Ack(which) if !self.list.positions.is_empty() => self.ack(which.index(self.list.positions.len())),
            Deed::Ack(_) => {}
            Deed::Rewind => {
                self.spool.rewind();
                self.list.rewind();
            }
            Deed::Sync => {
                self.spool.sync().unwrap();
                self.list.unnoted = Count::default();
            }
            Deed::Restart => self.restart(),
        }
        assert!(self.spool.bytes() <= self.settings.bytes);
        let held = self.list.held.iter().fold(Count::default(), |mut sum, (_, _, worth)| {
            sum += one(*worth);
            sum
        });
        assert_eq!(self.spool.held(), held);
        assert_eq!(self.spool.oldest(), self.list.held.front().map(|(sequence, ..)| *sequence));
        assert_eq!(self.spool.unread().entries, (self.list.held.len() - self.list.read) as u64);
        assert!(self.spool.losses().is_zero());
    }

    fn append(&mut self, payload: Vec<u8>, worth: Worth) {
        let full = self.spool.bytes() + payload.len() as u64 + 124 > self.settings.bytes;
        self.list.appended += 1;
        assert_eq!(self.spool.append(&payload, worth).unwrap(), self.list.appended);
        self.list.held.push_back((self.list.appended, payload, worth));
        let evicted = self.spool.losses().evicted;
        assert!(full || evicted.is_zero(), "evicted without need");
        self.list.evict(evicted);
    }

    fn read(&mut self, most: usize) {
        let any = self.spool.read(most, &mut self.batch).unwrap();
        assert_eq!(any, self.list.read < self.list.held.len());
        for entry in self.batch.entries() {
            let (sequence, payload, worth) = &self.list.held[self.list.read];
            assert_eq!(
                (entry.position.sequence(), entry.payload, entry.worth),
                (*sequence, payload.as_slice(), *worth)
            );
            self.list.read += 1;
            self.list.positions.push_back(entry.position);
        }
    }

    fn ack(&mut self, which: usize) {
        self.spool.ack(self.list.positions[which]).unwrap();
        self.list.held.drain(..=which);
        self.list.positions.drain(..=which);
        self.list.read -= which + 1;
        self.list.unnoted = Count::default();
    }

    fn restart(&mut self) {
        let (spool, recovered) = open(&self.disk, self.settings);
        self.spool = spool;
        self.list.rewind();
        assert_eq!(recovered.held, self.spool.held());
        assert_eq!(recovered.missing, self.list.unnoted);
        assert_eq!((recovered.torn_bytes, recovered.unreadable, recovered.cursor_lost), (0, 0, false));
    }
}

impl List {
    fn rewind(&mut self) {
        self.read = 0;
        self.positions.clear();
    }

    fn evict(&mut self, evicted: Count) {
        let mut gone = Count::default();
        while gone.entries < evicted.entries {
            gone += one(self.held.pop_front().unwrap().2);
            if self.positions.pop_front().is_some() {
                self.read -= 1;
            }
        }
        assert_eq!(gone, evicted);
        self.unnoted = evicted;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_operations_do_what_a_plain_list_does(
        settings in settings(),
        deeds in proptest::collection::vec(deed(), 1..150),
    ) {
        let mut game = Game::new(settings);
        for deed in deeds {
            game.play(deed);
        }
        game.restart();
        game.read(usize::MAX);
        prop_assert_eq!(game.list.read, game.list.held.len());
    }
}
