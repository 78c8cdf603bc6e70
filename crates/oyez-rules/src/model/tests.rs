use super::*;

#[test]
fn numbers_and_names_lead_back_to_their_field() {
    let mut last = None;
    for field in Field::all() {
        assert_eq!(Field::from_number(field.number()), Some(field));
        assert_eq!(Field::from_name(field.name().as_bytes()), Some(field));
        assert!(last < Some(field.number()), "{field:?}");
        last = Some(field.number());
    }
    assert_eq!(Field::all().count(), 46);
    assert_eq!(Field::from_name(b"loginuid"), Some(Field::Auid));
    for near in ["", "UID", "uids", "f24"] {
        assert_eq!(Field::from_name(near.as_bytes()), None, "{near}");
    }
    for number in [27, 99, 114, 204, 211] {
        assert_eq!(Field::from_number(number), None);
    }
}

#[test]
fn numbers_of_the_kernel_are_those_of_its_header() {
    let known = [
        (Field::Pid, 0),
        (Field::Arch, 11),
        (Field::Ppid, 18),
        (Field::FsType, 26),
        (Field::Path, 105),
        (Field::Dir, 107),
        (Field::FieldCompare, 111),
        (Field::SaddrFam, 113),
        (Field::A3, 203),
        (Field::Key, 210),
    ];
    for (field, number) in known {
        assert_eq!(field.number(), number, "{field:?}");
    }
    assert_eq!(List::ALL.map(List::number), [0, 1, 4, 5, 6, 7]);
    assert_eq!(List::from_number(2), None);
    assert_eq!(List::from_name(b"io_uring"), Some(List::IoUring));
    assert_eq!([Action::Never, Action::Always].map(Action::number), [0, 2]);
    assert_eq!(Action::from_number(1), None);
}

#[test]
fn bits_lead_back_to_their_operator() {
    for op in Op::ALL {
        assert_eq!(Op::from_bits(op.bits()), Some(op));
        assert_eq!(Op::from_bits(op.bits() | 0x8000_0001), Some(op));
    }
    for none in [0, 0x7800_0000, 0x3800_0000] {
        assert_eq!(Op::from_bits(none), None);
    }
}

#[test]
fn comparisons_hold_either_way_round_and_never_across_kinds() {
    let users = [Field::Auid, Field::Uid, Field::Euid, Field::Suid, Field::Fsuid, Field::ObjUid];
    let groups = [Field::Gid, Field::Egid, Field::Sgid, Field::Fsgid, Field::ObjGid];
    for kind in [&users[..], &groups[..]] {
        for left in kind {
            for right in kind.iter().filter(|right| *right != left) {
                let number = Comparison::of(*left, *right).map(Comparison::number);
                assert!(number.is_some_and(|number| (1..=25).contains(&number)), "{left:?} {right:?}");
                assert_eq!(Comparison::of(*right, *left).map(Comparison::number), number);
            }
        }
    }
    assert_eq!(Comparison::of(Field::Uid, Field::Gid), None);
    assert_eq!(Comparison::of(Field::Uid, Field::Uid), None);
    assert_eq!(Comparison::from_number(0), None);
    assert_eq!(Comparison::from_number(26), None);
    assert_eq!(Comparison::from_number(14).map(|c| (c.left(), c.right())), Some((Field::Auid, Field::Fsuid)));
}

#[test]
fn a_mask_that_is_full_but_for_the_classes_is_all() {
    let mut mask = [u32::MAX; 64];
    mask[63] = 0x0000_ffff;
    assert!(Syscalls::from_mask(mask).is_all());
    mask[62] = 0;
    assert!(!Syscalls::from_mask(mask).is_all());
}

#[test]
fn sets_hold_what_was_put_in() {
    let mut set: Syscalls = [0, 59, 2047].into_iter().collect();
    assert!(!set.insert(Syscalls::LIMIT));
    assert_eq!(set.numbers().collect::<Vec<_>>(), [0, 59, 2047]);
    assert_eq!((set.mask()[1], set.mask()[63], set.count()), (1 << 27, 1 << 31, 3));
    assert!(set.is_subset(&Syscalls::all()) && !Syscalls::all().is_subset(&set));
    let other = [59].into_iter().collect();
    assert_eq!(set.intersection(&other), other);
    assert_eq!(other.union(&set), set);
    assert!(set.union(&Syscalls::all()).is_all());
}

#[test]
fn a_test_has_the_kind_of_value_its_field_takes() {
    assert_eq!(FieldTest::number(Field::Path, Op::Equal, 1), None);
    assert_eq!(FieldTest::text(Field::Uid, Op::Equal, "root"), None);
    for bad in [vec![], vec![b'a', 0], vec![b'a'; MAX_TEXT_LEN + 1]] {
        assert_eq!(FieldTest::text(Field::Path, Op::Equal, bad), None);
    }
    assert_eq!(FieldTest::text(Field::Key, Op::Equal, vec![b'a'; MAX_KEY_LEN + 1]), None);
    assert!(FieldTest::text(Field::Exe, Op::NotEqual, vec![b'a'; MAX_TEXT_LEN]).is_some());
}

#[test]
fn a_rule_takes_64_tests_and_tells_its_keys() {
    let mut rule = Rule::new(List::Exit, Action::Always);
    assert!(rule.push(FieldTest::text(Field::Key, Op::Equal, "a\x01b").unwrap()));
    for _ in 1..MAX_FIELDS {
        assert!(rule.push(FieldTest::number(Field::Pid, Op::Equal, 1).unwrap()));
    }
    assert!(!rule.push(FieldTest::number(Field::Pid, Op::Equal, 1).unwrap()));
    assert!(rule.replace(FieldTest::number(Field::Pid, Op::Equal, 7).unwrap()));
    assert_eq!(rule.find(Field::Pid).and_then(FieldTest::as_number), Some(7));
    assert_eq!(rule.keys().collect::<Vec<_>>(), [b"a", b"b"]);
    let mut first = rule.clone();
    first.prepend = true;
    assert!(first != rule && first.same(&rule));
}
