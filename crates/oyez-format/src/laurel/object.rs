//! JSON objects whose names are unique whatever a record holds.
//!
//! A name that came before in the same object would make it mean one thing to one reader and another to the next; laurel
//! writes it twice. Here what comes again goes to the member `MORE`, a list of objects of one member each.

use std::collections::HashSet;
use std::hash::BuildHasher as _;

use foldhash::quality::RandomState;

use super::string::string;

/// The member for what comes again.
const MORE: &[u8] = b"MORE";

/// Writes one object at a time; keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Object {
    state: RandomState,
    /// Hashes of the names so far: two names with one hash would only send the second to `MORE`.
    seen: HashSet<u64, RandomState>,
    more: Vec<u8>,
    is_empty: bool,
}

impl Object {
    pub(super) fn start(&mut self, out: &mut Vec<u8>) {
        self.seen.clear();
        self.more.clear();
        self.is_empty = true;
        out.push(b'{');
    }

    /// Appends a member, whose value `write` appends.
    pub(super) fn member(&mut self, name: &[u8], out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        if name != MORE && self.seen.insert(self.state.hash_one(name)) {
            if !self.is_empty {
                out.push(b',');
            }
            self.is_empty = false;
            string(name, out);
            out.push(b':');
            write(out);
            return;
        }
        self.more.extend_from_slice(if self.more.is_empty() { b"{" } else { b",{" });
        string(name, &mut self.more);
        self.more.push(b':');
        write(&mut self.more);
        self.more.push(b'}');
    }

    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        if !self.more.is_empty() {
            out.extend_from_slice(if self.is_empty { b"\"MORE\":[" } else { b",\"MORE\":[" });
            out.extend_from_slice(&self.more);
            out.push(b']');
        }
        out.push(b'}');
    }
}

/// Appends a list of strings.
pub(super) fn list<'a>(items: impl Iterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        string(item, out);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_goes_to_a_list_of_its_own() {
        let (mut object, mut out) = (Object::default(), Vec::new());
        for _ in 0..2 {
            out.clear();
            object.start(&mut out);
            for (name, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("MORE", "4")] {
                object.member(name.as_bytes(), &mut out, |out| out.extend_from_slice(value.as_bytes()));
            }
            object.end(&mut out);
            assert_eq!(String::from_utf8_lossy(&out), r#"{"a":1,"b":2,"MORE":[{"a":3},{"MORE":4}]}"#);
        }
    }
}
