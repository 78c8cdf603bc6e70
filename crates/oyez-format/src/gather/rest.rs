//! What a format has no member for, under the kernel's own names; so that nothing is lost.
//!
//! Members are only those whose key a table knows: who writes records cannot add names. All else (other keys, words, values
//! that were cut, a value beside another of the same name) is a list of `key=value`. All values are text.

use oyez_events::fields::Form;
use oyez_tables::key::Key;

use super::places::{CLAIMED, OWN};
use super::{Gathered, Spot, View};
use crate::document::Document;

/// Which fields a format has members for.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    /// Of those that the kernel wrote.
    pub(crate) own: &'static [Key],
    /// Of those that a program wrote.
    pub(crate) claimed: &'static [Key],
}

/// Said in words here, or by the format as the result.
const WORDS: &[Key] = &[Key::Arch, Key::Syscall, Key::Exit, Key::Success, Key::Res, Key::Result, Key::Subj];
const RESULT: &[Key] = &[Key::Success, Key::Res, Key::Result];

/// Appends the members.
pub(crate) fn members(view: &View<'_>, told: Told, document: &mut Document, scratch: &mut Vec<u8>) {
    call(view, told, document);
    for spot in untold(view.found, told) {
        if let Some(key) = spot.key() {
            document.some(key.name(), spot.value(view.event).text(scratch));
        }
    }
    socket(view, document);
    let is_member = |spot: &Spot| spot.field.form != Form::Torn && spot.key().is_some_and(|key| !has(view, told, key));
    let runs = view.found.rest.chunk_by(|a, b| a.key().is_some() && a.key() == b.key());
    for run in runs {
        let mut several = run.iter().filter(|spot| is_member(spot));
        let (Some(first), second) = (several.next(), several.next()) else { continue };
        let Some(key) = first.key() else { continue };
        if second.is_none() {
            document.some(key.name(), first.value(view.event).text(scratch));
            continue;
        }
        document.list(key.name(), |document| {
            for spot in run.iter().filter(|spot| is_member(spot)) {
                if let Some(text) = spot.value(view.event).text(scratch) {
                    document.item(text);
                }
            }
        });
    }
}

/// Appends the list `name` of what can be no member.
pub(crate) fn others(view: &View<'_>, told: Told, name: &'static str, document: &mut Document, scratch: &mut Vec<u8>) {
    document.list(name, |document| {
        let has_no_place =
            |spot: &&Spot| spot.field.form == Form::Torn || spot.key().is_none_or(|key| has(view, told, key));
        for spot in view.found.rest.iter().filter(has_no_place) {
            pair(view, spot, document, scratch);
        }
        for key in RESULT {
            for spot in view.found.own(*key).into_iter().chain(view.found.claimed(*key)) {
                if !view.is_told_as_result(spot) {
                    pair(view, &spot, document, scratch);
                }
            }
        }
        // The kernel's word is the one that is told.
        for key in [Key::Exe, Key::Comm, Key::Cwd] {
            let own = if key == Key::Cwd { view.found.cwd } else { view.found.own(key) };
            if let Some(spot) = own.and(view.found.claimed(key)) {
                pair(view, &spot, document, scratch);
            }
        }
    });
}

/// Appends the list `name` of the `PATH` records, by their numbers, with all their fields; `other` may write one otherwise.
pub(crate) fn paths(
    view: &View<'_>,
    name: &'static str,
    other: impl Fn(Key, &[u8], &mut Document) -> bool,
    document: &mut Document,
    scratch: &mut Vec<u8>,
) {
    document.list(name, |document| {
        for item in view.found.items() {
            document.element(|document| {
                for spot in view.found.fields_of(item) {
                    let text = spot.value(view.event).text(scratch);
                    if let Some((key, text)) = spot.key().zip(text).filter(|(key, text)| !other(*key, text, document)) {
                        document.text(key.name(), text);
                    }
                }
            });
        }
    });
}

/// Fields that have a place and no member: the kernel's first.
fn untold(found: &Gathered, told: Told) -> impl Iterator<Item = Spot> {
    let is_own = move |key: &Key| !told.own.contains(key) && !WORDS.contains(key);
    let own = OWN.iter().copied().filter(is_own).filter_map(|key| found.own(key));
    let claims = CLAIMED.iter().copied().filter(move |key| is_claim(found, told, *key));
    own.chain(claims.filter_map(|key| found.claimed(key)))
}

fn is_claim(found: &Gathered, told: Told, key: Key) -> bool {
    !told.claimed.contains(&key) && !RESULT.contains(&key) && (told.own.contains(&key) || found.own(key).is_none())
}

/// Whether `key` already has a member here.
fn has(view: &View<'_>, told: Told, key: Key) -> bool {
    let found = view.found;
    let is_own = !told.own.contains(&key) || WORDS.contains(&key);
    is_own && found.own(key).is_some()
        || is_claim(found, told, key) && found.claimed(key).is_some()
        || key == Key::Saddr && !found.saddr.is_empty()
}

fn pair(view: &View<'_>, spot: &Spot, document: &mut Document, scratch: &mut Vec<u8>) {
    let (name, value) = (spot.name(view.event), spot.bytes(view.event));
    scratch.clear();
    if !name.is_empty() {
        scratch.extend_from_slice(name);
        scratch.push(b'=');
    }
    scratch.extend_from_slice(value);
    if !scratch.is_empty() {
        document.item(scratch);
    }
}

/// The system call and what it returned, in words where there are some; and the label, but one of SELinux that has members.
fn call(view: &View<'_>, told: Told, document: &mut Document) {
    let own = |key| view.found.own(key).map(|spot: Spot| spot.bytes(view.event));
    document.some("arch", view.arch().map(|arch| arch.name().as_bytes()).or_else(|| own(Key::Arch)));
    document.some("syscall", view.call().or_else(|| own(Key::Syscall)));
    document.some("exit", view.errno().map(str::as_bytes).or_else(|| own(Key::Exit)));
    let is_told = |label: &[u8]| told.own.contains(&Key::Subj) && oyez_interpret::fields::label(label).is_some();
    document.some("subj", own(Key::Subj).filter(|label| !is_told(label)));
}

/// The socket address, by the names that auditbeat has for its parts.
fn socket(view: &View<'_>, document: &mut Document) {
    let Some(socket) = view.socket() else { return };
    document.object("socket", |document| {
        let family = match socket.family {
            Some("inet") => Some("ipv4"),
            Some("inet6") => Some("ipv6"),
            other => other,
        };
        document.some("family", family.map(str::as_bytes));
        if let Some(ip) = socket.ip {
            document.printed("addr", &ip);
        }
        if let Some(port) = socket.port {
            document.printed("port", &port);
        }
        document.some("path", socket.path.or(socket.name));
        if !socket.is_all {
            document.printed("saddr", &Hex(&view.found.saddr));
        }
    });
}

/// Upper-case hex, as the kernel writes it.
struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}
