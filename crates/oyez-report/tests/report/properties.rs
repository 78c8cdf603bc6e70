//! What holds for the report on any log.

use oyez_report::{Format, Options, Shown, Step, Topic, Total};
use proptest::prelude::*;
use serde_json::Value;

/// Lines of an event, which stand in their order wherever they stand.
fn event(serial: usize, kind: u8, user: u8, name: u8) -> Vec<String> {
    let stamp = format!("msg=audit(1700000000.000:{serial}):");
    let exe = ["/bin/a", "/bin/b", "/bin/c"][usize::from(kind % 3)];
    let success = if name.is_multiple_of(3) { "no" } else { "yes" };
    let call = format!(
        "type=SYSCALL {stamp} arch=c000003e syscall={} success={success} exit=-{name} ppid=1 pid={user} auid={user} uid=0 \
         tty=pts{kind} ses=1 comm=\"c{name}\" exe=\"{exe}\" key=\"k{kind}\"",
        u32::from(kind)
    );
    let path = format!("type=PATH {stamp} item=0 name=\"/f{name}\"");
    let title = format!("type=PROCTITLE {stamp} proctitle=\"x\"");
    vec![call, path.clone(), path, title]
}

/// The lines of all events, mixed as `order` says, each event's own in their order.
fn mixed(events: &[Vec<String>], order: &[prop::sample::Index]) -> Vec<u8> {
    let mut rest: Vec<_> = events.iter().map(|lines| lines.iter()).collect();
    let mut log = Vec::new();
    for index in order {
        if rest.is_empty() {
            break;
        }
        let place = index.index(rest.len());
        match rest[place].next() {
            Some(line) => log.extend_from_slice(format!("{line}\n").as_bytes()),
            None => drop(rest.swap_remove(place)),
        }
    }
    for line in rest.into_iter().flatten() {
        log.extend_from_slice(format!("{line}\n").as_bytes());
    }
    log
}

fn every_table() -> Options {
    Options { topics: Topic::all().collect(), by: Some(Step::Hour), ..Options::default() }
}

fn rendered(log: &[u8], options: Options, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    super::report(log, options).render(format, Shown { top: None, lost: &[] }, &mut out);
    out
}

/// Rows, what is not shown and what has no name make the total of every table.
fn assert_adds_up(report: &Value) {
    let number = |value: &Value, name: &str| value[name].as_u64().unwrap_or(0);
    for (name, table) in report["tables"].as_object().unwrap() {
        for column in ["total", "failed"] {
            let rows: u64 = table["rows"].as_array().unwrap().iter().map(|row| number(row, column)).sum();
            let sum = rows + number(&table["rest"], column) + number(&table["unnamed"], column);
            assert_eq!(sum, number(table, column), "{name}");
        }
    }
}

proptest! {
    #[test]
    fn counts_do_not_depend_on_how_records_are_mixed(
        events in prop::collection::vec((0u8..5, 0u8..4, 0u8..6), 1..12),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
    ) {
        let events: Vec<_> =
            events.iter().enumerate().map(|(at, (kind, user, name))| event(at + 1, *kind, *user, *name)).collect();
        let in_order = mixed(&events, &[]);
        let log = mixed(&events, &order);
        for options in [Options::default(), every_table()] {
            let same = rendered(&in_order, options.clone(), Format::Json);
            prop_assert_eq!(&same, &rendered(&log, options, Format::Json));
        }
        let whole = super::report(&log, every_table());
        prop_assert_eq!(whole.events().total, events.len() as u64);
        prop_assert_eq!(whole.table(Topic::Files).unwrap().all().total, 2 * events.len() as u64);
    }

    #[test]
    fn any_lines_make_a_report_that_adds_up_and_harms_nobody(
        lines in prop::collection::vec(
            (0usize..8, prop::collection::vec(any::<u8>(), 0..80), any::<bool>()), 0..20),
        top in 0usize..4,
    ) {
        const KINDS: [&str; 8] =
            ["SYSCALL", "PATH", "USER_AUTH", "AVC", "SOCKADDR", "CONFIG_CHANGE", "LOGIN", "NO_SUCH_TYPE"];
        const KEYS: [&str; 8] = ["exe=", "name=", "acct=", "tcontext=", "saddr=", "key=", "auid=", "comm="];
        let mut log = Vec::new();
        for (kind, bytes, is_hex) in &lines {
            log.extend_from_slice(format!("type={} msg=audit(1700000000.000:{}): {}", KINDS[*kind], kind % 3, KEYS[*kind]).as_bytes());
            for byte in bytes {
                if *is_hex { log.extend_from_slice(format!("{byte:02X}").as_bytes()) } else { log.push(*byte) }
            }
            log.push(b'\n');
        }
        for options in [Options::default(), every_table(), Options { outcome: Some(false), ..every_table() }] {
            let report = super::report(&log, options);
            let render = |format| {
                let mut out = Vec::new();
                report.render(format, Shown { top: Some(top), lost: &[("multicast", 1)] }, &mut out);
                String::from_utf8(out).unwrap()
            };
            let json = render(Format::Json);
            let value = serde_json::from_str::<Value>(&json).unwrap();
            prop_assert_eq!(json.lines().count(), 1);
            assert_adds_up(&value);
            for text in [render(Format::Text), render(Format::Csv).replace("\r\n", "\n"), json] {
                let is_harmless = |c: char| c == '\n' || oyez_interpret::plain::is_shown(c) || !c.is_control();
                prop_assert!(text.chars().all(is_harmless), "{text:?}");
            }
            prop_assert!(render(Format::Csv).split("\r\n").filter(|line| !line.is_empty()).all(is_row));
            let failed: u64 = [Total::FailedSyscalls].iter().map(|total| report.total(*total)).sum();
            prop_assert!(failed <= report.events().total);
        }
    }
}

/// Five cells, quoted where they need it, and none that a spreadsheet would compute.
fn is_row(line: &str) -> bool {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    !quoted && cells.len() == 5 && cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@']))
}
