//! A classic BPF program that drops record types before the kernel copies them to us (linux/filter.h).
//!
//! Record types in, program out. The kernel takes what the filter drops for delivered: it is not tried again, and not
//! counted as lost. Refuses types below 1100, which are answers, and `AUDIT_REPLACE`, which says that somebody wants our
//! place.

use crate::error::{Error, Result};
use crate::protocol::AUDIT_REPLACE;
use crate::sys::Instruction;

/// A program has two instructions per type and must fit into the socket's option memory (`net.core.optmem_max`, 20 KiB
/// on older kernels).
const MAX_TYPES: usize = 1000;

/// `BPF_LD | BPF_H | BPF_ABS`: load 16 bits, big-endian, at an offset.
const LOAD_HALF: u16 = 0x28;
/// `BPF_JMP | BPF_JEQ | BPF_K`: compare with the operand.
const JUMP_EQUAL: u16 = 0x15;
/// `BPF_RET | BPF_K`: keep that many bytes of the message; 0 drops it.
const RETURN: u16 = 0x06;
/// Where `nlmsg_type` is in a message.
const TYPE_OFFSET: u32 = 4;

/// The program that drops `types` and keeps everything else.
pub(crate) fn program(types: &[u16]) -> Result<Vec<Instruction>> {
    if types.len() > MAX_TYPES {
        return Err(Error::Filter { problem: "more than 1000 record types" });
    }
    if types.iter().any(|&kind| kind < 1100 || kind == AUDIT_REPLACE) {
        return Err(Error::Filter { problem: "types below 1100 and 1329 (REPLACE) are the kernel's answers to oyez" });
    }
    let mut program = vec![instruction(LOAD_HALF, 0, 0, TYPE_OFFSET)];
    for kind in types {
        // The type is in host order in the message, and loaded as if big-endian.
        program.push(instruction(JUMP_EQUAL, 0, 1, u32::from(kind.to_be())));
        program.push(instruction(RETURN, 0, 0, 0));
    }
    program.push(instruction(RETURN, 0, 0, u32::MAX));
    Ok(program)
}

fn instruction(code: u16, jump_true: u8, jump_false: u8, operand: u32) -> Instruction {
    Instruction { code, jump_true, jump_false, operand }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::message;

    /// How many bytes the program keeps of a message; as the kernel would run it, for the three codes used here.
    fn run(program: &[Instruction], bytes: &[u8]) -> u32 {
        let (mut accumulator, mut at) = (0u32, 0usize);
        loop {
            let step = program[at];
            at += 1;
            match step.code {
                LOAD_HALF => {
                    let from = step.operand as usize;
                    // A load beyond the end ends the program with 0.
                    let Some(half) = bytes.get(from..from + 2) else { return 0 };
                    accumulator = u32::from(u16::from_be_bytes(half.try_into().unwrap()));
                }
                JUMP_EQUAL => {
                    at += usize::from(if accumulator == step.operand { step.jump_true } else { step.jump_false });
                }
                RETURN => return step.operand,
                code => panic!("code {code:#x}"),
            }
        }
    }

    #[test]
    fn exactly_the_listed_types_are_dropped() {
        for types in [&[][..], &[1320], &[1320, 1327], &[1327, 1320, 1320, 2000]] {
            let program = program(types).unwrap();
            for kind in 0..=u16::MAX {
                let kept = run(&program, &message(kind, 0, 0, b"text")) != 0;
                assert_eq!(kept, !types.contains(&kind), "type {kind} under {types:?}");
            }
        }
    }

    #[test]
    fn answers_can_not_be_filtered_out() {
        for kind in [0, 2, 1000, 1005, 1099, 1329] {
            assert!(matches!(program(&[1320, kind]), Err(Error::Filter { .. })), "type {kind}");
        }
    }

    #[test]
    fn the_program_stays_within_the_kernels_bound() {
        let types: Vec<u16> = (1400..2400).collect();
        assert!(program(&types).unwrap().len() < 4096);
        assert!(program(&(1400..2401).collect::<Vec<_>>()).is_err());
    }
}
