//! What is to be changed in the records of an event, gathered first and applied at once: linear in the event.

use std::ops::Range;

use oyez_events::fields::{Field, FieldKey, Fields, Form};
use oyez_events::group::Limits;
use oyez_events::{Event, Record, TooLarge};
use oyez_tables::key::Key;

/// One stretch of a record's body that gets another text; an empty stretch is a place between two bytes.
#[derive(Clone, Debug)]
struct Patch {
    record: usize,
    span: Range<usize>,
    /// In [`Changes::text`].
    text: Range<usize>,
}

/// All that is to be changed; made to be used again for the next event.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// All new texts.
    pub(super) text: Vec<u8>,
    patches: Vec<Patch>,
    /// Records that go.
    dropped: Vec<usize>,
    /// New records, and in front of which they stand.
    inserted: Vec<(usize, u16, Range<usize>)>,
    /// Fields whose explanation in an ENRICHED tail is true no longer: the record, the key, whether it is of the claims.
    unexplained: Vec<(usize, Key, bool)>,
    /// Records whose tail is to say nothing but what explains their fields.
    curbed: Vec<usize>,
    fields: Fields,
    body: Vec<u8>,
    tail: Vec<u8>,
}

impl Changes {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.patches.clear();
        self.dropped.clear();
        self.inserted.clear();
        self.unexplained.clear();
        self.curbed.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.patches.is_empty() && self.dropped.is_empty() && self.inserted.is_empty() && self.curbed.is_empty()
    }

    /// The field's value becomes the text from `start` on.
    pub(super) fn replace(&mut self, record: usize, field: &Field, start: usize) {
        self.patches.push(Patch { record, span: extent(field), text: start..self.text.len() });
    }

    /// The field goes, and one space beside it.
    pub(super) fn remove(&mut self, record: usize, body: &[u8], field: &Field) {
        let span = without(body, field);
        self.patches.push(Patch { record, span, text: 0..0 });
    }

    /// Puts the text from `start` on at `at`.
    pub(super) fn put(&mut self, record: usize, at: usize, start: usize) {
        self.patches.push(Patch { record, span: at..at, text: start..self.text.len() });
    }

    /// The whole field becomes the text from `start` on.
    pub(super) fn replace_whole(&mut self, record: usize, field: &Field, start: usize) {
        self.patches.push(Patch { record, span: whole(field), text: start..self.text.len() });
    }

    pub(super) fn drop_record(&mut self, record: usize) {
        self.dropped.push(record);
    }

    /// A record with the text from `start` on stands in front of that at `place`.
    pub(super) fn insert(&mut self, place: usize, number: u16, start: usize) {
        self.inserted.push((place, number, start..self.text.len()));
    }

    /// A tail's explanation of this field is true no longer.
    pub(super) fn unexplain(&mut self, record: usize, key: Key, is_claim: bool) {
        self.unexplained.push((record, key, is_claim));
    }

    /// The record's tail says nothing any more but what explains its fields.
    pub(super) fn curb(&mut self, record: usize) {
        self.curbed.push(record);
    }

    /// Makes `to` what `event` is when all is changed.
    ///
    /// # Errors
    /// It is larger than an event may be.
    pub(super) fn apply(&mut self, event: &Event, to: &mut Event, limits: Limits) -> Result<(), TooLarge> {
        self.patches.sort_by_key(|patch| (patch.record, patch.span.start));
        self.inserted.sort_by_key(|(place, ..)| *place);
        self.dropped.sort_unstable();
        let Changes { text, patches, dropped, inserted, unexplained, curbed, fields, body, tail } = self;
        let (mut patches, mut inserted) = (&patches[..], inserted.iter().peekable());
        let mut draft = to.draft(event, limits);
        let text_of = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        for index in 0..=event.len() {
            while let Some((_, number, range)) = inserted.next_if(|(place, ..)| *place <= index) {
                draft.put(&Record::new(*number, text_of(range)));
            }
            let Some(record) = event.record(index) else { break };
            let count = patches.iter().take_while(|patch| patch.record == index).count();
            let (own, others) = patches.split_at_checked(count).unwrap_or_default();
            patches = others;
            if dropped.binary_search(&index).is_ok() {
                continue;
            }
            let is_curbed = curbed.contains(&index);
            if own.is_empty() && !is_curbed {
                draft.keep(index);
                continue;
            }
            body.clear();
            patched(record.body(), own, text, body);
            let changed = record.with_body(body);
            if record.tail().is_empty() {
                draft.put(&changed);
            } else {
                let gone = unexplained.iter().filter(|(record, ..)| *record == index).map(|(_, key, is)| (*key, *is));
                tail.clear();
                retold(&record, gone, is_curbed, fields, tail);
                draft.put(&changed.with_tail(tail));
            }
        }
        draft.end()
    }
}

