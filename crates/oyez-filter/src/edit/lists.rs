//! Which element of a changed list was which: by place, but for elements that were taken out.

use super::pairs::is_same;
use crate::document::Item;
use crate::tree::Tree;

/// How far ahead an element is looked for that says what one of the table says.
const AHEAD: usize = 32;

/// An element of the event by its place, and the one that takes its place: either may be missing.
pub(super) type Matched<'t> = (Option<usize>, Option<&'t Tree>);

/// Matches the elements of `old` with `new`, in their order. Where there are fewer than before, an element that is as one some
/// places on was is taken for that one. Linear: it looks [`AHEAD`] places ahead.
pub(super) fn matched<'t>(old: &[Item<'_>], new: &'t [Tree]) -> Vec<Matched<'t>> {
    let (mut matched, mut at) = (Vec::with_capacity(old.len().max(new.len())), 0);
    for (place, tree) in new.iter().enumerate() {
        let spare = (old.len() - at).saturating_sub(new.len() - place);
        let ahead = old.get(at..=(at + spare.min(AHEAD)).min(old.len().saturating_sub(1))).unwrap_or_default();
        let skip = ahead.iter().position(|item| is_same(*item, None, tree)).unwrap_or(0);
        matched.extend((at..at + skip).map(|place| (Some(place), None)));
        at += skip;
        matched.push(((at < old.len()).then_some(at), Some(tree)));
        at = (at + 1).min(old.len());
    }
    matched.extend((at..old.len()).map(|place| (Some(place), None)));
    matched
}
