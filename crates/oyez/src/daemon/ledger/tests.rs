use super::*;
use crate::daemon::told::Say;

fn text(say: &Say) -> String {
    match say {
        Say::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("{other:?} is no text"),
    }
}

/// Of each notice: what it is of, its rule's key, and how many.
fn said(told: Vec<(Told, Telling)>) -> Vec<(String, Option<String>, u64)> {
    let of = |(told, telling): (Told, Telling)| {
        assert_eq!(told.get("count"), Some(&Say::Number(telling.count)));
        let what = told.get("type").or_else(|| told.get("reason")).or_else(|| told.get("where"));
        (text(what.unwrap()), told.get("key").map(text), telling.count)
    };
    told.into_iter().map(of).collect()
}

fn shed(ledger: &mut Ledger, shelf: &mut Shelf, what: What, key: &[u8]) {
    ledger.shed((None, shelf), what, key, Cause::Output);
}

fn places(ledger: &mut Ledger, place: Place, total: u64) {
    let mut counts = LossCounts::default();
    counts.set_total(place, total);
    ledger.set_places(&counts);
}

#[test]
fn each_type_key_and_cause_has_its_own_count() {
    let (mut ledger, mut shelf, mut account) = (Ledger::default(), Shelf::default(), Account::default());
    for key in [&b"\"web\""[..], b"\"db\"", b"\"web\"", b"", b"610162"] {
        shed(&mut ledger, &mut shelf, What::Record(1300), key);
    }
    shed(&mut ledger, &mut shelf, What::Record(1400), b"\"web\"");
    shed(&mut ledger, &mut shelf, What::Notice("OYEZ_FILTER"), b"");
    ledger.shed((None, &mut shelf), What::Record(1400), b"\"web\"", Cause::CpuLimit);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        said(account.due(&ledger, 0)),
        [
            ("SYSCALL".into(), some("web"), 2),
            ("SYSCALL".into(), some("db"), 1),
            ("SYSCALL".into(), None, 1),
            ("SYSCALL".into(), some("a,b"), 1),
            ("AVC".into(), some("web"), 1),
            ("OYEZ_FILTER".into(), None, 1),
            ("AVC".into(), some("web"), 1),
        ]
    );
}

#[test]
fn any_number_of_pairs_is_counted_in_bounded_room() {
    let (mut ledger, mut shelf, mut account) = (Ledger::default(), Shelf::default(), Account::default());
    for key in 0..1000 {
        shed(&mut ledger, &mut shelf, What::Record(1300), key.to_string().as_bytes());
    }
    let told = said(account.all(&ledger));
    assert_eq!((told.len(), told.last().unwrap()), (PAIRS + 1, &("other".into(), None, 1000 - PAIRS as u64)));
    assert_eq!(told.iter().map(|(_, _, count)| count).sum::<u64>(), 1000);
}

#[test]
fn a_loss_is_told_at_once_then_once_a_second_and_again_if_that_failed() {
    let (mut ledger, mut shelf, mut account) = (Ledger::default(), Shelf::default(), Account::default());
    assert_eq!(account.deadline(&ledger), None);
    places(&mut ledger, Place::Queue, 3);
    assert_eq!(account.deadline(&ledger), Some(0));
    assert_eq!(said(account.due(&ledger, 5)), [("queue".into(), None, 3)]);
    places(&mut ledger, Place::Queue, 4);
    shed(&mut ledger, &mut shelf, What::Record(1300), b"");
    assert!(account.due(&ledger, 1004).is_empty());
    assert_eq!(account.deadline(&ledger), Some(1005));
    let told = account.due(&ledger, 1005);
    let telling = told[1].1;
    assert_eq!(said(told), [("queue".into(), None, 1), ("SYSCALL".into(), None, 1)]);
    assert_eq!(account.deadline(&ledger), None);
    account.take_back(telling);
    assert_eq!(said(account.due(&ledger, 2005)), [("SYSCALL".into(), None, 1)]);
    assert!(account.all(&ledger).is_empty());
}

#[test]
fn each_output_is_told_all_losses_for_itself_and_one_that_comes_later_only_later_ones() {
    let (mut ledger, mut shelf) = (Ledger::default(), Shelf::default());
    let (mut one, mut other) = (Account::default(), Account::default());
    let siem: Arc<str> = "siem".into();
    ledger.set_dropped(&siem, Reason::Refused, 2);
    ledger.shed((Some(&siem), &mut shelf), What::Record(1300), b"", Cause::Output);
    let told = one.all(&ledger);
    assert!(told.iter().all(|(told, _)| text(told.get("output").unwrap()) == "siem"));
    assert_eq!(said(told), [("refused".into(), None, 2), ("SYSCALL".into(), None, 1)]);
    let mut later = Account::from_now_on(&ledger);
    ledger.set_dropped(&siem, Reason::Refused, 5);
    assert_eq!(said(later.all(&ledger)), [("refused".into(), None, 3)]);
    assert_eq!(said(other.all(&ledger)), [("refused".into(), None, 5), ("SYSCALL".into(), None, 1)]);
}

#[test]
fn what_an_output_lost_that_is_gone_makes_room_for_others() {
    let (mut ledger, mut account) = (Ledger::default(), Account::default());
    for round in 0..100 {
        let name: Arc<str> = format!("o{round}").into();
        let mut shelf = Shelf::default();
        ledger.set_dropped(&name, Reason::End, 7);
        ledger.shed((Some(&name), &mut shelf), What::Record(1300), b"", Cause::Output);
        assert_eq!(said(account.all(&ledger)), [("end".into(), None, 7), ("SYSCALL".into(), None, 1)], "{round}");
        let gone = ledger.forget(&name);
        account.forget(&gone);
    }
    assert_eq!((ledger.items.len(), account.told.len()), (Place::ALL.len() + 2, Place::ALL.len() + 2));
}
