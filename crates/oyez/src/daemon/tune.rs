//! What oyez sets in the kernel: configuration and the present status in, the changes that are needed out; and the way
//! back.
//!
//! One setting at a time, so that one that is refused (as all are after `auditctl -e 2`) does not hinder the rest. Never
//! lowers a backlog limit, never asks the kernel to panic, never unlocks or locks.

use oyez_netlink::{Kernel, Result, Status};
use serde::{Deserialize, Serialize};

use crate::config::{KernelSettings, OnFailure};

/// A setting of the kernel's audit system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Setting {
    BacklogLimit,
    BacklogWaitTime,
    Failure,
    RateLimit,
    Enabled,
}

/// A setting, what it was, and what oyez made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    pub(crate) setting: Setting,
    pub(crate) found: u32,
    pub(crate) set: u32,
    /// What oyez had set before: as long as it is noted, it is not sure that `set` came to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) was: Option<u32>,
}

impl Change {
    /// A first change.
    pub(crate) fn new(setting: Setting, found: u32, set: u32) -> Self {
        Self { setting, found, set, was: None }
    }

    /// The same setting changed once more.
    pub(crate) fn then(self, set: u32) -> Self {
        Self { set, was: (set != self.set && self.set != self.found).then_some(self.set), ..self }
    }

    /// The change as it is once it was made, or refused: then what was changed before stays, if anything.
    fn done(self, made: bool) -> Option<Self> {
        let set = if made { Some(self.set) } else { self.was };
        set.map(|set| Self { set, was: None, ..self })
    }

    /// It was made.
    pub(crate) fn settle(&mut self) {
        self.was = None;
    }

    /// Whether the setting is as oyez made it.
    pub(crate) fn stands(&self, now: u32) -> bool {
        self.set == now || self.was == Some(now)
    }
}

impl Setting {
    /// What the status says it is.
    pub(crate) fn read(self, status: &Status) -> Option<u32> {
        match self {
            Self::BacklogLimit => status.backlog_limit,
            Self::BacklogWaitTime => status.backlog_wait_time,
            Self::Failure => status.failure,
            Self::RateLimit => status.rate_limit,
            Self::Enabled => status.enabled,
        }
    }

    /// Sets it.
    ///
    /// # Errors
    /// The kernel refuses.
    pub(crate) fn write(self, kernel: &mut impl Kernel, value: u32) -> Result<()> {
        match self {
            Self::BacklogLimit => kernel.set_backlog_limit(value),
            Self::BacklogWaitTime => kernel.set_backlog_wait_time(value),
            Self::Failure => kernel.set_failure(value),
            Self::RateLimit => kernel.set_rate_limit(value),
            Self::Enabled => kernel.set_enabled(value),
        }
    }

    /// What it is called in messages, as `auditctl -s` does.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::BacklogLimit => "backlog_limit",
            Self::BacklogWaitTime => "backlog_wait_time",
            Self::Failure => "failure",
            Self::RateLimit => "rate_limit",
            Self::Enabled => "enabled",
        }
    }
}

/// The changes that make the kernel what the configuration asks for, in the order in which they are to be made. `before`
/// are changes of oyez that nobody put back yet: where one still stands, what *it* found is what was found.
pub(crate) fn plan(status: &Status, wanted: &KernelSettings, before: &[Change]) -> Vec<Change> {
    let limit = status.backlog_limit.filter(|limit| *limit != 0 && *limit < wanted.backlog_limit);
    let failure = wanted.failure.map(|failure| match failure {
        OnFailure::Silent => 0,
        OnFailure::Printk => 1,
    });
    [
        (Setting::BacklogLimit, limit.map(|_| wanted.backlog_limit)),
        (Setting::BacklogWaitTime, wanted.backlog_wait_time),
        (Setting::Failure, failure),
        (Setting::RateLimit, wanted.rate_limit),
        (Setting::Enabled, (wanted.enable && status.enabled == Some(0)).then_some(1)),
    ]
    .into_iter()
    .filter_map(|(setting, value)| {
        let now = setting.read(status)?;
        let stands = before.iter().find(|change| change.setting == setting && change.stands(now));
        let found = stands.map_or(now, |change| change.found);
        let change = Change::new(setting, found, now).then(value.unwrap_or(now));
        (found != change.set).then_some(change)
    })
    .collect()
}

