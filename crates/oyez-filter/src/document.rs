//! An event's JSON as `oyez-format` wrote it → its members, to be walked.
//!
//! Reads what oyez wrote itself, compact and valid, so it checks little: what it cannot read ends the document there, and so does
//! what lies deeper than [`MAX_DEPTH`]. Linear in the text. Buffers are kept from one event to the next: a slot of 64 bytes at
//! most for each two bytes of the longest text, and its bytes once more; nothing is allocated once they have grown.

use crate::view::Value;

/// Deeper than any event is; the document ends where something lies deeper.
pub const MAX_DEPTH: usize = 16;

/// One value with its name, in the order in which they stand in the text.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Where its name stands in the texts; empty for elements of lists.
    name: (u32, u32),
    what: What,
    /// The slot behind it and all below it.
    next: u32,
}

#[derive(Clone, Copy, Debug)]
enum What {
    Null,
    Flag(bool),
    Number(i128),
    /// Where it stands in the texts.
    Text(u32, u32),
    /// How many elements it has.
    List(u32),
    Object,
}

/// The members of one event.
#[derive(Debug, Default)]
pub struct Document {
    slots: Vec<Slot>,
    /// All names and texts, without quotes and escapes.
    texts: Vec<u8>,
}

/// One value of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub struct Item<'d> {
    document: &'d Document,
    slot: usize,
}

/// What an [`Item`] is.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'d> {
    /// A place without a value.
    Null,
    /// Text, number, yes or no.
    Scalar(Value<'d>),
    /// Elements: [`Item::children`].
    List,
    /// Members: [`Item::children`], with their [`Item::name`].
    Object,
}

impl Document {
    /// Reads `json`; what was read before is gone.
    pub fn read(&mut self, json: &[u8]) {
        self.slots.clear();
        self.texts.clear();
        let mut reader = Reading { json, at: 0, document: self };
        // What it cannot read ends the document.
        let _ = reader.value((0, 0), 0);
    }

    /// The event itself; `None` before anything was read.
    pub fn root(&self) -> Option<Item<'_>> {
        (!self.slots.is_empty()).then_some(Item { document: self, slot: 0 })
    }

    fn text(&self, (start, end): (u32, u32)) -> &[u8] {
        self.texts.get(start as usize..end as usize).unwrap_or_default()
    }
}

impl<'d> Item<'d> {
    /// Its name in the object it is a member of; empty for an element of a list.
    pub fn name(self) -> &'d [u8] {
        self.slot_of().map_or(b"", |slot| self.document.text(slot.name))
    }

    /// What it is.
    pub fn kind(self) -> Kind<'d> {
        match self.slot_of().map_or(What::Null, |slot| slot.what) {
            What::Null => Kind::Null,
            What::Flag(flag) => Kind::Scalar(Value::Flag(flag)),
            What::Number(number) => Kind::Scalar(Value::Number(number)),
            What::Text(start, end) => Kind::Scalar(Value::Text(self.document.text((start, end)))),
            What::List(_) => Kind::List,
            What::Object => Kind::Object,
        }
    }

    /// Its members or elements, in their order.
    pub fn children(self) -> impl Iterator<Item = Item<'d>> {
        let end = self.slot_of().map_or(0, |slot| slot.next as usize);
        let mut at = self.slot + 1;
        std::iter::from_fn(move || {
            let slot = self.document.slots.get(at).filter(|_| at < end)?;
            let item = Item { document: self.document, slot: at };
            at = slot.next as usize;
            Some(item)
        })
    }

    /// How many members or elements it has.
    pub fn count(self) -> usize {
        match self.slot_of().map(|slot| slot.what) {
            Some(What::List(count)) => count as usize,
            _ => self.children().count(),
        }
    }

    /// The element at `index`, from 0: at once in a list of texts and numbers, which may be long.
    pub fn at(self, index: usize) -> Option<Item<'d>> {
        let count = self.count();
        let within = self.slot_of()?.next as usize - self.slot - 1;
        if count != within {
            return self.children().nth(index);
        }
        (index < count).then(|| Item { document: self.document, slot: self.slot + 1 + index })
    }

    /// How many values it and all below it are, and how many bytes their names and texts have at most.
    pub fn extent(self) -> (usize, usize) {
        let end = self.slot_of().map_or(self.slot, |slot| slot.next as usize);
        (end.saturating_sub(self.slot), self.document.texts.len())
    }

    /// The member called `name`.
    pub fn get(self, name: &[u8]) -> Option<Item<'d>> {
        self.children().find(|item| item.name() == name)
    }

    fn slot_of(self) -> Option<&'d Slot> {
        self.document.slots.get(self.slot)
    }
}

