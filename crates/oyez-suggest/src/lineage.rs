//! Which program a process ran when the log last spoke of it: so an event's parent has a name, where the log told of it.
//!
//! Bounded: 16,384 processes, and 4,096 programs of 1 MiB together; when there are more programs all is begun anew. A number
//! that the host used again, for a process no record spoke of, leads to the program before: the log knows no better.

use std::collections::HashMap;

const SLOTS: usize = 1 << 14;
const MAX_PROGRAMS: usize = 4096;
const MAX_BYTES: usize = 1 << 20;

/// Processes and their programs.
#[derive(Debug)]
pub(crate) struct Lineage {
    slots: Vec<Slot>,
    places: HashMap<Box<[u8]>, u32>,
    programs: Vec<Box<[u8]>>,
    bytes: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    node: u64,
    pid: u32,
    program: u32,
}

impl Default for Lineage {
    fn default() -> Self {
        Lineage { slots: vec![Slot::default(); SLOTS], places: HashMap::new(), programs: Vec::new(), bytes: 0 }
    }
}

impl Lineage {
    /// The program of process `pid` of the node whose hash is `node`; `None` where it is not known.
    pub(crate) fn program(&self, node: u64, pid: u32) -> Option<&[u8]> {
        let slot = self.slots.get(place(node, pid)).filter(|slot| pid != 0 && slot.pid == pid && slot.node == node)?;
        self.programs.get(slot.program as usize).map(|program| &**program)
    }

    /// From now on it is `exe`.
    pub(crate) fn runs(&mut self, node: u64, pid: u32, exe: &[u8]) {
        let Some(program) = self.place_of(exe) else { return };
        if let Some(slot) = self.slots.get_mut(place(node, pid)) {
            *slot = Slot { node, pid, program };
        }
    }

    fn place_of(&mut self, exe: &[u8]) -> Option<u32> {
        if let Some(place) = self.places.get(exe) {
            return Some(*place);
        }
        if self.programs.len() >= MAX_PROGRAMS || self.bytes + exe.len() > MAX_BYTES {
            *self = Self::default();
        }
        let place = u32::try_from(self.programs.len()).ok()?;
        self.bytes += exe.len();
        self.places.insert(exe.into(), place);
        self.programs.push(exe.into());
        Some(place)
    }
}

fn place(node: u64, pid: u32) -> usize {
    (pid as usize ^ usize::try_from(node >> 40).unwrap_or(0)) % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_what_it_last_ran() {
        let mut lineage = Lineage::default();
        lineage.runs(1, 7, b"/bin/sh");
        lineage.runs(1, 7, b"/bin/ls");
        assert_eq!(lineage.program(1, 7), Some(&b"/bin/ls"[..]));
        assert_eq!((lineage.program(2, 7), lineage.program(1, 8), lineage.program(0, 0)), (None, None, None));
    }

    #[test]
    fn many_programs_do_not_make_it_grow() {
        let mut lineage = Lineage::default();
        for pid in 1..20_000_u32 {
            lineage.runs(0, pid, format!("/build/{pid}").as_bytes());
        }
        assert!(lineage.programs.len() <= MAX_PROGRAMS && lineage.bytes <= MAX_BYTES);
        assert_eq!(lineage.program(0, 19_999), Some(&b"/build/19999"[..]));
    }
}
