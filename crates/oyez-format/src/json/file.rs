//! One file of `paths`, where its record is as the kernel writes it: what [`super::paths`] makes of those fields, without a list
//! of them.

use oyez_events::Record;
use oyez_events::fields::{Field, FieldKey, FileKind, Form, PathFront, Span, Value, file_kind};
use oyez_interpret::fields;
use oyez_tables::key::Key;
use oyez_tables::record_type;

use super::names::Names;
use super::object::{Written, hex_beside, is_absent, name_beside, write_value};
use super::out::Out;
use super::paths::OWN;
use super::straight::{number, plain};
use super::string;
use super::words::Words;

/// How a file without capabilities comes out.
const NO_CAPABILITIES: &[u8; 68] =
    b",\"cap_fp\":\"0\",\"cap_fi\":\"0\",\"cap_fe\":0,\"cap_fver\":\"0\",\"cap_frootid\":0";

/// What holds for all files.
#[derive(Debug)]
pub(super) struct Files {
    /// Whether all that is a file's own is written as it is.
    pub(super) is_front_wanted: bool,
    /// Whether all that says which kind of file it is is written.
    pub(super) is_kind_wanted: bool,
    pub(super) modes: Modes,
}

impl Files {
    /// No file was seen yet; `names` say what is wanted.
    pub(super) fn new(names: &Names) -> Self {
        use Key::{CapFe, CapFi, CapFp, CapFrootid, CapFver, Mode, Nametype, Obj, Ogid, Ouid, Rdev};
        let kind = [Mode, Ouid, Ogid, Rdev, Obj, Nametype, CapFp, CapFi, CapFe, CapFver, CapFrootid];
        let is_plain = names.are_plain(&[Rdev, Nametype, CapFe, CapFver, CapFrootid]);
        Files {
            is_front_wanted: names.are_plain(&OWN),
            is_kind_wanted: is_plain && !kind.iter().any(|key| names.omits(*key)),
            modes: Modes::default(),
        }
    }
}

/// Appends item, name, inode and device.
pub(super) fn own(front: &PathFront, record: &Record<'_>, names: &Names, scratch: &mut Vec<u8>, out: &mut Out) {
    let (text, name) = (record.text(), front.name);
    out.row::<64>(|row| number(row, b",\"item\":", text, front.item));
    if name.is_plain && name.form == Form::Quoted && !name.span.is_empty() {
        plain(out, b",\"name\":\"", text, name.span);
    } else {
        let Value { span: value, form, .. } = name;
        let (key, is_number) = (FieldKey::Known(Key::Name), false);
        let field = Field { key, name: Span::default(), value, form, is_number };
        let written = write_value(out, names.of(Key::Name), text, &field, Key::Name.kind(record.number()), scratch);
        if written == Ok(Written::Lossy) {
            hex_beside(out, b"name", value.of(text), form, scratch);
        }
    }
    out.row::<64>(|row| number(row, b",\"inode\":", text, front.inode));
    plain(out, b",\"dev\":\"", text, front.dev);
}

/// Appends what stands behind `front`; `false`, and nothing appended, where that is not as usual.
pub(super) fn kind(
    front: &PathFront,
    record: &Record<'_>,
    (names, words): (&Names, Words<'_>),
    modes: &mut Modes,
    out: &mut Out,
) -> bool {
    let text = record.text();
    let Some(FileKind { mode, ouid, ogid, rdev, obj, nametype }) = file_kind(record, front.end) else { return false };
    let has_odd = [obj, Some(nametype)].into_iter().flatten().any(|it| !it.is_plain || is_absent(it.span.of(text)));
    if has_odd {
        return false;
    }
    modes.write(mode.of(text), out);
    if words.names.is_none() {
        out.row::<64>(|row| {
            number(row, b",\"ouid\":", text, ouid);
            number(row, b",\"ogid\":", text, ogid);
        });
    } else {
        out.row::<64>(|row| number(row, b",\"ouid\":", text, ouid));
        words.id_beside(out, (names.of(Key::Ouid).beside, Key::Ouid), ouid.of(text));
        out.row::<64>(|row| number(row, b",\"ogid\":", text, ogid));
        words.id_beside(out, (names.of(Key::Ogid).beside, Key::Ogid), ogid.of(text));
    }
    plain(out, b",\"rdev\":\"", text, rdev);
    if let Some(obj) = obj {
        plain(out, b",\"obj\":\"", text, obj.span);
        words.label(out, Key::Obj, obj.span.of(text));
    }
    plain(out, b",\"nametype\":\"", text, nametype.span);
    out.chunk(NO_CAPABILITIES, NO_CAPABILITIES.len());
    true
}

/// How many modes are remembered: a host's files have a few dozen.
const MODES: usize = 64;

/// What modes of files come to: a handful makes up nearly all, so the lately seen are remembered.
#[derive(Debug)]
pub(super) struct Modes {
    slots: Vec<(u64, Out)>,
    scratch: Vec<u8>,
}

impl Default for Modes {
    fn default() -> Self {
        // No mode is without a digit.
        Modes { slots: vec![(0, Out::default()); MODES], scratch: Vec::new() }
    }
}

impl Modes {
    /// Appends `mode` with its meaning, for one of one to 8 octal digits.
    fn write(&mut self, mode: &[u8], out: &mut Out) {
        let packed = mode.iter().fold(0, |packed, digit| packed << 8 | u64::from(*digit));
        let place = (packed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as usize % MODES;
        let Some((last, text)) = self.slots.get_mut(place) else { return };
        if *last != packed {
            *last = packed;
            text.clear();
            text.extend_from_slice(b",\"mode\":");
            string::quoted(text, mode);
            self.scratch.clear();
            if fields::in_record(record_type::PATH, Key::Mode, mode, Form::Bare, &|_| None, &mut self.scratch) {
                name_beside(text, "mode", &self.scratch);
            }
        }
        out.extend(text);
    }
}
