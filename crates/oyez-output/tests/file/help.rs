//! A log, a clock, and what is in files.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use oyez_output::clock::Clock;
use oyez_output::file::{File, Settings};
use oyez_output::parcel::{Label, Parcel};
use oyez_output::sink::{Done, Failure, Patience, Sink as _};

pub(crate) const DAY_MS: u64 = 86_400_000;
/// 2026-11-24T00:00:00Z.
pub(crate) const START_MS: u64 = 1_795_478_400_000;

/// A clock that the test moves.
#[derive(Clone, Debug)]
pub(crate) struct Hands(Arc<Mutex<(Instant, u64)>>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new((Instant::now(), START_MS))))
    }

    /// Time passes.
    pub(crate) fn pass(&self, time: Duration) {
        let mut hands = self.0.lock().unwrap();
        hands.0 += time;
        hands.1 += u64::try_from(time.as_millis()).unwrap();
    }

    /// The time of day is set.
    pub(crate) fn set(&self, wall_ms: u64) {
        self.0.lock().unwrap().1 = wall_ms;
    }
}

impl Clock for Hands {
    fn now(&self) -> Instant {
        self.0.lock().unwrap().0
    }

    fn wall_ms(&self) -> u64 {
        self.0.lock().unwrap().1
    }
}

/// A log that is written to.
pub(crate) struct Log {
    pub(crate) sink: File,
    pub(crate) hands: Hands,
}

impl Log {
    pub(crate) fn open(settings: &Settings) -> Self {
        let hands = Hands::new();
        Self { sink: settings.sink(Arc::new(hands.clone())), hands }
    }

    /// Delivers one message for each text, with its line feed. What became of them.
    pub(crate) fn give(&mut self, texts: &[&str]) -> (Done, Result<(), Failure>) {
        let mut parcel = Parcel::default();
        for text in texts {
            parcel.push(&Label::default(), |lines| lines.extend_from_slice(format!("{text}\n").as_bytes()));
        }
        let mut done = Done::of(parcel.len());
        let result = self.sink.deliver(&parcel, &mut done, &patience());
        (done, result)
    }

    /// The same, and all of them must be written.
    pub(crate) fn write(&mut self, texts: &[&str]) {
        let (done, result) = self.give(texts);
        result.unwrap_or_else(|failure| panic!("{}", failure.told()));
        assert!((0..texts.len()).all(|index| done.is_acked(index)));
    }

    /// Time passes, and the log gets a look at its file.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.hands.pass(time);
        self.sink.tick().unwrap_or_else(|failure| panic!("{}", failure.told()));
    }

    pub(crate) fn remarks(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.sink.remark()).collect()
    }

    pub(crate) fn close(mut self) {
        self.sink.close(&patience()).unwrap();
    }
}

pub(crate) fn patience() -> Patience {
    Patience::of(Duration::from_secs(5))
}

/// The names in a directory, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A file's text, unpacked.
pub(crate) fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("zst") => zstd::Decoder::new(bytes.as_slice()).unwrap().read_to_string(&mut text).unwrap(),
        Some("gz") => flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap(),
        _ => return String::from_utf8(bytes).unwrap(),
    };
    text
}

/// All that is in a directory of logs with times in their names, in the order it was written.
pub(crate) fn all(path: &Path) -> String {
    let (directory, log) = (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
    let mut files: Vec<PathBuf> = names(directory)
        .into_iter()
        .filter(|name| name.starts_with(log) && name != log)
        .map(|n| directory.join(n))
        .collect();
    files.push(path.to_owned());
    files.iter().map(|file| text(file)).collect()
}

/// Lines, as they are in a file.
pub(crate) fn lines(texts: &[&str]) -> String {
    texts.iter().flat_map(|text| [*text, "\n"]).collect()
}
