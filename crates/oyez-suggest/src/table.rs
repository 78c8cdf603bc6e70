//! Shapes → how much came of each, in bounded memory.
//!
//! A table that is full forgets of its rarer shapes what is most various (folders, then the parent, then the program, …), so that
//! they fall together into fewer. What came often keeps all, and every event stays counted somewhere.

use std::collections::HashMap;

use crate::Volume;
use crate::shape::{self, STEPS};

/// The most rows.
pub(crate) const MAX_ROWS: usize = 20_000;
/// The most bytes of all shapes together.
pub(crate) const MAX_BYTES: usize = 16 << 20;

/// What came of a shape.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Came {
    /// All of it.
    pub(crate) all: Volume,
    /// What `suppress` would hold back.
    pub(crate) repeats: Volume,
    /// What `limit` would.
    pub(crate) floods: Volume,
}

impl Came {
    pub(crate) fn add(&mut self, other: Came) {
        self.all.add(other.all);
        self.repeats.add(other.repeats);
        self.floods.add(other.floods);
    }
}

/// How much came of each shape.
#[derive(Debug)]
pub(crate) struct Table {
    rows: HashMap<Box<[u8]>, Came>,
    bytes: usize,
    max_rows: usize,
    max_bytes: usize,
}

impl Default for Table {
    fn default() -> Self {
        Self::bounded(MAX_ROWS, MAX_BYTES)
    }
}

impl Table {
    /// A table of other bounds.
    pub(crate) fn bounded(max_rows: usize, max_bytes: usize) -> Self {
        Table { rows: HashMap::new(), bytes: 0, max_rows, max_bytes }
    }

    /// Counts what came of `shape`.
    pub(crate) fn count(&mut self, shape: &[u8], came: Came) {
        if let Some(row) = self.rows.get_mut(shape) {
            return row.add(came);
        }
        if self.rows.len() >= self.max_rows || self.bytes + shape.len() > self.max_bytes {
            self.make_room();
        }
        self.insert(shape.into(), came);
    }

    /// Every shape and what came of it, in the order of their bytes.
    pub(crate) fn sorted(&self) -> Vec<(&[u8], Came)> {
        let mut rows: Vec<_> = self.rows.iter().map(|(shape, came)| (&**shape, *came)).collect();
        rows.sort_unstable_by_key(|(shape, _)| *shape);
        rows
    }

    /// Forgets more and more of the rarer half, until a quarter is free.
    fn make_room(&mut self) {
        for step in STEPS {
            let mut counts: Vec<u64> = self.rows.values().map(|came| came.all.events).collect();
            let middle = counts.len() / 2;
            if counts.is_empty() {
                return;
            }
            let limit = *counts.select_nth_unstable(middle).1;
            let rare: Vec<_> = self.rows.extract_if(|_, came| came.all.events <= limit).collect();
            for (shape, came) in rare {
                self.bytes -= shape.len();
                self.insert(shape::forget(&shape, step), came);
            }
            if self.rows.len() <= self.max_rows / 4 * 3 && self.bytes <= self.max_bytes / 4 * 3 {
                return;
            }
        }
    }

    fn insert(&mut self, shape: Box<[u8]>, came: Came) {
        let len = shape.len();
        let before = self.rows.len();
        self.rows.entry(shape).or_default().add(came);
        if self.rows.len() > before {
            self.bytes += len;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Flags, Part, Shape, Writer};

    fn count(table: &mut Table, writer: &mut Writer, exe: &str, dir: &str) {
        writer.begin();
        writer.text(b"SYSCALL");
        writer.open();
        writer.element(b"exec");
        writer.close();
        let exe = format!("\0{exe}");
        for text in ["openat", "x86_64", &exe, ""] {
            writer.text(text.as_bytes());
        }
        writer.open();
        writer.element(dir.as_bytes());
        writer.close();
        writer.text(b"");
        writer.text(b"0");
        let all = Volume { events: 1, records: 4, bytes: 100 };
        table.count(writer.end(Flags::default()), Came { all, ..Came::default() });
    }

    #[test]
    fn a_flood_of_programs_leaves_each_event_counted_and_what_comes_often_whole() {
        let (mut table, mut writer) = (Table::bounded(200, 1 << 20), Writer::default());
        for number in 0..100_000 {
            count(&mut table, &mut writer, &format!("/build/{number}"), &format!("/d/{}", number % 977));
            if number % 10 == 0 {
                count(&mut table, &mut writer, "/bin/often", "/etc");
            }
            assert!(table.rows.len() <= 200 && table.bytes <= 1 << 20);
        }
        let rows = table.sorted();
        assert_eq!(rows.iter().map(|(_, came)| came.all.events).sum::<u64>(), 110_000);
        let of = |who: Option<&[u8]>| {
            let fits = |shape: &Shape<'_>| shape.who().map(|(_, exe)| exe) == who;
            let rows = rows.iter().filter(|(bytes, _)| fits(&Shape::read(bytes)));
            rows.map(|(_, came)| came.all.events).max()
        };
        assert!(of(Some(b"/bin/often")) >= Some(9_000), "{:?}", of(Some(b"/bin/often")));
        assert!(of(None) >= Some(90_000), "{:?}", of(None));
        assert!(rows.iter().all(|(bytes, _)| Shape::read(bytes).part(Part::Call) == Some(b"openat")));
    }

    #[test]
    fn bytes_are_bounded_too() {
        let (mut table, mut writer) = (Table::bounded(1000, 10_000), Writer::default());
        for number in 0..1000 {
            count(&mut table, &mut writer, &format!("/{number}/{}", "x".repeat(1000)), "/");
            assert!(table.bytes <= 10_000 && table.bytes == table.rows.keys().map(|shape| shape.len()).sum::<usize>());
        }
    }
}
