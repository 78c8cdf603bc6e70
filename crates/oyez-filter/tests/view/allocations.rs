//! Once warm, a question costs no allocation, however the event is made.

use allocation_counter::measure;
use oyez_events::Event;
use oyez_events::context::Context;
use oyez_filter::{Field, Read as _, Reader};
use oyez_format::json::JsonOptions;

use crate::events::{full, read, samples};

/// Rounds before anything is counted: buffers reach their size, and the document's memo fills by and by.
const WARM_UP: usize = 40;

fn events() -> Vec<Event> {
    let mut events = Vec::new();
    for sample in samples() {
        read(sample.iter().map(Vec::as_slice), &mut |event| {
            let mut copy = Event::default();
            copy.copy_from(event);
            events.push(copy);
        });
    }
    events
}

fn ask(reader: &mut Reader, events: &[Event], context: &Context<'_>, fields: &[Field]) -> usize {
    let mut count = 0;
    for event in events {
        let mut view = reader.view(event, context);
        for field in fields {
            view.any(field, &mut |_| {
                count += 1;
                false
            });
            count += usize::from(view.value(field).is_some());
        }
    }
    count
}

fn check(fields: &[Field]) {
    let (events, mut reader) = (events(), Reader::new(JsonOptions::default()));
    assert!(events.len() > 50, "{}", events.len());
    for context in [Context::default(), full()] {
        for _ in 0..WARM_UP {
            ask(&mut reader, &events, &context, fields);
        }
        let mut count = 0;
        let cost = measure(|| count = ask(&mut reader, &events, &context, fields));
        assert_eq!(cost.count_total, 0, "{cost:?}");
        assert!(count > events.len(), "{count}");
    }
}

#[test]
fn ten_different_fields_cost_no_allocation() {
    let names = [
        "syscall.name",
        "process.exe",
        "keys",
        "paths.name",
        "object.primary",
        "sockets.addr",
        "process.argv",
        "claimed.acct",
        "details.op",
        "process.ancestors.exe",
    ];
    check(&names.map(|name| Field::find(name).unwrap()));
}

#[test]
fn no_member_costs_an_allocation() {
    check(&oyez_filter::field::all().collect::<Vec<_>>());
}

#[test]
fn the_whole_document_costs_none() {
    let (events, mut reader) = (events(), Reader::new(JsonOptions::default()));
    let mut run = || events.iter().filter(|event| reader.view(event, &Context::default()).root().is_some()).count();
    for _ in 0..WARM_UP {
        run();
    }
    let mut count = 0;
    let cost = measure(|| count = run());
    assert_eq!((cost.count_total, count), (0, events.len()), "{cost:?}");
}
