//! Loss: every record or event that should have come out and did not, with where and how many.
//!
//! Kept as plain counters by those who see it happen, and handed on as [`Loss`] values, which become events of oyez's own.

use std::fmt;

/// Where something was lost, and by which count that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The kernel's own counter `lost` (`AUDIT_GET`): a lower bound; failed `audit_log_start`s and overflows.
    Kernel,
    /// The unicast socket's receive buffer was full (`SO_MEMINFO`): failed attempts, which the kernel repeats.
    Socket,
    /// The multicast socket's receive buffer was full (`SO_MEMINFO`): records that are gone.
    Multicast,
    /// The queue between receiving and grouping was full: records.
    Queue,
    /// Messages cut short by the receive slab: records.
    Truncated,
    /// Messages whose sender was not the kernel: not records at all, but refused and told.
    Spoofed,
    /// Serial numbers that never came: an upper bound of events.
    Serial,
    /// The output could not keep up: events left out by priority, and oyez's own.
    Shed,
    /// The output refused what was written to it: events.
    Output,
    /// Between the last run's end and this start: an upper bound of events.
    Restart,
}

impl Place {
    /// All places, in a fixed order.
    pub const ALL: [Place; 10] = [
        Place::Kernel,
        Place::Socket,
        Place::Multicast,
        Place::Queue,
        Place::Truncated,
        Place::Spoofed,
        Place::Serial,
        Place::Shed,
        Place::Output,
        Place::Restart,
    ];

    /// The word for it in events, logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Place::Kernel => "kernel",
            Place::Socket => "socket",
            Place::Multicast => "multicast",
            Place::Queue => "queue",
            Place::Truncated => "truncated",
            Place::Spoofed => "spoofed",
            Place::Serial => "serial",
            Place::Shed => "shed",
            Place::Output => "output",
            Place::Restart => "restart",
        }
    }

    /// What is counted there.
    pub fn unit(self) -> &'static str {
        match self {
            Place::Kernel | Place::Multicast | Place::Queue | Place::Truncated => "records",
            Place::Socket => "attempts",
            Place::Spoofed => "messages",
            Place::Serial | Place::Shed | Place::Output | Place::Restart => "events",
        }
    }

    /// How the count stands to the truth: `exact`, `lower` bound or `upper` bound.
    pub fn bound(self) -> &'static str {
        match self {
            Place::Kernel => "lower",
            Place::Serial | Place::Restart | Place::Socket => "upper",
            Place::Multicast | Place::Queue | Place::Truncated | Place::Spoofed | Place::Shed | Place::Output => {
                "exact"
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// So much was lost at one place since it was last told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loss {
    /// Where.
    pub place: Place,
    /// How much since the last report, in [`Place::unit`].
    pub count: u64,
    /// How much since the start.
    pub total: u64,
}

/// Running totals by place, and what of them was told already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossCounts {
    total: [u64; Place::ALL.len()],
    told: [u64; Place::ALL.len()],
}

impl LossCounts {
    /// Adds `count` at `place`.
    pub fn add(&mut self, place: Place, count: u64) {
        let total = &mut self.total[place as usize];
        *total = total.saturating_add(count);
    }

    /// Takes a total that somebody else counts; a smaller one than before (a counter that was reset) adds nothing.
    pub fn set_total(&mut self, place: Place, total: u64) {
        self.total[place as usize] = self.total[place as usize].max(total);
    }

    /// The total at `place`.
    pub fn total(&self, place: Place) -> u64 {
        self.total[place as usize]
    }

    /// What was lost since the last call, place by place; nothing twice.
    pub fn untold(&mut self) -> impl Iterator<Item = Loss> + use<> {
        let (total, told) = (self.total, self.told);
        self.told = total;
        Place::ALL.into_iter().filter_map(move |place| {
            let (total, told) = (total[place as usize], told[place as usize]);
            (total > told).then(|| Loss { place, count: total - told, total })
        })
    }

    /// Takes a loss of [`LossCounts::untold`] for untold again: its telling was lost too.
    pub fn take_back(&mut self, loss: &Loss) {
        let told = &mut self.told[loss.place as usize];
        *told = told.saturating_sub(loss.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_told_once_and_its_total_stays() {
        let mut counts = LossCounts::default();
        counts.add(Place::Queue, 3);
        counts.set_total(Place::Kernel, 7);
        let told: Vec<_> = counts.untold().map(|loss| (loss.place, loss.count, loss.total)).collect();
        assert_eq!(told, [(Place::Kernel, 7, 7), (Place::Queue, 3, 3)]);
        assert_eq!(counts.untold().count(), 0);
        counts.add(Place::Queue, 1);
        counts.set_total(Place::Kernel, 2);
        let told: Vec<_> = counts.untold().collect();
        assert_eq!(told, [Loss { place: Place::Queue, count: 1, total: 4 }]);
        counts.take_back(&told[0]);
        assert_eq!(counts.untold().collect::<Vec<_>>(), told);
    }

    #[test]
    fn every_place_stands_at_its_own_index() {
        for (index, place) in Place::ALL.into_iter().enumerate() {
            assert_eq!(place as usize, index);
        }
    }
}
