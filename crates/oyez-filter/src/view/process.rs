//! What other records than the main one say of the process: its directory, arguments and title.

use oyez_events::Event;
use oyez_events::decode::{Text, untrusted};
use oyez_events::fields::{self, Field, FieldKey, Form};
use oyez_tables::key::Key;
use oyez_tables::record_type::{CWD, EXECVE, PROCTITLE};

use super::kept::{Asked, Kept};
use super::value::{Value, Visit, seen};

/// The kernel keeps so many bytes of a title (kernel/audit.c, `MAX_PROCTITLE_AUDIT_LEN`).
const TITLE_BOUND: usize = 128;

impl Kept {
    /// The `CWD` record that tells the directory: the first that is this field alone.
    pub(super) fn cwd_field(&mut self, event: &Event) -> Option<(usize, Field)> {
        if let Asked::Is(answer) = self.now.cwd {
            return answer;
        }
        let answer = self.single(event, CWD, Key::Cwd);
        self.now.cwd = Asked::Is(answer);
        answer
    }

    /// The `PROCTITLE` record that tells the title.
    pub(super) fn title_field(&mut self, event: &Event) -> Option<(usize, Field)> {
        if let Asked::Is(answer) = self.now.title {
            return answer;
        }
        let answer = self.single(event, PROCTITLE, Key::Proctitle);
        self.now.title = Asked::Is(answer);
        answer
    }

    fn single(&mut self, event: &Event, record_type: u16, key: Key) -> Option<(usize, Field)> {
        for (index, _) in event.numbers().enumerate().filter(|(_, number)| *number == record_type) {
            let record = event.record(index)?;
            if let Some(field) = fields::only(&record, key) {
                return Some((index, field));
            }
            let spots = self.split(index, &record);
            if let Some([field]) = self.fields.get(spots.own)
                && field.key == FieldKey::Known(key)
                && field.form != Form::Torn
                && spots.claimed.is_empty()
            {
                return Some((index, *field));
            }
        }
        None
    }

    pub(super) fn cwd(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        let Some((index, field)) = self.cwd_field(event).filter(|_| !self.members.omits(Key::Cwd)) else {
            return false;
        };
        let Some(record) = event.record(index) else { return false };
        seen(CWD, record.text(), &field, Key::Cwd).value(&mut self.hex).is_some_and(visit)
    }

    fn with_title(&mut self, event: &Event, told: impl FnOnce(&[u8]) -> bool) -> bool {
        let Some((index, field)) = self.title_field(event).filter(|_| !self.members.omits(Key::Proctitle)) else {
            return false;
        };
        let Some(record) = event.record(index) else { return false };
        match untrusted(field.value.of(record.text()), field.form, &mut self.hex) {
            Text::Bytes(title) => told(title),
            Text::Absent => false,
        }
    }

    /// The parts of the title, between its NULs.
    pub(super) fn title(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        self.with_title(event, |title| title.split(|byte| *byte == 0).any(|part| visit(Value::Text(part))))
    }

    pub(super) fn title_cut(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        self.with_title(event, |title| title.len() >= TITLE_BOUND && visit(Value::Flag(true)))
    }

    /// Reads the arguments of `EXECVE` records; says whether there is one.
    pub(super) fn read_argv(&mut self, event: &Event) -> bool {
        if let Some(has_argv) = self.now.has_argv {
            return has_argv;
        }
        let mut has_argv = false;
        self.argv.clear();
        for (index, _) in event.numbers().enumerate().filter(|(_, number)| *number == EXECVE) {
            let Some(record) = event.record(index) else { continue };
            let spots = self.split(index, &record);
            self.argv.add(record.body(), self.fields.get(spots.own).unwrap_or_default());
            has_argv = true;
        }
        if has_argv {
            self.argv.join();
        }
        self.now.has_argv = Some(has_argv);
        has_argv
    }

    /// How many arguments the kernel counted, where that is another number than came.
    pub(super) fn argc(&mut self, event: &Event, visit: &mut Visit<'_>) -> bool {
        if !self.read_argv(event) {
            return false;
        }
        let came = self.argv.args().len() as u64;
        let counted = self.argv.argc().filter(|argc| *argc != came);
        counted.is_some_and(|argc| visit(Value::Number(argc.into())))
    }
}
