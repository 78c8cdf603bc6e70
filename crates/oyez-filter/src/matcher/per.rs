//! The values of some fields of an event as one key, and back.
//!
//! Equal keys are equal values: each has its kind and length in front. A key takes at most [`MAX_KEY`] bytes, shared equally by
//! its fields; of a field that has more its front is kept, and a seeded 128-bit hash stands for the rest.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::condition;
use crate::field::{Field, Kind};
use crate::tell::{Said, Told};
use crate::view::{Value, View};

/// Bytes of a key, without what ends its fields.
pub(crate) const MAX_KEY: usize = 512;
/// Bytes in front of each value's own: its kind, its length.
const HEAD: usize = 3;

const TEXT: u8 = 0;
const NUMBER: u8 = 1;
const FLAG: u8 = 2;
/// Text that goes on.
const CUT: u8 = 3;
/// The hash of what goes on.
const HASH: u8 = 4;
/// No further values of this field.
const END: u8 = 5;

/// Makes keys.
#[derive(Debug)]
pub(crate) struct Per {
    fields: Vec<Field>,
    seeds: [RandomState; 2],
    key: Vec<u8>,
}

impl Per {
    pub(crate) fn new(fields: Vec<Field>) -> Self {
        Per { fields, seeds: [RandomState::default(), RandomState::default()], key: Vec::new() }
    }

    /// The key of an event.
    pub(crate) fn key(&mut self, view: &mut View<'_>, tags: &[Arc<str>]) -> &[u8] {
        let Per { fields, seeds, key } = self;
        key.clear();
        let room = MAX_KEY / fields.len().max(1);
        for field in fields.iter() {
            let mut writer = Writer { key: &mut *key, room, rest: None, seeds };
            condition::any(field, view, tags, &mut |value| {
                writer.value(value);
                false
            });
            writer.finish();
        }
        key
    }

    /// The key that was made last.
    pub(crate) fn made(&self) -> &[u8] {
        &self.key
    }

    /// Adds to `told` what `key` was made of, by the names of the fields; of several values of a field all, with commas between.
    pub(crate) fn tell(&self, key: &[u8], mut told: Told) -> Told {
        let mut key = key;
        for field in &self.fields {
            let is_number = field.def().kind == Kind::Number;
            let mut text: Option<Vec<u8>> = None;
            let mut number = None;
            while let Some((kind, bytes)) = read(&mut key) {
                let comma: &[u8] = if text.is_some() && kind != HASH { b"," } else { b"" };
                let text = text.get_or_insert_default();
                text.extend_from_slice(comma);
                match kind {
                    NUMBER => {
                        number = bytes.try_into().ok().map(i128::from_le_bytes);
                        text.extend_from_slice(number.unwrap_or(0).to_string().as_bytes());
                    }
                    FLAG => text.extend_from_slice(if bytes == [1] { b"true" } else { b"false" }),
                    HASH => text.extend_from_slice("…".as_bytes()),
                    _ => text.extend_from_slice(bytes),
                }
            }
            told = match (number.filter(|_| is_number), text) {
                (Some(number), _) => told.with(field.name(), Said::Number(number)),
                (None, Some(text)) => told.with(field.name(), text),
                (None, None) => told,
            };
        }
        told
    }
}

/// The next value of a field, taken off the front of `key`; `None` at the end of the field.
fn read<'k>(key: &mut &'k [u8]) -> Option<(u8, &'k [u8])> {
    let (kind, rest) = key.split_first()?;
    *key = rest;
    if *kind == END {
        return None;
    }
    let (len, rest) = key.split_first_chunk::<2>()?;
    let (bytes, rest) = rest.split_at_checked(u16::from_le_bytes(*len).into())?;
    *key = rest;
    Some((*kind, bytes))
}

struct Writer<'p> {
    key: &'p mut Vec<u8>,
    room: usize,
    /// Of what had no room.
    rest: Option<[<RandomState as BuildHasher>::Hasher; 2]>,
    seeds: &'p [RandomState; 2],
}

impl Writer<'_> {
    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Text(text) => self.push(TEXT, text),
            Value::Number(number) => self.push(NUMBER, &number.to_le_bytes()),
            Value::Flag(flag) => self.push(FLAG, &[flag.into()]),
        }
    }

    fn push(&mut self, kind: u8, bytes: &[u8]) {
        if self.rest.is_none() && self.room >= HEAD + bytes.len() {
            return self.write(kind, bytes);
        }
        let is_first = self.rest.is_none();
        let seeds = self.seeds;
        for hasher in self.rest.get_or_insert_with(|| [seeds[0].build_hasher(), seeds[1].build_hasher()]) {
            hasher.write_u8(kind);
            hasher.write_usize(bytes.len());
            hasher.write(bytes);
        }
        if let Some(front) = bytes.get(..self.room.saturating_sub(HEAD)).filter(|_| is_first && kind == TEXT) {
            self.write(CUT, front);
        }
    }

    fn write(&mut self, kind: u8, bytes: &[u8]) {
        let Ok(len) = u16::try_from(bytes.len()) else { return };
        self.key.push(kind);
        self.key.extend_from_slice(&len.to_le_bytes());
        self.key.extend_from_slice(bytes);
        self.room = self.room.saturating_sub(HEAD + bytes.len());
    }

    fn finish(mut self) {
        if let Some(hashers) = self.rest.take() {
            for hasher in hashers {
                self.write(HASH, &hasher.finish().to_le_bytes());
            }
        }
        self.key.push(END);
    }
}
