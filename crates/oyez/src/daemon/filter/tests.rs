use oyez_netlink::Control;
use oyez_netlink::fake::{FakeKernel, Request};
use oyez_rules::model::{Action, FieldTest, Op};
use oyez_tables::record_type::{AVC, CWD, PATH, USER_ACCT};

use super::*;

fn rule(list: List, tests: &[(Field, Op, u32)]) -> Vec<u8> {
    let mut rule = Rule::new(list, Action::Always);
    for (field, op, value) in tests {
        assert!(rule.push(FieldTest::number(*field, *op, *value).unwrap()));
    }
    bytes::encode(&rule)
}

#[test]
fn only_rules_that_may_leave_titles_or_changes_out_stand_against_it() {
    use Field::{MsgType, Uid};
    use Op::{Equal, GreaterOrEqual, Less, NotEqual};
    let title = u32::from(PROCTITLE);
    for (list, tests, expected) in [
        (List::Exclude, &[(MsgType, Equal, title)][..], Some(Why::TitleExcluded)),
        (List::Exclude, &[(MsgType, Equal, title), (Uid, Equal, 5)], Some(Why::TitleExcluded)),
        (List::Exclude, &[(MsgType, GreaterOrEqual, 1320), (MsgType, Less, 1330)], Some(Why::TitleExcluded)),
        (List::Exclude, &[(MsgType, NotEqual, 1300)], Some(Why::TitleExcluded)),
        (List::Exclude, &[(MsgType, GreaterOrEqual, 1320), (MsgType, Less, 1325)], None),
        (List::Exclude, &[(MsgType, Equal, EOE.into())], None),
        (List::Exclude, &[(MsgType, Equal, CONFIG_CHANGE.into())], Some(Why::ChangeExcluded)),
        (List::Exclude, &[(Uid, Equal, 5)], Some(Why::ChangeExcluded)),
        (List::Exit, &[(Uid, Equal, 5)], None),
        (List::IoUring, &[(Uid, Equal, 5)], Some(Why::IoUringRule)),
    ] {
        assert_eq!(objection(&rule(list, tests)), expected, "{list:?} {tests:?}");
    }
}

#[test]
fn a_rule_that_is_not_understood_stands_against_it_where_it_could_leave_records_out() {
    let with_field = |list| {
        let mut bytes = rule(list, &[(Field::Uid, Op::Equal, 5)]);
        bytes[268..272].copy_from_slice(&999_u32.to_ne_bytes());
        bytes
    };
    assert_eq!(objection(&with_field(List::Exit)), None);
    assert_eq!(objection(&with_field(List::Exclude)), Some(Why::RulesUnknown));
    let mut unknown = rule(List::Exit, &[]);
    unknown[..4].copy_from_slice(&9_u32.to_ne_bytes());
    assert_eq!(objection(&unknown), Some(Why::RulesUnknown));
    assert_eq!(objection(&[1, 2]), Some(Why::RulesUnknown));
}

#[test]
fn a_kernel_that_does_not_list_its_rules_stands_against_it() {
    let mut refusing = Control::over(FakeKernel::new().refusing(Request::ListRules, 1));
    assert_eq!(read_rules(Some(&mut refusing)), Some(Why::RulesUnknown));
    let mut empty = Control::over(FakeKernel::new());
    assert_eq!(read_rules(Some(&mut empty)), None);
    empty.add_rule(&rule(List::Exit, &[])).unwrap();
    empty.add_rule(&rule(List::Exclude, &[(Field::MsgType, Op::Equal, PROCTITLE.into())])).unwrap();
    assert_eq!(read_rules(Some(&mut empty)), Some(Why::TitleExcluded));
    assert_eq!(read_rules(None::<&mut Control<FakeKernel>>), Some(Why::RulesUnknown));
}

#[test]
fn eoe_is_dropped_unless_something_stands_against_it_and_what_is_ignored_always() {
    let settings = |types: &[u16], eoe| {
        let mut settings = Settings { ignore_types: types.to_vec(), ..Settings::default() };
        settings.receive.filter_eoe = eoe;
        settings
    };
    for (types, eoe, rules, seen, expected, why) in [
        (&[][..], true, None, None, &[EOE][..], None),
        (&[CWD, USER_ACCT], true, None, None, &[USER_ACCT, CWD, EOE], None),
        (&[CWD], false, None, None, &[CWD], Some(Why::Setting)),
        (&[PROCTITLE], true, None, None, &[PROCTITLE], Some(Why::TitleIgnored)),
        (&[CONFIG_CHANGE], true, None, None, &[CONFIG_CHANGE], Some(Why::ChangeIgnored)),
        (&[], true, Some(Why::IoUringRule), None, &[], Some(Why::IoUringRule)),
        (&[], true, None, Some(Why::Untitled), &[], Some(Why::Untitled)),
    ] {
        let mut types = types.to_vec();
        types.sort_unstable();
        let plan = Plan::choose(&settings(&types, eoe), rules, seen);
        assert_eq!((&plan.types[..], plan.eoe_fetched), (&expected.to_vec()[..], why), "{types:?}");
    }
}

#[test]
fn serials_say_nothing_once_a_type_is_dropped_that_can_stand_alone() {
    for (types, eoe, events) in [
        (&[][..], false, false),
        (&[EOE], true, false),
        (&[CWD, PATH, PROCTITLE], false, false),
        (&[AVC, EOE], true, true),
    ] {
        assert_eq!(Absent::of(types), Absent { eoe, events }, "{types:?}");
    }
}
