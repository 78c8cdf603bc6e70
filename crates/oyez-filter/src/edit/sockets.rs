//! The member `sockets`: the `SOCKADDR` records, whose addresses are put together again.

use oyez_events::decode::hex;
use oyez_events::decode::sockaddr::{self, Given};
use oyez_events::fields::{FieldKey, Form};
use oyez_tables::key::Key;
use oyez_tables::{family, record_type};

use super::invalid::{At, Invalid};
use super::lists::matched;
use super::pairs::{Pair, elements, pairs, sibling};
use super::records::Target;
use super::{Edit, derived, value};
use crate::document::Item;
use crate::tree::Tree;

/// The longest address (linux/socket.h, `__kernel_sockaddr_storage`), in bytes.
const MAX_ADDRESS: usize = 128;

impl Edit<'_> {
    /// `sockets`, in the order of the records.
    pub(super) fn sockets(&mut self, item: Option<Item<'_>>, tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
        let items = tree.map_or(Ok(&[][..]), |tree| elements(tree, at))?;
        let old: Vec<_> = item.into_iter().flat_map(Item::children).collect();
        let numbers = self.event.numbers().enumerate();
        let records: Vec<_> =
            numbers.filter(|(_, number)| *number == record_type::SOCKADDR).map(|(index, _)| index).collect();
        // As the kernel has it: behind the call, in front of the directory (kernel/auditsc.c, `audit_log_exit`).
        let behind = [record_type::CWD, record_type::PATH, record_type::PROCTITLE];
        let first = self.event.numbers().position(|number| behind.contains(&number)).unwrap_or(self.event.len());
        let place_of_new = records.last().map_or(first, |last| last + 1);
        let mut gone = 0;
        for (place, (index, tree)) in matched(&old, items).into_iter().enumerate() {
            let at = at.place(place - gone);
            let known = index.and_then(|index| Some((old.get(index).copied()?, records.get(index).copied()?)));
            match (known, tree) {
                (Some((item, record)), Some(tree)) => self.socket(record, item, tree, &at)?,
                (Some((_, record)), None) => {
                    self.changes.drop_record(record);
                    gone += 1;
                }
                (None, Some(tree)) => self.new_socket(place_of_new, tree, &at)?,
                (None, None) => {}
            }
        }
        Ok(())
    }

    fn socket(&mut self, record: usize, item: Item<'_>, tree: &Tree, at: &At<'_>) -> Result<(), Invalid> {
        let mut bytes = self.address(record);
        let old = bytes.clone();
        let all = pairs(Some(item), Some(tree), at)?;
        let changed = || all.iter().filter(|pair| !pair.is_same(Some(item)));
        let whole = changed().find(|pair| pair.name == b"saddr" && pair.tree.is_some());
        let is_other = changed().any(|pair| pair.name == b"family");
        let big_endian = self.is_big_endian();
        if let Some(pair) = whole {
            bytes = given_whole(pair, &at.name(pair.name))?;
        } else if is_other {
            let family = all.iter().find(|pair| pair.name == b"family").and_then(|pair| pair.tree);
            bytes = made_of((&all, Some(item)), family, big_endian, at)?;
        }
        for pair in changed() {
            let at = at.name(pair.name);
            match pair.name {
                b"saddr" if pair.tree.is_some() => {}
                b"family" if whole.is_none() => {}
                b"claimed" if pair.item.is_some() => {
                    let target = Target { is_claims: true, ..Target::own(record) };
                    self.object(target, pair.item, pair.tree, &at)?;
                }
                b"more" | b"rest" => derived::member(pair, Some(item), &at)?,
                _ if whole.is_some() || is_other => {}
                name if pair.item.is_some() && ends_as_beside(name, item) => derived::member(pair, Some(item), &at)?,
                name => part(&mut bytes, big_endian, name, pair.tree, &at)?,
            }
        }
        if bytes != old {
            let digits = Tree::Text(upper(&bytes));
            self.set_address(record, &digits, at)?;
        }
        Ok(())
    }

    /// The bytes of the address in a record; none where it has none.
    fn address(&mut self, index: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Some(record) = self.event.record(index) {
            self.split(index);
            let is_it = |key, form| key == FieldKey::Known(Key::Saddr) && form == Form::Bare;
            let field = self.fields.own().iter().find(|field| is_it(field.key, field.form));
            if !field.is_some_and(|field| hex(field.value.of(record.body()), &mut bytes)) {
                bytes.clear();
            }
        }
        bytes
    }

    fn set_address(&mut self, record: usize, digits: &Tree, at: &At<'_>) -> Result<(), Invalid> {
        self.set(Target::own(record), b"saddr", Some(digits), at)
    }

    fn new_socket(&mut self, place: usize, tree: &Tree, at: &At<'_>) -> Result<(), Invalid> {
        let all = pairs(None, Some(tree), at)?;
        let whole = all.iter().find(|pair| pair.name == b"saddr");
        let bytes = if let Some(pair) = whole {
            given_whole(pair, &at.name(pair.name))?
        } else {
            let family = all.iter().find(|pair| pair.name == b"family").and_then(|pair| pair.tree);
            made_of((&all, None), family, self.is_big_endian(), at)?
        };
        let start = self.changes.text.len();
        self.changes.text.extend_from_slice(b"saddr=");
        value::hex(&bytes, &mut self.changes.text);
        self.changes.insert(place, record_type::SOCKADDR, start);
        Ok(())
    }

    /// Whether the host that recorded the event writes numbers that way (linux/audit.h, `__AUDIT_ARCH_LE`).
    fn is_big_endian(&mut self) -> bool {
        let Some(record) = self.event.record(self.main) else { return false };
        self.split(self.main);
        let is_it = |key, form| key == FieldKey::Known(Key::Arch) && form == Form::Bare;
        let field = self.fields.own().iter().find(|field| is_it(field.key, field.form));
        let digits = field.and_then(|field| str::from_utf8(field.value.of(record.body())).ok());
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        number.is_some_and(|arch| arch & 0x4000_0000 == 0)
    }
}

