//! A classic BPF program that leaves in the kernel what nobody here needs of the process connector (linux/filter.h).
//!
//! Nothing in, program out: it keeps answers, forks and exits of whole processes, and execs. New and ended threads, changes of
//! ids, sessions, names and traces are dropped before they are copied to this socket, and are no loss.

use super::message::{DATA, EXEC, EXIT, FORK, NONE, WHAT};
use crate::sys::Instruction;

/// `BPF_LD | BPF_W | BPF_ABS`: load 32 bits, big-endian, at an offset.
const LOAD_WORD: u16 = 0x20;
/// `BPF_MISC | BPF_TAX`: keep what is loaded as X.
const KEEP: u16 = 0x07;
/// `BPF_JMP | BPF_JEQ | BPF_K`: compare with the operand.
const JUMP_EQUAL: u16 = 0x15;
/// `BPF_JMP | BPF_JEQ | BPF_X`: compare with X.
const JUMP_EQUAL_X: u16 = 0x1d;
/// `BPF_RET | BPF_K`: keep that many bytes of the message; 0 drops it.
const RETURN: u16 = 0x06;

/// Where a word of an event's own data is.
#[expect(clippy::cast_possible_truncation, reason = "a small offset")]
const fn data(index: usize) -> u32 {
    (DATA + 4 * index) as u32
}

/// The program. Numbers are in host order in the message, and loaded as if big-endian; a comparison of two words does not mind.
#[expect(clippy::cast_possible_truncation, reason = "a small offset")]
pub(super) fn program() -> Vec<Instruction> {
    let what = |kind: u32, jump_true| instruction(JUMP_EQUAL, jump_true, 0, kind.to_be());
    vec![
        instruction(LOAD_WORD, 0, 0, WHAT as u32),
        what(EXEC, 13),
        what(NONE, 12),
        what(FORK, 2),
        what(EXIT, 5),
        instruction(RETURN, 0, 0, 0),
        // A fork: is the child's first thread new?
        instruction(LOAD_WORD, 0, 0, data(2)),
        instruction(KEEP, 0, 0, 0),
        instruction(LOAD_WORD, 0, 0, data(3)),
        instruction(JUMP_EQUAL_X, 5, 4, 0),
        // An exit: is it the first thread's?
        instruction(LOAD_WORD, 0, 0, data(0)),
        instruction(KEEP, 0, 0, 0),
        instruction(LOAD_WORD, 0, 0, data(1)),
        instruction(JUMP_EQUAL_X, 1, 0, 0),
        instruction(RETURN, 0, 0, 0),
        instruction(RETURN, 0, 0, u32::MAX),
    ]
}

fn instruction(code: u16, jump_true: u8, jump_false: u8, operand: u32) -> Instruction {
    Instruction { code, jump_true, jump_false, operand }
}

#[cfg(test)]
mod tests {
    use super::super::message::{Class, classify, example};
    use super::*;

    /// How many bytes the program keeps of a message; as the kernel would run it, for the codes used here.
    fn run(program: &[Instruction], bytes: &[u8]) -> u32 {
        let (mut accumulator, mut x, mut at) = (0u32, 0u32, 0usize);
        loop {
            let step = program[at];
            at += 1;
            let jump = |is_true| usize::from(if is_true { step.jump_true } else { step.jump_false });
            match step.code {
                LOAD_WORD => {
                    let from = step.operand as usize;
                    // A load beyond the end ends the program with 0.
                    let Some(word) = bytes.get(from..from + 4) else { return 0 };
                    accumulator = u32::from_be_bytes(word.try_into().unwrap());
                }
                KEEP => x = accumulator,
                JUMP_EQUAL => at += jump(accumulator == step.operand),
                JUMP_EQUAL_X => at += jump(accumulator == x),
                RETURN => return step.operand,
                code => panic!("code {code:#x}"),
            }
        }
    }

    #[test]
    fn it_keeps_exactly_what_is_a_message_or_an_answer() {
        let kinds = [NONE, FORK, EXEC, EXIT, 4, 0x40, 0x80, 0x100, 0x200, 0x2000_0000, 0x4000_0000, 3, u32::MAX];
        let (mut kept, mut dropped) = (0, 0);
        for kind in kinds {
            for words in [[5, 5, 6, 6], [5, 5, 6, 5], [6, 5, 5, 5], [6, 5, 7, 5], [0, 0, 0, 0]] {
                let bytes = example(kind, 9, &words);
                let wanted = matches!(classify(&bytes, 0), Class::Message(_) | Class::Ack { .. });
                assert_eq!(run(&program(), &bytes) != 0, wanted, "{kind:#x} {words:?}");
                if wanted { kept += 1 } else { dropped += 1 }
            }
        }
        assert_eq!((kept, dropped), (5 + 3 + 5 + 3, 9 * 5 + 2 + 2));
    }

    #[test]
    fn a_message_cut_short_ends_the_program() {
        let bytes = example(FORK, 9, &[5, 5, 6, 6]);
        for length in 0..bytes.len() {
            let _kept = run(&program(), &bytes[..length]);
        }
        assert_eq!(run(&program(), &bytes[..WHAT]), 0);
    }
}