/// Makes the changes that are not made yet, and says which stand then; what the kernel refused is told to `refused`.
pub(crate) fn make(
    kernel: &mut impl Kernel,
    status: &Status,
    changes: &[Change],
    mut refused: impl FnMut(Setting, oyez_netlink::Error),
) -> Vec<Change> {
    let mut make = |change: &Change| {
        if change.setting.read(status) == Some(change.set) {
            return true;
        }
        change.setting.write(kernel, change.set).map_err(|error| refused(change.setting, error)).is_ok()
    };
    changes.iter().filter_map(|change| change.done(make(change))).collect()
}

/// Puts back what stands as oyez set it, audit itself first, so that nothing is heard any more that nobody reads. What
/// somebody else set meanwhile is left. Tells `refused` what can't be put back.
pub(crate) fn put_back(
    kernel: &mut impl Kernel,
    status: &Status,
    changes: &[Change],
    mut refused: impl FnMut(Setting, oyez_netlink::Error),
) {
    for change in changes.iter().rev() {
        if change.setting.read(status).is_some_and(|now| change.stands(now))
            && let Err(error) = change.setting.write(kernel, change.found)
        {
            refused(change.setting, error);
        }
    }
}

#[cfg(test)]
mod tests {
    use oyez_netlink::Control;
    use oyez_netlink::fake::{FakeKernel, Field, Request};

    use super::*;

    fn wanted() -> KernelSettings {
        KernelSettings {
            enable: true,
            backlog_limit: 8192,
            backlog_max: 8192,
            backlog_wait_time: None,
            failure: None,
            rate_limit: None,
        }
    }

    fn change(setting: Setting, found: u32, set: u32) -> Change {
        Change::new(setting, found, set)
    }

    fn status_of(fake: &FakeKernel) -> Status {
        Control::over(fake.clone()).status().unwrap()
    }

    #[test]
    fn a_fresh_kernel_is_turned_on_with_a_larger_backlog_and_nothing_else() {
        let status = status_of(&FakeKernel::new());
        let expected = [change(Setting::BacklogLimit, 64, 8192), change(Setting::Enabled, 0, 1)];
        assert_eq!(plan(&status, &wanted(), &[]), expected);
    }

    #[test]
    fn a_larger_or_boundless_backlog_and_a_locked_kernel_are_left() {
        for (enabled, limit) in [(2, 8192), (1, 20_000), (1, 0)] {
            let fake = FakeKernel::new();
            fake.set(Field::Enabled, enabled);
            fake.set(Field::BacklogLimit, limit);
            assert_eq!(plan(&status_of(&fake), &wanted(), &[]), [], "{enabled} {limit}");
        }
    }

    #[test]
    fn what_a_crashed_run_set_is_not_taken_for_what_was_found() {
        let fake = FakeKernel::new();
        fake.set(Field::Enabled, 1);
        fake.set(Field::BacklogLimit, 8192);
        fake.set(Field::Failure, 0);
        let before = [
            change(Setting::BacklogLimit, 64, 8192),
            change(Setting::Enabled, 0, 1),
            // Somebody has changed this one since.
            change(Setting::Failure, 1, 2),
        ];
        assert_eq!(plan(&status_of(&fake), &wanted(), &before), before[..2]);
    }

