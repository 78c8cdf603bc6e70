//! What of an event can be asked for: the members of its JSON, by their names.
//!
//! A name, or the kernel's word for it, in; a [`Field`] out, or the name that was probably meant. `claimed.NAME` and
//! `details.NAME` are any of the kernel's and the programs' fields ([`oyez_tables::key::Key`]), `added.NAME` whatever an earlier
//! filter may have added. Members that say nothing of their own are no fields: `NAME_hex`, `v`, `more`, `rest`.

mod near;
pub(crate) mod place;
mod table;

use std::sync::Arc;

use oyez_tables::key::{self, Key};
use oyez_tables::record_type;

use place::Place;
use table::{ADDED, CLAIMED, DEFS, DETAIL};

/// Something an event can say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// A member that is described here: its place in [`all`].
    Member(u16),
    /// A member of `claimed`.
    Claimed(Key),
    /// A member of any of the `details`.
    Detail(Key),
    /// A member of `added`, by its name.
    Added(Arc<str>),
}

/// No name in `added` is longer, in bytes.
pub const MAX_ADDED_NAME: usize = 64;

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One text.
    Text,
    /// Texts, each of which counts.
    Texts,
    /// One whole number.
    Number,
    /// Whole numbers, each of which counts.
    Numbers,
    /// Yes or no.
    Flag,
    /// The text of one network address, or of a host's name.
    Address,
    /// Several of those.
    Addresses,
    /// Texts or numbers, as the record has it.
    Any,
}

/// What has to be done before a field can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Nothing: it is in the records, as they came; neither the default patterns for secrets nor what is known besides change
    /// it. An operator's patterns for paths may: see [`Field::is_path_like`].
    Records,
    /// Secrets have to be taken out of the records first.
    Redacted,
    /// What is known of processes, logins and names has to be found.
    Known,
}

/// What is to be known of a field.
#[derive(Clone, Copy, Debug)]
pub struct Def {
    /// Its full name: names of members, with dots between; elements of lists are left out.
    pub name: &'static str,
    /// The kernel's or a shorter word for it; empty for none.
    pub alias: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it needs.
    pub source: Source,
    /// What it says, without a full stop.
    pub doc: &'static str,
    /// Where it comes from.
    pub(crate) place: Place,
}

/// No field has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name that comes nearest, or that says it in an event, where there is one.
    pub nearest: Option<String>,
}

impl Field {
    /// The field called `name`, by its full name or a word for it.
    ///
    /// # Errors
    /// There is none.
    pub fn find(name: &str) -> Result<Field, Unknown> {
        if let Some(field) = all().find(|field| field.is_called(name)) {
            return Ok(field);
        }
        let of_records =
            |prefix, make: fn(Key) -> Field| Some(make(key::lookup(name.strip_prefix(prefix)?.as_bytes())?));
        of_records("claimed.", Field::Claimed)
            .or_else(|| of_records("details.", Field::Detail))
            .or_else(|| added(name))
            .or_else(|| Field::find(near::other_word(name)?).ok())
            .ok_or_else(|| Unknown { nearest: near::nearest(name) })
    }

    /// Its full name.
    pub fn name(&self) -> String {
        match self {
            Field::Member(_) => self.def().name.to_owned(),
            Field::Claimed(key) => format!("claimed.{}", key.name()),
            Field::Detail(key) => format!("details.{}", key.name()),
            Field::Added(name) => format!("added.{name}"),
        }
    }

    /// What is to be known of it.
    pub fn def(&self) -> Def {
        let source = |key| if SECRETS.contains(key) { Source::Redacted } else { Source::Records };
        match self {
            Field::Member(index) => DEFS.get(usize::from(*index)).copied().unwrap_or(CLAIMED),
            Field::Claimed(key) => Def { source: source(key), ..CLAIMED },
            Field::Detail(key) => Def { source: source(key), ..DETAIL },
            Field::Added(_) => ADDED,
        }
    }

    /// Whether it is text that an operator's patterns for paths are looked for in, though its [`Source`] is
    /// [`Source::Records`]: any that the kernel encodes.
    pub fn is_path_like(&self) -> bool {
        let is_encoded = |key: Key, number| key.kind(number) == key::Kind::Encoded;
        match (self, self.place()) {
            (Field::Claimed(key) | Field::Detail(key), _) => (0..3000).any(|number| is_encoded(*key, number)),
            (_, Place::Main(key)) => (1000..3000).any(|number| is_encoded(key, number)),
            (_, Place::Path(key)) => is_encoded(key, record_type::PATH),
            (_, Place::Cwd | Place::Keys) => true,
            _ => false,
        }
    }

    pub(crate) fn place(&self) -> Place {
        let Field::Member(index) = self else { return Place::Document };
        DEFS.get(usize::from(*index)).map_or(Place::Document, |def| def.place)
    }

    fn is_called(&self, name: &str) -> bool {
        let Def { name: full, alias, .. } = self.def();
        full == name || (!alias.is_empty() && alias == name)
    }
}

/// Keys whose values outside a fixed place may be secret: command lines (`USER_CMD`), what was typed (`TTY`), and a title or an
/// argument that has no place of its own.
const SECRETS: [Key; 7] = [Key::Cmd, Key::Data, Key::Proctitle, Key::A0, Key::A1, Key::A2, Key::A3];

/// All fields but those of `claimed`, `details` and `added`, in the order of the event.
pub fn all() -> impl Iterator<Item = Field> {
    (0..DEFS.len()).filter_map(|index| Some(Field::Member(u16::try_from(index).ok()?)))
}

/// Whether names of fields begin with `name` and a dot.
pub(crate) fn is_part(name: &str) -> bool {
    let begins = |full: &str| full.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    ["claimed.", "details.", "added."].into_iter().any(begins) || DEFS.iter().any(|def| begins(def.name))
}

/// The member of `added` that is so called: ASCII letters, digits and `_`, not beginning with a digit, [`MAX_ADDED_NAME`] at most.
fn added(name: &str) -> Option<Field> {
    let name = name.strip_prefix("added.")?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_right = (1..=MAX_ADDED_NAME).contains(&name.len()) && name.bytes().all(is_name);
    let begins_right = !name.starts_with(|first: char| first.is_ascii_digit());
    (is_right && begins_right).then(|| Field::Added(name.into()))
}

#[cfg(test)]
mod tests;
