//! What could not be found out: counts in, `OYEZ_ENRICH` out, at most once in [`EACH_MS`]; the connector's end at once.
//!
//! All numbers are totals since the start, so that a notice that the output refuses costs nothing but its time.

use oyez_events::group::Millis;

use crate::daemon::told::Told;

/// How long nothing is told after something was.
const EACH_MS: Millis = 60_000;

/// What was missed since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Messages of the process connector that the kernel had no room for.
    pub(super) connector_lost: u64,
    /// Messages that another process sent, or that are none.
    pub(super) connector_refused: u64,
    /// Program files that were not hashed: too large, changed while they were read, not readable, too many at once.
    pub(super) hash_refused: u64,
    /// Ids that the name service did not answer for.
    pub(super) nss_failed: u64,
    /// Arguments of processes that /proc did not give in time.
    pub(super) proc_late: u64,
}

/// What was missed, and what of it was told.
#[derive(Debug, Default)]
pub(super) struct Missed {
    counts: Counts,
    told: Counts,
    told_at: Option<Millis>,
    /// Why there are no messages any more, until that is told.
    fault: Option<String>,
}

impl Missed {
    /// So much was missed by now.
    pub(super) fn see(&mut self, counts: Counts) {
        self.counts = counts;
    }

    /// The connector is of no more use.
    pub(super) fn fail(&mut self, fault: String) {
        self.fault = Some(fault);
    }

    /// When there is something to tell; `None`: there is nothing.
    pub(super) fn deadline(&self) -> Option<Millis> {
        if self.fault.is_some() {
            return Some(0);
        }
        (self.counts != self.told).then(|| self.told_at.map_or(0, |at| at.saturating_add(EACH_MS)))
    }

    /// What is to be told now.
    pub(super) fn due(&mut self, now: Millis) -> Option<Told> {
        self.deadline().filter(|at| *at <= now)?;
        (self.told, self.told_at) = (self.counts, Some(now));
        let Counts { connector_lost, connector_refused, hash_refused, nss_failed, proc_late } = self.counts;
        let told = Told::now("OYEZ_ENRICH")
            .with("connector_lost", connector_lost)
            .with("connector_refused", connector_refused)
            .with("hash_refused", hash_refused)
            .with("nss_failed", nss_failed)
            .with("proc_late", proc_late);
        Some(told.with_some("error", self.fault.take()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::told::Say;

    #[test]
    fn what_grew_is_told_once_a_minute_and_the_connectors_end_at_once() {
        let mut missed = Missed::default();
        assert_eq!((missed.deadline(), missed.due(5)), (None, None));
        missed.see(Counts { connector_lost: 3, ..Counts::default() });
        let told = missed.due(5).unwrap();
        assert_eq!((told.kind(), told.get("connector_lost")), ("OYEZ_ENRICH", Some(&Say::Number(3))));
        missed.see(Counts { connector_lost: 3, nss_failed: 1, ..Counts::default() });
        assert_eq!((missed.deadline(), missed.due(60_004)), (Some(60_005), None));
        missed.fail("gone".to_owned());
        let told = missed.due(60_004).unwrap();
        assert_eq!((told.get("error"), told.get("nss_failed")), (Some(&Say::from("gone")), Some(&Say::Number(1))));
        assert_eq!(missed.deadline(), None);
    }
    struct Broken;

    impl oyez_netlink::connector::Messages for Broken {
        fn drain(
            &mut self,
            _: &mut dyn FnMut(&oyez_netlink::connector::Message),
        ) -> oyez_netlink::Result<oyez_netlink::connector::Drained> {
            Err(oyez_netlink::Error::TimedOut { action: "receive", after: std::time::Duration::ZERO })
        }
    }

    #[test]
    fn a_connector_that_fails_is_dropped_told_once_and_its_watch_ended() {
        let settings = crate::config::EnrichSettings { processes: true, ..crate::config::Settings::default().enrich };
        let settings = crate::config::EnrichSettings { connector: false, hash: false, nss: false, ..settings };
        let (mut enricher, _) = super::super::Enricher::new(&settings).unwrap();
        enricher.connector = Some(Box::new(Broken));
        assert_eq!(enricher.attend(), 0);
        assert!(enricher.connector.is_none() && enricher.end().unwrap().take());
        let (complaint, told) = (enricher.complaint().unwrap(), enricher.due(0).unwrap());
        assert!(complaint.starts_with("cannot receive"), "{complaint}");
        assert!(told.get("error").is_some());
        enricher.attend();
        assert_eq!((enricher.complaint(), enricher.due(u64::MAX)), (None, None));
    }
}
