//! A record's body → its `key=value` fields, split once, when its event is over.
//!
//! Input is a [`Record`]; output are three lists of [`Field`]s whose spans point into the record: what the kernel said
//! ([`Fields::own`]), what user space claimed inside `msg='…'` ([`Fields::claimed`]), and what auditd's ENRICHED format added
//! ([`Fields::tail`]). Known keys come as [`Key`]s, so that nobody later compares strings. Words that are no field are kept as
//! [`FieldKey::Words`]. Nothing is decoded and nothing is refused: any bytes split into something.
//!
//! The kernel writes the fields of a type mostly in one order, so the next key is guessed and compared in one step; the
//! perfect hash of `oyez-tables` serves when the guess fails.

mod avc;
mod front;
mod guess;
mod number;
mod tail;

use oyez_tables::key::{self, Key};
use oyez_tables::record_type;

use crate::{Record, scan};
pub use front::{CallFront, Caller, FileKind, PathFront, Value, call_front, caller, file_kind, path_front};
use guess::Guess;
use tail::TailKeys;

/// Where a name or value lies within the record's body or tail, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "records are bounded far below 4 GiB; a wrong span reads as empty"
    )]
    #[inline]
    fn new(start: usize, end: usize) -> Self {
        Span { start: start as u32, end: end as u32 }
    }

    /// The bytes it covers in the text it was made from.
    #[inline]
    pub fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Its length in bytes.
    #[inline]
    pub fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }

    /// Whether it covers nothing.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Its first byte's place in the text.
    #[inline]
    pub fn start(self) -> usize {
        self.start as usize
    }
}

/// What a field is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKey {
    /// A key of `oyez-tables`.
    Known(Key),
    /// `aN`: an argument of an `EXECVE` or `SOCKETCALL`.
    Arg(u32),
    /// `aN[M]`: a piece of a long argument.
    ArgPiece(u32, u32),
    /// `aN_len`: what the kernel says that the argument's length is.
    ArgLen(u32),
    /// A key that no table knows; its name is in [`Field::name`].
    Unknown,
    /// Words that are no field.
    Words,
}

/// How a value was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it is, up to the next space.
    Bare,
    /// Between double quotes, which are not part of the value.
    Quoted,
    /// Between braces, which are not part of the value.
    Braced,
    /// A quote was opened and not closed: the record was cut.
    Torn,
}

/// One `key=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub key: FieldKey,
    /// The key as written; empty where the form of the record implies it.
    pub name: Span,
    /// The value, without its quotes.
    pub value: Span,
    /// How the value was written.
    pub form: Form,
    /// The value is known to be a whole number of at most 15 digits without a leading zero; `false` says nothing. Found on
    /// the way, it saves a second look.
    pub is_number: bool,
}

/// The fields of one record; made to be used again for the next.
#[derive(Debug)]
pub struct Fields {
    own: Vec<Field>,
    claimed: Vec<Field>,
    tail: Vec<Field>,
    guess: Guess,
    tail_keys: TailKeys,
}

impl Default for Fields {
    fn default() -> Self {
        Fields {
            own: Vec::new(),
            claimed: Vec::new(),
            tail: Vec::new(),
            guess: Guess::new(),
            tail_keys: TailKeys::new(),
        }
    }
}

impl Fields {
    /// An empty list.
    pub fn new() -> Self {
        Fields::default()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.own.clear();
        self.claimed.clear();
        self.tail.clear();
    }

    /// What the kernel said, in its order. Spans are of [`Record::body`].
    pub fn own(&self) -> &[Field] {
        &self.own
    }

    /// What user space claimed inside `msg='…'`. Spans are of [`Record::body`].
    pub fn claimed(&self) -> &[Field] {
        &self.claimed
    }

    /// What auditd's ENRICHED format added; [`Field::key`] is the key it explains (`UID` explains [`Key::Uid`]). Spans are of
    /// [`Record::tail`].
    pub fn tail(&self) -> &[Field] {
        &self.tail
    }

    /// Splits `record`; what was held before is gone.
    pub fn split(&mut self, record: &Record<'_>) {
        self.split_behind(record, 0, &[]);
    }

