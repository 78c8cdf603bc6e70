//! A log → a bigger log: copies of it, each later and with higher serials than the last, so that no two events are one.
//!
//! Lines without a stamp `audit(SEC.MS:SERIAL)` are copied as they are.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// One line, split around its stamp.
struct Line<'a> {
    before: &'a str,
    stamp: Option<Stamp<'a>>,
    after: &'a str,
}

#[derive(Clone, Copy)]
struct Stamp<'a> {
    sec: u64,
    ms: &'a str,
    serial: u64,
}

/// Writes copies of `seed` to `target` until it has at least `bytes`.
pub(crate) fn grow(seed: &Path, target: &Path, bytes: u64) -> Result<()> {
    let text = std::fs::read(seed).with_context(|| format!("cannot read {}", seed.display()))?;
    let file = File::create(target).with_context(|| format!("cannot write {}", target.display()))?;
    let mut out = BufWriter::with_capacity(1 << 20, Counted { inner: file, count: 0 });
    // Bytes that are not UTF-8 pass: kernel logs are ASCII, and a char per byte keeps the rest as it is.
    let text = latin1(&text);
    let lines: Vec<Line<'_>> = text.split_inclusive('\n').map(split).collect();
    let stamps = || lines.iter().filter_map(|line| line.stamp);
    ensure!(stamps().next().is_some(), "{} holds no record", seed.display());
    let step_sec = span(stamps().map(|stamp| stamp.sec));
    let step_serial = span(stamps().map(|stamp| stamp.serial));
    let mut copy = 0;
    while out.get_ref().count < bytes {
        for line in &lines {
            write_line(&mut out, line, copy * step_sec, copy * step_serial)?;
        }
        out.flush()?;
        copy += 1;
    }
    Ok(())
}

/// How far apart the least and the greatest are, and one more.
fn span(values: impl Iterator<Item = u64> + Clone) -> u64 {
    values.clone().max().zip(values.min()).map_or(1, |(max, min)| max - min + 1)
}

fn split(line: &str) -> Line<'_> {
    let whole = Line { before: line, stamp: None, after: "" };
    let Some((before, rest)) = line.split_once("audit(") else { return whole };
    let Some((stamp, _)) = rest.split_once(')') else { return whole };
    let after = &rest[stamp.len()..];
    stamp_of(stamp).map_or(whole, |stamp| Line { before, stamp: Some(stamp), after })
}

fn stamp_of(text: &str) -> Option<Stamp<'_>> {
    let (sec, rest) = text.split_once('.')?;
    let (ms, serial) = rest.split_once(':')?;
    Some(Stamp { sec: sec.parse().ok()?, ms, serial: serial.parse().ok()? })
}

fn write_line(out: &mut impl Write, line: &Line<'_>, sec: u64, serial: u64) -> Result<()> {
    write_bytes(out, line.before)?;
    if let Some(stamp) = line.stamp {
        write!(out, "audit({}.{}:{}", stamp.sec + sec, stamp.ms, stamp.serial + serial)?;
        write_bytes(out, line.after)?;
    }
    Ok(())
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn write_bytes(out: &mut impl Write, text: &str) -> Result<()> {
    if text.is_ascii() {
        out.write_all(text.as_bytes())?;
        return Ok(());
    }
    for c in text.chars() {
        out.write_all(&[u8::try_from(c)?])?;
    }
    Ok(())
}

/// Counts what goes through.
struct Counted<W> {
    inner: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.count += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_moves_on_and_keeps_its_bytes() {
        let text = latin1(b"node=a type=CWD msg=audit(10.020:7): cwd=\"\xff\"\n");
        let mut out = Vec::new();
        write_line(&mut out, &split(&text), 100, 1000).unwrap();
        assert_eq!(out, b"node=a type=CWD msg=audit(110.020:1007): cwd=\"\xff\"\n");
        for text in ["hello\n", "audit(x)\n", "audit(1.2:3"] {
            let mut out = Vec::new();
            write_line(&mut out, &split(text), 1, 1).unwrap();
            assert_eq!(out, text.as_bytes());
        }
    }

    #[test]
    fn a_copy_begins_where_the_last_ended() {
        assert_eq!(span([5, 9, 7].into_iter()), 5);
        assert_eq!(span([4].into_iter()), 1);
    }
}
