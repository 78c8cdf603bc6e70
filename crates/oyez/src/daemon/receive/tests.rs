use std::sync::atomic::Ordering;

use crossbeam_channel::{bounded, unbounded};
use oyez_netlink::WaitSettings;

use super::*;
use crate::daemon::fakes::{FakeSource, storm};
use crate::daemon::queue::{self, Drainer};

struct Rig {
    source: FakeSource,
    tally: Arc<Tally>,
    orders: Orders,
    wake: Wake,
    drainer: Drainer,
    receiver: Receiver<FakeSource>,
}

fn rig(queue_bytes: u64) -> Rig {
    let (tally, wake, orders) = (Arc::new(Tally::default()), Wake::new().unwrap(), Orders::default());
    let (feeder, drainer) = queue::new(queue_bytes);
    let source = FakeSource::new(wake.clone());
    let (commands, _) = unbounded();
    let intake = Intake::new(feeder, Arc::clone(&tally), commands, 1);
    let policy = WaitPolicy::new(WaitSettings { batch_delay: Duration::from_millis(1), ..WaitSettings::default() });
    let receiver = Receiver::new(source.clone(), intake, policy, orders.clone(), Clock::start());
    Rig { source, tally, orders, wake, drainer, receiver }
}

fn records_in(drainer: &Drainer) -> u64 {
    drainer.full.try_iter().map(|batch| batch.len() as u64).sum()
}

#[test]
fn a_full_queue_never_stops_the_receiver_and_every_drop_is_counted() {
    let rig = rig(1 << 20);
    let records = storm(1, 20_000);
    let total = records.len() as u64;
    rig.source.give(records);
    let thread = std::thread::spawn(move || rig.receiver.run());
    // Nobody drains: the source has to run empty all the same.
    while !rig.source.is_empty() {
        std::thread::sleep(Duration::from_millis(1));
    }
    rig.orders.stop();
    rig.wake.wake();
    thread.join().unwrap().unwrap();
    let (received, lost) = (rig.tally.received.get(), rig.tally.queue_lost.get());
    assert_eq!(received, total);
    assert!(lost > 0 && lost < total, "{lost} of {total}");
    assert_eq!(records_in(&rig.drainer) + lost, total);
}

#[test]
fn the_oldest_records_are_kept_when_the_queue_is_full() {
    let rig = rig(1 << 20);
    rig.source.give(storm(1, 20_000));
    rig.orders.stop();
    rig.receiver.run().unwrap();
    let first = rig.drainer.full.try_recv().unwrap();
    assert!(first.iter().next().unwrap().payload.starts_with(b"audit(1700000000.123:1):"));
}

#[test]
fn what_waits_when_told_to_stop_is_taken_and_the_queue_ends() {
    let rig = rig(32 << 20);
    rig.source.give(storm(1, 1000));
    rig.orders.stop();
    rig.receiver.run().unwrap();
    assert_eq!((rig.tally.received.get(), records_in(&rig.drainer)), (3000, 3000));
    assert!(rig.drainer.full.recv().is_err(), "the end of the queue");
}

#[test]
fn a_held_batch_comes_out_though_nothing_more_comes_in() {
    let rig = rig(1 << 20);
    let thread = std::thread::spawn(move || rig.receiver.run());
    // Small batches until the queue counts as behind: the last ones are held.
    for serial in 1..=40 {
        rig.source.give(storm(serial, 1));
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut records = 0;
    while records < 120 {
        records += rig.drainer.full.recv_timeout(Duration::from_secs(10)).unwrap().len();
    }
    rig.orders.stop();
    rig.wake.wake();
    thread.join().unwrap().unwrap();
    assert_eq!((records, rig.tally.queue_lost.get()), (120, 0));
}

#[test]
fn the_kernel_lets_go_and_the_receiver_registers_again_once() {
    let rig = rig(1 << 20);
    let registrations = Arc::clone(&rig.source.registrations);
    let thread = std::thread::spawn(move || rig.receiver.run());
    rig.orders.register_again();
    rig.wake.wake();
    while registrations.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    rig.orders.stop();
    rig.orders.register_again();
    rig.wake.wake();
    thread.join().unwrap().unwrap();
    assert_eq!(registrations.load(Ordering::SeqCst), 1, "a stop is not taken back");
}

#[test]
fn a_filter_is_answered_once_what_waited_before_it_is_received() {
    let rig = rig(32 << 20);
    let (answer, answers) = unbounded();
    rig.source.give(storm(1, 1000));
    rig.orders.filter(vec![1320], answer);
    let filters = Arc::clone(&rig.source.filters);
    let thread = std::thread::spawn(move || rig.receiver.run());
    let emptied = answers.recv_timeout(Duration::from_secs(10)).unwrap();
    let received = rig.tally.received.get();
    rig.orders.stop();
    rig.wake.wake();
    thread.join().unwrap().unwrap();
    assert!(matches!(emptied, Happening::FilterSet(Ok(time)) if time > Duration::ZERO), "{emptied:?}");
    assert_eq!((received, &filters.lock().unwrap()[..]), (3000, &[vec![1320]][..]));
}

#[test]
fn the_receive_buffer_grows_with_what_comes_at_once_up_to_its_limit() {
    let rig = rig(32 << 20);
    let buffers = Arc::clone(&rig.source.buffers);
    // Half of 16 MiB are 3640 records.
    rig.source.give(storm(1, 1000));
    let thread = std::thread::spawn(move || rig.receiver.run());
    for round in 1..5 {
        while !rig.source.is_empty() {
            std::thread::sleep(Duration::from_millis(1));
        }
        rig.source.give(storm(round * 10_000, 10_000));
    }
    rig.orders.stop();
    rig.wake.wake();
    thread.join().unwrap().unwrap();
    assert_eq!(*buffers.lock().unwrap(), [32 << 20, 64 << 20]);
}

#[test]
fn what_was_received_before_the_socket_failed_is_handed_on() {
    let rig = rig(1 << 20);
    let broken = Arc::clone(&rig.source.broken);
    rig.source.give(storm(1, 5));
    let thread = std::thread::spawn(move || rig.receiver.run());
    while rig.tally.received.get() < 15 {
        std::thread::sleep(Duration::from_millis(1));
    }
    broken.store(1, Ordering::SeqCst);
    assert!(thread.join().unwrap().is_err());
    assert_eq!(records_in(&rig.drainer), 15);
}

#[test]
fn only_others_attempts_to_take_our_place_are_told() {
    let (feeder, _drainer) = queue::new(1 << 20);
    let (commands, told) = bounded(2);
    let mut intake = Intake::new(feeder, Arc::default(), commands, 7);
    for pid in [Some(7), Some(8), None] {
        intake.take(&Message::Replace { pid });
    }
    let kinds: Vec<_> = told
        .try_iter()
        .map(|command| matches!(command, Command::Tell(told) if told.kind() == "OYEZ_REPLACE"))
        .collect();
    assert_eq!(kinds, [true, true]);
}
