//! What stands beside a value: the name of a user or group, the value in words, a security label's parts.
//!
//! A field in, `,"KEY_name":"…"` or `,"KEY_parts":{…}` out, where there is something to say that neither the value nor another
//! member says. Names come from the host the event comes from, or not at all; words from `oyez_interpret`.

use std::cell::RefCell;

use oyez_events::context::Names as IdNames;
use oyez_events::fields::{Field, FieldKey};
use oyez_interpret::fields::{self, Meaning};
use oyez_tables::key::Key;

use super::labels::{self, Labels};
use super::number;
use super::object::{Source, name_beside};
use super::out::Out;

/// What is said beside the values of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing, whatever the record.
    Nothing,
    /// The name of a user.
    User,
    /// The name of a group.
    Group,
    /// What it means, in records of some type.
    Meaning,
}

impl Beside {
    /// What is said beside values of `key`.
    pub(super) fn of(key: Key) -> Self {
        // Whose namespace a file's capabilities are for; nearly always 0, and no person.
        if matches!(key, Key::CapFrootid | Key::Frootid) {
            return Self::Nothing;
        }
        let meanings: Vec<_> = fields::kinds(key).collect();
        match meanings.first() {
            Some(Meaning::User) if meanings.iter().all(|other| *other == Meaning::User) => Self::User,
            Some(Meaning::Group) if meanings.iter().all(|other| *other == Meaning::Group) => Self::Group,
            _ if meanings.iter().copied().any(is_told) => Self::Meaning,
            _ => Self::Nothing,
        }
    }
}

/// Whether neither the value itself nor another member tells it, as `arch`, `name`, `args_name`, `errno`, `result` and the parts of
/// a socket address do.
fn is_told(meaning: Meaning) -> bool {
    !matches!(
        meaning,
        Meaning::Arch
            | Meaning::Syscall
            | Meaning::Argument
            | Meaning::Exit
            | Meaning::Result
            | Meaning::Flag
            | Meaning::Device
            | Meaning::Session
            | Meaning::SocketAddress
    )
}

/// What knows the meaning of values.
#[derive(Clone, Copy, Default)]
pub(super) struct Words<'a> {
    pub(super) names: Option<&'a dyn IdNames>,
    /// Security contexts seen lately.
    pub(super) labels: Option<&'a RefCell<Labels>>,
}

impl Words<'_> {
    /// Whether [`Words::write`] may have something to say of values of a key.
    #[inline]
    pub(super) fn may_say(self, beside: Beside) -> bool {
        match beside {
            Beside::Nothing => false,
            Beside::User | Beside::Group => self.names.is_some(),
            Beside::Meaning => true,
        }
    }

    /// Appends what is said beside the value of `field`, of which the record's `source` says nothing itself.
    #[inline]
    pub(super) fn write(
        self,
        out: &mut Out,
        (beside, key): (Beside, Key),
        field: &Field,
        source: Source<'_>,
        scratch: &mut Vec<u8>,
    ) {
        match beside {
            _ if !self.may_say(beside) => {}
            Beside::Nothing => {}
            Beside::User | Beside::Group => self.id_beside(out, (beside, key), field.value.of(source.text)),
            Beside::Meaning => self.meaning(out, key, field, source, scratch),
        }
    }

    /// What [`Words::write`] does where `beside` is [`Beside::User`] or [`Beside::Group`]; nothing for others.
    pub(super) fn id_beside(self, out: &mut Out, (beside, key): (Beside, Key), value: &[u8]) {
        match beside {
            Beside::User => self.id(out, false, key.name(), value),
            Beside::Group => self.id(out, true, key.name(), value),
            Beside::Nothing | Beside::Meaning => {}
        }
    }

    /// Appends the name of the id `value` behind the member of `key`.
    fn id(self, out: &mut Out, is_group: bool, key: &str, value: &[u8]) {
        let name = number::id(value).and_then(|id| self.name(id, is_group));
        if let Some(name) = name {
            name_beside(out, key, name.as_bytes());
        }
    }

    /// The name of a user or group.
    pub(super) fn name(&self, id: u32, is_group: bool) -> Option<&str> {
        let names = self.names?;
        if is_group { names.group(id) } else { names.user(id) }
    }

    /// Appends the parts of the security context `text`, the value of `key`.
    pub(super) fn label(self, out: &mut Out, key: Key, text: &[u8]) {
        match self.labels.and_then(|labels| labels.try_borrow_mut().ok()) {
            Some(mut labels) => labels.write(out, key, text),
            None => labels::write(out, key, text),
        }
    }

    fn meaning(self, out: &mut Out, key: Key, field: &Field, source: Source<'_>, scratch: &mut Vec<u8>) {
        let value = field.value.of(source.text);
        match fields::kind(source.record_type, key) {
            Some(Meaning::User) => self.id(out, false, key.name(), value),
            Some(Meaning::Group) => self.id(out, true, key.name(), value),
            Some(Meaning::Label) => self.label(out, key, value),
            // Most files have no capabilities.
            Some(Meaning::CapabilitySet) if value.iter().all(|digit| *digit == b'0') => {}
            Some(meaning) if is_told(meaning) => said(out, key, field, source, scratch),
            _ => {}
        }
    }
}

fn said(out: &mut Out, key: Key, field: &Field, source: Source<'_>, scratch: &mut Vec<u8>) {
    let fields = if source.tail.is_of_claims { source.tail.record.claimed() } else { source.tail.record.own() };
    let sibling = |key| {
        let is_it = |other: &&Field| other.key == FieldKey::Known(key);
        fields.iter().find(is_it).map(|other| other.value.of(source.text))
    };
    scratch.clear();
    if fields::in_record(source.record_type, key, field.value.of(source.text), field.form, &sibling, scratch) {
        name_beside(out, key.name(), scratch);
    }
}