struct Reading<'r> {
    json: &'r [u8],
    at: usize,
    document: &'r mut Document,
}

impl Reading<'_> {
    fn value(&mut self, name: (u32, u32), depth: usize) -> Option<()> {
        let place = self.document.slots.len();
        let byte = self.peek()?;
        let what = match byte {
            b'{' => What::Object,
            b'[' => What::List(0),
            b'"' => {
                let (start, end) = self.string()?;
                What::Text(start, end)
            }
            _ => self.word()?,
        };
        self.document.slots.push(Slot { name, what, next: 0 });
        let done = match what {
            What::Object | What::List(_) if depth >= MAX_DEPTH => None,
            What::Object => self.members(depth),
            What::List(_) => self.elements(place, depth),
            _ => Some(()),
        };
        let next = u32::try_from(self.document.slots.len()).ok()?;
        self.document.slots.get_mut(place)?.next = next;
        done
    }

    fn members(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        while self.peek()? != b'}' {
            self.skip(b',');
            let name = self.string()?;
            self.skip(b':');
            self.value(name, depth + 1)?;
        }
        self.at += 1;
        Some(())
    }

    /// The elements of the list whose slot is at `place`.
    fn elements(&mut self, place: usize, depth: usize) -> Option<()> {
        self.at += 1;
        let mut count = 0;
        while self.peek()? != b']' {
            self.skip(b',');
            self.value((0, 0), depth + 1)?;
            count += 1;
            self.document.slots.get_mut(place)?.what = What::List(count);
        }
        self.at += 1;
        Some(())
    }

    fn peek(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) {
        self.at += usize::from(self.peek() == Some(byte));
    }

    fn word(&mut self) -> Option<What> {
        let rest = self.json.get(self.at..)?;
        let len = rest.iter().position(|byte| b",]}\n".contains(byte)).unwrap_or(rest.len());
        let word = rest.get(..len)?;
        self.at += len;
        match word {
            b"true" => Some(What::Flag(true)),
            b"false" => Some(What::Flag(false)),
            b"null" => Some(What::Null),
            _ => str::from_utf8(word).ok()?.parse().ok().map(What::Number),
        }
    }

    /// Reads a string, and says where it stands in the texts.
    fn string(&mut self) -> Option<(u32, u32)> {
        self.at += 1;
        let start = u32::try_from(self.document.texts.len()).ok()?;
        loop {
            let rest = self.json.get(self.at..)?;
            let plain = memchr::memchr2(b'"', b'\\', rest)?;
            self.document.texts.extend_from_slice(rest.get(..plain)?);
            self.at += plain + 1;
            if rest.get(plain) == Some(&b'"') {
                break;
            }
            self.escape()?;
        }
        Some((start, u32::try_from(self.document.texts.len()).ok()?))
    }

    fn escape(&mut self) -> Option<()> {
        let byte = self.peek()?;
        self.at += 1;
        let plain = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => return self.unicode(),
            other => other,
        };
        self.document.texts.push(plain);
        Some(())
    }

    fn unicode(&mut self) -> Option<()> {
        let mut code = self.four_digits()?;
        if (0xD800..0xDC00).contains(&code) && self.json.get(self.at..)?.starts_with(b"\\u") {
            self.at += 2;
            code = 0x10000 + ((code - 0xD800) << 10) + self.four_digits()?.saturating_sub(0xDC00);
        }
        let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.document.texts.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        Some(())
    }

    fn four_digits(&mut self) -> Option<u32> {
        let digits = self.json.get(self.at..self.at + 4)?;
        self.at += 4;
        u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The JSON of an item, written anew.
    fn written(item: Item<'_>) -> String {
        match item.kind() {
            Kind::Null => "null".to_owned(),
            Kind::Scalar(Value::Flag(flag)) => flag.to_string(),
            Kind::Scalar(Value::Number(number)) => number.to_string(),
            Kind::Scalar(Value::Text(text)) => serde_json::to_string(str::from_utf8(text).unwrap()).unwrap(),
            Kind::List => format!("[{}]", item.children().map(written).collect::<Vec<_>>().join(",")),
            Kind::Object => {
                let member = |item: Item<'_>| {
                    let name = serde_json::to_string(str::from_utf8(item.name()).unwrap()).unwrap();
                    format!("{name}:{}", written(item))
                };
                format!("{{{}}}", item.children().map(member).collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        let json = r#"{"a":1,"b":[true,null,-5,"x\n\"\\é😀",[],{}],"c":{"d":{"e":18446744073709551615}},"f":""}"#;
        let mut document = Document::default();
        document.read(json.as_bytes());
        let again = written(document.root().unwrap());
        let value: serde_json::Value = serde_json::from_str(&again).unwrap();
        assert_eq!(value, serde_json::from_str::<serde_json::Value>(json).unwrap());
    }

    #[test]
    fn elements_are_found_by_their_place_in_lists_of_any_kind() {
        let mut document = Document::default();
        for json in ["[]", "[1,\"a\",null]", "[{\"a\":1},2,[3,4],[]]"] {
            document.read(json.as_bytes());
            let list = document.root().unwrap();
            let walked: Vec<_> = list.children().map(written).collect();
            assert_eq!(list.count(), walked.len());
            let found: Vec<_> = (0..walked.len() + 2).map_while(|index| list.at(index).map(written)).collect();
            assert_eq!(found, walked, "{json}");
        }
    }

    #[test]
    fn escapes_of_two_halves_are_one_letter() {
        let mut document = Document::default();
        document.read(br#"["\ud83d\ude00","\u0007"]"#);
        let texts: Vec<_> = document.root().unwrap().children().map(written).collect();
        assert_eq!(texts, ["\"😀\"", "\"\\u0007\""]);
    }

    #[test]
    fn text_that_ends_early_or_goes_too_deep_ends_the_document() {
        let mut document = Document::default();
        for json in ["{\"a\":", "[[[[", "{\"a", "\"\\u12", &"[".repeat(1000), "x", ""] {
            document.read(json.as_bytes());
            let _ = document.root().map(written);
        }
        document.read(b"{\"a\":1,\"b\":[2");
        assert_eq!(document.root().unwrap().get(b"a").map(written).as_deref(), Some("1"));
    }

    #[test]
    fn a_slot_is_as_large_as_is_said() {
        assert!(size_of::<Slot>() <= 64);
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            let list = proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into);
            let object = proptest::collection::btree_map(any::<String>(), inner, 0..6);
            prop_oneof![list, object.prop_map(|all| serde_json::Value::Object(all.into_iter().collect()))]
        })
    }

    proptest! {
        #[test]
        fn any_json_is_read_as_what_it_is(value in any_json()) {
            let mut document = Document::default();
            document.read(value.to_string().as_bytes());
            let again: serde_json::Value = serde_json::from_str(&written(document.root().unwrap())).unwrap();
            prop_assert_eq!(again, value);
        }

        #[test]
        fn any_bytes_are_read_to_their_end_or_not(
            bytes in proptest::collection::vec(prop_oneof![proptest::num::u8::ANY, proptest::sample::select(&b"{}[]\",:\\u0d8t1-"[..])], 0..60),
        ) {
            let mut document = Document::default();
            document.read(&bytes);
            let reached = document.root().map_or(0, count);
            prop_assert_eq!(reached, document.slots.len());
            prop_assert!(document.slots.len() <= bytes.len() && document.texts.len() <= 3 * bytes.len());
        }
    }

    /// How many items there are; every one is reached once.
    fn count(item: Item<'_>) -> usize {
        1 + item.children().map(count).sum::<usize>()
    }
}
