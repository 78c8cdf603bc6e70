//! What must hold for any bytes that are taken for an encoded parcel. The tests and the fuzzer `parcel` share it; whoever declares
//! this module has the names in scope.

use super::{Label, Parcel, decode, encode};

/// Decodes them: they are refused and nothing stays of them, or they are messages that encode to the same bytes.
pub(super) fn are_survived(data: &[u8]) {
    let mut parcel = Parcel::default();
    parcel.push(&Label::default(), |lines| lines.extend_from_slice(b"before\n"));
    let size = parcel.size();
    if decode(data, &mut parcel).is_err() {
        assert_eq!((parcel.size(), parcel.len()), (size, 1));
        return;
    }
    let mut again = Vec::new();
    encode(&parcel, 1..parcel.len(), &mut again);
    assert_eq!(again, data);
}
