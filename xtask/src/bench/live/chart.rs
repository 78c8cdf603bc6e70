//! The ratios as a bar chart in SVG: a group for each load, a bar for each contender, a whisker for each interval.
//!
//! It has no ground of its own and is read on a light page as on a dark one.

use std::fmt::Write as _;

use super::results::{Results, short};
use super::table::{heading, name};
use crate::bench::stats::{self, Estimate};

const WIDTH: f64 = 720.0;
/// Where bars begin, and the most they may be long.
const LEFT: f64 = 170.0;
const LONGEST: f64 = 400.0;
const BAR: f64 = 16.0;
const ROW: f64 = 22.0;
const HEADING: f64 = 34.0;
const TOP: f64 = 30.0;

/// Colours that stand out from white and from black alike, text too where nobody says which of them the page is.
const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#7d8590}.head{font-weight:600}\
.one,.whisker{stroke:#7d8590}.whisker{stroke-width:1.5}.oyez{fill:#d9730d}.floor{fill:#6e7f91}.auditd{fill:#3b82c4}\
@media (prefers-color-scheme:light){text{fill:#424a53}.one,.whisker{stroke:#424a53}}\
@media (prefers-color-scheme:dark){text{fill:#c9d1d9}.one,.whisker{stroke:#c9d1d9}}";

/// One bar.
struct Bar<'a> {
    contender: &'a str,
    ratio: Estimate,
    cpu_s: f64,
}

/// The chart of these loads and contenders.
pub(super) fn svg(results: &Results, loads: &[String], contenders: &[String]) -> String {
    let groups: Vec<_> = loads
        .iter()
        .filter(|load| *load != "idle")
        .map(|load| (load.as_str(), bars(results, load, contenders)))
        .filter(|(_, bars)| !bars.is_empty())
        .collect();
    let longest = groups.iter().flat_map(|(_, bars)| bars).map(|bar| bar.ratio.high).fold(1.0, f64::max);
    let (mut body, mut y) = (String::new(), TOP);
    for (load, bars) in &groups {
        text(&mut body, "head", 0.0, y + HEADING - 10.0, heading(load));
        y += HEADING;
        for bar in bars {
            bar.draw(&mut body, y, LONGEST / longest);
            y += ROW;
        }
    }
    let one = LEFT + LONGEST / longest;
    let height = y + 8.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" role=\"img\">\n\
         <title>CPU time beside the floor</title>\n<style>{STYLE}</style>\n\
         <text class=\"head\" x=\"0\" y=\"16\">CPU time, as a multiple of the floor's (less is better)</text>\n\
         <line class=\"one\" x1=\"{one:.1}\" x2=\"{one:.1}\" y1=\"{TOP}\" y2=\"{height}\" stroke-dasharray=\"3 3\"/>\n\
         {body}</svg>\n"
    )
}

fn bars<'a>(results: &Results, load: &str, contenders: &'a [String]) -> Vec<Bar<'a>> {
    let bar = |contender: &'a String| {
        let ratios = results.ratios(load, "cpu_s", [contender, "floor"]);
        let cpu_s = stats::median(results.values(load, contender, "cpu_s"));
        (!ratios.is_empty()).then(|| Bar { contender, ratio: stats::estimate(&ratios), cpu_s })
    };
    contenders.iter().filter_map(bar).collect()
}

impl Bar<'_> {
    fn draw(&self, body: &mut String, y: f64, scale: f64) {
        let Estimate { median, low, high } = self.ratio;
        let class = self.contender.split('-').next().unwrap_or_default();
        let (middle, baseline) = (y + BAR / 2.0, y + BAR - 3.5);
        text(body, "", 12.0, baseline, name(self.contender));
        // Writing to a String can't fail.
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"{BAR}\" rx=\"2\"/>",
            median * scale
        );
        if high > low {
            let (from, to) = (LEFT + low * scale, LEFT + high * scale);
            let _ = writeln!(
                body,
                "<line class=\"whisker\" x1=\"{from:.1}\" x2=\"{to:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>"
            );
        }
        let told = format!("{median:.2} × · {} s", short(self.cpu_s));
        text(body, "", LEFT + high.max(median) * scale + 8.0, baseline, &told);
    }
}

fn text(body: &mut String, class: &str, x: f64, y: f64, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    // Writing to a String can't fail.
    let _ = writeln!(body, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>");
}

#[cfg(test)]
mod tests {
    use super::super::results::tests::two_rounds;
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_ratio_and_ends_within_the_picture() {
        let contenders = ["oyez", "floor"].map(str::to_owned);
        let svg = svg(&two_rounds(), &["open".to_owned(), "idle".to_owned()], &contenders);
        // The longest whisker, 1.2, takes all the room; both medians are 1.
        let bar = |class| {
            format!("<rect class=\"{class}\" x=\"170\" y=\"{}\" width=\"333.3\"", if class == "oyez" { 64 } else { 86 })
        };
        assert!(svg.contains(&bar("oyez")) && svg.contains(&bar("floor")), "{svg}");
        assert!(svg.contains("x1=\"436.7\" x2=\"570.0\""), "the interval: {svg}");
        assert!(svg.contains(">1.00 × · 0.350 s</text>"), "{svg}");
        assert!(!svg.contains("Idle"), "it has no ratio that means anything");
    }
}