    /// Splits what stands behind the front of a `SYSCALL` record ([`call_front`]), which ends at `start`: the fields are those
    /// that [`Fields::split`] finds there.
    pub fn split_from(&mut self, record: &Record<'_>, start: usize) {
        self.split_behind(record, start, front::behind_call());
    }

    /// `order` is the usual order of keys from `start` on; where it is empty, that of the record's type.
    fn split_behind(&mut self, record: &Record<'_>, start: usize, order: &[Key]) {
        self.clear();
        let (number, body) = (record.number(), record.body());
        let dialect = Dialect::of(number);
        // A guess would take an argument's `a0` for a syscall's, and miss the `old` in front of an old LOGIN's `auid`.
        let order = match dialect {
            _ if !order.is_empty() => order,
            Dialect::Execve | Dialect::Login => &[],
            _ => key::usual_order(number),
        };
        let mut splitter = Splitter::new(record.text(), body.len(), dialect, &mut self.own);
        splitter.at = start;
        let message = splitter.run(order, &self.guess);
        if let Some(start) = message {
            self.split_message(body, start);
        }
        if !record.tail().is_empty() {
            tail::split(record.tail(), &mut self.tail_keys, &mut self.tail);
        }
    }

    /// `start` is behind the quote that opens `msg='`. The text ends at the body's last quote: user space may write quotes
    /// of its own. Nothing behind the last one is the kernel's, so it is kept with the claims.
    fn split_message(&mut self, body: &[u8], start: usize) {
        let end = memchr::memrchr(b'\'', body).filter(|end| *end >= start);
        let text_end = end.unwrap_or(body.len());
        Splitter::new(body, text_end, Dialect::UserSpace, &mut self.claimed).run_from(start, &[], &self.guess);
        let Some(end) = end else {
            return self.claimed.push(Field { form: Form::Torn, ..words(text_end, text_end) });
        };
        let behind = scan::skip_spaces(body, end + 1);
        if behind < body.len() {
            self.claimed.push(Field { form: Form::Torn, ..words(behind, body.len()) });
        }
    }
}

/// The field of a record that is `KEY=value` with this key and nothing else, as [`Fields::split`] would find it, for less.
/// `None` for any other record, and for some that are.
#[inline]
pub fn only(record: &Record<'_>, key: Key) -> Option<Field> {
    let (body, name) = (record.body(), key.name().as_bytes());
    let value = body.strip_prefix(name)?.strip_prefix(b"=")?;
    if !record.tail().is_empty() || matches!(value.first()?, b' ' | b'\'') {
        return None;
    }
    let start = name.len() + 1;
    let is_quoted = value.starts_with(b"\"");
    let (value, form) = if is_quoted {
        let is_whole = body.len() > start + 1 && scan::find(body, start + 1, b'"') + 1 == body.len();
        (Span::new(start + 1, is_whole.then_some(body.len())? - 1), Form::Quoted)
    } else {
        let is_whole = scan::find(body, start, b' ') == body.len();
        (Span::new(start, is_whole.then_some(body.len())?), Form::Bare)
    };
    Some(Field { key: FieldKey::Known(key), name: Span::new(0, name.len()), value, form, is_number: false })
}

fn words(start: usize, end: usize) -> Field {
    Field {
        key: FieldKey::Words,
        name: Span::default(),
        value: Span::new(start, end),
        form: Form::Bare,
        is_number: false,
    }
}

/// Which habits the writer of a text has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Kernel,
    Execve,
    Login,
    UserSpace,
}

impl Dialect {
    fn of(number: u16) -> Self {
        match number {
            record_type::EXECVE | record_type::SOCKETCALL => Dialect::Execve,
            record_type::LOGIN => Dialect::Login,
            _ => Dialect::Kernel,
        }
    }
}

/// Splits one stretch of text.
struct Splitter<'t, 'o> {
    text: &'t [u8],
    /// `text` and what lies behind it, of no meaning.
    memory: &'t [u8],
    at: usize,
    dialect: Dialect,
    out: &'o mut Vec<Field>,
}

impl<'t, 'o> Splitter<'t, 'o> {
    fn new(memory: &'t [u8], end: usize, dialect: Dialect, out: &'o mut Vec<Field>) -> Self {
        Splitter { text: memory.get(..end).unwrap_or(memory), memory, at: 0, dialect, out }
    }

