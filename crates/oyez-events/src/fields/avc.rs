//! SELinux's free text in front of an access decision: `avc:  denied  { read write } for  pid=…`
//! (security/selinux/avc.c, `avc_audit_pre_callback`) becomes the fields `seresult` and `seperms`, which are libaudit's names.

use oyez_tables::key::Key;

use super::{Field, FieldKey, Form, Span, scan};

/// Reads on behind `avc:` at `at`; returns where the fields go on. `None`, with nothing taken, where no decision follows:
/// userspace object managers also tell of other things (`avc:  received policyload notice`).
pub(super) fn split(text: &[u8], at: usize, out: &mut Vec<Field>) -> Option<usize> {
    let start = scan::skip_spaces(text, at);
    let end = scan::find(text, start, b' ');
    if !matches!(text.get(start..end), Some(b"denied" | b"granted")) {
        return None;
    }
    out.push(field(Key::Seresult, start, end, Form::Bare));
    let open = scan::skip_spaces(text, end);
    if text.get(open) != Some(&b'{') {
        return Some(open);
    }
    let close = scan::find(text, open, b'}');
    let form = if close < text.len() { Form::Braced } else { Form::Torn };
    let inside = text.get(open + 1..close).unwrap_or_default();
    let first = open + 1 + inside.iter().position(|b| *b != b' ').unwrap_or(0);
    let last = open + 1 + inside.iter().rposition(|b| *b != b' ').map_or(0, |at| at + 1);
    out.push(field(Key::Seperms, first, last.max(first), form));
    let next = scan::skip_spaces(text, (close + 1).min(text.len()));
    let has_for = text.get(next..).is_some_and(|rest| rest == b"for" || rest.starts_with(b"for "));
    Some(if has_for { next + 3 } else { next })
}

fn field(key: Key, start: usize, end: usize, form: Form) -> Field {
    Field { key: FieldKey::Known(key), name: Span::default(), value: Span::new(start, end), form, is_number: false }
}
