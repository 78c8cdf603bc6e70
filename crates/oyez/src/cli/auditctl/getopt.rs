//! The words of an auditctl command line → its options, one by one, in the order in which auditctl meets them.
//!
//! What `oyez_rules::text` does with a whole line, in steps: auditctl acts on some options before it has seen the next.

/// Letters of options, those with a value apart (auditctl(8)).
const PLAIN: &[u8] = b"hicslDvt";
const WITH_VALUE: &[u8] = b"CefrbaAdSFmRwWkpq";
/// Options with a name, and whether they take a value.
const LONG: [(&str, bool); 5] = [
    ("loginuid-immutable", false),
    ("backlog_wait_time", true),
    ("reset-lost", false),
    ("reset_backlog_wait_time_actual", false),
    ("signal", true),
];

/// Which option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opt {
    Letter(u8),
    Long(&'static str),
    /// None that there is, or one without its value.
    Invalid,
}

/// One option of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) opt: Opt,
    /// The word it stands in.
    pub(super) word: usize,
    /// Whether letters follow it in its word.
    pub(super) bundled: bool,
    /// Empty where it takes none.
    pub(super) value: Vec<u8>,
}

impl Entry {
    /// Whether it is part of a rule.
    pub(super) fn is_of_rule(&self) -> bool {
        matches!(self.opt, Opt::Letter(b'a' | b'A' | b'd' | b'w' | b'W' | b'S' | b'F' | b'C' | b'k' | b'p'))
    }
}

/// The options, and how many words belong to none.
pub(super) fn read(words: &[Vec<u8>]) -> (Vec<Entry>, usize) {
    let mut reader = Reader { words, next: 0, entries: Vec::new(), strays: 0 };
    while let Some(word) = words.get(reader.next) {
        reader.next += 1;
        match word.as_slice() {
            b"--" => {
                reader.strays += words.len() - reader.next;
                break;
            }
            [b'-', b'-', name @ ..] => reader.long(name),
            [b'-', letters @ ..] if !letters.is_empty() => reader.letters(letters),
            _ => reader.strays += 1,
        }
    }
    (reader.entries, reader.strays)
}

struct Reader<'a> {
    words: &'a [Vec<u8>],
    next: usize,
    entries: Vec<Entry>,
    strays: usize,
}

impl Reader<'_> {
    fn letters(&mut self, letters: &[u8]) {
        for (at, letter) in letters.iter().enumerate() {
            let rest = &letters[at + 1..];
            if PLAIN.contains(letter) {
                self.push(Opt::Letter(*letter), !rest.is_empty(), Vec::new());
            } else if WITH_VALUE.contains(letter) {
                return self.with_value(Opt::Letter(*letter), (!rest.is_empty()).then(|| rest.to_vec()));
            } else {
                return self.push(Opt::Invalid, false, Vec::new());
            }
        }
    }

    fn long(&mut self, text: &[u8]) {
        let (name, value) = match text.iter().position(|byte| *byte == b'=') {
            Some(at) => (&text[..at], Some(text[at + 1..].to_vec())),
            None => (text, None),
        };
        let exact = LONG.iter().find(|(known, _)| known.as_bytes() == name);
        let cut: Vec<_> = LONG.iter().filter(|(known, _)| known.as_bytes().starts_with(name)).collect();
        match exact.or(if let [only] = cut[..] { Some(only) } else { None }) {
            Some((name, true)) => self.with_value(Opt::Long(name), value),
            Some((name, false)) if value.is_none() => self.push(Opt::Long(name), false, Vec::new()),
            _ => self.push(Opt::Invalid, false, Vec::new()),
        }
    }

    fn with_value(&mut self, opt: Opt, attached: Option<Vec<u8>>) {
        let word = self.next - 1;
        let value = attached.or_else(|| {
            let value = self.words.get(self.next).cloned();
            self.next += usize::from(value.is_some());
            value
        });
        let opt = if value.is_some() { opt } else { Opt::Invalid };
        self.entries.push(Entry { opt, word, bundled: false, value: value.unwrap_or_default() });
    }

    fn push(&mut self, opt: Opt, bundled: bool, value: Vec<u8>) {
        self.entries.push(Entry { opt, word: self.next - 1, bundled, value });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Vec<u8>> {
        line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
    }

    fn options(line: &str) -> Vec<(Opt, String)> {
        let text = |entry: Entry| (entry.opt, String::from_utf8(entry.value).unwrap());
        read(&words(line)).0.into_iter().map(text).collect()
    }

    #[test]
    fn values_may_be_attached_and_letters_bundled() {
        let expected = [
            (Opt::Letter(b's'), String::new()),
            (Opt::Letter(b'i'), String::new()),
            (Opt::Letter(b'b'), "64".to_owned()),
            (Opt::Letter(b'e'), "-x".to_owned()),
            (Opt::Long("backlog_wait_time"), "5".to_owned()),
            (Opt::Long("signal"), "HUP".to_owned()),
        ];
        assert_eq!(options("-si -b64 -e -x --backlog=5 --signal HUP"), expected);
        assert!(read(&words("-si")).0[0].bundled && !read(&words("-si")).0[1].bundled);
    }

    #[test]
    fn what_is_no_option_is_invalid_and_what_belongs_to_none_is_counted() {
        for line in ["-x", "--frob", "--reset", "--reset-lost=1", "-e", "--signal"] {
            assert_eq!(options(line), [(Opt::Invalid, String::new())], "{line}");
        }
        assert_eq!(read(&words("foo -l bar -- -x")).1, 3);
    }
}
