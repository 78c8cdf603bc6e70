//! The `oyez.toml` that comes of it: keys with values and comments in, its text out.

use std::fmt::Write as _;

use crate::config::kind::quoted;

/// A part of the file: what stands above the tables, a table, or an output.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    text: String,
}

impl Part {
    /// `[[output]]` of this type, with this name.
    pub(super) fn output(name: &str, of: &str) -> Self {
        let mut part = Self::default();
        part.line("[[output]]");
        part.put("name", quoted(name));
        part.put("type", quoted(of));
        part
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A comment; its lines must hold no control characters.
    pub(super) fn comment(&mut self, text: &str) {
        for line in text.lines() {
            let harmless: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = writeln!(self.text, "# {harmless}");
        }
    }

    /// A key with a value that is TOML.
    pub(super) fn put(&mut self, key: &str, value: impl AsRef<str>) {
        let _ = writeln!(self.text, "{key} = {}", value.as_ref());
    }

    /// A key with text.
    pub(super) fn text(&mut self, key: &str, value: &str) {
        self.put(key, quoted(value));
    }

    /// A key with a list of texts.
    pub(super) fn texts(&mut self, key: &str, values: &[String]) {
        let values: Vec<_> = values.iter().map(|value| quoted(value)).collect();
        self.put(key, format!("[{}]", values.join(", ")));
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}
