//! The names of users and groups: ids in, names out, at once or not at all.
//!
//! The passwd and group files are read by [`Users`] itself and come first, as nsswitch.conf(5) mostly has it; ids that are
//! in neither are asked of NSS in a helper process ([`nss`]), behind the pipeline's back, and answered from a bounded cache
//! the next time. A look-up is one or two look-ups in hash tables: it allocates nothing, waits for nobody and makes no
//! system call, whether the id has a name or not.
//!
//! [`Users::tick`] is where things change: at most once a second, and only if an id was looked up since or the generation asked
//! for, it asks whether the files changed, and it takes what the helper answered. An event that tells of a change
//! ([`Users::event`]) has it look at once. Every change of an answer raises [`Names::generation`], and so does the end of an
//! answer's time: who keeps what was made of names looks them up again then.
//!
//! Bounds: 8 MiB and 65,536 names of each file; [`CACHE`] ids from NSS; [`nss::QUEUE`] ids waiting to be asked for.
//! Refused are names that people can't read (module `name`): their ids stay numbers. A file that can't be read leaves
//! the names it had. 4294967295 stands for nobody and has no name.

mod cache;
mod file;
mod name;
pub mod nss;
mod source;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::ops::RangeInclusive;

use oyez_events::Event;
use oyez_events::context::Names;
use oyez_tables::record_type;

use cache::Cache;
use file::File;
pub(crate) use name::is_harmful;
use nss::{Answer, Link};
pub use source::{EtcFiles, Source, Stamp};

/// How many ids asked of NSS are remembered, users and groups together, with a name or without.
pub const CACHE: usize = 4096;

/// The id that is none: an unset `auid` (linux/audit.h, `AUDIT_UID_UNSET`).
const UNSET: u32 = u32::MAX;

/// How often the files are looked at while ids are looked up, in milliseconds.
const CHECK_MS: u64 = 1000;

/// How soon after the last time an event may have them looked at, in milliseconds.
const HURRIED_CHECK_MS: u64 = 100;

/// How often NSS is asked again because users changed, in milliseconds: any container may say that they did.
const DOUBT_MS: u64 = 10_000;

/// How long a name from NSS holds before it is asked for again, in milliseconds.
const NAME_MS: u64 = 3_600_000;

/// How long it holds that NSS has no name for an id, in milliseconds.
const NO_NAME_MS: u64 = 600_000;

/// Ids that systemd gives to services for as long as they run (`DynamicUser=`; systemd's `UIDS-GIDS` document), so that
/// another may have one a moment later.
const DYNAMIC: RangeInclusive<u32> = 61_184..=65_519;

/// How long any answer holds for such an id, in milliseconds.
const DYNAMIC_MS: u64 = 10_000;

/// How long an id is let be after NSS failed, or did not answer at all, in milliseconds.
const FAILED_MS: u64 = 60_000;

/// How many new ids are noted between two ticks; more are noted when they come again.
const MAX_WANTED: usize = 64;

/// How long the queue to the helper is let be once it was full, in milliseconds.
const FULL_MS: u64 = 100;

/// What an id is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A user: passwd(5), getpwuid(3).
    User,
    /// A group: group(5), getgrgid(3).
    Group,
}

/// A user's or group's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    /// Which of the two.
    pub kind: Kind,
    /// Its number.
    pub number: u32,
}

/// What became of the ids asked of NSS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ids asked for.
    pub asked: u64,
    /// Answers: a name, or that there is none.
    pub answered: u64,
    /// Not answered: the helper hung, died, talked garbage, is not let start again yet, or NSS itself failed.
    pub failed: u64,
}

/// The names of this host's users and groups; belongs to one thread.
#[derive(Debug)]
pub struct Users<S> {
    source: S,
    users: File,
    groups: File,
    cache: Cache,
    link: Option<Link>,
    /// Looked up and to be asked of NSS at the next tick.
    wanted: RefCell<Vec<Id>>,
    /// Whether an id was looked up, or the generation asked for, since the files were last looked at.
    is_used: Cell<bool>,
    is_hurried: bool,
    now_ms: u64,
    checked_ms: Option<u64>,
    /// Users changed, so what NSS answered before may be wrong.
    is_doubtful: bool,
    doubted_ms: Option<u64>,
    full_until_ms: u64,
    generation: u64,
    /// When to have the ids of NSS looked up again: the time of one of its answers is over.
    renew_ms: u64,
    counts: Counts,
}

impl<S: Source> Users<S> {
    /// Reads both files. Without a `link`, NSS is never asked.
    pub fn new(source: S, link: Option<Link>) -> Self {
        let mut users = Users {
            source,
            users: File::default(),
            groups: File::default(),
            cache: Cache::new(CACHE),
            link,
            wanted: RefCell::new(Vec::with_capacity(MAX_WANTED)),
            is_used: Cell::new(false),
            is_hurried: false,
            now_ms: 0,
            checked_ms: None,
            is_doubtful: false,
            doubted_ms: None,
            full_until_ms: 0,
            generation: 0,
            renew_ms: u64::MAX,
            counts: Counts::default(),
        };
        users.check_files();
        users
    }

