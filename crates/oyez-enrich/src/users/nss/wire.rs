//! What goes through the pipes: one line per question, one per answer.
//!
//! `u 1000` asks for a user, `g 1000` for a group. The answer begins with the question: `u 1000 =alice`, `u 1000 -` where
//! there is no name, `u 1000 !` where it could not be found out. Refused is every other line.

use std::io::Write as _;

use super::Answer;
use crate::users::{Id, Kind, name};

/// The longest line with its end, in bytes: a question, ` =`, a name.
pub(super) const MAX_LINE: usize = name::MAX_LEN + 16;

/// Appends the question for `id`.
pub(super) fn write_query(id: Id, out: &mut Vec<u8>) {
    question(id, out);
    out.push(b'\n');
}

/// Appends the answer for `id`.
pub(super) fn write_answer(id: Id, answer: &Answer, out: &mut Vec<u8>) {
    question(id, out);
    match answer {
        Answer::Name(name) => {
            out.extend_from_slice(b" =");
            out.extend_from_slice(name.as_bytes());
        }
        Answer::NoName => out.extend_from_slice(b" -"),
        Answer::Failed => out.extend_from_slice(b" !"),
    }
    out.push(b'\n');
}

fn question(id: Id, out: &mut Vec<u8>) {
    let kind = if id.kind == Kind::User { 'u' } else { 'g' };
    // A vector takes all that is written to it.
    let _ = write!(out, "{kind} {}", id.number);
}

/// The id that a line, without its end, asks for.
pub(super) fn query(line: &[u8]) -> Option<Id> {
    let (kind, number) = line.split_at_checked(2)?;
    let kind = match kind {
        b"u " => Kind::User,
        b"g " => Kind::Group,
        _ => return None,
    };
    let number = str::from_utf8(number).ok()?.parse().ok()?;
    Some(Id { kind, number })
}

/// What a line, without its end, answers.
pub(super) fn answer(line: &[u8]) -> Option<(Id, Answer)> {
    let space = line.iter().skip(2).position(|byte| *byte == b' ')? + 2;
    let (question, answer) = line.split_at_checked(space)?;
    let answer = match answer {
        b" -" => Answer::NoName,
        b" !" => Answer::Failed,
        _ => Answer::Name(name::accept(answer.strip_prefix(b" =")?)?.into()),
    };
    Some((query(question)?, answer))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_answer_is_read_as_it_was_written() {
        let answers = [
            Answer::Name("DOM\\Jane Doe".into()),
            Answer::Name("a".repeat(256).into()),
            Answer::NoName,
            Answer::Failed,
        ];
        for kind in [Kind::User, Kind::Group] {
            for (number, said) in [0, 1000, u32::MAX].into_iter().flat_map(|n| answers.iter().map(move |a| (n, a))) {
                let (id, mut line) = (Id { kind, number }, Vec::new());
                write_answer(id, said, &mut line);
                assert!(line.len() <= MAX_LINE, "{}", line.len());
                assert_eq!(answer(line.trim_ascii_end()), Some((id, said.clone())));
                line.clear();
                write_query(id, &mut line);
                assert_eq!(query(line.trim_ascii_end()), Some(id));
            }
        }
    }

    #[test]
    fn other_lines_are_refused() {
        for line in
            ["", "u", "u ", "u x", "x 1", "u 4294967296", "u 1 ", "u 1 alice", "u 1 =", "u 1 =a\x1b", "u 1 -x", "u  -"]
        {
            assert_eq!(answer(line.as_bytes()), None, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(line in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (query(&line), answer(&line));
        }
    }
}
