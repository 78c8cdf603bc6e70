//! gzip members, one after the other (RFC 1952) → their bytes, and whether something else stands behind them.
//!
//! What follows the last member and begins no other one is passed over, as gzip(1) does: all data was there. Zeros are
//! padding, anything else is told. A member that breaks off or is damaged is an error.

use std::io::{self, BufRead, Chain, Cursor, Read};

use flate2::bufread::GzDecoder;

/// How a member begins.
const MARK: [u8; 2] = [0x1f, 0x8b];

/// What was read to look for another member, then the rest.
type Rest<R> = Chain<Cursor<Vec<u8>>, R>;

/// Reads all members.
pub(super) struct Members<R> {
    /// The one that is being read; `None` behind the last.
    member: Option<GzDecoder<Rest<R>>>,
    has_garbage: bool,
}

impl<R: BufRead> Members<R> {
    /// `bytes` begin with a member.
    pub(super) fn new(bytes: R) -> Self {
        Members { member: Some(decoder(Vec::new(), bytes)), has_garbage: false }
    }

    /// Whether something other than zeros follows the last member; known at the end.
    pub(super) fn has_garbage(&self) -> bool {
        self.has_garbage
    }

    /// A member is over: turns to the next, or passes over what is none.
    fn turn(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let (_, mut rest) = member.into_inner().into_inner();
        let mut head = Vec::with_capacity(MARK.len());
        rest.by_ref().take(MARK.len() as u64).read_to_end(&mut head)?;
        if head == MARK {
            self.member = Some(decoder(head, rest));
        } else {
            self.has_garbage = !is_zero(&head) || !is_zero_to_the_end(&mut rest)?;
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(room)?;
            if count > 0 || room.is_empty() {
                return Ok(count);
            }
            self.turn()?;
        }
        Ok(0)
    }
}

fn decoder<R: BufRead>(head: Vec<u8>, rest: R) -> GzDecoder<Rest<R>> {
    GzDecoder::new(Cursor::new(head).chain(rest))
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

/// Reads on up to the first block that is not all zeros.
fn is_zero_to_the_end(rest: &mut impl BufRead) -> io::Result<bool> {
    loop {
        let (count, zero) = match rest.fill_buf() {
            Ok(block) => (block.len(), is_zero(block)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if count == 0 || !zero {
            return Ok(zero);
        }
        rest.consume(count);
    }
}
