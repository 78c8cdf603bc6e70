//! Who did it, by what, and whether it worked.

use oyez_events::context::Context;
use oyez_events::fields::{Field, FieldKey, Fields};
use oyez_events::{Event, Record};
use oyez_tables::errno;
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::deed::Deed;
use super::peek;
use super::rule::Rank;
use super::scratch::get;
use crate::explained::explained;

/// A user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// The user's number.
    pub id: u32,
    /// The name, where an ENRICHED log or the context gives one.
    pub name: Option<&'a [u8]>,
}

/// Who did it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Actor<'a> {
    /// Who is responsible: who logged in (`auid`), or the user (`uid`) where no login stands behind the process.
    pub primary: Option<Person<'a>>,
    /// As whom (`euid`, or `uid` where there is no `euid`), where that is somebody else.
    pub secondary: Option<Person<'a>>,
    /// The login session (`ses`).
    pub session: Option<u32>,
}

/// Whether it worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Success,
    /// It did not; the error's number (errno(3)) where a system call returned one.
    Failed(Option<u32>),
}

impl Outcome {
    /// `success` or `failed`.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Failed(_) => "failed",
        }
    }

    /// The error's name: `EACCES`.
    pub fn errno(self) -> Option<&'static str> {
        match self {
            Outcome::Failed(Some(number)) => errno::name(number),
            _ => None,
        }
    }
}

/// A record and the fields it was split into.
pub type Told<'f, 'a> = (&'f Record<'a>, &'f Fields);

/// The index of the record that says who: the event's `SYSCALL`, else the one that decides.
pub fn who(event: &Event, deed: &Deed) -> usize {
    let is_ring = deed.rule.is_some_and(|rule| rule.rank == Rank::Uring);
    let call = event.numbers().position(|number| number == record_type::SYSCALL).filter(|_| !is_ring);
    call.unwrap_or(deed.record)
}

/// Names that had to be decoded: that of who is responsible, and as whom. Made to be used again.
pub type NameBuffers = [Vec<u8>; 2];

/// Who did it, by the record that says who ([`who`]), the one that decides, and their fields.
pub fn actor<'a>(
    who: Told<'_, 'a>,
    deciding: Told<'_, 'a>,
    deed: &Deed,
    context: &Context<'a>,
    names: &'a mut NameBuffers,
) -> Actor<'a> {
    let session = if is_login(deed) { id(deciding, Key::OldSes) } else { id(who, Key::Ses) };
    let [primary, secondary] = people(who, deciding, deed, context, names);
    Actor { primary, secondary, session }
}

/// What [`actor`] says but for the session: [`Actor::primary`] and [`Actor::secondary`].
pub fn people<'a>(
    who: Told<'_, 'a>,
    deciding: Told<'_, 'a>,
    deed: &Deed,
    context: &Context<'a>,
    [first, second]: &'a mut NameBuffers,
) -> [Option<Person<'a>>; 2] {
    let login = if is_login(deed) {
        Numbered::find(deciding, Key::OldAuid)
    } else {
        Numbered::find(who, Key::Auid).or_else(|| Numbered::find(who, Key::Sauid))
    };
    let user = || Numbered::find(who, Key::Uid);
    let acting = Numbered::find(who, Key::Euid).or_else(user);
    let primary = login.or_else(user).or(acting);
    let secondary = acting.filter(|acting| primary.is_some_and(|primary| primary.id != acting.id));
    let primary = primary.map(|primary| primary.named(context, first));
    [primary, secondary.map(|secondary| secondary.named(context, second))]
}

/// A login is that of the whole process from now on, told at the end of the call too; who begins it is another.
fn is_login(deed: &Deed) -> bool {
    deed.rule.is_some_and(|rule| rule.number == record_type::LOGIN)
}

/// A user, and where the number stands.
#[derive(Clone, Copy)]
struct Numbered<'f, 'a> {
    id: u32,
    key: Key,
    said: Told<'f, 'a>,
}

