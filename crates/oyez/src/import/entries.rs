//! The lines of auditd's files: text in; keys with their values and places, and the lines that auditd would not take, out.
//!
//! A line is `KEY = WORD…`, with spaces around the sign, or a comment, or empty; keys and values are the same in upper and lower
//! case; the last of several wins (auditd.conf(5); src/auditd-config.c, `nv_split`).

use super::remarks::{Remark, Weight};

/// auditd up to 4.1 leaves out lines as long as this, in bytes (auditd.conf(5)); later ones take 510.
const LONG: usize = 160;

/// A key that is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// In lower case.
    pub(super) key: String,
    /// At least one.
    pub(super) words: Vec<String>,
    pub(super) line: usize,
}

/// One file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entries {
    /// What it is called in remarks.
    pub(super) file: String,
    pub(super) all: Vec<Entry>,
    /// Lines that auditd does not take.
    pub(super) faults: Vec<Remark>,
}

impl Entries {
    /// Reads a file that is called this.
    pub(crate) fn read(file: &str, text: &str) -> Self {
        let mut entries = Self { file: file.to_owned(), ..Self::default() };
        for (index, line) in text.lines().enumerate() {
            entries.line(index + 1, line);
        }
        entries
    }

    fn line(&mut self, number: usize, line: &str) {
        // Carriage returns and tabs are no part of what auditd takes for a word's end; here they are.
        let mut words = line.split_ascii_whitespace();
        let Some(key) = words.next().filter(|key| !key.starts_with('#')) else { return };
        let sign = words.next();
        let words: Vec<_> = words.map(str::to_owned).collect();
        let why = match sign {
            Some("=") if words.is_empty() => "it has no value",
            Some("=") if line.len() >= LONG => "auditd before 4.2 leaves out lines this long, and so does this",
            Some("=") => {
                let key = key.to_ascii_lowercase();
                self.all.push(Entry { key, words, line: number });
                return;
            }
            _ => "it has no equal sign with spaces around it",
        };
        let setting = line.trim().chars().take(40).collect();
        let file = self.file.clone();
        self.faults.push(Remark { file, line: number, setting, weight: Weight::Missing, why: why.to_owned() });
    }

    /// The entry that counts.
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.all.iter().rfind(|entry| entry.key == key)
    }

    /// Its first word, in lower case.
    pub(super) fn word(&self, key: &str) -> Option<String> {
        self.get(key)?.words.first().map(|word| word.to_ascii_lowercase())
    }

    /// Its first word, as it stands.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.words.first().map(String::as_str)
    }

    /// Its first word, if that is a number.
    pub(super) fn number(&self, key: &str) -> Option<u64> {
        self.text(key)?.parse().ok()
    }

    /// Something about a key, whether the file has it or not.
    pub(super) fn remark(&self, key: &str, weight: Weight, why: impl Into<String>) -> Remark {
        let (line, setting) = match self.get(key) {
            Some(entry) => (entry.line, format!("{} = {}", entry.key, entry.words.join(" "))),
            None => (0, format!("{key} (not set)")),
        };
        Remark { file: self.file.clone(), line, setting, weight, why: why.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_auditd_reads_them() {
        let long = format!("name = {}\n", "x".repeat(160));
        let text =
            format!("# c\n\n  Freq = 50\r\nfreq = 20\nspace_left_action = EXEC /bin/x\nbad=1\nflush =\nalone\n{long}");
        let entries = Entries::read("auditd.conf", &text);
        assert_eq!((entries.number("freq"), entries.text("flush"), entries.text("name")), (Some(20), None, None));
        assert_eq!(entries.word("space_left_action").as_deref(), Some("exec"));
        assert_eq!(entries.get("space_left_action").map(|entry| entry.words.len()), Some(2));
        let lines: Vec<_> = entries.faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [6, 7, 8, 9]);
        let remark = entries.remark("freq", Weight::Moot, "why").to_string();
        assert_eq!(remark, "auditd.conf:4: freq = 20: not needed: why");
    }
}
