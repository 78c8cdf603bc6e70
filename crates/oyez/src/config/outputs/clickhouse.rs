//! `[[output]]` of type `clickhouse`: a table of `ClickHouse`.

use std::sync::Arc;

use oyez_output::Kind as Output;
use oyez_output::http::clickhouse::{Row, Settings};

use super::endpoint::{Common, Keys};
use super::keys::Extra;
use super::making::Making;
use super::registry::{TypeDef, Typed};
use crate::config::keys::Applies::Reload;
use crate::config::keys::KeyDef;
use crate::config::kind::{Choice, Kind};

/// The type.
pub(super) const TYPE: TypeDef = TypeDef {
    name: "clickhouse",
    doc: "a table of ClickHouse",
    guarantees: "Delivered means that the insert is in the table. A batch that comes again is dropped where the table remembers inserts.",
    tested: "real: ClickHouse's engine 26.9 (chdb) behind a stub of its HTTP interface",
    takes: &[Extra::Tls],
    table: Some(&TABLE),
    feature: Some("http"),
    ..TypeDef::BLANK
};

static TABLE: Typed<Keys<Own>> = Typed { keys: KEYS, make };

/// What its own keys hold.
#[derive(Clone, Debug, Default)]
struct Own {
    database: Option<String>,
    table: Option<String>,
    row: Row,
    async_insert: bool,
    skip_unknown: bool,
    settings: Vec<(String, String)>,
}

type All = Common<Own>;

static KEYS: &[KeyDef<Keys<Own>>] = &[
    All::URL,
    KeyDef {
        name: "database",
        kind: Kind::Text { at: |s| &mut s.own.database, what: "the name of a database" },
        default: None,
        applies: Reload,
        doc: "The table's database. Unset: the user's.",
    },
    KeyDef {
        name: "table",
        kind: Kind::Text { at: |s| &mut s.own.table, what: "the name of a table" },
        default: None,
        applies: Reload,
        doc: "The table that events go to; docs/outputs/clickhouse.md has one.",
    },
    KeyDef {
        name: "row",
        kind: Kind::Choice {
            of: &[
                Choice { name: "columns", doc: "members of events are columns", set: |s| s.own.row = Row::Columns },
                Choice {
                    name: "string",
                    doc: "an event is the one column, of type String",
                    set: |s| s.own.row = Row::String,
                },
                Choice {
                    name: "object",
                    doc: "an event is the one column, of type JSON",
                    set: |s| s.own.row = Row::Object,
                },
            ],
            refused: &[],
        },
        default: Some("\"columns\""),
        applies: Reload,
        doc: "What an event is to the table.",
    },
    KeyDef {
        name: "skip_unknown",
        kind: Kind::Bool(|s| &mut s.own.skip_unknown),
        default: Some("true"),
        applies: Reload,
        doc: "Whether members of events that have no column are left out. Where not, such events are refused.",
    },
    KeyDef {
        name: "async_insert",
        kind: Kind::Bool(|s| &mut s.own.async_insert),
        default: Some("false"),
        applies: Reload,
        doc: "Whether the server gathers inserts of several hosts. Events count as delivered when they are in the table all the same.",
    },
    KeyDef {
        name: "settings",
        kind: Kind::Pairs { at: |s| &mut s.own.settings, what: "a table of settings" },
        default: None,
        applies: Reload,
        doc: "Other settings of inserts, by the names that ClickHouse gives them.",
    },
    All::HEADERS,
    All::BEARER,
    All::USER,
    All::PASSWORD,
    All::HEADER_FILE,
    All::COMPRESSION,
];

fn make(keys: &Keys<Own>, making: &mut Making<'_>) -> Option<Arc<dyn Output>> {
    let endpoint = keys.endpoint(("", ""), making);
    let Own { database, table, row, async_insert, skip_unknown, settings } = keys.own.clone();
    let Some(table) = table else {
        making.refuse("table", "it needs the name of a table");
        return None;
    };
    Some(Arc::new(Settings { endpoint: endpoint?, database, table, row, async_insert, skip_unknown, settings }))
}
