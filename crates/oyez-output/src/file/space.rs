//! The guard over room on the disk: what statvfs(3) says in, what is to be done about it out.
//!
//! Room is what a user without privileges has left (`f_bavail`), as auditd counts it.

use super::settings::{Limit, LowAction, Space};

/// Room on a file system, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) free: u64,
    pub(super) all: u64,
}

/// Which limit is passed, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Low {
    /// The key it is about.
    pub(super) key: &'static str,
    /// Room that there should be, in bytes.
    pub(super) wanted: u64,
    pub(super) action: LowAction,
}

/// What is to be done, if anything.
pub(super) fn judge(space: &Space, room: Room) -> Option<Low> {
    let low = |limit: Option<Limit>, key, action| {
        let wanted = limit.map(|limit| bytes(limit, room.all))?;
        (room.free < wanted).then_some(Low { key, wanted, action })
    };
    low(space.admin_left, "admin_space_left", space.admin_left_action)
        .or_else(|| low(space.left, "space_left", space.left_action))
}

fn bytes(limit: Limit, all: u64) -> u64 {
    match limit {
        Limit::Bytes(bytes) => bytes,
        Limit::Percent(percent) => (all / 100).saturating_mul(percent.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrower_limit_goes_first() {
        let space = Space {
            left: Some(Limit::Percent(20)),
            left_action: LowAction::Rotate,
            admin_left: Some(Limit::Bytes(50)),
            admin_left_action: LowAction::Stop,
            ..Space::default()
        };
        let judged = |free| judge(&space, Room { free, all: 1000 }).map(|low| (low.key, low.wanted));
        assert_eq!(judged(200), None);
        assert_eq!(judged(199), Some(("space_left", 200)));
        assert_eq!(judged(49), Some(("admin_space_left", 50)));
        assert_eq!(judge(&Space::default(), Room { free: 0, all: 1000 }), None);
    }
}
