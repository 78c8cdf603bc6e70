//! Advice as text for people, and as JSON.
//!
//! Text opens with how much there was and a table; below it each suggestion with its filter and its rules on lines of their
//! own, ready to be pasted. All prose there is comment, for a configuration and for a rules file alike. Values stand in it only
//! where each character is shown and none can end a line, so no log can write a line.

use std::fmt::Write as _;

use oyez_events::EventId;
use serde::Serialize;

use crate::{Advice, Kernel, Left, Narrowing, Stays, Suggestion, Volume, words};

/// The version of the JSON.
const VERSION: u32 = 1;

impl Advice {
    /// Text, as whole lines.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.head(&mut out).and_then(|()| self.table(&mut out));
        for (rank, suggestion) in (1..).zip(&self.suggestions) {
            let _ = self.suggestion(rank, suggestion, &mut out);
        }
        out
    }

    /// All filters, as a configuration: what is about them is comment.
    pub fn filters(&self) -> String {
        let mut out = self.comment();
        for (rank, suggestion) in (1..).zip(&self.suggestions) {
            let _ = self.about(rank, suggestion, &mut out);
            out.push_str(&suggestion.filter);
        }
        out
    }

    /// All rules for the kernel, as a rules file: what is about them is comment. They go before those that record.
    pub fn rules(&self) -> String {
        let mut out = self.comment();
        for (rank, suggestion) in (1..).zip(&self.suggestions) {
            if let Some(kernel) = &suggestion.kernel {
                let events = words::events(&suggestion.what);
                let _ = writeln!(out, "\n# {rank}. {events}");
                let _ = self.kernel("", kernel, &mut out);
            }
        }
        out
    }

    /// The first lines, as comment.
    fn comment(&self) -> String {
        let mut head = String::new();
        let _ = self.head(&mut head);
        head.lines().fold(String::new(), |all, line| all + "# " + line + "\n")
    }

    /// One JSON object, as a line.
    ///
    /// # Errors
    /// None in practice: it is written to memory.
    pub fn json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let suggestions = (1..).zip(&self.suggestions).map(|(rank, suggestion)| Ranked {
            rank,
            share: percent(suggestion.saves, self.all),
            suggestion,
        });
        let object = Object {
            v: VERSION,
            all: self.all,
            left_out: self.left_out,
            first: self.range.map(|(first, _)| time(first)),
            last: self.range.map(|(_, last)| time(last)),
            stays: self.stays.iter().map(|(why, volume)| Staying { why: *why, volume: *volume }).collect(),
            coarse: self.coarse,
            saves: self.saves(),
            suggestions: suggestions.collect(),
            left: &self.left,
        };
        let mut line = serde_json::to_vec(&object)?;
        line.push(b'\n');
        Ok(line)
    }

    fn head(&self, out: &mut String) -> std::fmt::Result {
        let Volume { events, records, bytes } = self.all;
        write!(out, "{events} events of {records} records, {} of JSON", size(bytes))?;
        if let Some((first, last)) = self.range {
            write!(out, ", {} to {}", time(first), time(last))?;
        }
        if self.left_out > 0 {
            write!(out, "; {} others left out", self.left_out)?;
        }
        out.push('\n');
        if !self.stays.is_empty() {
            let kinds = self.stays.iter().map(|(why, volume)| format!("{} {}", why.words(), volume.events));
            let kinds: Vec<_> = kinds.collect();
            writeln!(out, "{} must stay: {}", percent(self.all_stays(), self.all), kinds.join(", "))?;
        }
        if self.coarse.events > 0 {
            let share = percent(self.coarse, self.all);
            writeln!(out, "{share} came too rarely to be told apart in full, and may be taken out as well")?;
        }
        Ok(())
    }

    fn table(&self, out: &mut String) -> std::fmt::Result {
        if self.suggestions.is_empty() {
            writeln!(out, "\nnothing to suggest")?;
        } else {
            writeln!(out, "\n  #    saves     events    records  how       what")?;
        }
        for (rank, Suggestion { saves, action, at_least, what, .. }) in (1..).zip(&self.suggestions) {
            let sign = if *at_least { '≥' } else { ' ' };
            let share = percent(*saves, self.all);
            let action = action.word();
            let Volume { events, records, .. } = saves;
            let what = words::events(what);
            writeln!(out, "{rank:>3} {sign}{share:>7} {events:>10} {records:>10}  {action:<8}  {what}")?;
        }
        writeln!(
            out,
            "    {:>8} {:>10} {:>10}  together",
            percent(self.saves(), self.all),
            self.saves().events,
            self.saves().records
        )?;
        if !self.left.is_empty() {
            writeln!(out, "\nleft, of what need not stay:")?;
        }
        for Left { field, value, volume } in &self.left {
            let what = if *field == "other" { "came too rarely".to_owned() } else { format!("{field} {value}") };
            writeln!(
                out,
                "    {:>8} {:>10} {:>10}  {what}",
                percent(*volume, self.all),
                volume.events,
                volume.records
            )?;
        }
        Ok(())
    }

    fn suggestion(&self, rank: usize, suggestion: &Suggestion, out: &mut String) -> std::fmt::Result {
        let Suggestion { filter, kernel, narrowing, .. } = suggestion;
        self.about(rank, suggestion, out)?;
        out.push_str(filter);
        if let Some(kernel) = kernel {
            self.kernel("or ", kernel, out)?;
        }
        if let Some(Narrowing { key, add, saves, costs }) = narrowing {
            let saves = percent(*saves, self.all);
            write!(out, "# or add {add} to the rules with the key \"{key}\", each beside a copy with -F success=0: ")?;
            writeln!(out, "saves {saves}\n# costs: {costs}")?;
        }
        Ok(())
    }

    /// What is said of a suggestion above its filter, as comment.
    fn about(&self, rank: usize, suggestion: &Suggestion, out: &mut String) -> std::fmt::Result {
        let Suggestion { what, action, saves, at_least, why, costs, live, .. } = suggestion;
        let least = if *at_least { "at least " } else { "" };
        let (events, action) = (words::events(what), action.word());
        writeln!(out, "\n# {rank}. {events}: {action} saves {least}{}", percent(*saves, self.all))?;
        writeln!(out, "# why: {why}")?;
        writeln!(out, "# costs: {costs}")?;
        if *live {
            writeln!(out, "# live: it asks for the parent; a log does not know it: `oyez filter test` shows 0")?;
        }
        Ok(())
    }

    fn kernel(&self, or: &str, kernel: &Kernel, out: &mut String) -> std::fmt::Result {
        let Kernel { rules, place, saves, costs } = kernel;
        writeln!(out, "# {or}in the kernel, {place}: saves {}", percent(*saves, self.all))?;
        writeln!(out, "# costs: {costs}")?;
        rules.iter().try_for_each(|rule| writeln!(out, "{rule}"))
    }
}

