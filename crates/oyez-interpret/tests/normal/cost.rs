//! Once warm, nothing is allocated, whatever the event.

use oyez_events::Event;
use oyez_events::context::Context;
use oyez_interpret::normal::{Scratch, deed, normalise, object, sentence};

use crate::log::events;

fn tell(event: &Event, scratch: &mut Scratch, out: &mut Vec<u8>) {
    out.clear();
    let deed = deed(event);
    object(event, &deed, scratch);
    normalise(event, &Context::default(), scratch);
    sentence(event, &Context::default(), scratch, out);
}

#[test]
fn the_steady_state_allocates_nothing() {
    let (mut scratch, mut out) = (Scratch::new(), Vec::new());
    let log = include_bytes!("deeds.log");
    events(log, |event| tell(event, &mut scratch, &mut out));
    let mut count = 0;
    events(log, |event| {
        let info = allocation_counter::measure(|| tell(event, &mut scratch, &mut out));
        assert_eq!(info.count_total, 0, "{}", String::from_utf8_lossy(&out));
        count += 1;
    });
    assert!(count > 250, "{count}");
}
