//! What events that are not written leave behind.

use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::kernel_message;

use super::*;
use crate::config::Settings;

/// The first number that no process has (linux/threads.h, `PID_MAX_LIMIT`).
const NOBODY: u32 = 1 << 22;

fn event(records: &[(u16, String)]) -> Event {
    let timing = Timing::Live { quiet_ms: 1, incomplete_ms: 1, title_ends: false };
    let (mut grouper, mut made) = (Grouper::new(timing, Limits::default()), Vec::new());
    for (number, body) in records {
        let text = format!("audit(1700000000.123:7): {body}");
        grouper.push(&kernel_message(*number, text.as_bytes()).unwrap(), 0, &mut |event| made.push(event.clone()));
    }
    grouper.finish(&mut |event| made.push(event.clone()));
    assert_eq!(made.len(), 1);
    made.remove(0)
}

fn call(number: u32) -> (u16, String) {
    let ids = format!("ppid=1 pid={NOBODY} auid=0 uid=0 ses=1 comm=\"x\" exe=\"/bin/x\" key=\"k\"");
    (1300, format!("arch=c000003e syscall={number} success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 {ids}"))
}

#[test]
fn an_execution_that_is_not_written_is_known_to_later_events_without_its_secrets() {
    let defaults = Settings::default().enrich;
    let settings =
        EnrichSettings { processes: true, connector: false, nss: false, hash: false, redact: true, ..defaults };
    let (mut enricher, _) = Enricher::new(&settings).unwrap();
    enricher.attend();
    let execve = (1309, "argc=3 a0=\"x\" a1=\"--token\" a2=\"abc\"".to_owned());
    enricher.heed(&event(&[call(59), execve, (1307, "cwd=\"/work\"".to_owned())]));
    let opened = event(&[call(257)]);
    let (_, context) = enricher.event(&opened);
    let process = context.process.unwrap();
    assert_eq!((&*process.exe, &*process.cwd), (&b"/bin/x"[..], &b"/work"[..]));
    assert_eq!(String::from_utf8_lossy(&process.argv).trim_end_matches('\0'), "x\0--token\0***");
}