impl<'f, 'a> Numbered<'f, 'a> {
    fn find(said: Told<'f, 'a>, key: Key) -> Option<Self> {
        Some(Numbered { id: id(said, key)?, key, said })
    }

    fn named(self, context: &Context<'a>, buffer: &'a mut Vec<u8>) -> Person<'a> {
        let Numbered { id, key, said: (record, fields) } = self;
        let explained = explained(fields, record.tail(), key, buffer);
        // auditd writes "unknown(1234)" for what has no name.
        let explained = explained.filter(|name| !name.starts_with(b"unknown(") && *name != b"unset");
        Person { id, name: explained.or_else(|| context.names?.user(id).map(str::as_bytes)) }
    }
}

fn id((record, fields): Told<'_, '_>, key: Key) -> Option<u32> {
    let field = get(fields.own(), key)?;
    peek::id(field.value.of(record.body())).filter(|id| *id != u32::MAX)
}

/// Whether it worked, by the record that decides ([`Deed::record`]), else by the one that says who ([`who`]); a program that
/// wrote the former has the word. Of a system call alone, given for both, it looks at `success` and of a failure at `exit`.
pub fn outcome(deciding: Told<'_, '_>, who: Told<'_, '_>) -> Option<Outcome> {
    let is_call = |number| matches!(number, record_type::SYSCALL | record_type::URINGOP);
    let (record, fields) = deciding;
    if !is_call(record.number())
        && let Some(outcome) = told(record, fields)
    {
        return Some(outcome);
    }
    told(who.0, who.1).or_else(|| decided(record, fields))
}

/// `success=`, `res=` or `result=`.
fn told(record: &Record<'_>, fields: &Fields) -> Option<Outcome> {
    let body = record.body();
    let keys = [Key::Success, Key::Res, Key::Result];
    let find = |fields: &[Field]| keys.into_iter().find_map(|key| get(fields, key).copied());
    // Programs have the last word on themselves: some write `res=` into a text of somebody else's before.
    let said = find(fields.own()).or_else(|| last(fields.claimed(), &keys))?;
    match said.value.of(body) {
        b"yes" | b"success" | b"1" => Some(Outcome::Success),
        b"no" | b"failed" | b"0" => Some(Outcome::Failed(error(fields.own(), body))),
        _ => None,
    }
}

fn last(fields: &[Field], keys: &[Key]) -> Option<Field> {
    let is_one = |field: &&Field| matches!(field.key, FieldKey::Known(key) if keys.contains(&key));
    fields.iter().rev().find(is_one).copied()
}

fn error(fields: &[Field], body: &[u8]) -> Option<u32> {
    let exit = get(fields, Key::Exit)?.value.of(body);
    let (number, rest) = peek::decimal32(exit.strip_prefix(b"-")?)?;
    rest.is_empty().then_some(number)
}

/// What a policy decided, where no call tells what came of it.
fn decided(record: &Record<'_>, fields: &Fields) -> Option<Outcome> {
    let own = if record.is_user_space() { fields.claimed() } else { fields.own() };
    let value = |key| get(own, key).map(|field| field.value.of(record.body()));
    let is_permissive = value(Key::Permissive) == Some(b"1");
    match (value(Key::Seresult), value(Key::Apparmor)) {
        (Some(b"denied"), _) if !is_permissive => Some(Outcome::Failed(None)),
        (None, Some(b"DENIED" | b"KILLED")) => Some(Outcome::Failed(None)),
        (Some(_), _) | (_, Some(b"ALLOWED" | b"AUDIT" | b"STATUS")) => Some(Outcome::Success),
        // SECCOMP_RET_LOG and SECCOMP_RET_ALLOW (linux/seccomp.h); all else stops the call.
        _ if record.number() == record_type::SECCOMP => match value(Key::Code)? {
            b"0x7ffc0000" | b"0x7fff0000" => Some(Outcome::Success),
            _ => Some(Outcome::Failed(None)),
        },
        _ => None,
    }
}
