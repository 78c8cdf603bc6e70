//! Once warm, handing over allocates nothing: emptied parcels come back to be filled again.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use oyez_output::clock::System;
use oyez_output::lane::{Change, Settings, Setup};
use oyez_output::parcel::Label;
use oyez_output::queue::{self, Handed};
use oyez_output::sink::Site;
use oyez_output::spool::Worth;
use oyez_output::{Done, Failure, Kind, Lane, Parcel, Patience, Sink};

/// Takes everything, and counts it.
#[derive(Clone, Debug, Default)]
struct Counting {
    messages: Arc<AtomicU64>,
}

impl Sink for Counting {
    fn connect(&mut self, _: &Patience) -> Result<(), Failure> {
        Ok(())
    }

    fn deliver(&mut self, parcel: &Parcel, done: &mut Done, _: &Patience) -> Result<(), Failure> {
        done.ack_all();
        self.messages.fetch_add(parcel.len() as u64, Ordering::Release);
        Ok(())
    }
}

impl Kind for Counting {
    fn open(&self, _: &Site) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(self.clone()))
    }

    fn is_same(&self, _: &dyn Any) -> bool {
        false
    }
}

/// Fills a parcel, hands it over and waits until it is out, so many times.
fn round(lane: &Lane, parcel: &mut Parcel, times: u64) {
    for serial in 0..times {
        let label = Label {
            id: "0123456789ab-0-1-2",
            received_ms: 1,
            worth: Worth { events: 1, records: 3 },
            ..Label::default()
        };
        for _ in 0..20 {
            parcel.push(&label, |lines| lines.extend_from_slice(&[b'x'; 700]));
        }
        lane.note(serial);
        assert_eq!(lane.hand(parcel), Handed::Taken);
        assert!(lane.wait_safe(lane.handed(), Some(Duration::from_secs(10))));
    }
}

#[test]
fn parcels_go_round_without_an_allocation() {
    let sink = Counting::default();
    let setup = Setup {
        name: "counting".into(),
        host: "host".into(),
        settings: Settings::DEFAULT,
        kind: Arc::new(sink.clone()),
        watcher: Arc::new(|change: Change<'_>| assert_eq!(change, Change::Ended)),
        clock: Arc::new(System),
    };
    let (lane, mut parcel) = (Lane::start(setup).unwrap(), queue::parcel());
    round(&lane, &mut parcel, 100);
    let counted = measure(|| round(&lane, &mut parcel, 1000));
    assert_eq!((counted.count_total, lane.fill()), (0, 0));
    let ending = lane.end(Instant::now() + Duration::from_secs(10));
    assert!(ending.wait(Instant::now() + Duration::from_secs(10)));
    assert_eq!(sink.messages.load(Ordering::Acquire), 22_000);
}
