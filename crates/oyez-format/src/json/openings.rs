//! Members whose value is a word of ours: made once, copied in one step.

use oyez_interpret::normal::{Action, Deed, Kind};

use super::out::Out;

/// As long as the longest, and a power of two.
const LEN: usize = 64;

/// The members of all actions, and how the objects of all kinds begin.
#[derive(Debug)]
pub(super) struct Openings {
    actions: Vec<Opening>,
    kinds: Vec<Opening>,
}

#[derive(Debug)]
struct Opening {
    text: [u8; LEN],
    len: usize,
}

impl Default for Openings {
    fn default() -> Self {
        let action = |action: &Action| Opening::of(&format!(",\"action\":\"{}\"", action.word()));
        let kind = |kind: &Kind| Opening::of(&format!(",\"object\":{{\"kind\":\"{}\"", kind.word()));
        Openings { actions: Action::ALL.iter().map(action).collect(), kinds: Kind::ALL.iter().map(kind).collect() }
    }
}

impl Openings {
    /// Appends `action`.
    pub(super) fn action(&self, deed: &Deed, out: &mut Out) {
        append(&self.actions, deed.action() as usize, out);
    }

    /// Appends the opening of `object` up to its kind.
    pub(super) fn object(&self, kind: Kind, out: &mut Out) {
        append(&self.kinds, kind as usize, out);
    }
}

#[inline]
fn append(openings: &[Opening], place: usize, out: &mut Out) {
    if let Some(opening) = openings.get(place) {
        out.chunk(&opening.text, opening.len);
    }
}

impl Opening {
    /// Words are plain ASCII that needs no escape.
    fn of(member: &str) -> Self {
        let mut text = [0; LEN];
        let len = member.len().min(LEN);
        for (place, byte) in text.iter_mut().zip(member.as_bytes()) {
            *place = *byte;
        }
        Opening { text, len }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_at_its_place_and_is_whole() {
        let openings = Openings::default();
        for (place, action) in Action::ALL.iter().enumerate() {
            let mut out = Out::default();
            append(&openings.actions, *action as usize, &mut out);
            assert_eq!(*action as usize, place);
            assert_eq!(out.written(), format!(",\"action\":\"{}\"", action.word()).as_bytes());
        }
        for kind in Kind::ALL {
            let mut out = Out::default();
            openings.object(*kind, &mut out);
            assert_eq!(out.written(), format!(",\"object\":{{\"kind\":\"{}\"", kind.word()).as_bytes());
        }
    }
}