    /// To be called with the time, in milliseconds on a clock that never runs backwards, before events are looked at. Reads
    /// files that changed, takes answers and asks; with nothing to do it costs a few comparisons.
    #[inline]
    pub fn tick(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        if self.is_used.get() && self.is_check_due() {
            self.check_files();
        }
        if self.link.is_some() {
            if self.is_doubtful {
                self.doubt();
            }
            self.take_answers();
            self.ask();
            self.renew();
        }
    }

    /// Looks at the files at the next tick, if this event says that users or groups changed.
    #[inline]
    pub fn event(&mut self, event: &Event) {
        if event.numbers().next().is_some_and(tells_of_change) {
            self.is_hurried = true;
            self.is_used.set(true);
        }
    }

    /// What became of the ids asked of NSS.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    fn is_check_due(&self) -> bool {
        let since = self.checked_ms.map_or(u64::MAX, |checked| self.now_ms.saturating_sub(checked));
        since >= if self.is_hurried { HURRIED_CHECK_MS } else { CHECK_MS }
    }

    fn check_files(&mut self) {
        let changed = [self.users.check(Kind::User, &self.source), self.groups.check(Kind::Group, &self.source)];
        let is_changed = changed.contains(&true);
        if is_changed {
            self.generation += 1;
        }
        self.is_doubtful |= is_changed || self.is_hurried;
        self.checked_ms = Some(self.now_ms);
        self.is_used.set(false);
        self.is_hurried = false;
    }

    /// Has NSS asked again for what it answered, since users changed.
    fn doubt(&mut self) {
        if self.doubted_ms.is_none_or(|doubted| self.now_ms.saturating_sub(doubted) >= DOUBT_MS) {
            self.cache.doubt_all();
            self.doubted_ms = Some(self.now_ms);
            self.is_doubtful = false;
        }
    }

    /// Has ids looked up again by those who kept what they were called, when an answer's time is over; all of them, since which
    /// those kept is not known.
    fn renew(&mut self) {
        if self.now_ms >= self.renew_ms {
            self.generation += 1;
            self.renew_ms = self.now_ms.saturating_add(FAILED_MS);
        }
    }

    fn take_answers(&mut self) {
        let mut is_changed = false;
        while let Some((id, answer)) = self.link.as_mut().and_then(Link::answer) {
            let (name, holds_ms) = match answer {
                Answer::Name(name) => (Some(name), NAME_MS),
                Answer::NoName => (None, NO_NAME_MS),
                Answer::Failed => {
                    // What was known before is better than nothing.
                    self.counts.failed += 1;
                    self.renew_ms = self.renew_ms.min(self.now_ms.saturating_add(FAILED_MS));
                    is_changed |= self.cache.hold(id, self.now_ms.saturating_add(FAILED_MS));
                    continue;
                }
            };
            let holds_ms = if DYNAMIC.contains(&id.number) { DYNAMIC_MS } else { holds_ms };
            self.renew_ms = self.renew_ms.min(self.now_ms.saturating_add(holds_ms));
            self.counts.answered += 1;
            is_changed |= self.cache.answer(id, name, self.now_ms.saturating_add(holds_ms));
        }
        self.generation += u64::from(is_changed);
    }

    fn ask(&mut self) {
        let wanted = self.wanted.get_mut();
        let Some(link) = self.link.as_mut().filter(|_| !wanted.is_empty() && self.now_ms >= self.full_until_ms) else {
            return;
        };
        let mut is_changed = false;
        while let Some(id) = wanted.pop() {
            if !link.ask(id) {
                wanted.push(id);
                self.full_until_ms = self.now_ms.saturating_add(FULL_MS);
                break;
            }
            self.counts.asked += 1;
            is_changed |= self.cache.hold(id, self.now_ms.saturating_add(FAILED_MS));
        }
        self.generation += u64::from(is_changed);
    }
}

impl<S> Users<S> {
    #[inline]
    fn name(&self, id: Id) -> Option<&str> {
        if id.number == UNSET {
            return None;
        }
        self.is_used.set(true);
        let file = match id.kind {
            Kind::User => &self.users,
            Kind::Group => &self.groups,
        };
        if let Some(name) = file.name(id.number) {
            return Some(name);
        }
        self.link.as_ref()?;
        let found = self.cache.get(id, self.now_ms);
        if found.is_stale {
            self.want(id);
        }
        found.name
    }

    fn want(&self, id: Id) {
        // Nobody else holds it: the borrow ends here.
        let Ok(mut wanted) = self.wanted.try_borrow_mut() else { return };
        if wanted.len() < MAX_WANTED && !wanted.contains(&id) {
            wanted.push(id);
        }
    }
}

impl<S> Names for Users<S> {
    fn user(&self, uid: u32) -> Option<&str> {
        self.name(Id { kind: Kind::User, number: uid })
    }

    fn group(&self, gid: u32) -> Option<&str> {
        self.name(Id { kind: Kind::Group, number: gid })
    }

    fn generation(&self) -> u64 {
        // Who asks goes on to use what was looked up before.
        self.is_used.set(true);
        self.generation
    }
}

/// The records that say that users or groups changed: shadow's tools and others write them, by the right `CAP_AUDIT_WRITE`.
fn tells_of_change(number: u16) -> bool {
    matches!(
        number,
        record_type::USER_MGMT
            | record_type::ADD_USER
            | record_type::DEL_USER
            | record_type::ADD_GROUP
            | record_type::DEL_GROUP
            | record_type::GRP_MGMT
    )
}