/// Appends `body` with its patches, which stand in the order of their spans; of two that overlap the first counts.
fn patched(body: &[u8], patches: &[Patch], text: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    for Patch { span, text: range, .. } in patches {
        if span.start < at && !range.is_empty() {
            continue;
        }
        out.extend_from_slice(body.get(at..span.start.max(at)).unwrap_or_default());
        out.extend_from_slice(text.get(range.clone()).unwrap_or_default());
        at = span.end.max(at);
    }
    out.extend_from_slice(body.get(at..).unwrap_or_default());
}

/// Appends the tail of `record` without what it says of keys that are `gone`. The kernel's own field is explained first, then a
/// claim with the same key. What explains no field goes too where the tail `is_curbed`.
fn retold(
    record: &Record<'_>,
    gone: impl Iterator<Item = (Key, bool)>,
    is_curbed: bool,
    fields: &mut Fields,
    out: &mut Vec<u8>,
) {
    let gone: Vec<_> = gone.collect();
    fields.split(record);
    let (own, claimed) = (keys(fields.own()), keys(fields.claimed()));
    let mut told = [false; Key::COUNT];
    let append = |span: Range<usize>, is_gone: bool, out: &mut Vec<u8>| {
        if !is_gone {
            out.extend_from_slice(if out.is_empty() { b"" } else { b" " });
            out.extend_from_slice(record.tail().get(span).unwrap_or_default());
        }
    };
    for field in fields.tail() {
        let FieldKey::Known(key) = field.key else {
            append(whole(field), is_curbed, out);
            continue;
        };
        let (is_own, is_claimed) = (own[key as usize], claimed[key as usize]);
        let is_first = !std::mem::replace(&mut told[key as usize], true);
        let is_of_claims = if is_own && is_claimed { !is_first } else { is_claimed };
        let is_loose = !is_first || !(is_own || is_claimed) || field.form == Form::Torn;
        append(whole(field), gone.contains(&(key, is_of_claims)) || is_curbed && is_loose, out);
    }
}

/// By key: whether a field has it.
fn keys(fields: &[Field]) -> [bool; Key::COUNT] {
    let mut keys = [false; Key::COUNT];
    for field in fields {
        if let FieldKey::Known(key) = field.key {
            keys[key as usize] = true;
        }
    }
    keys
}

/// Where a field's value stands, with its quotes; without the braces, which stay.
fn extent(field: &Field) -> Range<usize> {
    let (start, end) = (field.value.start(), field.value.start() + field.value.len());
    match field.form {
        Form::Bare | Form::Braced => start..end,
        Form::Quoted => start.saturating_sub(1)..end + 1,
        Form::Torn => start.saturating_sub(1)..end,
    }
}

/// Where a field stands, with its name, quotes and braces.
pub(super) fn whole(field: &Field) -> Range<usize> {
    let Range { start, end } = extent(field);
    let end = if field.form == Form::Braced { end + 1 } else { end };
    let start = if field.name.is_empty() { start } else { field.name.start() };
    start..end
}

/// Where a field stands, and the space in front of it, or behind the first.
fn without(body: &[u8], field: &Field) -> Range<usize> {
    let Range { start, end } = whole(field);
    let has_space = |at: usize| body.get(at) == Some(&b' ');
    match start.checked_sub(1) {
        Some(before) if has_space(before) => before..end,
        _ => start..end + usize::from(has_space(end)),
    }
}
