//! `ClickHouse`, by its HTTP interface: one `INSERT … FORMAT JSONEachRow` for each batch.
//!
//! An insert is taken or not as a whole. It carries a token made of the messages' ids, so that one that comes again is
//! dropped where the table remembers tokens. Interface: "HTTP interface", "`JSONEachRow`", settings `insert_deduplication_token`,
//! `async_insert`, `input_format_skip_unknown_fields` of `ClickHouse`'s documentation; error codes: `src/Common/ErrorCodes.cpp`.

use std::any::Any;
use std::fmt::Write as _;

use super::client::{Answer, Ask, Endpoint};
use super::document;
use super::elasticsearch::escape;
use super::engine::{ANSWER, Api, Engine};
use super::trust::{Refusal, SLOW};
use super::verdict::{Verdict, busy, set_up_wrongly};
use crate::parcel::Message;
use crate::sink::{Failure, Kind, Needs, Sink, Site, same};

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the server is.
    pub endpoint: Endpoint,
    /// The database; `None`: the user's.
    pub database: Option<String>,
    /// The table.
    pub table: String,
    /// What a message is to the table.
    pub row: Row,
    /// Whether the server gathers inserts of several senders (`async_insert`). A batch is acknowledged when it is in the table
    /// all the same.
    pub async_insert: bool,
    /// Whether members that have no column are left out; where not, an insert with one is refused.
    pub skip_unknown: bool,
    /// Other settings of the insert, by name.
    pub settings: Vec<(String, String)>,
}

/// What a message is to the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Row {
    /// A row, its members columns (`JSONEachRow`).
    #[default]
    Columns,
    /// The one column, of type `String` (`JSONAsString`).
    String,
    /// The one column, of type `JSON` (`JSONAsObject`).
    Object,
}

impl Settings {
    /// A table whose columns are members of events.
    pub fn new(endpoint: Endpoint, table: String) -> Self {
        let row = Row::default();
        Self { endpoint, database: None, table, row, async_insert: false, skip_unknown: true, settings: Vec::new() }
    }

    /// The URL with the statement and all settings but the token.
    fn insert(&self) -> String {
        let format = match self.row {
            Row::Columns => "JSONEachRow",
            Row::String => "JSONAsString",
            Row::Object => "JSONAsObject",
        };
        let mut url = self.url("INSERT INTO ", &format!(" FORMAT {format}"));
        let flag = |is_on: bool| if is_on { "1" } else { "0" };
        // RFC 3339 is not what the format reads by default.
        url.push_str("&date_time_input_format=best_effort&input_format_skip_unknown_fields=");
        url.push_str(flag(self.skip_unknown));
        if self.async_insert {
            url.push_str("&async_insert=1&wait_for_async_insert=1&async_insert_deduplicate=1");
        }
        for (name, value) in &self.settings {
            url.push('&');
            escape(&mut url, name);
            url.push('=');
            escape(&mut url, value);
        }
        url
    }

    fn url(&self, before: &str, behind: &str) -> String {
        let mut statement = before.to_owned();
        if let Some(database) = &self.database {
            statement.push_str(&quoted(database));
            statement.push('.');
        }
        statement.push_str(&quoted(&self.table));
        statement.push_str(behind);
        let mut url = self.endpoint.url.with("/?query=");
        escape(&mut url, &statement);
        url
    }
}

/// A name as it stands in a statement.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

impl Kind for Settings {
    fn open(&self, site: &Site) -> Result<Box<dyn Sink>, Failure> {
        let api = ClickHouse {
            row: self.row,
            insert: self.insert(),
            exists: self.url("EXISTS TABLE ", ""),
            url: String::new(),
        };
        Ok(Box::new(Engine::new(api, &self.endpoint, site)?))
    }

    fn needs(&self) -> Needs {
        Needs { ids: true }
    }

    fn is_same(&self, other: &dyn Any) -> bool {
        same(self, other)
    }
}

struct ClickHouse {
    row: Row,
    insert: String,
    exists: String,
    /// The URL of the request under way.
    url: String,
}

impl Api for ClickHouse {
    /// A table for text has one column; one for objects has none for it.
    fn unfit(&self, message: &Message<'_>) -> Option<String> {
        (self.row != Row::String && document::object(message).is_none())
            .then(|| "a message that is no JSON object cannot be a row".to_owned())
    }

