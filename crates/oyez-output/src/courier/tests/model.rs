//! Anything a receiver may do, against a plain list: from a queue.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use proptest::prelude::*;

use super::{Deed, Scene};
use crate::lane::{Batching, OnFull, Settings};
use crate::queue::Handed;
use crate::stats::Reason;

#[derive(Clone, Copy, Debug)]
pub(super) enum Move {
    Hand(u64, usize),
    Step(usize),
    Tell(Deed),
    Restart,
    /// The disk has room for so many bytes more, or for anything again.
    Room(usize),
}

pub(super) fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Take),
        2 => Just(Deed::Dead),
        2 => (0..9_usize).prop_map(Deed::Half),
        2 => Just(Deed::RefuseThird),
        2 => (0..9_usize).prop_map(Deed::Swallow),
        2 => any::<u64>().prop_map(Deed::Some),
        1 => Just(Deed::Nothing),
    ]
}

pub(super) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        6 => (1..40_u64, 0..900_usize).prop_map(|(messages, bytes)| Move::Hand(messages, bytes)),
        6 => (1..6_usize).prop_map(Move::Step),
        4 => deed().prop_map(Move::Tell),
        1 => Just(Move::Restart),
        2 => (0..4000_usize).prop_map(Move::Room),
    ];
    proptest::collection::vec(one, 1..80)
}

pub(super) fn settings() -> impl Strategy<Value = Settings> {
    let on_full = prop_oneof![Just(OnFull::DropNewest), Just(OnFull::DropOldest), Just(OnFull::Wait)];
    let batch = (1..50_usize, 1..9000_usize, 0..3000_u64);
    (on_full, 2000..200_000_u64, batch).prop_map(|(on_full, queue, (events, bytes, time))| Settings {
        on_full,
        queue,
        batch: Batching { events, bytes, time: Duration::from_millis(time) },
        ..Settings::DEFAULT
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_receiver_does_each_message_ends_once_and_the_books_are_even(
        settings in settings(),
        moves in moves(),
    ) {
        let bound = settings.queue;
        let drops = settings.on_full == OnFull::DropOldest;
        let mut scene = Scene::new(settings);
        let mut largest = 0;
        for one in moves {
            match one {
                Move::Hand(messages, bytes) => {
                    let fill = scene.shared.queue.fill();
                    let handed = scene.hand(messages, bytes);
                    prop_assert!(handed == Handed::Taken || fill >= bound);
                    largest = largest.max(messages * (bytes as u64 + 200));
                    scene.shared.queue.note(scene.handed);
                }
                Move::Step(steps) => (0..steps).for_each(|_| scene.step()),
                Move::Tell(deed) => scene.receiver.lock().unwrap().deeds.push_back(deed),
                Move::Restart | Move::Room(_) => {}
            }
            prop_assert!(scene.shared.queue.fill() <= bound + largest);
            let balance = scene.shared.stats.balance();
            prop_assert!(balance.is_even(), "{:?}", balance);
            let receiver = scene.receiver.lock().unwrap();
            prop_assert_eq!(balance.acked.messages, receiver.acked.len() as u64);
            prop_assert_eq!(scene.shared.stats.dropped(Reason::Refused).get().messages, receiver.refused.len() as u64);
        }
        scene.receiver.lock().unwrap().deeds.clear();
        let mut steps = 0;
        while scene.shared.queue.fill() > 0 {
            scene.step();
            steps += 1;
            prop_assert!(steps < 100_000, "it does not end");
        }
        let receiver = scene.receiver.lock().unwrap();
        let mut ended = [receiver.acked.clone(), receiver.refused.clone()].concat();
        ended.sort_unstable();
        let dropped = scene.shared.stats.dropped(Reason::Queue).get().messages;
        prop_assert!(ended.windows(2).all(|pair| pair[0] < pair[1]), "one ended twice");
        prop_assert_eq!(ended.len() as u64 + dropped, scene.handed);
        prop_assert!(drops || dropped == 0);
        let balance = scene.shared.stats.balance();
        prop_assert!(balance.is_even() && balance.held().is_zero());
        prop_assert_eq!(scene.shared.queue.settled(), (scene.handed > 0).then_some(scene.handed));
        // Doubles are those that were swallowed, and each of those was given again.
        let doubles = receiver.arrived.len() - receiver.acked.len();
        prop_assert!(doubles as u64 <= scene.shared.stats.again.load(Relaxed));
    }
}
