//! Copies of what is known of an event beyond its records, made where a table changes it.
//!
//! The originals are shared by many events and never change, so a changed process or login gets a `snapshot` of its own, and
//! what formats keep by snapshots stays right. Those count down from the largest number, while those of the enricher count up
//! from 0: they do not meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oyez_events::context::{Addition, Context, Host, Login, Place, Process};

/// The next snapshot of a changed part, for all filters of the program.
static NEXT: AtomicU64 = AtomicU64::new(u64::MAX);

/// A snapshot that no other part has.
fn snapshot() -> u64 {
    NEXT.fetch_sub(1, Ordering::Relaxed)
}

/// What became of one part.
#[derive(Debug, Default)]
pub(super) enum Part<T> {
    /// Nothing.
    #[default]
    Same,
    /// It is another now.
    Changed(T),
    /// It is told no more.
    Gone,
}

impl<T> Part<T> {
    fn of<'a>(&'a self, original: Option<&'a T>) -> Option<&'a T> {
        match self {
            Part::Same => original,
            Part::Changed(part) => Some(part),
            Part::Gone => None,
        }
    }

    /// Whether nothing became of it.
    fn is_same(&self) -> bool {
        matches!(self, Part::Same)
    }

    /// Whether it is told no more.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self, Part::Gone)
    }

    /// The copy, made of `original` if there is none yet; `None` where nothing is known.
    fn changed(&mut self, original: Option<&T>, copy: impl FnOnce(&T) -> T) -> Option<&mut T> {
        if let (Part::Same, Some(original)) = (&*self, original) {
            *self = Part::Changed(copy(original));
        }
        match self {
            Part::Changed(part) => Some(part),
            Part::Same | Part::Gone => None,
        }
    }
}

/// The parts of one event.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) process: Part<Process>,
    pub(super) ancestors: Option<Vec<Arc<Process>>>,
    pub(super) login: Part<Login>,
    pub(super) host: Part<Host>,
    pub(super) tags: Option<Vec<Arc<str>>>,
    pub(super) added: Option<Vec<Addition>>,
}

impl Parts {
    /// Whether nothing is changed.
    pub(super) fn is_same(&self) -> bool {
        let Parts { process, ancestors, login, host, tags, added } = self;
        let (process, login, host) = (process.is_same(), login.is_same(), host.is_same());
        process && login && host && ancestors.is_none() && tags.is_none() && added.is_none()
    }

    /// What is known of the event when all is changed.
    pub(super) fn context<'r>(&'r self, original: &Context<'r>) -> Context<'r> {
        Context {
            names: original.names,
            login: self.login.of(original.login),
            process: self.process.of(original.process),
            ancestors: self.ancestors.as_deref().unwrap_or(original.ancestors),
            host: self.host.of(original.host),
            tags: self.tags.as_deref().unwrap_or(original.tags),
            added: self.added.as_deref().unwrap_or(original.added),
        }
    }

    /// The process, to be changed; `None` where nothing is known of it.
    pub(super) fn process(&mut self, original: &Context<'_>) -> Option<&mut Process> {
        self.process.changed(original.process, |process| Process { snapshot: snapshot(), ..process.clone() })
    }

    /// Where the process runs, to be changed.
    pub(super) fn place(&mut self, original: &Context<'_>) -> Option<&mut Place> {
        let process = self.process(original)?;
        Some(Arc::make_mut(process.place.as_mut()?))
    }

    /// The ancestor at `index`, the parent being 0, to be changed.
    pub(super) fn ancestor(&mut self, original: &Context<'_>, index: usize) -> Option<&mut Process> {
        let process = self.lineage(original).get_mut(index)?;
        let process = Arc::make_mut(process);
        process.snapshot = snapshot();
        Some(process)
    }

    /// All ancestors, to be changed.
    pub(super) fn lineage(&mut self, original: &Context<'_>) -> &mut Vec<Arc<Process>> {
        self.ancestors.get_or_insert_with(|| original.ancestors.to_vec())
    }

    pub(super) fn login(&mut self, original: &Context<'_>) -> Option<&mut Login> {
        self.login.changed(original.login, |login| Login { snapshot: snapshot(), ..login.clone() })
    }

    pub(super) fn host(&mut self, original: &Context<'_>) -> Option<&mut Host> {
        self.host.changed(original.host, Clone::clone)
    }
}