    fn encode(&mut self, messages: &[Message<'_>], body: &mut Vec<u8>) {
        for message in messages {
            if let Some(object) = document::object(message) {
                body.extend_from_slice(object);
            } else {
                // The format takes objects only.
                body.push(b'{');
                document::member(body, "message", message.text());
                body.push(b'}');
            }
            body.push(b'\n');
        }
    }

    fn request(&mut self, messages: &[Message<'_>]) -> Ask<'_> {
        self.url.clear();
        self.url.push_str(&self.insert);
        if let Some(token) = token(messages) {
            self.url.push_str("&insert_deduplication_token=");
            escape(&mut self.url, &token);
        }
        Ask { method: "POST", url: &self.url, content: "application/x-ndjson", headers: &[], body: b"", most: ANSWER }
    }

    fn judge(&mut self, answer: &Answer, _: usize) -> Verdict {
        match code(answer) {
            None => Verdict::by_status(answer),
            Some(code) if OF_CONTENT.contains(&code) => Verdict::Bad(Refusal { reason: answer.told(), is_sure: false }),
            Some(code) if OF_SET_UP.contains(&code) => Verdict::Later(set_up_wrongly(answer)),
            Some(_) => Verdict::Later(busy(answer)),
        }
    }

    fn probe(&mut self) -> Ask<'_> {
        Ask { method: "GET", url: &self.exists, content: "", headers: &[], body: b"", most: ANSWER }
    }

    fn judge_probe(&mut self, answer: &Answer) -> Result<(), Failure> {
        match (answer.status, answer.body.trim_ascii()) {
            (200, b"1") => Ok(()),
            (200, b"0") => Err(Failure::new("the table does not exist").after(SLOW)),
            (408 | 425 | 429 | 500..=599, _) => Err(busy(answer)),
            _ => Err(set_up_wrongly(answer)),
        }
    }
}

/// The same for the same messages in the same order, and for no others: the ids' ends and a checksum over all of them.
fn token(messages: &[Message<'_>]) -> Option<String> {
    let (first, last) = (messages.first()?.label.id, messages.last()?.label.id);
    if messages.iter().any(|message| message.label.id.is_empty()) {
        return None;
    }
    let mut sum = crc32fast::Hasher::new();
    for message in messages {
        sum.update(message.label.id.as_bytes());
        sum.update(b"\n");
    }
    let mut token = format!("{first}/{last}");
    // A `String` takes all that it is given.
    let _ = write!(token, "/{}/{:08x}", messages.len(), sum.finalize());
    Some(token)
}

/// The error's code, whatever the status: it stands in a header, and where that is lost at the begin of the text.
fn code(answer: &Answer) -> Option<u32> {
    if let Some(code) = answer.headers.get("x-clickhouse-exception-code") {
        return code.to_str().ok()?.parse().ok();
    }
    let text = answer.body.strip_prefix(b"Code: ")?;
    let digits = text.split(|byte| !byte.is_ascii_digit()).next()?;
    str::from_utf8(digits).ok()?.parse().ok()
}

/// `CANNOT_PARSE_TEXT`, `…_ESCAPE_SEQUENCE`, `…_QUOTED_STRING`, `…_INPUT_ASSERTION_FAILED`, `CANNOT_READ_ALL_DATA`,
/// `CANNOT_PARSE_DATE`, `…_DATETIME`, `TYPE_MISMATCH`, `ARGUMENT_OUT_OF_BOUND`, `VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE`,
/// `CANNOT_PARSE_NUMBER`, `INCORRECT_DATA`, `CANNOT_READ_ARRAY_FROM_TEXT`, `TOO_LARGE_STRING_SIZE`,
/// `CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN`, `CANNOT_PARSE_UUID`, `CANNOT_READ_MAP_FROM_TEXT`, `CANNOT_PARSE_DOMAIN_VALUE_FROM_STRING`,
/// `CANNOT_PARSE_BOOL`, `CANNOT_PARSE_IPV4`, `…_IPV6`, `UNKNOWN_ELEMENT_OF_ENUM`.
const OF_CONTENT: [u32; 22] =
    [6, 25, 26, 27, 33, 38, 41, 53, 69, 321, 72, 117, 130, 131, 349, 376, 457, 441, 467, 675, 676, 691];
/// `NO_SUCH_COLUMN_IN_TABLE`, `UNKNOWN_TABLE`, `SYNTAX_ERROR`, `UNKNOWN_FORMAT`, `UNKNOWN_DATABASE`, `UNKNOWN_SETTING`, `READONLY`,
/// `UNKNOWN_USER`, `WRONG_PASSWORD`, `REQUIRED_PASSWORD`, `ACCESS_DENIED`, `AUTHENTICATION_FAILED`.
const OF_SET_UP: [u32; 12] = [16, 60, 62, 73, 81, 115, 164, 192, 193, 194, 497, 516];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parcel::Label;

    #[test]
    fn a_statement_names_its_table_and_nothing_else() {
        let endpoint = Endpoint::new("http://house:8123".parse().unwrap());
        let mut settings = Settings::new(endpoint, "a`; DROP".to_owned());
        settings.database = Some("d".to_owned());
        let url = settings.insert();
        assert!(
            url.starts_with(
                "http://house:8123/?query=INSERT%20INTO%20%60d%60.%60a%5C%60%3B%20DROP%60%20FORMAT%20JSONEachRow&"
            ),
            "{url}"
        );
        assert!(url.ends_with("&input_format_skip_unknown_fields=1"));
    }

    #[test]
    fn the_same_messages_have_the_same_token() {
        let message = |id| Message { lines: b"", label: Label { id, ..Label::default() } };
        let [a, b, c] = ["a", "b", "c"].map(message);
        let abc = token(&[a, b, c]).unwrap();
        assert!(abc.starts_with("a/c/3/") && token(&[a, b, c]).unwrap() == abc);
        assert!(token(&[a, a, c]).unwrap() != abc && token(&[a, c]).unwrap() != abc);
        assert_eq!((token(&[]), token(&[a, message("")])), (None, None));
    }
}
