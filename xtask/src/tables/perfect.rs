//! Searches a perfect hash over a list of names: hash and displace.
//!
//! Names fall into buckets; the largest bucket first, each gets the smallest displacement that puts all its names into
//! free slots. If a bucket finds none, the next multiplier is tried. The result depends on the names alone.

// The very hash the tables will be read with.
#[path = "../../../crates/oyez-tables/src/hash.rs"]
mod hash;

use std::cmp::Reverse;

use anyhow::{Context as _, Result, ensure};

use self::hash::Words;

/// Marks a slot without a name.
const EMPTY: u16 = u16::MAX;
/// Multipliers tried before giving up.
const ATTEMPTS: u64 = 10_000;

/// What a table needs to find its names.
pub(crate) struct Perfect {
    pub(crate) multiplier: u64,
    pub(crate) displacements: Vec<u16>,
    /// The position in the list of names, or 65535.
    pub(crate) slots: Vec<u16>,
}

/// Finds a perfect hash for `names`, which must differ from each other.
pub(crate) fn search(names: &[&str]) -> Result<Perfect> {
    ensure!(names.len() < usize::from(EMPTY), "too many names: {}", names.len());
    let slots = (names.len() * 2).next_power_of_two();
    let buckets = (names.len() / 2).next_power_of_two();
    (1..=ATTEMPTS).find_map(|seed| attempt(names, splitmix(seed) | 1, buckets, slots)).context("no perfect hash found")
}

fn attempt(names: &[&str], multiplier: u64, bucket_count: usize, slot_count: usize) -> Option<Perfect> {
    let mut buckets: Vec<(usize, Vec<(u16, u64)>)> = (0..bucket_count).map(|at| (at, Vec::new())).collect();
    for (position, name) in (0_u16..).zip(names) {
        let mixed = Words::of(name.as_bytes()).mix(multiplier);
        buckets[Words::bucket(mixed, bucket_count)].1.push((position, mixed));
    }
    buckets.sort_by_key(|(at, members)| (Reverse(members.len()), *at));
    let mut slots = vec![EMPTY; slot_count];
    let mut displacements = vec![0; bucket_count];
    for (bucket, members) in &buckets {
        displacements[*bucket] = (0..u16::try_from(slot_count).ok()?).find(|d| place(members, *d, &mut slots))?;
    }
    Some(Perfect { multiplier, displacements, slots })
}

/// Puts all of a bucket's names into free slots, or none.
fn place(members: &[(u16, u64)], displacement: u16, slots: &mut [u16]) -> bool {
    for (placed, (position, mixed)) in members.iter().enumerate() {
        let slot = Words::slot(*mixed, displacement, slots.len());
        if slots[slot] != EMPTY {
            for (_, mixed) in &members[..placed] {
                slots[Words::slot(*mixed, displacement, slots.len())] = EMPTY;
            }
            return false;
        }
        slots[slot] = *position;
    }
    true
}

/// A well-mixed 64-bit number for each seed (the `SplitMix64` step).
fn splitmix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_own_slot() {
        let names: Vec<String> = (0..300).map(|n| format!("name_{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let perfect = search(&names).unwrap();
        for (position, name) in (0_u16..).zip(&names) {
            let mixed = Words::of(name.as_bytes()).mix(perfect.multiplier);
            let displacement = perfect.displacements[Words::bucket(mixed, perfect.displacements.len())];
            assert_eq!(perfect.slots[Words::slot(mixed, displacement, perfect.slots.len())], position);
        }
    }

    #[test]
    fn a_name_given_twice_has_no_perfect_hash() {
        assert!(attempt(&["same", "same"], 1, 1, 4).is_none());
    }
}
