use super::*;
use proptest::prelude::*;

/// A rule told apart by its number; even ones record, odd ones hide.
fn rule(number: u32) -> Rule {
    let action = if number.is_multiple_of(2) { Action::Always } else { Action::Never };
    let mut rule = Rule::new(List::Exit, action);
    assert!(rule.push(FieldTest::number(Field::Ppid, Op::Equal, number).unwrap()));
    rule
}

fn rules(numbers: &[u32]) -> Vec<Rule> {
    numbers.iter().map(|number| rule(*number)).collect()
}

/// The kernel's list: refuses what it holds, and what it does not.
fn apply(held: &mut Vec<Rule>, step: &Step) {
    match step {
        Step::Add(rule) => {
            assert!(!held.iter().any(|known| known.same(rule)), "held already: {rule:?}");
            let stored = rule.clone().with_prepend(false);
            if rule.prepend { held.insert(0, stored) } else { held.push(stored) }
        }
        Step::Delete(rule) => {
            let at = held.iter().position(|known| known.same(rule));
            held.remove(at.unwrap_or_else(|| panic!("not held: {rule:?}")));
        }
    }
}

/// Whether an event that matches the rules of these numbers is recorded.
fn records(held: &[Rule], matching: u64) -> bool {
    let number = |rule: &Rule| rule.find(Field::Ppid).and_then(FieldTest::as_number).unwrap();
    let first = held.iter().find(|rule| matching >> number(rule) & 1 == 1);
    first.is_some_and(|rule| rule.action == Action::Always)
}

/// Applies all steps and looks after each that nothing both record is lost; the number of steps.
fn check(wanted: &[u32], held: &[u32], events: &[u64]) -> usize {
    let (wanted, old) = (rules(wanted), rules(held));
    let mut now = old.clone();
    let steps = steps(&wanted, &old);
    for step in &steps {
        apply(&mut now, step);
        for event in events.iter().filter(|event| records(&old, **event) && records(&wanted, **event)) {
            assert!(records(&now, *event), "event {event:b} lost after {step:?}\nof {steps:#?}");
        }
    }
    assert_eq!(now, wanted);
    steps.len()
}

#[test]
fn what_need_not_move_is_not_touched() {
    for (wanted, held, count) in [
        (&[][..], &[][..], 0),
        (&[1, 2, 3], &[1, 2, 3], 0),
        (&[1, 2, 3], &[], 3),
        (&[], &[1, 2, 3], 3),
        (&[1, 2, 3, 4], &[1, 2, 3], 1),
        (&[4, 1, 2, 3], &[1, 2, 3], 1),
        (&[1, 3], &[1, 2, 3], 1),
        (&[1, 5, 2, 4, 6], &[2, 4, 6], 2),
        (&[2, 4, 6, 8, 10], &[2, 4, 5, 6, 8, 10], 1),
    ] {
        assert_eq!(check(wanted, held, &(0..1 << 11).collect::<Vec<_>>()), count, "{wanted:?} {held:?}");
    }
}

#[test]
fn a_rule_that_moves_has_a_stand_in() {
    // 4 is put between: 2 stays, 6 goes behind 4.
    let steps = steps(&rules(&[2, 4, 6]), &rules(&[2, 6]));
    let is_six = |rule: &Rule| rule.find(Field::Ppid).and_then(FieldTest::as_number) == Some(6);
    let sixes: Vec<_> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Add(rule) if is_six(rule) => Some(('+', rule.fields().len())),
            Step::Delete(rule) if is_six(rule) => Some(('-', rule.fields().len())),
            _ => None,
        })
        .collect();
    assert_eq!(sixes, [('+', 2), ('-', 1), ('+', 1), ('-', 2)]);
}

#[test]
fn lists_do_not_know_each_other() {
    let mut task = rule(1);
    task.list = List::Task;
    let wanted = [rule(2), task.clone(), rule(4)];
    assert_eq!(steps(&wanted, &[task, rule(2), rule(4)]), []);
}

#[test]
fn rules_are_held_in_the_order_of_adding() {
    let mut first = rule(3);
    first.prepend = true;
    let mut second = rule(5);
    second.prepend = true;
    let added = [rule(1), first, rule(1), second, rule(7)];
    assert_eq!(order(&added), rules(&[5, 3, 1, 7]));
}

#[test]
fn a_file_system_rule_stands_in_for_itself() {
    let mut some = Rule::new(List::Filesystem, Action::Never);
    assert_eq!(stand_in(&some, &[]), None);
    assert!(some.push(FieldTest::number(Field::FsType, Op::Equal, 7).unwrap()));
    assert_eq!(stand_in(&some, &[]).map(|rule| rule.fields().len()), Some(2));
}

#[test]
fn a_stand_in_that_was_left_behind_is_not_added_again() {
    let left = stand_in(&rule(6), &[]).unwrap();
    let old = [rule(2), rule(6), left];
    let mut now = old.to_vec();
    let wanted = rules(&[2, 4, 6]);
    for step in steps(&wanted, &old) {
        apply(&mut now, &step);
    }
    assert_eq!(now, wanted);
}

proptest! {
    #[test]
    fn any_lists_lead_from_one_to_the_other_and_lose_nothing(
        wanted in proptest::sample::subsequence((0_u32..12).collect::<Vec<_>>(), 0..12).prop_shuffle(),
        held in proptest::sample::subsequence((0_u32..12).collect::<Vec<_>>(), 0..12).prop_shuffle(),
        events in proptest::collection::vec(0_u64..1 << 12, 64),
    ) {
        check(&wanted, &held, &events);
    }
}
