//! What stands between the pipeline and the thread that writes: whole lines, bounded by whoever hands them over.
//!
//! [`Chunk`]s of lines in at the [`Outlet`], in order and without waiting; the same bytes out at the [`Inlet`]. Small chunks
//! that have to wait are put together, so that a slow reader does not make many small buffers of them. How many bytes are
//! not written yet is known without a lock: whether there is room for more is decided by that, line by line.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::output::Mark;
use super::shed::Telling;

/// Bytes above which a chunk is handed over though its batch goes on: the writer is rather woken once per batch.
pub(crate) const FULL: usize = 512 << 10;
/// Bytes up to which waiting chunks are put together.
const CHUNK: usize = 256 << 10;
/// Emptied chunks kept to be filled again: one is being written while two more are made of a large batch.
const SPARE: usize = 2;
/// Room for the line that fills a chunk. Memory is reserved for it at once, and touched as it fills: a buffer that grows is
/// copied, and memory that is given back and asked for again costs a page fault for every 4 KiB.
const LINE: usize = 64 << 10;
/// As many lines as mostly fill a chunk.
const LINES: usize = 1024;
/// How long a wait without end lasts before it is gone on with.
const A_LONG_TIME: Duration = Duration::from_hours(1);

/// Lines back to back.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Vec<u8>,
    /// The end of each line, and what it is worth.
    pub(crate) marks: Vec<Mark>,
    /// Lines that tell of a loss, by their ends: one that is refused is told again.
    pub(crate) tellings: Vec<(usize, Telling)>,
    /// Once these are written, so is all up to this serial.
    pub(crate) settled: Option<u32>,
}

impl Default for Chunk {
    fn default() -> Self {
        let (bytes, marks) = (Vec::with_capacity(FULL + LINE), Vec::with_capacity(LINES));
        Self { bytes, marks, tellings: Vec::new(), settled: None }
    }
}

impl Chunk {
    fn append(&mut self, other: &mut Self) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.marks.extend(other.marks.iter().map(|mark| Mark { end: start + mark.end, ..*mark }));
        self.tellings.extend(other.tellings.iter().map(|(end, telling)| (start + end, *telling)));
        self.settled = other.settled.or(self.settled);
        other.clear();
    }

    /// Empties it; memory that one huge line took is given back.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(FULL + LINE);
        self.marks.clear();
        self.tellings.clear();
        self.settled = None;
    }
}

/// What the writer is to do next.
#[derive(Debug)]
pub(crate) enum Item {
    /// Write these.
    Lines(Chunk),
    /// Open the file at this path, or standard output.
    Reopen(Option<PathBuf>),
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    for_writer: Condvar,
    for_pipeline: Condvar,
    /// Bytes that are written, or refused, since the start.
    done: AtomicU64,
    /// There is something in [`State::refused`].
    refused: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Item>,
    spare: Vec<Chunk>,
    refused: Vec<Telling>,
    writer: Doing,
    pipeline_waits: bool,
    /// No more items will come.
    closed: bool,
}

/// What the writer does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Doing {
    /// It is about to look for the next item.
    #[default]
    Looking,
    /// It sleeps until it is woken.
    Sleeping,
    /// It is at work on an item.
    Writing,
    /// It has ended.
    Gone,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An outlet and the writer's end of it.
pub(crate) fn new() -> (Outlet, Inlet) {
    let shared = Arc::new(Shared::default());
    (Outlet { shared: Arc::clone(&shared), handed: 0 }, Inlet { shared })
}

/// The pipeline's side. Dropping it ends the writer once all is written.
#[derive(Debug)]
pub(crate) struct Outlet {
    shared: Arc<Shared>,
    handed: u64,
}

impl Outlet {
    /// Bytes that are not written yet.
    pub(crate) fn fill(&self) -> u64 {
        self.handed.saturating_sub(self.shared.done.load(Ordering::Acquire))
    }

    /// Bytes handed over so far.
    pub(crate) fn handed(&self) -> u64 {
        self.handed
    }

    /// Whether all that was handed over by then is done with.
    pub(crate) fn is_done(&self, handed: u64) -> bool {
        self.shared.done.load(Ordering::Acquire) >= handed
    }

    /// Hands over the lines; `chunk` is empty then. `false`, with the lines in it, when nobody writes any more.
    pub(crate) fn hand(&mut self, chunk: &mut Chunk) -> bool {
        let mut state = self.shared.lock();
        if state.writer == Doing::Gone {
            return false;
        }
        self.handed += chunk.bytes.len() as u64;
        match state.waiting.back_mut() {
            Some(Item::Lines(last)) if last.bytes.len() + chunk.bytes.len() <= CHUNK => last.append(chunk),
            _ => {
                let empty = state.spare.pop().unwrap_or_default();
                state.waiting.push_back(Item::Lines(std::mem::replace(chunk, empty)));
            }
        }
        self.wake_writer(state);
        true
    }

    /// Has the writer open its target anew, behind what was handed over.
    pub(crate) fn reopen(&self, path: Option<PathBuf>) {
        let mut state = self.shared.lock();
        state.waiting.push_back(Item::Reopen(path));
        self.wake_writer(state);
    }

    fn wake_writer(&self, state: MutexGuard<'_, State>) {
        let sleeps = state.writer == Doing::Sleeping;
        drop(state);
        if sleeps {
            self.shared.for_writer.notify_one();
        }
    }

    /// Waits until fewer than `bytes` are left to be written; if there is a `time`, for so long at most.
    pub(crate) fn wait_below(&self, bytes: u64, time: Option<Duration>) {
        self.wait(time, |_| self.fill() < bytes);
    }

