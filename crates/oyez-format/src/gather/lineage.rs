//! What is known of the process beyond the records, and the formats of others have no member for: script, unit, labels, and
//! the ancestors above the parent.

use crate::document::Document;
use crate::gather::View;

/// Appends the members; a process's name and its file go by the names that the format has for them.
pub(crate) fn write(view: &View<'_>, (name, file): (&'static str, &'static str), document: &mut Document) {
    let Some(process) = view.context.process else { return };
    document.some("script", process.script.as_deref());
    let unit = process.place.as_ref().and_then(|place| place.unit.as_deref());
    document.some("unit", unit.map(str::as_bytes));
    document.texts("labels", process.labels.iter().map(|label| label.as_bytes()));
    document.list("ancestors", |document| {
        for ancestor in view.context.ancestors.iter().skip(1) {
            document.element(|document| {
                document.number("pid", ancestor.key.pid.into());
                document.some(name, (!ancestor.comm.is_empty()).then_some(&ancestor.comm));
                document.some(file, (!ancestor.exe.is_empty()).then_some(&ancestor.exe));
            });
        }
    });
}
