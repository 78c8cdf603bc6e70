//! Where reports are shown: one that comes again and again is redrawn in place on a terminal, one behind the other elsewhere.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use oyez_report::{Format, Report, Shown};

/// Puts the cursor in the upper left corner and clears what is below it (ECMA-48, CUP and ED).
const CLEAR: &[u8] = b"\x1b[H\x1b[J";

/// Where reports are shown.
#[derive(Debug)]
pub(crate) struct Screen<W> {
    out: W,
    /// Each report takes the place of the one before.
    redraws: bool,
    format: Format,
    top: Option<usize>,
    every: Duration,
    next: Instant,
    text: Vec<u8>,
}

impl<W: Write> Screen<W> {
    /// One on which the first report is due after `every`; `redraws` says that it is a terminal, and more than one will come:
    /// what stands on it goes then.
    pub(crate) fn new(out: W, redraws: bool, format: Format, top: Option<usize>, every: Duration) -> Self {
        let redraws = redraws && format == Format::Text;
        Screen { out, redraws, format, top, every, next: Instant::now() + every, text: Vec::new() }
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
        let size = if self.redraws { window() } else { None };
        // Of more rows than it has there is no room for one.
        self.render(report, lost, self.top.or(size.map(|(rows, _)| rows)));
        if let Some((rows, columns)) = size {
            cut(&mut self.text, rows, columns);
        }
        self.next = Instant::now() + self.every;
        self.write()
    }

    /// Shows the whole report.
    pub(crate) fn finish(&mut self, report: &Report, lost: &[(&'static str, u64)]) -> io::Result<()> {
        self.render(report, lost, self.top);
        self.write()
    }

    fn render(&mut self, report: &Report, lost: &[(&'static str, u64)], top: Option<usize>) {
        self.text.clear();
        report.render(self.format, Shown { top, lost }, &mut self.text);
    }

    fn write(&mut self) -> io::Result<()> {
        if self.redraws {
            self.out.write_all(CLEAR)?;
        }
        self.out.write_all(&self.text)?;
        if !self.redraws && self.format == Format::Text {
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

#[cfg(test)]
mod tests {
    use oyez_report::Options;

    use super::*;

    fn shown(redraws: bool, format: Format) -> String {
        let (mut out, report) = (Vec::new(), Report::new(Options::default()));
        let mut screen = Screen::new(&mut out, redraws, format, None, Duration::ZERO);
        screen.show(&report, &[]).unwrap();
        screen.finish(&report, &[]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_a_report_that_is_redrawn_clears_what_stood_there() {
        let clear = str::from_utf8(CLEAR).unwrap();
        assert_eq!(shown(true, Format::Text).matches(clear).count(), 2);
        for (redraws, format) in [(false, Format::Text), (true, Format::Json), (true, Format::Csv)] {
            assert!(!shown(redraws, format).contains('\x1b'), "{format:?}");
        }
    }

    #[test]
    fn what_a_terminal_has_no_room_for_is_cut() {
        let mut text = "one\ntwo, which is long\nthrée\nfour\n".as_bytes().to_vec();
        cut(&mut text, 4, 4);
        assert_eq!(str::from_utf8(&text), Ok("one\ntwo,\nthré\n"));
    }
}
