//! A receiver that does what it is told, and who is told what changes.

use std::any::Any;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use oyez_output::clock::System;
use oyez_output::lane::{Change, Retry, Settings, Setup, Watcher};
use oyez_output::parcel::Label;
use oyez_output::sink::Site;
use oyez_output::spool::Worth;
use oyez_output::{Done, Failure, Kind, Lane, Parcel, Patience, Sink};

/// How a receiver is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum How {
    /// It takes what comes.
    #[default]
    Takes,
    /// It does not answer.
    Hangs,
    /// It does not answer, and is waited for only as long as patience lasts.
    HangsPatiently,
    /// It refuses.
    Fails,
    /// It fails for good.
    Vanished,
    /// Its sink panics.
    Panics,
}

#[derive(Debug, Default)]
struct State {
    how: How,
    /// So many are taken before it fails.
    takes: Option<usize>,
    arrived: Vec<u64>,
    /// How many had arrived when it was opened anew.
    reopened: Vec<usize>,
    closed: usize,
    is_asked: bool,
}

/// The other end of a lane; clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fakes(Arc<(Mutex<State>, Condvar)>);

impl Fakes {
    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.0.lock().unwrap());
        self.0.1.notify_all();
    }

    /// From here on it is so.
    pub(crate) fn be(&self, how: How) {
        self.set(|state| state.how = how);
    }

    /// It takes so many messages more and then fails.
    pub(crate) fn take_only(&self, messages: usize) {
        self.set(|state| state.takes = Some(messages));
    }

    pub(crate) fn arrived(&self) -> Vec<u64> {
        self.0.0.lock().unwrap().arrived.clone()
    }

    pub(crate) fn reopened(&self) -> Vec<usize> {
        self.0.0.lock().unwrap().reopened.clone()
    }

    /// Whether something was given to it.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.0.lock().unwrap().is_asked
    }

    pub(crate) fn closed(&self) -> usize {
        self.0.0.lock().unwrap().closed
    }

    /// Waits while it hangs.
    fn answer(&self, patience: &Patience) -> Result<std::sync::MutexGuard<'_, State>, Failure> {
        let mut state = self.0.0.lock().unwrap();
        state.is_asked = true;
        while matches!(state.how, How::Hangs | How::HangsPatiently) {
            if state.how == How::HangsPatiently && patience.is_over() {
                return Err(Failure::new("cannot deliver: no answer"));
            }
            state = self.0.1.wait_timeout(state, Duration::from_millis(5)).unwrap().0;
        }
        match state.how {
            How::Fails => Err(Failure::new("cannot connect: refused")),
            How::Vanished => Err(Failure::new("cannot write: nobody reads").for_good()),
            How::Panics => panic!("as it was told"),
            _ => Ok(state),
        }
    }
}

impl Sink for Fakes {
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        let state = self.0.0.lock().unwrap();
        if state.how == How::Fails { Err(Failure::new("cannot connect: refused")) } else { Ok(()) }
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, patience: &Patience) -> Result<(), Failure> {
        let mut state = self.answer(patience)?;
        let takes = state.takes.unwrap_or(usize::MAX).min(parcel.len());
        for index in 0..takes {
            let text = parcel.get(index).unwrap().text();
            state.arrived.push(str::from_utf8(text).unwrap().trim().parse().unwrap());
        }
        done.ack_first(takes);
        if let Some(left) = &mut state.takes {
            *left -= takes;
        }
        if done.is_complete() { Ok(()) } else { Err(Failure::new("cannot deliver: cut off")) }
    }

    fn reopen(&mut self) -> Result<(), Failure> {
        let mut state = self.0.0.lock().unwrap();
        let arrived = state.arrived.len();
        state.reopened.push(arrived);
        if state.reopened.len() > 1 { Err(Failure::new("cannot open it anew")) } else { Ok(()) }
    }

    fn close(&mut self, _: &Patience) -> Result<(), Failure> {
        self.set(|state| state.closed += 1);
        Ok(())
    }
}

impl Kind for Fakes {
    fn open(&self, _: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(self.clone()))
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| Arc::ptr_eq(&self.0, &other.0))
    }
}

/// What was told.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) fn has(&self, what: &str) -> bool {
        self.all().iter().any(|told| told.contains(what))
    }
}

impl Watcher for Told {
    fn see(&self, change: Change<'_>) {
        self.0.lock().unwrap().push(format!("{change:?}"));
    }
}

/// Settings for tests: nothing takes long.
pub(crate) fn settings() -> Settings {
    let retry = Retry { first: Duration::from_millis(1), most: Duration::from_millis(20) };
    Settings { retry, timeout: Duration::from_secs(5), ..Settings::DEFAULT }
}

/// What a lane to this receiver is started with.
pub(crate) fn setup(settings: Settings, fakes: &Fakes, told: &Told) -> Setup {
    Setup {
        name: "fake".into(),
        host: "host".into(),
        settings,
        kind: Arc::new(fakes.clone()),
        watcher: Arc::new(told.clone()),
        clock: Arc::new(System),
    }
}

/// A lane to this receiver.
pub(crate) fn lane(settings: Settings, fakes: &Fakes) -> (Lane, Told) {
    let told = Told::default();
    (Lane::start(setup(settings, fakes, &told)).unwrap(), told)
}

/// Messages of these numbers, each with a ticket: its number and 1.
pub(crate) fn parcel(numbers: Range<u64>) -> Parcel {
    let mut parcel = Parcel::default();
    for number in numbers {
        let ticket = u32::try_from(number).unwrap() + 1;
        let label = Label { worth: Worth { events: 1, records: 2 }, ticket, ..Label::default() };
        parcel.push(&label, |lines| lines.extend_from_slice(format!("{number:500}\n").as_bytes()));
    }
    parcel
}

/// Waits until it is so, for some seconds.
pub(crate) fn until(so: impl Fn() -> bool) {
    for _ in 0..2000 {
        if so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("it does not come");
}
