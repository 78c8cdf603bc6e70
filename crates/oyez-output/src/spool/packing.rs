//! Payloads as they are stored: packed where that makes them smaller.

use std::fmt;

use zstd::bulk::{Compressor, Decompressor};

use super::error::Error;
use super::layout::Packing;

/// Below this a payload is not worth packing, in bytes.
const LEAST: usize = 128;

/// Packs and unpacks, each payload on its own.
#[derive(Default)]
pub(super) struct Packer {
    compressor: Option<Compressor<'static>>,
    /// Made when first needed: what is read may be packed even if nothing is any more.
    decompressor: Option<Decompressor<'static>>,
    packed: Vec<u8>,
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packer").field("packs", &self.compressor.is_some()).finish_non_exhaustive()
    }
}

impl Packer {
    pub(super) fn new(level: Option<i32>) -> Result<Self, Error> {
        let failed = Error::file("pack into", "segment");
        let compressor = level.map(Compressor::new).transpose().map_err(failed)?;
        Ok(Self { compressor, ..Self::default() })
    }

    /// What to store for `plain`.
    pub(super) fn pack<'a>(&'a mut self, plain: &'a [u8]) -> (Packing, &'a [u8]) {
        let Some(compressor) = self.compressor.as_mut().filter(|_| plain.len() >= LEAST) else {
            return (Packing::Plain, plain);
        };
        // Room for less than it is: what does not become smaller is stored as it is.
        self.packed.resize(plain.len() - 1, 0);
        match compressor.compress_to_buffer(plain, self.packed.as_mut_slice()) {
            Ok(size) => (Packing::Zstd, self.packed.get(..size).unwrap_or_default()),
            Err(_) => (Packing::Plain, plain),
        }
    }

    /// Appends what was packed; whether that could be done, and came to `plain` bytes.
    pub(super) fn unpack(&mut self, packing: Packing, stored: &[u8], plain: usize, out: &mut Vec<u8>) -> bool {
        match packing {
            Packing::Plain => {
                out.extend_from_slice(stored);
                stored.len() == plain
            }
            Packing::Zstd => self.inflate(stored, plain, out),
        }
    }

    fn inflate(&mut self, stored: &[u8], plain: usize, out: &mut Vec<u8>) -> bool {
        if self.decompressor.is_none() {
            self.decompressor = Decompressor::new().ok();
        }
        let start = out.len();
        out.resize(start + plain, 0);
        let (Some(decompressor), Some(room)) = (&mut self.decompressor, out.get_mut(start..)) else { return false };
        decompressor.decompress_to_buffer(stored, room).is_ok_and(|size| size == plain)
    }
}