    fn run_from(&mut self, at: usize, order: &[Key], guess: &Guess) {
        self.at = at;
        self.run(order, guess);
    }

    /// Splits up to the end of the text, or up to `msg='`: then returns the place behind its quote.
    fn run(&mut self, order: &[Key], guess: &Guess) -> Option<usize> {
        let mut turn = 0;
        loop {
            turn = self.run_guessed(order, turn, guess);
            self.at = scan::skip_spaces(self.text, self.at);
            let first = *self.text.get(self.at)?;
            if let Some(start) = self.unexpected(first, order, &mut turn) {
                return Some(start);
            }
        }
    }

    /// The way most fields go: the next key in the usual order, a bare or quoted value, one space. Stands before the first
    /// field that is otherwise; returns whose turn it is in `order`.
    fn run_guessed(&mut self, order: &[Key], mut turn: usize, guess: &Guess) -> usize {
        let (memory, end, mut at) = (self.memory, self.text.len(), self.at);
        if self.text.get(at) == Some(&b' ') {
            at += 1;
        }
        while let Some(mut key) = order.get(turn) {
            let Some(rest) = memory.get(at..) else { break };
            let mut found = guess.is(*key, rest);
            if found.is_none()
                && let Some(next) = order.get(turn + 1)
            {
                // Most orders have a key that is mostly left out.
                (key, turn) = (next, turn + 1);
                found = guess.is(*key, rest);
            }
            let Some(len) = found else { break };
            let start = at + len;
            // A name or a value beyond the end would be another record's.
            let Some(first) = memory.get(start).filter(|_| start < end) else { break };
            let mut is_number = false;
            let (value, form, next) = match first {
                b'"' => {
                    let close = scan::find_before(memory, start + 1, end, b'"');
                    if close >= end || (close + 1 < end && memory.get(close + 1) != Some(&b' ')) {
                        break;
                    }
                    (Span::new(start + 1, close), Form::Quoted, close + 1)
                }
                b'\'' => break,
                _ => {
                    let stop;
                    (stop, is_number) = scan::find_space(memory, start, end);
                    (Span::new(start, stop), Form::Bare, stop)
                }
            };
            self.out.push(Field { key: FieldKey::Known(*key), name: Span::new(at, start - 1), value, form, is_number });
            // Values end at a space or at the end.
            (at, turn) = (next + 1, turn + 1);
        }
        self.at = at.min(end);
        turn
    }

    /// One field whose key was not guessed, or a word.
    fn unexpected(&mut self, first: u8, order: &[Key], turn: &mut usize) -> Option<usize> {
        let start = self.at;
        let stop = scan::find_either(self.text, start, b'=', b' ');
        if self.text.get(stop) != Some(&b'=') || stop == start {
            self.word(start, scan::find(self.text, stop, b' '));
            return None;
        }
        let has_bracket = self.dialect == Dialect::UserSpace && first == b'(' && stop > start + 1;
        let start = start + usize::from(has_bracket);
        let (name, key) = self.key(start, stop);
        self.at = stop + 1;
        if let FieldKey::Known(known) = key {
            if known == Key::Msg && self.dialect != Dialect::UserSpace && self.text.get(self.at) == Some(&b'\'') {
                return Some(self.at + 1);
            }
            if let Some(place) = order.iter().position(|next| *next == known) {
                *turn = place + 1;
            }
        }
        self.value(key, name);
        None
    }

    /// Device mapper puts one text, and nobody else, between single quotes, which the text may hold as well
    /// (drivers/md/dm-audit.c). Whether it stands here.
    fn single_quoted(&mut self, key: FieldKey, name: Span) -> bool {
        let start = self.at + 1;
        let is_its = key == FieldKey::Known(Key::ErrorMsg) && self.dialect == Dialect::Kernel;
        if !is_its || self.text.get(self.at) != Some(&b'\'') {
            return false;
        }
        let mut close = scan::find(self.text, start, b'\'');
        while self.text.get(close + 1).is_some_and(|b| *b != b' ') {
            close = scan::find(self.text, close + 1, b'\'');
        }
        let is_closed = close < self.text.len();
        let (form, next) = if is_closed { (Form::Quoted, close + 1) } else { (Form::Torn, close) };
        self.field(key, name, (start, close), form, next);
        true
    }

