//! Parcels come back from their bytes; other bytes are refused.

use proptest::prelude::*;

use super::super::{Label, Level, Message, Parcel};
use super::any_bytes::are_survived;
use super::{DecodeError, VERSION, decode, encode, encoded_len};
use crate::spool::Worth;

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Alert), Just(Level::Warning), Just(Level::Notice), Just(Level::Info)]
}

prop_compose! {
    fn message()(
        id in "[a-zä.-]{0,20}",
        key in proptest::collection::vec(any::<u8>(), 0..20),
        lines in proptest::collection::vec(any::<u8>(), 0..200),
        times in any::<(u64, u64)>(),
        worth in any::<(u32, u32)>(),
        level in level(),
    ) -> (String, Vec<u8>, Vec<u8>, (u64, u64), Worth, Level) {
        (id, key, lines, times, Worth { events: worth.0, records: worth.1 }, level)
    }
}

fn parcels() -> impl Strategy<Value = Parcel> {
    proptest::collection::vec(message(), 0..20).prop_map(|messages| {
        let mut parcel = Parcel::default();
        for (id, key, lines, (time_ms, received_ms), worth, level) in &messages {
            let label = Label {
                id,
                key,
                time_ms: *time_ms,
                received_ms: *received_ms,
                level: *level,
                worth: *worth,
                ticket: 0,
            };
            parcel.add(&Message { lines, label });
        }
        parcel
    })
}

proptest! {
    #[test]
    fn any_range_of_messages_comes_back(parcel in parcels(), from in 0..20_usize, to in 0..25_usize) {
        let (from, to) = (from.min(parcel.len()), to.min(parcel.len()).max(from.min(parcel.len())));
        let mut bytes = Vec::new();
        encode(&parcel, from..to, &mut bytes);
        prop_assert_eq!(bytes.len(), encoded_len(&parcel, from..to));
        let mut back = Parcel::default();
        back.push(&Label { id: "before", ..Label::default() }, |lines| lines.extend_from_slice(b"x\n"));
        decode(&bytes, &mut back).unwrap();
        prop_assert!(back.messages().skip(1).eq(parcel.messages().skip(from).take(to - from)));
        are_survived(&bytes);
    }

    #[test]
    fn changed_bytes_are_refused_or_read_and_never_more(
        parcel in parcels(),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut bytes = Vec::new();
        encode(&parcel, 0..parcel.len(), &mut bytes);
        for (index, byte) in edits {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        if cuts {
            bytes.truncate(cut.index(bytes.len()));
        }
        are_survived(&bytes);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        are_survived(&bytes);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let mut bytes = Vec::new();
    let mut parcel = Parcel::default();
    parcel.push(&Label { id: "id", ..Label::default() }, |lines| lines.extend_from_slice(b"line\n"));
    encode(&parcel, 0..9, &mut bytes);
    let of = |edit: &dyn Fn(&mut Vec<u8>)| {
        let (mut bytes, mut into) = (bytes.clone(), Parcel::default());
        edit(&mut bytes);
        decode(&bytes, &mut into).unwrap_err()
    };
    assert_eq!(of(&|bytes| bytes[0] = 2), DecodeError::Version(2));
    assert_eq!(of(&|bytes| bytes.push(0)), DecodeError::Length);
    assert_eq!(of(&|bytes| bytes[4] = 0xff), DecodeError::Length);
    assert_eq!(of(&|bytes| bytes[5 + 36] = 9), DecodeError::Level(9));
    assert_eq!(of(&|bytes| bytes[5 + 37] = 0xff), DecodeError::Id);
    assert_eq!(of(&Vec::clear), DecodeError::Length);
    assert_eq!(VERSION, bytes[0]);
}
