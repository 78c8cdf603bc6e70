//! Problems of rules for people: `file:line:column: error: what`, the line with a mark below the column, a hint.

use std::fmt::Write as _;

use oyez_rules::text::{Code, Level, Problem};

use super::compile::Placed;

/// How much of a line is shown before the column, and in all.
const BEFORE: usize = 80;
const MOST: usize = 160;

/// One problem on lines of its own.
pub(crate) fn render(placed: &Placed) -> String {
    let Placed { file, problem, text } = placed;
    let mut out = format!("{}:{}:{}: ", file.display(), problem.line, problem.column);
    put(&mut out, problem, text);
    out
}

/// One problem of a rule that came from the command line.
pub(crate) fn render_argument(problem: &Problem, text: &[u8]) -> String {
    let mut out = String::new();
    put(&mut out, problem, text);
    out
}

fn put(out: &mut String, problem: &Problem, text: &[u8]) {
    let (line, mark) = excerpt(text, problem.column);
    // Writing to a `String` can't fail.
    let _ = write!(out, "{}: {}\n  {line}\n  {mark}^\n", level(problem.level), problem.what);
    let _ = problem.hint.iter().try_for_each(|hint| writeln!(out, "  hint: {hint}"));
}

/// The word for a level.
pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// The word for a code: its name in the library, as `unknown_syscall`.
pub(crate) fn code(code: Code) -> String {
    let mut word = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    word
}

/// The part of a line around a column, on one line, and as many spaces as stand before the column.
fn excerpt(text: &[u8], column: usize) -> (String, String) {
    let at = column.saturating_sub(1).min(text.len());
    let from = at.saturating_sub(BEFORE);
    let show = |bytes: &[u8]| -> String {
        String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    };
    let before = show(&text[from..at]);
    let behind = show(&text[at..text.len().min(from + MOST)]);
    let mark = " ".repeat(before.chars().count());
    ((before + &behind).trim_end().to_owned(), mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_below_the_column_whatever_the_line_holds() {
        for (text, column, line, mark) in [
            (&b"-a\talways"[..], 4, "-a always", 3),
            ("-k \u{fc}\u{fc} x".as_bytes(), 9, "-k \u{fc}\u{fc} x", 6),
            (b"short", 99, "short", 5),
            (b"", 1, "", 0),
        ] {
            let (shown, spaces) = excerpt(text, column);
            assert_eq!((shown.as_str(), spaces.len()), (line, mark), "{text:?}");
        }
        let (line, mark) = excerpt(&b"x".repeat(1000), 500);
        assert_eq!((line.len(), mark.len()), (MOST, BEFORE));
    }

    #[test]
    fn codes_are_words_of_small_letters() {
        assert_eq!(code(Code::UnknownSyscall), "unknown_syscall");
        assert_eq!(code(Code::Duplicate), "duplicate");
    }

    #[test]
    fn a_problem_has_its_place_its_line_and_its_hint() {
        let problem = Problem {
            level: Level::Error,
            code: Code::UnknownSyscall,
            line: 3,
            column: 7,
            what: "no such call".to_owned(),
            hint: Some("try another".to_owned()),
        };
        let placed = Placed { file: "a.rules".into(), problem, text: b"-a x -S opne".to_vec() };
        let expected = "a.rules:3:7: error: no such call\n  -a x -S opne\n        ^\n  hint: try another\n";
        assert_eq!(render(&placed), expected);
    }
}
