//! `EXECVE` records → the argument list.
//!
//! A long argument is split into pieces `aN[M]=` over several records, with `aN_len=` in front; pieces may come in any order.
//! Neither `argc` nor `aN_len` is trusted: what is there is put together, what is missing is told by [`Argv::is_cut`].
//! (kernel/auditsc.c, `audit_log_execve_info`: both are printed before the arguments are read from the process.)

use oyez_tables::key::Key;

use super::untrusted::hex;
use crate::fields::{Field, FieldKey, Form};

/// Missing arguments are listed as such only as long as they are few beside those present: `a4000000000="x"` is no reason
/// to write four thousand million of them.
const SPARE_HOLES: usize = 16;

/// One argument list; made to be used again for the next.
#[derive(Debug, Default)]
pub struct Argv {
    /// The decoded pieces, in the order of arrival, or of the arguments after [`Argv::join`].
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    lengths: Vec<(u32, u64)>,
    args: Vec<Arg>,
    argc: Option<u64>,
    is_cut: bool,
    scratch: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Piece {
    arg: u32,
    piece: u32,
    start: usize,
    end: usize,
    written: u64,
}

/// An argument's place in `bytes`, or a hole.
#[derive(Clone, Copy, Debug)]
enum Arg {
    There { start: usize, end: usize },
    Missing,
}

impl Argv {
    /// An empty list.
    pub fn new() -> Self {
        Argv::default()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
        self.lengths.clear();
        self.args.clear();
        self.argc = None;
        self.is_cut = false;
    }

    /// Adds the fields of one `EXECVE` record with this body. Returns whether every field was an argument's.
    pub fn add(&mut self, body: &[u8], fields: &[Field]) -> bool {
        let mut all = true;
        for field in fields {
            let value = field.value.of(body);
            match field.key {
                FieldKey::Arg(arg) => self.piece(arg, 0, value, field.form),
                FieldKey::ArgPiece(arg, piece) => self.piece(arg, piece, value, field.form),
                FieldKey::ArgLen(arg) => self.lengths.extend(number(value).map(|length| (arg, length))),
                FieldKey::Known(Key::Argc) if self.argc.is_none() && number(value).is_some() => {
                    self.argc = number(value);
                }
                _ => all = false,
            }
        }
        all
    }

    /// Puts the pieces together; call it when all records were added.
    pub fn join(&mut self) {
        let order = |piece: &Piece| (piece.arg, piece.piece);
        if !self.pieces.is_sorted_by_key(order) {
            self.pieces.sort_by_key(order);
            self.lay_out_anew();
        }
        self.lengths.sort_unstable();
        self.gather();
        self.is_cut |= self.argc.is_some_and(|argc| argc != self.args.len() as u64);
    }

    /// The arguments in order; `None` for one that never came.
    pub fn args(&self) -> impl ExactSizeIterator<Item = Option<&[u8]>> + Clone {
        self.args.iter().map(|arg| match arg {
            Arg::There { start, end } => self.bytes.get(*start..*end),
            Arg::Missing => None,
        })
    }

    /// How many arguments there should be, as far as the kernel said.
    pub fn argc(&self) -> Option<u64> {
        self.argc
    }

    /// Whether something is missing: arguments, pieces, or the end of one.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn piece(&mut self, arg: u32, piece: u32, value: &[u8], form: Form) {
        let start = self.bytes.len();
        if form == Form::Bare && hex(value, &mut self.scratch) {
            self.bytes.extend_from_slice(&self.scratch);
        } else {
            self.bytes.extend_from_slice(value);
        }
        self.is_cut |= form == Form::Torn;
        self.pieces.push(Piece { arg, piece, start, end: self.bytes.len(), written: value.len() as u64 });
    }

    /// Copies the pieces into the order in which they now stand.
    fn lay_out_anew(&mut self) {
        self.scratch.clear();
        for piece in &mut self.pieces {
            let start = self.scratch.len();
            self.scratch.extend_from_slice(self.bytes.get(piece.start..piece.end).unwrap_or_default());
            (piece.start, piece.end) = (start, self.scratch.len());
        }
        std::mem::swap(&mut self.bytes, &mut self.scratch);
    }

