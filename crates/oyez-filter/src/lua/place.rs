//! Places in an event: what a script's `event.paths[2]` stands for, whichever event is read.
//!
//! A place is a step from another place, and the root is the event. A script holds numbers of places; what is there is looked
//! up each time in the event at hand. [`MAX_PLACES`] at most.

use foldhash::HashMap;

use crate::document::{Item, Kind};

/// Places that a script can have looked at; about 100 bytes each.
const MAX_PLACES: usize = 16_384;

/// From a place to one below it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// A member's name.
    Name(Box<[u8]>),
    /// An element, counted from 1.
    At(u32),
}

/// Places by number; 0 is the root.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Of each but the root: the place it is below of, and the step.
    steps: Vec<(u32, Step)>,
    numbers: HashMap<(u32, Step), u32>,
}

impl Places {
    /// The number of what lies one `step` below `of`; `None` when there are too many.
    pub(super) fn below(&mut self, of: u32, step: Step) -> Option<u32> {
        let key = (of, step);
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        if self.steps.len() >= MAX_PLACES {
            return None;
        }
        self.steps.push(key.clone());
        let number = u32::try_from(self.steps.len()).ok()?;
        self.numbers.insert(key, number);
        Some(number)
    }

    /// What lies at `place` in the event `root`.
    pub(super) fn resolve<'d>(&self, place: u32, root: Item<'d>) -> Option<Item<'d>> {
        if place == 0 {
            return Some(root);
        }
        let (of, step) = self.step(place)?;
        take(self.resolve(*of, root)?, step)
    }

    /// How a script would write it.
    pub(super) fn path(&self, place: u32) -> Vec<u8> {
        let Some((of, step)) = self.step(place) else { return b"event".to_vec() };
        let mut path = self.path(*of);
        match step {
            Step::Name(name) => {
                path.push(b'.');
                path.extend_from_slice(name);
            }
            Step::At(index) => path.extend_from_slice(format!("[{index}]").as_bytes()),
        }
        path
    }

    fn step(&self, place: u32) -> Option<&(u32, Step)> {
        self.steps.get(usize::try_from(place).ok()?.checked_sub(1)?)
    }
}

/// What lies one `step` below `item`.
pub(super) fn take<'d>(item: Item<'d>, step: &Step) -> Option<Item<'d>> {
    match (item.kind(), step) {
        (Kind::Object, Step::Name(name)) => item.get(name),
        (Kind::List, Step::At(index)) => item.at(usize::try_from(*index).ok()?.checked_sub(1)?),
        _ => None,
    }
}
