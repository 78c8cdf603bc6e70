//! What filters said of an event stands in every format that has a place for it.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::sync::Arc;

use oyez_events::Event;
use oyez_events::context::{Added, Addition, Context};
use oyez_events::group::{Grouper, Limits, Timing};
use oyez_events::parse::LineParser;
use oyez_format::Formatter;
use oyez_format::enriched::EnrichedFormat;
use oyez_format::json::{JsonFormat, JsonOptions};
use oyez_format::laurel::{LaurelFormat, LaurelOptions};
use oyez_format::raw::{RawFormat, RawOptions};
use oyez_format::sentence::SentenceFormat;
use oyez_format::text::{TextFormat, TextOptions};

const LINE: &str = "type=USER_CMD msg=audit(1.000:2): pid=7 uid=0 key=\"k\" msg='op=x res=success'";

/// The event of [`LINE`] with these tags and additions.
fn told(mut format: Formatter, tags: &[Arc<str>], added: &[Addition]) -> String {
    let context = Context { tags, added, ..Context::default() };
    let mut out = Vec::new();
    let mut write = |event: &Event| format.event(event, &context, &mut out);
    let mut grouper = Grouper::new(Timing::Log { timeout_ms: 1 }, Limits::default());
    grouper.push(&LineParser::new().line(LINE.as_bytes()).unwrap(), 0, &mut write);
    grouper.finish(&mut write);
    String::from_utf8(out).unwrap()
}

fn addition(name: &str, value: Added) -> Addition {
    Addition { name: name.into(), value }
}

fn said() -> (Vec<Arc<str>>, Vec<Addition>) {
    let texts = |texts: &[&[u8]]| Added::Texts(texts.iter().map(|text| Box::from(*text)).collect());
    let added = vec![
        addition("least", Added::Number(i64::MIN)),
        addition("many", texts(&[b"a", b"\xfe"])),
        addition("ok", Added::Flag(false)),
        addition("team", Added::Text(b"we b\n\xff"[..].into())),
    ];
    (vec!["admin".into(), "odd\u{1b} one".into()], added)
}

#[test]
fn json_has_both_in_front_of_the_records() {
    let (tags, added) = said();
    let json = Formatter::Json(Box::new(JsonFormat::new(JsonOptions::default())));
    let line = told(json, &tags, &added);
    let wanted = r#","tags":["admin","odd\u001b one"],"added":{"least":-9223372036854775808,"many":["a","�"],"many_hex":["61","FE"],"ok":false,"team":"we b\n�","team_hex":"776520620AFF"},"records":["#;
    assert!(line.contains(wanted), "{line}");
}

#[test]
fn laurels_objects_end_with_both() {
    let (tags, added) = said();
    let line = told(Formatter::Laurel(Box::new(LaurelFormat::new(LaurelOptions::default()))), &tags, &added);
    let wanted = r#","TAGS":["admin","odd%1b one"],"ADDED":{"least":-9223372036854775808,"many":["a","%fe"],"ok":false,"team":"we b%0a%ff"}}"#;
    assert!(line.ends_with(&format!("{wanted}\n")), "{line}");
}

#[test]
fn people_see_tags_behind_the_keys() {
    let (tags, added) = said();
    let line = told(Formatter::Text(Box::new(TextFormat::new(TextOptions::default()))), &tags, &added);
    let wanted = r"  #admin #$'odd\x1b one'  {least=-9223372036854775808 many=a,$'\xfe' ok=no team=$'we b\n\xff'}";
    assert!(line.contains(wanted), "{line}");
    let line = told(Formatter::Sentence(Box::new(SentenceFormat::new(Vec::new()))), &tags, &added);
    assert!(line.ends_with("  [k]  #admin #$'odd\\x1b one'\n"), "{line}");
}

#[test]
fn of_many_tags_a_line_shows_some() {
    let tags: Vec<Arc<str>> = (0..20).map(|number| number.to_string().into()).collect();
    let added: Vec<_> = (b'a'..=b'z').map(|name| addition(&char::from(name).to_string(), Added::Flag(true))).collect();
    let line = told(Formatter::Text(Box::new(TextFormat::new(TextOptions::default()))), &tags, &added);
    assert!(line.contains("#7 #…  {a=yes ") && line.contains("h=yes …}"), "{line}");
}

#[test]
fn auditds_own_formats_have_no_place_for_them() {
    let (tags, added) = said();
    let raw = || Formatter::Raw(Box::new(RawFormat::new(RawOptions::default())));
    let enriched = || Formatter::Enriched(Box::new(EnrichedFormat::new(RawOptions::default())));
    assert_eq!(told(raw(), &tags, &added), told(raw(), &[], &[]));
    assert_eq!(told(enriched(), &tags, &added), told(enriched(), &[], &[]));
}