    fn key(&mut self, start: usize, stop: usize) -> (Span, FieldKey) {
        let name = self.text.get(start..stop).unwrap_or_default();
        let span = Span::new(start, stop);
        if self.dialect == Dialect::Execve
            && let Some(key) = number::argument(name)
        {
            return (span, key);
        }
        if self.dialect == Dialect::Login
            && let Some(renamed) = self.old_or_new(name, start, stop)
        {
            return renamed;
        }
        let key = key::lookup(name).map(FieldKey::Known).or_else(|| number::argument(name));
        (span, key.unwrap_or(FieldKey::Unknown))
    }

    /// Kernels before 3.13 write `old auid=… new auid=…` where later ones write `old-auid=… auid=…`.
    fn old_or_new(&mut self, name: &[u8], start: usize, stop: usize) -> Option<(Span, FieldKey)> {
        let Some(Field { key: FieldKey::Words, value, .. }) = self.out.last() else { return None };
        let key = match (value.of(self.text), name) {
            (b"old", b"auid") => Key::OldAuid,
            (b"old", b"ses") => Key::OldSes,
            (b"new", b"auid") => Key::Auid,
            (b"new", b"ses") => Key::Ses,
            _ => return None,
        };
        let word = value.start();
        self.out.pop();
        Some((Span::new(word.min(start), stop), FieldKey::Known(key)))
    }

    /// Reads the value at `self.at` and stands behind it.
    #[inline]
    fn value(&mut self, key: FieldKey, name: Span) {
        let start = self.at;
        if self.single_quoted(key, name) {
            return;
        }
        if self.text.get(start) == Some(&b'"') {
            let close = scan::find(self.text, start + 1, b'"');
            let behind = self.text.get(close + 1);
            if close >= self.text.len() {
                return self.field(key, name, (start + 1, close), Form::Torn, close);
            }
            if behind.is_none_or(|b| matches!(b, b' ' | b',' | b')')) {
                let next = close + 1 + usize::from(behind.is_some_and(|b| *b != b' '));
                return self.field(key, name, (start + 1, close), Form::Quoted, next);
            }
        }
        let end = scan::find(self.text, start, b' ');
        let value_end = if self.dialect == Dialect::UserSpace { self.without_punctuation(start, end) } else { end };
        self.field(key, name, (start, value_end), Form::Bare, end);
    }

    #[inline]
    fn field(&mut self, key: FieldKey, name: Span, value: (usize, usize), form: Form, next: usize) {
        self.at = next;
        self.out.push(Field { key, name, value: Span::new(value.0, value.1), form, is_number: false });
    }

    /// Older tools write `(hostname=?, addr=?, terminal=pts/0 res=success)`.
    fn without_punctuation(&self, start: usize, mut end: usize) -> usize {
        let value = |end| self.text.get(start..end).unwrap_or_default();
        if value(end).ends_with(b")") && !value(end).contains(&b'(') {
            end -= 1;
        }
        if value(end).ends_with(b",") { end - 1 } else { end }
    }

    /// A word that is no field: SELinux's free text is taken apart; behind `op=` it belongs to the operation ("adding user");
    /// else it joins the words before it.
    fn word(&mut self, start: usize, end: usize) {
        self.at = end;
        if self.text.get(start..end) == Some(b"avc:")
            && let Some(next) = avc::split(self.text, end, self.out)
        {
            self.at = next;
            return;
        }
        let follows = |at: usize| self.text.get(at..start).is_some_and(|gap| gap.iter().all(|b| *b == b' '));
        match self.out.last_mut() {
            Some(Field { key: FieldKey::Words, value, .. }) if follows(value.end as usize) => {
                *value = Span::new(value.start(), end);
            }
            Some(Field { key: FieldKey::Known(Key::Op), value, form: Form::Bare, .. })
                if self.dialect == Dialect::UserSpace && follows(value.end as usize) =>
            {
                *value = Span::new(value.start(), end);
            }
            _ => self.out.push(words(start, end)),
        }
    }
}

#[cfg(test)]
mod tests;
