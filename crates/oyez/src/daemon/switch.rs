//! The steps by which the filter on the socket is changed while records come, in an order that loses nothing.
//!
//! 1. The pipeline is told what it will have to make do without, over and above what it does now. It says when it has
//!    taken that in: every record it takes from here on may lack what is about to be dropped.
//! 2. The receiver sets the filter, and says at what time it had emptied the socket after that.
//! 3. The pipeline is told what comes again. That counts from the records on that were received after that time: those
//!    before it may still lack what had been dropped.
//!
//! Wishes and answers in, [`Order`]s out. A wish that comes in the middle is taken up at the end.

use std::time::Duration;

use super::filter::Absent;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tell the pipeline that this does not come, and have [`Switch::told`] called when it knows.
    Expect(Absent),
    /// Have the receiver set the filter, and [`Switch::set`] called when it has.
    Set(Vec<u16>),
    /// Tell the pipeline that nothing but this is absent from records received after this time.
    Return(Absent, Duration),
}

/// Where the change of the filter stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Switch {
    /// What is on the socket.
    on: Vec<u16>,
    wanted: Vec<u16>,
    /// What the pipeline makes do without.
    known: Absent,
    busy: Option<Order>,
    /// When the socket was emptied after the filter was set last.
    emptied: Duration,
}

impl Switch {
    /// One whose filter is on the socket already, and known to the pipeline.
    pub(crate) fn on(types: Vec<u16>) -> Self {
        Self { known: Absent::of(&types), wanted: types.clone(), on: types, ..Self::default() }
    }

    /// The types that are dropped.
    pub(crate) fn types(&self) -> &[u16] {
        &self.on
    }

    /// The filter is to drop these types, in rising order.
    pub(crate) fn want(&mut self, types: Vec<u16>) -> Option<Order> {
        self.wanted = types;
        self.next()
    }

    /// The pipeline knows.
    pub(crate) fn told(&mut self) -> Option<Order> {
        if let Some(Order::Expect(absent)) = self.busy.take_if(|busy| matches!(busy, Order::Expect(_))) {
            self.known = absent;
        }
        self.next()
    }

    /// The pipeline could not be told; the next wish tries again.
    pub(crate) fn not_told(&mut self) {
        if self.busy.take().is_none() {
            self.known = Absent { eoe: true, events: true };
        }
    }

    /// The receiver has set the filter and emptied the socket at that time, or could not set it (`None`).
    pub(crate) fn set(&mut self, emptied: Option<Duration>) -> Option<Order> {
        let Some(Order::Set(types)) = self.busy.take() else { return None };
        let Some(emptied) = emptied else {
            self.wanted.clone_from(&self.on);
            return self.next();
        };
        (self.on, self.emptied) = (types, emptied);
        self.next()
    }

    fn next(&mut self) -> Option<Order> {
        if self.busy.is_some() {
            return None;
        }
        if self.on == self.wanted {
            let absent = Absent::of(&self.on);
            let known = std::mem::replace(&mut self.known, absent);
            return (known != absent).then_some(Order::Return(absent, self.emptied));
        }
        let needed = self.known.and(Absent::of(&self.wanted));
        let order = if needed == self.known { Order::Set(self.wanted.clone()) } else { Order::Expect(needed) };
        self.busy = Some(order.clone());
        Some(order)
    }
}

#[cfg(test)]
mod tests {
    use oyez_tables::record_type::{AVC, CWD, EOE};

    use super::*;

    const NONE: Absent = Absent { eoe: false, events: false };
    const NO_EOE: Absent = Absent { eoe: true, events: false };
    const BOTH: Absent = Absent { eoe: true, events: true };
    const AT: Duration = Duration::from_secs(7);

    #[test]
    fn the_pipeline_knows_before_anything_is_dropped() {
        let mut switch = Switch::default();
        assert_eq!(switch.want(vec![EOE]), Some(Order::Expect(NO_EOE)));
        assert_eq!(switch.want(vec![EOE]), None, "it is under way");
        assert_eq!(switch.told(), Some(Order::Set(vec![EOE])));
        assert!(switch.types().is_empty());
        assert_eq!(switch.set(Some(AT)), None);
        assert_eq!(switch.want(vec![EOE]), None);
        assert_eq!(switch.types(), [EOE]);
    }

    #[test]
    fn the_pipeline_relies_on_nothing_before_it_comes_again() {
        let mut switch = Switch::on(vec![EOE]);
        assert_eq!(switch.want(vec![]), Some(Order::Set(vec![])));
        assert_eq!(switch.set(Some(AT)), Some(Order::Return(NONE, AT)));
        assert_eq!(switch.want(vec![]), None);
    }

    #[test]
    fn types_that_mean_nothing_to_the_pipeline_need_no_word() {
        let mut switch = Switch::default();
        assert_eq!(switch.want(vec![CWD]), Some(Order::Set(vec![CWD])));
        assert_eq!(switch.set(Some(AT)), None);
    }

    #[test]
    fn one_thing_for_another_goes_by_way_of_both() {
        let mut switch = Switch::on(vec![EOE]);
        assert_eq!(switch.want(vec![AVC]), Some(Order::Expect(BOTH)));
        assert_eq!(switch.told(), Some(Order::Set(vec![AVC])));
        assert_eq!(switch.set(Some(AT)), Some(Order::Return(Absent { eoe: false, events: true }, AT)));
    }

    #[test]
    fn a_wish_in_the_middle_is_taken_up_at_the_end() {
        let mut switch = Switch::default();
        switch.want(vec![EOE]);
        assert_eq!(switch.want(vec![]), None);
        assert_eq!(switch.told(), Some(Order::Return(NONE, Duration::ZERO)), "nothing is to be dropped any more");
        switch.want(vec![EOE]);
        assert_eq!(switch.told(), Some(Order::Set(vec![EOE])));
        assert_eq!(switch.want(vec![CWD]), None);
        assert_eq!(switch.set(Some(AT)), Some(Order::Set(vec![CWD])));
        assert_eq!(switch.set(Some(AT)), Some(Order::Return(NONE, AT)));
    }

    #[test]
    fn what_could_not_be_set_or_told_leaves_things_as_they_were() {
        let mut switch = Switch::on(vec![CWD]);
        switch.want(vec![EOE]);
        switch.not_told();
        assert_eq!(switch.want(vec![EOE]), Some(Order::Expect(NO_EOE)), "the next wish tries again");
        switch.told();
        assert_eq!(switch.set(None), Some(Order::Return(NONE, Duration::ZERO)));
        assert_eq!(switch.types(), [CWD]);
        switch.not_told();
        assert_eq!(switch.want(vec![CWD]), Some(Order::Return(NONE, Duration::ZERO)), "and so does this");
        assert_eq!(switch.want(vec![CWD]), None);
    }

    #[test]
    fn an_answer_that_nobody_waits_for_changes_nothing() {
        let mut switch = Switch::on(vec![EOE]);
        assert_eq!((switch.told(), switch.set(Some(AT))), (None, None));
        assert_eq!(switch.types(), [EOE]);
    }
}
