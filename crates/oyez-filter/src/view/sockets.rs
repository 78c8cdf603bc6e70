//! What `SOCKADDR` records say, decoded.

use std::io::Write as _;
use std::net::IpAddr;

use oyez_events::decode::sockaddr::{self, Part};
use oyez_events::decode::{Decimal, Dotted, hex};
use oyez_events::fields::{self, Field, FieldKey, Form};
use oyez_events::{Event, Record};
use oyez_tables::family;
use oyez_tables::key::Key;
use oyez_tables::record_type::SOCKADDR;

use super::kept::Kept;
use super::value::{Value, Visit, first};

/// What is wanted of a socket address.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    Family,
    Part(&'static str),
    /// All its bytes, where the parts are not all.
    Bytes,
}

impl Kept {
    /// What all `SOCKADDR` records say of what is wanted.
    pub(super) fn socket(&mut self, event: &Event, wanted: Wanted, visit: &mut Visit<'_>) -> bool {
        if self.members.omits(Key::Saddr) || !event.numbers().any(|number| number == SOCKADDR) {
            return false;
        }
        let big_endian = self.is_big_endian(event);
        for (index, _) in event.numbers().enumerate().filter(|(_, number)| *number == SOCKADDR) {
            let Some(record) = event.record(index) else { continue };
            if self.socket_of(index, &record, (wanted, big_endian), visit) {
                return true;
            }
        }
        false
    }

    fn socket_of(
        &mut self,
        index: usize,
        record: &Record<'_>,
        (wanted, big_endian): (Wanted, bool),
        visit: &mut Visit<'_>,
    ) -> bool {
        let is_address = |field: &&Field| field.key == FieldKey::Known(Key::Saddr) && field.form == Form::Bare;
        let alone = fields::only(record, Key::Saddr).filter(|field| field.form == Form::Bare);
        let own = if let Some(field) = &alone {
            std::slice::from_ref(field)
        } else {
            let spots = self.split(index, record);
            self.fields.get(spots.own).unwrap_or_default()
        };
        let (text, bytes, printed) = (record.text(), &mut self.hex, &mut self.text);
        let found = own.iter().find(is_address).filter(|field| hex(field.value.of(text), bytes));
        let address = found.map(|_| sockaddr::decode(bytes, big_endian));
        match (wanted, address) {
            (Wanted::Family, Some(address)) => address.family().is_some_and(|number| of_family(number, visit)),
            (Wanted::Part(name), Some(address)) => {
                let mut is_enough = false;
                address.parts(&mut |other, part| is_enough |= other == name && of_part(part, printed, visit));
                is_enough
            }
            (Wanted::Bytes, address) => {
                let is_said = address.is_some_and(|address| address.says_all());
                let others = own.iter().filter(|field| !is_said || found != Some(*field));
                let seen = first(SOCKADDR, text, others, Key::Saddr);
                seen.and_then(|(_, seen)| seen.value(printed)).is_some_and(visit)
            }
            _ => false,
        }
    }
}

fn of_family(number: u16, visit: &mut Visit<'_>) -> bool {
    match family::name(number) {
        Some(name) => visit(Value::Text(name.as_bytes())),
        None => visit(Value::Text(Decimal::new(number.into()).as_bytes())),
    }
}

fn of_part(part: Part<'_>, printed: &mut Vec<u8>, visit: &mut Visit<'_>) -> bool {
    printed.clear();
    // Writing to a vector cannot fail.
    let _ = match part {
        Part::Number(number) => return visit(Value::Number(number.into())),
        Part::Text(text) => return visit(Value::Text(text)),
        Part::Ip(IpAddr::V4(ip)) => return visit(Value::Text(Dotted::new(ip).as_bytes())),
        Part::Ip(ip) => write!(printed, "{ip}"),
        Part::Hardware(hardware) => write!(printed, "{hardware}"),
    };
    visit(Value::Text(printed))
}
