//! Any rule → bytes → text → bytes is the same; any bytes and any text do no harm.

#![expect(clippy::expect_used, reason = "a test says what is wrong by panicking")]

#[path = "round_trip/check.rs"]
mod check;

use oyez_rules::model::{Action, Field, FieldTest, List, Op, Rule, Syscalls};
use oyez_rules::text::applies;
use oyez_tables::arch::Arch;
use proptest::prelude::*;

/// A test of `field` as the kernel can hold one.
fn test(field: Field) -> BoxedStrategy<FieldTest> {
    let ops = match field {
        Field::Path | Field::Dir => vec![Op::Equal],
        Field::Pers | Field::DevMinor | Field::A0 | Field::A1 | Field::A2 | Field::A3 => Op::ALL.to_vec(),
        Field::Pid | Field::Uid | Field::Gid | Field::Auid | Field::MsgType | Field::Exit | Field::Success => {
            Op::ALL.into_iter().filter(|op| !op.is_bitwise()).collect()
        }
        _ => vec![Op::Equal, Op::NotEqual],
    };
    let op = proptest::sample::select(ops);
    if !field.is_text() {
        let number = match field {
            Field::Perm => (1..16_u32).boxed(),
            Field::FieldCompare => (1..26_u32).boxed(),
            Field::SaddrFam => (0..46_u32).boxed(),
            Field::Arch => proptest::sample::select(Arch::all().map(Arch::audit).collect::<Vec<_>>()).boxed(),
            // No user but that of a login can be unset.
            field if field != Field::Auid && (field.is_user() || field.is_group()) => {
                prop_oneof![0..u32::MAX, 0..2000_u32].boxed()
            }
            _ => prop_oneof![any::<u32>(), 0..2000_u32, Just(u32::MAX)].boxed(),
        };
        return (op, number)
            .prop_map(move |(op, number)| FieldTest::number(field, op, number).expect("a number"))
            .boxed();
    }
    let byte = prop_oneof![1_u8..=255, proptest::sample::select(b"ab/ \\\"'$#=!&<>,\x01\n\t\r".to_vec())];
    let text = proptest::collection::vec(byte, 1..20).prop_map(move |mut text| {
        if matches!(field, Field::Path | Field::Dir | Field::Exe) {
            text.insert(0, b'/');
            text.push(b'x');
        }
        text
    });
    (op, text).prop_map(move |(op, text)| FieldTest::text(field, op, text).expect("text")).boxed()
}

/// A rule as the kernel can hold one and text can say it: calls only where they count, one path and one program, something
/// that a key can go with, and the keys behind all else.
fn rule() -> impl Strategy<Value = Rule> {
    let list = proptest::sample::select(List::ALL.to_vec());
    list.prop_flat_map(|list| {
        let usable = move |field: &Field| {
            let no_twin = !matches!(field, Field::Key | Field::Path | Field::Dir | Field::Inode | Field::Exe);
            applies(list, *field) && no_twin && !(list == List::IoUring && *field == Field::Perm)
        };
        let fields: Vec<_> = Field::all().filter(usable).collect();
        let place: Vec<_> =
            [Field::Path, Field::Dir, Field::Inode].into_iter().filter(|field| applies(list, *field)).collect();
        let tests = proptest::collection::vec(proptest::sample::select(fields).prop_flat_map(test), 0..6);
        let place = if place.is_empty() {
            Just(None).boxed()
        } else {
            proptest::option::of(proptest::sample::select(place).prop_flat_map(test)).boxed()
        };
        let program =
            if applies(list, Field::Exe) { proptest::option::of(test(Field::Exe)).boxed() } else { Just(None).boxed() };
        let calls = prop_oneof![
            Just(Syscalls::all()),
            Just(Syscalls::NONE),
            proptest::collection::vec(0..Syscalls::LIMIT, 1..8).prop_map(|calls| calls.into_iter().collect()),
            proptest::collection::vec(0..460_u32, 1..8).prop_map(|calls| calls.into_iter().collect()),
        ];
        (Just(list), any::<bool>(), calls, tests, place, program, proptest::option::of(test(Field::Key)))
    })
    .prop_map(|(list, never, calls, tests, place, program, key)| {
        let mut rule = Rule::new(list, if never { Action::Never } else { Action::Always });
        if list.takes_syscalls() {
            rule.syscalls = calls;
        }
        tests.into_iter().chain(place).chain(program).for_each(|test| assert!(rule.push(test)));
        let keyable = list.takes_syscalls() || rule.find(Field::FsType).or(rule.find(Field::Exe)).is_some();
        key.into_iter().filter(|_| keyable).for_each(|key| assert!(rule.push(key)));
        rule
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_rule_comes_back_from_its_bytes_and_its_text(rule in rule()) {
        check::rule(&rule);
    }

    #[test]
    fn any_bytes_are_a_rule_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..1200)) {
        check::bytes(&bytes);
    }

    #[test]
    fn a_rule_with_any_byte_changed_is_a_rule_or_none(
        rule in rule(), changes in proptest::collection::vec((0_usize..1200, any::<u8>()), 1..6),
    ) {
        let mut bytes = oyez_rules::bytes::encode(&rule);
        for (at, byte) in changes {
            if let Some(known) = bytes.get_mut(at) {
                *known = byte;
            }
        }
        check::bytes(&bytes);
    }

    #[test]
    fn any_text_gives_rules_that_come_back_or_problems_with_places(text in r#"(-[aAdwWSFCkpDefblsicmRqtv]| |always|exit|,|open|/|=|!=|uid|path|key|arch|b64|perm|"|'|\\|\$'|[0-9]|\PC){0,40}"#) {
        check::text(text.as_bytes());
    }
}