    /// Waits until everything is done that was asked for.
    pub(crate) fn settle(&self) {
        self.wait(None, |state| state.waiting.is_empty() && state.writer != Doing::Writing);
    }

    /// Nothing more comes: waits until the writer has ended.
    pub(crate) fn end(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        self.wake_writer(state);
        self.wait(None, |_| false);
    }

    /// Waits until it is `so` or nobody writes any more.
    fn wait(&self, time: Option<Duration>, so: impl Fn(&State) -> bool) {
        let end = time.map(|time| Instant::now() + time);
        let mut state = self.shared.lock();
        while !so(&state) && state.writer != Doing::Gone {
            let left = end.map_or(Duration::MAX, |end| end.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
            state.pipeline_waits = true;
            let waited = self.shared.for_pipeline.wait_timeout(state, left.min(A_LONG_TIME));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.pipeline_waits = false;
    }

    /// The tellings that were refused since the last call.
    pub(crate) fn refused(&self) -> Vec<Telling> {
        if !self.shared.refused.swap(false, Ordering::AcqRel) {
            return Vec::new();
        }
        std::mem::take(&mut self.shared.lock().refused)
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        self.wake_writer(state);
    }
}

/// The writer's side. Dropping it says that nobody writes any more.
#[derive(Debug)]
pub(crate) struct Inlet {
    shared: Arc<Shared>,
}

impl Inlet {
    /// Waits for the next item; `None`: there will be none.
    pub(crate) fn next(&self) -> Option<Item> {
        let mut state = self.shared.lock();
        loop {
            if let Some(item) = state.waiting.pop_front() {
                state.writer = Doing::Writing;
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state.writer = Doing::Sleeping;
            state = self.shared.for_writer.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.writer = Doing::Looking;
        }
    }

    /// The item that was taken is done with.
    pub(crate) fn done(&self, used: Option<Chunk>) {
        let bytes = used.as_ref().map_or(0, |chunk| chunk.bytes.len() as u64);
        let mut state = self.shared.lock();
        self.shared.done.fetch_add(bytes, Ordering::Release);
        state.writer = Doing::Looking;
        if let Some(mut chunk) = used.filter(|_| state.spare.len() < SPARE) {
            chunk.clear();
            state.spare.push(chunk);
        }
        if state.pipeline_waits {
            self.shared.for_pipeline.notify_all();
        }
    }

    /// These could not be told.
    pub(crate) fn refuse(&self, tellings: impl Iterator<Item = Telling>) {
        let mut state = self.shared.lock();
        state.refused.extend(tellings);
        self.shared.refused.store(true, Ordering::Release);
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.shared.lock().writer = Doing::Gone;
        self.shared.for_pipeline.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::output::Worth;

    fn chunk(text: &[u8]) -> Chunk {
        let mark = Mark { end: text.len(), worth: Worth { records: 1, events: 1 } };
        Chunk { bytes: text.to_vec(), marks: vec![mark], ..Chunk::default() }
    }

    #[test]
    fn small_chunks_that_wait_become_one_and_large_ones_stay() {
        let (mut outlet, inlet) = new();
        let large = vec![b'x'; CHUNK];
        for text in [&b"one\n"[..], b"two\n", &large, b"three\n"] {
            assert!(outlet.hand(&mut chunk(text)));
        }
        assert_eq!(outlet.fill(), 14 + CHUNK as u64);
        let mut sizes = Vec::new();
        while outlet.fill() > 0 {
            let Some(Item::Lines(chunk)) = inlet.next() else { panic!("no lines") };
            sizes.push((chunk.bytes.len(), chunk.marks.iter().map(|mark| mark.end).collect::<Vec<_>>()));
            inlet.done(Some(chunk));
        }
        assert_eq!(sizes, [(8, vec![4, 8]), (CHUNK, vec![CHUNK]), (6, vec![6])]);
    }

    #[test]
    fn an_emptied_chunk_keeps_its_memory_but_not_that_of_a_huge_line() {
        let mut chunk = Chunk::default();
        let memory = chunk.bytes.as_ptr();
        for _ in 0..3 {
            chunk.bytes.resize(FULL + LINE, b'x');
            chunk.clear();
            assert_eq!((chunk.bytes.as_ptr(), chunk.bytes.len()), (memory, 0));
        }
        chunk.bytes.resize(8 * FULL, b'x');
        chunk.clear();
        assert!(chunk.bytes.capacity() < 2 * FULL, "{}", chunk.bytes.capacity());
    }

    #[test]
    fn a_new_target_is_for_what_comes_after_it() {
        let (mut outlet, inlet) = new();
        outlet.hand(&mut chunk(b"old\n"));
        outlet.reopen(Some("new".into()));
        outlet.hand(&mut chunk(b"new\n"));
        drop(outlet);
        let is_lines = |item| matches!(item, Some(Item::Lines(_)));
        assert!(is_lines(inlet.next()) && !is_lines(inlet.next()) && is_lines(inlet.next()));
        assert!(inlet.next().is_none());
    }

    #[test]
    fn nobody_waits_for_a_writer_that_is_gone() {
        let (mut outlet, inlet) = new();
        assert!(outlet.hand(&mut chunk(b"one\n")));
        drop(inlet);
        outlet.settle();
        outlet.end();
        let mut kept = chunk(b"two\n");
        assert!(!outlet.hand(&mut kept));
        assert_eq!(kept.bytes, b"two\n");
    }

    #[test]
    fn a_wait_for_room_ends_in_time() {
        let (mut outlet, _inlet) = new();
        outlet.hand(&mut chunk(b"one\n"));
        let start = Instant::now();
        outlet.wait_below(1, Some(Duration::from_millis(20)));
        assert!(start.elapsed() >= Duration::from_millis(20) && outlet.fill() == 4);
    }
}
