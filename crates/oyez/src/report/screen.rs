//! A report shown again and again: redrawn in place on a terminal, one behind the other elsewhere.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use oyez_report::{Format, Report, Shown};

/// Puts the cursor in the upper left corner and clears what is below it (ECMA-48, CUP and ED).
const CLEAR: &[u8] = b"\x1b[H\x1b[J";

/// Where reports are shown.
#[derive(Debug)]
pub(crate) struct Screen<W> {
    out: W,
    is_terminal: bool,
    format: Format,
    top: Option<usize>,
    every: Duration,
    next: Instant,
    text: Vec<u8>,
}

impl<W: Write> Screen<W> {
    /// One on which the first report is due after `every`.
    pub(crate) fn new(out: W, is_terminal: bool, format: Format, top: Option<usize>, every: Duration) -> Self {
        let is_terminal = is_terminal && format == Format::Text;
        Screen { out, is_terminal, format, top, every, next: Instant::now() + every, text: Vec::new() }
    }

    /// When the next report is due.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    pub(crate) fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    /// Shows the report as it is now; of one that a terminal has no room for, the beginning.
    pub(crate) fn show(&mut self, report: &Report, lost: &[(&'static str, u64)]) -> io::Result<()> {
        self.render(report, lost);
        let size = if self.is_terminal { window() } else { None };
        if let Some((rows, columns)) = size {
            cut(&mut self.text, rows, columns);
        }
        self.next = Instant::now() + self.every;
        self.write()
    }

    /// Shows the whole report.
    pub(crate) fn finish(&mut self, report: &Report, lost: &[(&'static str, u64)]) -> io::Result<()> {
        self.render(report, lost);
        self.write()
    }

    fn render(&mut self, report: &Report, lost: &[(&'static str, u64)]) {
        self.text.clear();
        report.render(self.format, Shown { top: self.top, lost }, &mut self.text);
    }

    fn write(&mut self) -> io::Result<()> {
        if self.is_terminal {
            self.out.write_all(CLEAR)?;
        }
        self.out.write_all(&self.text)?;
        if !self.is_terminal && self.format == Format::Text {
            self.out.write_all(b"\n")?;
        }
        self.out.flush()
    }
}

/// Rows and columns of the terminal that standard output is.
fn window() -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some((size.ws_row.into(), size.ws_col.into())).filter(|(rows, columns)| *rows > 1 && *columns > 0)
}

/// Keeps what `rows` lines of `columns` characters have room for, less the line that the cursor stands on.
fn cut(text: &mut Vec<u8>, rows: usize, columns: usize) {
    let shown = String::from_utf8_lossy(text).into_owned();
    text.clear();
    for line in shown.lines().take(rows.saturating_sub(1)) {
        let end = line.char_indices().nth(columns).map_or(line.len(), |(at, _)| at);
        text.extend_from_slice(line.get(..end).unwrap_or(line).as_bytes());
        text.push(b'\n');
    }
}
