//! Once warm, no event costs an allocation.

use oyez_events::context::Context;
use oyez_filter::Read as _;

use super::support::{corpus, matchers, reader};

#[test]
fn the_steady_state_allocates_nothing() {
    let mut block = matchers(&[
        ("exe = '/usr/bin/none'", "drop"),
        ("exe = ['/usr/**/x*', '**/y']", "drop"),
        ("exe = { regex = 'z[0-9]+$' }", "drop"),
        ("key = { contains = 'zz' }", "drop"),
        ("port = '>=70000'", "drop"),
        ("addr = '203.0.113.0/24'", "drop"),
        ("not = { exe = { glob = '/**' } }", "tag:no_exe"),
        ("uid = 0", "sample:1/2"),
        ("", "limit:1000/s per exe,uid,path"),
        ("", "suppress:1h per action,path,serial"),
    ]);
    let (events, mut reader, mut tags) = (corpus(), reader(), Vec::with_capacity(8));
    let mut now = 0;
    let mut all = |count: &mut u64| {
        for event in &events {
            let context = Context::default();
            let mut view = reader.view(event, &context);
            tags.clear();
            now += 7;
            // What the view itself allocates is its own affair.
            view.root();
            let judged = allocation_counter::measure(|| {
                block.judge(&mut view, now, &mut tags);
            });
            *count += judged.count_total;
        }
    };
    let mut count = 0;
    for _ in 0..20 {
        all(&mut count);
    }
    count = 0;
    for _ in 0..20 {
        all(&mut count);
    }
    assert_eq!(count, 0);
}
