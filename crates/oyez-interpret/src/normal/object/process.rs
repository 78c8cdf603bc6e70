//! Objects that are processes: another one, the one that acted, a new one.

use std::ops::Range;

use oyez_tables::record_type;

use super::super::action::Action;
use super::super::peek;
use super::{Finding, Found};

impl Finding<'_, '_> {
    pub(super) fn other(&mut self, argument: Option<u8>) -> Found {
        let mut found = self.nothing();
        if let Some(record) = self.first(record_type::OBJ_PID) {
            let body = record.body();
            if let Some(pid) = peek::anywhere(body, b" opid=") {
                found.primary = self.scratch.push_bytes(pid.bytes);
            }
            if let Some(comm) = peek::behind(body, b" ocomm=") {
                found.secondary = self.scratch.push_value(comm.bytes, comm.form);
            }
        } else if let Some(pid) = argument.and_then(|index| peek::argument(self.body(), index)) {
            if pid.trailing_zeros() >= 32 && self.deed.action != Action::KilledProcess {
                return self.own();
            }
            found.primary = self.pid(pid);
        }
        found
    }

    /// Appends a process number from an argument; a negative one is a group of processes (kill(2)).
    fn pid(&mut self, pid: u64) -> Range<usize> {
        #[expect(clippy::cast_possible_truncation, reason = "a pid is an int: the upper half of the register is noise")]
        let pid = (pid as u32).cast_signed();
        self.scratch.push_args(format_args!("{pid}"))
    }

    pub(super) fn own(&mut self) -> Found {
        let mut found = self.nothing();
        let body = self.body();
        if let Some(pid) = peek::anywhere(body, b" pid=") {
            found.primary = self.scratch.push_bytes(pid.bytes);
        }
        if let Some(comm) = peek::anywhere(body, b" comm=") {
            found.secondary = self.scratch.push_value(comm.bytes, comm.form);
        }
        found
    }

    pub(super) fn child(&mut self) -> Found {
        let mut found = self.nothing();
        let exit = peek::anywhere(self.body(), b" exit=").and_then(|exit| peek::id(exit.bytes));
        if let Some(pid) = exit.filter(|pid| *pid != u32::MAX) {
            found.primary = self.scratch.push_decimal(pid.into());
        }
        found
    }
}
