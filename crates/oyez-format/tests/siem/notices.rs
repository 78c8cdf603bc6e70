//! Events of oyez's own are events of both schemas, losses above all.

use oyez_events::notice::{Notice, Value};

use crate::log::{self, read};
use crate::{ecs, ocsf};

const KINDS: [&str; 19] = [
    "OYEZ_START",
    "OYEZ_LOSS",
    "OYEZ_THROTTLE",
    "OYEZ_BACKLOG",
    "OYEZ_MALFORMED",
    "OYEZ_OUTPUT",
    "OYEZ_REPLACE",
    "OYEZ_DETACHED",
    "OYEZ_ENRICH",
    "OYEZ_FILTER",
    "OYEZ_FILTER_ERROR",
    "OYEZ_FILTER_OFF",
    "OYEZ_FILTER_COUNTS",
    "OYEZ_FILTER_LOG",
    "OYEZ_EMIT",
    "OYEZ_REPEATS",
    "OYEZ_RELOAD",
    "OYEZ_RULES",
    "OYEZ_STOP",
];

#[test]
fn notices_of_every_kind_are_told() {
    let fields = [
        ("where", Value::Text(b"kernel")),
        ("count", Value::Number(17)),
        ("total", Value::Number(u64::MAX)),
        ("ok", Value::Flag(true)),
        ("raw", Value::Text(b"\xff\n")),
    ];
    for kind in KINDS {
        let notice = Notice { sec: 1_795_321_200, ms: 7, number: 0, kind, fields: &fields };
        let [mut elastic, mut open] = [Vec::new(), Vec::new()];
        log::ecs().notice(&notice, &mut elastic);
        log::ocsf().notice(&notice, &mut open);
        let (elastic, open) = (read(&elastic), read(&open));
        assert_eq!(ecs::problems(&elastic), [""; 0]);
        assert_eq!(ocsf::problems(&open), [""; 0]);
        assert_eq!((&elastic["oyez"]["kind"], &elastic["oyez"]["count"]), (&kind.into(), &17.into()));
        assert_eq!((&open["metadata"]["event_code"], &open["unmapped"]["oyez"]["count"]), (&kind.into(), &17.into()));
        assert_eq!(elastic["oyez"]["hex"], serde_json::json!(["oyez.raw=FF0A"]));
        assert_eq!(open["unmapped"]["hex"], serde_json::json!(["unmapped.oyez.raw=FF0A"]));
    }
}

#[test]
fn a_loss_is_an_error_of_the_pipeline_and_severe() {
    let fields = [("where", Value::Text(b"queue")), ("count", Value::Number(3))];
    let notice = Notice { sec: 1, ms: 0, number: 0, kind: "OYEZ_LOSS", fields: &fields };
    let [mut elastic, mut open] = [Vec::new(), Vec::new()];
    log::ecs().notice(&notice, &mut elastic);
    log::ocsf().notice(&notice, &mut open);
    let (elastic, open) = (read(&elastic), read(&open));
    assert_eq!(elastic["event"]["kind"], "pipeline_error");
    assert_eq!(elastic["message"], "oyez loss: where=queue count=3");
    assert_eq!((&open["class_uid"], &open["severity_id"], &open["time"]), (&0.into(), &4.into(), &1000.into()));
}
