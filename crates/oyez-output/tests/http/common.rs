//! What the tests share: parcels, sinks, and the courier's part: what is not done comes again.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use oyez_output::http::{Endpoint, generic};
use oyez_output::parcel::{Label, Level};
use oyez_output::secret::Secret;
use oyez_output::sink::Site;
use oyez_output::{Done, Failure, Kind, Parcel, Patience, Sink};
use serde_json::Value;

/// The time of the first message; each comes a second later.
pub(super) const TIME: u64 = 1_795_321_200_101;

pub(super) fn id(index: usize) -> String {
    format!("0123456789ab-ba9876543210-1795321200.101-{}", 348_500 + index)
}

/// What a message with this number says.
pub(super) fn event(index: usize) -> String {
    format!("{{\"v\":1,\"serial\":{index},\"action\":\"executed\"}}")
}

pub(super) fn parcel_of(texts: &[String]) -> Parcel {
    let mut parcel = Parcel::default();
    for (index, text) in texts.iter().enumerate() {
        let id = id(index);
        let time_ms = TIME + 1000 * index as u64;
        let level = if index == 1 { Level::Alert } else { Level::Info };
        let label = Label { id: &id, time_ms, received_ms: time_ms + 7, level, ..Label::default() };
        parcel.push(&label, |lines| lines.extend_from_slice(format!("{text}\n").as_bytes()));
    }
    parcel
}

pub(super) fn parcel(messages: usize) -> Parcel {
    parcel_of(&(0..messages).map(event).collect::<Vec<_>>())
}

pub(super) fn site() -> Site {
    Site { name: "test".into(), host: "web-1".into(), stats: Arc::default() }
}

pub(super) fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(url.parse().unwrap())
}

pub(super) fn plain(endpoint: Endpoint) -> generic::Settings {
    generic::Settings {
        endpoint,
        method: generic::Method::default(),
        body: generic::Body::default(),
        content_type: None,
    }
}

pub(super) fn open(kind: &dyn Kind) -> Box<dyn Sink> {
    kind.open(&site()).unwrap_or_else(|failure| panic!("{}", failure.told()))
}

pub(super) fn secret(path: &Path, text: &str) -> Secret {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    Secret::at(path)
}

/// One call, with two seconds' time.
pub(super) fn once(sink: &mut dyn Sink, parcel: &Parcel) -> (Done, Result<(), Failure>) {
    let mut done = Done::of(parcel.len());
    let result = sink.deliver(parcel, &mut done, &Patience::of(Duration::from_secs(2)));
    (done, result)
}

/// Calls until nothing is open, at most so many; the fates at the end, and the failures on the way.
pub(super) fn until_done(sink: &mut dyn Sink, parcel: &Parcel, calls: usize) -> (Done, Vec<String>) {
    let (mut done, mut told) = (Done::of(parcel.len()), Vec::new());
    for _ in 0..calls {
        if let Err(failure) = sink.deliver(parcel, &mut done, &Patience::of(Duration::from_secs(2))) {
            told.push(failure.told());
        }
        if done.is_complete() {
            return (done, told);
        }
    }
    panic!("not done after {calls} calls: {told:?}");
}

pub(super) fn count(done: &Done, messages: usize) -> (usize, usize) {
    let of = |is: fn(&Done, usize) -> bool| (0..messages).filter(|index| is(done, *index)).count();
    (of(Done::is_acked), of(Done::is_refused))
}

pub(super) fn json(text: impl AsRef<[u8]>) -> Value {
    serde_json::from_slice(text.as_ref()).unwrap()
}

/// Members `serial` of the JSON in these lines.
pub(super) fn serials(lines: &[String]) -> Vec<u64> {
    lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()?.get("serial")?.as_u64()).collect()
}