    /// Makes arguments of runs of pieces.
    fn gather(&mut self) {
        let mut holes = self.pieces.len() + SPARE_HOLES;
        let mut next = 0u32;
        let pieces = std::mem::take(&mut self.pieces);
        for run in pieces.chunk_by(|a, b| a.arg == b.arg) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            while next < first.arg && holes > 0 {
                self.args.push(Arg::Missing);
                (next, holes) = (next + 1, holes - 1);
            }
            self.is_cut |= next != first.arg || matches!(self.args.last(), Some(Arg::Missing)) || !self.is_whole(run);
            self.args.push(Arg::There { start: first.start, end: last.end });
            next = first.arg.saturating_add(1);
        }
        self.pieces = pieces;
    }

    /// Whether the pieces of one argument follow one another and are as long as was announced.
    fn is_whole(&self, run: &[Piece]) -> bool {
        let in_order = run.iter().zip(0u32..).all(|(piece, place)| piece.piece == place);
        let Some(arg) = run.first().map(|piece| piece.arg) else { return true };
        let announced = self.lengths.partition_point(|(other, _)| *other < arg);
        let announced = self.lengths.get(announced).filter(|(other, _)| *other == arg).map_or(0, |(_, length)| *length);
        let written: u64 = run.iter().map(|piece| piece.written).sum();
        in_order && written >= announced
    }
}

fn number(text: &[u8]) -> Option<u64> {
    str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use oyez_tables::record_type;

    use super::*;
    use crate::Record;
    use crate::fields::Fields;

    fn argv(bodies: &[&str]) -> (Vec<Option<String>>, bool) {
        let (mut argv, mut fields) = (Argv::new(), Fields::new());
        for body in bodies {
            fields.split(&Record::new(record_type::EXECVE, body.as_bytes()));
            argv.add(body.as_bytes(), fields.own());
        }
        argv.join();
        let text = |arg: &[u8]| String::from_utf8_lossy(arg).into_owned();
        (argv.args().map(|arg| arg.map(text)).collect(), argv.is_cut())
    }

    fn all(args: &[&str]) -> Vec<Option<String>> {
        args.iter().map(|arg| Some((*arg).to_owned())).collect()
    }

    #[test]
    fn plain_hex_and_empty_arguments() {
        assert_eq!(argv(&[r#"argc=3 a0="ls" a1="" a2=612062"#]), (all(&["ls", "", "a b"]), false));
    }

    #[test]
    fn pieces_join_in_any_order() {
        let records = [r#"argc=3 a0="x" a1_len=8 a1[0]="AAAA""#, r#"a1[1]="BBBB""#, r#"a2="z""#];
        let whole = (all(&["x", "AAAABBBB", "z"]), false);
        assert_eq!(argv(&records), whole);
        assert_eq!(argv(&[records[2], records[1], records[0]]), whole);
        assert_eq!(argv(&[records[1], records[2], records[0]]), whole);
    }

    #[test]
    fn what_is_missing_is_told() {
        assert_eq!(argv(&[r#"argc=3 a0="x" a2="z""#]), (vec![Some("x".into()), None, Some("z".into())], true));
        assert_eq!(argv(&[r#"argc=2 a0="x""#]), (all(&["x"]), true));
        assert_eq!(argv(&[r#"argc=2 a0="x" a1_len=9 a1[0]="AAAA""#]), (all(&["x", "AAAA"]), true));
        assert_eq!(argv(&[r#"argc=1 a0[0]="A" a0[2]="C""#]), (all(&["AC"]), true));
        assert_eq!(argv(&[r#"argc=1 a0="unclosed"#]), (all(&["unclosed"]), true));
    }

    #[test]
    fn a_huge_index_is_no_reason_for_huge_output() {
        let (args, is_cut) = argv(&[r#"argc=4294967295 a0="x" a4294967294="y""#]);
        assert!(is_cut && args.len() < 50, "{}", args.len());
    }

    #[test]
    fn six_thousand_arguments_are_six_thousand() {
        let body = (0..6000).map(|i| format!("a{i}=\"{i}\"")).collect::<Vec<_>>().join(" ");
        let (args, is_cut) = argv(&[&format!("argc=6000 {body}")]);
        assert_eq!((args.len(), is_cut, args[5999].as_deref()), (6000, false, Some("5999")));
    }
}