#[derive(Serialize)]
struct Object<'a> {
    v: u32,
    all: Volume,
    left_out: u64,
    first: Option<String>,
    last: Option<String>,
    stays: Vec<Staying>,
    coarse: Volume,
    saves: Volume,
    suggestions: Vec<Ranked<'a>>,
    left: &'a [Left],
}

#[derive(Serialize)]
struct Staying {
    why: Stays,
    #[serde(flatten)]
    volume: Volume,
}

#[derive(Serialize)]
struct Ranked<'a> {
    rank: usize,
    share: String,
    #[serde(flatten)]
    suggestion: &'a Suggestion,
}

fn time(id: EventId) -> String {
    let mut out = Vec::new();
    oyez_format::rfc3339(&mut out, id.sec, id.ms);
    String::from_utf8_lossy(&out).into_owned()
}

fn percent(part: Volume, whole: Volume) -> String {
    let share = part.share_of(whole);
    format!("{}.{:02}%", share / 100, share % 100)
}

/// Three digits or so, in powers of 1000.
fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let Some(place) = bytes.checked_ilog(1000).and_then(|power| power.checked_sub(1)) else {
        return format!("{bytes} bytes");
    };
    let place = (place as usize).min(units.len() - 1);
    let unit = 1000_u64.pow(u32::try_from(place).unwrap_or(0) + 1);
    format!("{}.{} {}", bytes / unit, bytes % unit * 10 / unit, units.get(place).unwrap_or(&""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!([0, 999, 1000, 1_250_000].map(size), ["0 bytes", "999 bytes", "1.0 kB", "1.2 MB"]);
        assert_eq!(size(u64::MAX), "18446744.0 TB");
    }

    #[test]
    fn shares_are_rounded_down() {
        let bytes = |bytes| Volume { bytes, ..Volume::default() };
        assert_eq!(percent(bytes(1999), bytes(10_000)), "19.99%");
        assert_eq!(percent(bytes(1), bytes(0)), "100.00%");
        assert_eq!(percent(bytes(0), bytes(0)), "0.00%");
    }
}