    #[test]
    fn every_setting_that_is_asked_for_is_made_and_put_back() {
        let fake = FakeKernel::new();
        let before = status_of(&fake);
        let wanted = KernelSettings {
            backlog_wait_time: Some(0),
            failure: Some(OnFailure::Silent),
            rate_limit: Some(100),
            ..wanted()
        };
        let mut kernel = Control::over(fake.clone());
        let changes = plan(&before, &wanted, &[]);
        assert_eq!(changes.len(), 5);
        let made = make(&mut kernel, &before, &changes, |setting, error| panic!("{setting:?}: {error}"));
        let after = status_of(&fake);
        assert_eq!(made, changes);
        assert!(changes.iter().all(|change| change.setting.read(&after) == Some(change.set)));
        put_back(&mut kernel, &after, &made, |setting, error| panic!("{setting:?}: {error}"));
        assert_eq!(status_of(&fake), before);
    }

    #[test]
    fn what_was_found_stays_known_through_every_change_made_or_not() {
        let fake = FakeKernel::new();
        fake.set(Field::Enabled, 1);
        fake.set(Field::BacklogLimit, 8192);
        let first = [change(Setting::BacklogLimit, 64, 8192)];
        let wanted = KernelSettings { backlog_limit: 16384, ..wanted() };
        let planned = plan(&status_of(&fake), &wanted, &first);
        assert_eq!(planned, [Change { was: Some(8192), ..change(Setting::BacklogLimit, 64, 16384) }]);
        // A crash before it is made, and one after.
        for limit in [8192, 16384] {
            fake.set(Field::BacklogLimit, limit);
            let found = plan(&status_of(&fake), &KernelSettings { backlog_limit: 64, ..wanted }, &planned);
            assert_eq!(found, [change(Setting::BacklogLimit, 64, limit)]);
            put_back(&mut Control::over(fake.clone()), &status_of(&fake), &planned, |_, _| panic!("refused"));
            assert_eq!(fake.get(Field::BacklogLimit), 64);
        }
        fake.set(Field::BacklogLimit, 8192);
        let status = status_of(&fake);
        let mut kernel = Control::over(fake.clone());
        let made = make(&mut kernel, &status, &planned, |_, _| panic!("refused"));
        assert_eq!(made, [change(Setting::BacklogLimit, 64, 16384)]);
        let _refuses = fake.refusing(Request::Set(Field::BacklogLimit), 1);
        assert_eq!(make(&mut kernel, &status, &planned, |_, _| {}), first, "refused: the first one stands");
    }

    #[test]
    fn one_refusal_does_not_hinder_the_rest() {
        let fake = FakeKernel::new().refusing(Request::Set(Field::BacklogLimit), 1);
        let status = status_of(&fake);
        let mut refused = Vec::new();
        let mut kernel = Control::over(fake.clone());
        let made = make(&mut kernel, &status, &plan(&status, &wanted(), &[]), |setting, _| refused.push(setting));
        assert_eq!((made, refused), (vec![change(Setting::Enabled, 0, 1)], vec![Setting::BacklogLimit]));
        assert_eq!(fake.get(Field::Enabled), 1);
    }

    #[test]
    fn what_others_set_meanwhile_is_left() {
        let fake = FakeKernel::new();
        fake.set(Field::BacklogLimit, 20_000);
        fake.set(Field::Enabled, 1);
        let made = [change(Setting::BacklogLimit, 64, 8192), change(Setting::Enabled, 0, 1)];
        put_back(&mut Control::over(fake.clone()), &status_of(&fake), &made, |_, _| panic!("refused"));
        assert_eq!((fake.get(Field::BacklogLimit), fake.get(Field::Enabled)), (20_000, 0));
    }

    #[test]
    fn an_older_kernel_without_a_wait_time_is_not_asked_to_change_it() {
        let fake = FakeKernel::new().with_status_bytes(36);
        let wanted = KernelSettings { backlog_wait_time: Some(5), enable: false, backlog_limit: 64, ..wanted() };
        assert_eq!(plan(&status_of(&fake), &wanted, &[]), []);
    }
}