fn ends_as_beside(name: &[u8], object: Item<'_>) -> bool {
    name.strip_suffix(b"_hex").is_some_and(|stem| sibling(Some(object), stem, b"").is_some())
}

fn upper(bytes: &[u8]) -> Vec<u8> {
    let mut digits = Vec::new();
    value::hex(bytes, &mut digits);
    digits
}

/// The address that `saddr` gives as a whole.
fn given_whole(pair: &Pair<'_, '_>, at: &At<'_>) -> Result<Vec<u8>, Invalid> {
    let mut bytes = Vec::new();
    let digits = pair.tree.and_then(Tree::text).filter(|digits| digits.len() <= 2 * MAX_ADDRESS);
    let is_read = digits.is_some_and(|digits| hex(digits, &mut bytes));
    if is_read { Ok(bytes) } else { Err(at.expected("the bytes of an address in upper-case hex")) }
}

/// Gives a part of an address another value.
fn part(bytes: &mut Vec<u8>, big_endian: bool, name: &[u8], tree: Option<&Tree>, at: &At<'_>) -> Result<(), Invalid> {
    let tree = tree.ok_or_else(|| at.invalid("can be changed, but not be removed: an address has all its parts"))?;
    let given = match tree {
        Tree::Text(text) => Given::Text(text),
        Tree::Number(number) => {
            let number = u64::try_from(*number).map_err(|_| at.expected("a whole number that is not negative"))?;
            Given::Number(number)
        }
        _ => return Err(at.expected("text or a whole number")),
    };
    let name = str::from_utf8(name).map_err(|_| at.unknown())?;
    sockaddr::set(bytes, big_endian, name, given).map_err(|wanted| at.expected(wanted.0))
}

/// An address of a family that has no other in it: all that the table has of it, but for what is left of another family.
fn made_of(
    (parts, old): (&[Pair<'_, '_>], Option<Item<'_>>),
    family: Option<&Tree>,
    big_endian: bool,
    at: &At<'_>,
) -> Result<Vec<u8>, Invalid> {
    let at_family = at.name(b"family");
    let has = |name: &[u8]| parts.iter().any(|pair| pair.name == name && pair.tree.is_some());
    let length = match family.and_then(Tree::text) {
        Some(b"inet") => 16,
        Some(b"inet6") => 28,
        Some(b"unix") if has(b"abstract") => 3,
        Some(b"unix") => 2,
        _ => {
            return Err(at_family.expected("inet, inet6 or unix; other addresses are set as a whole, in hex, as saddr"));
        }
    };
    let number = family.and_then(Tree::text).and_then(family::number).unwrap_or_default();
    let mut bytes = vec![0; length];
    let first = if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    for (byte, value) in bytes.iter_mut().zip(first) {
        *byte = value;
    }
    for pair in parts.iter().filter(|pair| pair.name != b"family" && pair.tree.is_some()) {
        let done = part(&mut bytes, big_endian, pair.name, pair.tree, &at.name(pair.name));
        if !pair.is_same(old) {
            done?;
        }
    }
    Ok(bytes)
}
