//! The helper's side: questions in, answers out, until nobody asks any more.

use std::error::Error;
use std::io::{self, BufRead, Read as _, Write};

use super::{Answer, wire};
use crate::users::{Id, name};

/// Answers every question of `input` with what `look_up` finds: a name's bytes, or that there is none. Ends with the input.
///
/// # Errors
/// A question is none, or the pipes can't be read or written.
pub fn serve<E: Error>(
    input: &mut impl BufRead,
    output: &mut impl Write,
    mut look_up: impl FnMut(Id) -> Result<Option<Vec<u8>>, E>,
) -> io::Result<()> {
    let (mut line, mut out) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        input.by_ref().take(wire::MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(());
        }
        let id = line.strip_suffix(b"\n").and_then(wire::query);
        let id = id.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "cannot read question for a name"))?;
        let answer = match look_up(id) {
            Ok(found) => {
                found.as_deref().and_then(name::accept).map_or(Answer::NoName, |name| Answer::Name(name.into()))
            }
            Err(_) => Answer::Failed,
        };
        out.clear();
        wire::write_answer(id, &answer, &mut out);
        output.write_all(&out)?;
        output.flush()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(questions: &str) -> (String, bool) {
        let mut out = Vec::new();
        let look_up = |id: Id| match id.number {
            0 => Ok(Some(b"root".to_vec())),
            1 => Ok(Some(b"evil\nu 2 =root".to_vec())),
            2 => Err(io::Error::other("down")),
            _ => Ok(None),
        };
        let is_fine = serve(&mut questions.as_bytes(), &mut out, look_up).is_ok();
        (String::from_utf8(out).unwrap(), is_fine)
    }

    #[test]
    fn each_question_has_one_answer() {
        let (text, is_fine) = answers("u 0\ng 0\nu 1\nu 2\nu 3\n");
        assert_eq!(text, "u 0 =root\ng 0 =root\nu 1 -\nu 2 !\nu 3 -\n");
        assert!(is_fine);
    }

    #[test]
    fn what_is_no_question_ends_it() {
        for questions in ["x 1\n", "u 1", &"u".repeat(10_000)] {
            assert_eq!(answers(questions), (String::new(), false));
        }
    }
}
