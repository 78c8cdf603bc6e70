use std::cell::RefCell;
use std::io;
use std::path::Path;
use std::rc::Rc;

use oyez_testkit::TempDir;

use super::nss::{Work, link};
use super::*;
use crate::test_events;

/// Files whose bytes and stamp a test sets; counts what is done with them.
#[derive(Clone, Default)]
struct Fake(Rc<RefCell<FakeFiles>>);

#[derive(Default)]
struct FakeFiles {
    passwd: &'static str,
    group: &'static str,
    version: u64,
    is_broken: bool,
    stamps: u32,
    reads: u32,
}

impl Source for Fake {
    fn stamp(&self, _: Kind) -> Option<Stamp> {
        let mut files = self.0.borrow_mut();
        files.stamps += 1;
        Some(Stamp { size: files.version, ..Stamp::default() }).filter(|_| !files.is_broken)
    }

    fn read(&self, kind: Kind) -> io::Result<Vec<u8>> {
        let mut files = self.0.borrow_mut();
        files.reads += 1;
        let text = if kind == Kind::User { files.passwd } else { files.group };
        Ok(text.into())
    }
}

fn files(passwd: &'static str) -> Fake {
    Fake(Rc::new(RefCell::new(FakeFiles { passwd, group: "adm:x:4:\n", ..FakeFiles::default() })))
}

/// What the other side of the link would do: answers all that is asked by `name`.
fn answer_all(work: &Work, name: impl Fn(Id) -> Answer) -> usize {
    let asked: Vec<_> = work.queries.try_iter().collect();
    for id in &asked {
        work.answers.try_send((*id, name(*id))).unwrap();
    }
    asked.len()
}

#[test]
fn names_come_from_the_files_and_the_unset_id_has_none() {
    let users = Users::new(files("root:x:0:0::/:\nodd:x:4294967295:0::/:\n"), None);
    assert_eq!((users.user(0), users.group(4)), (Some("root"), Some("adm")));
    assert_eq!((users.user(4), users.user(u32::MAX), users.group(u32::MAX)), (None, None, None));
}

#[test]
fn the_files_are_looked_at_once_a_second_while_ids_are_looked_up_and_never_else() {
    let source = files("root:x:0:0::/:\n");
    let mut users = Users::new(source.clone(), None);
    let stamps = || source.0.borrow().stamps;
    for now in 0..10_000 {
        users.tick(now);
    }
    assert_eq!((stamps(), source.0.borrow().reads), (2, 2), "idle");
    for now in 10_000..20_000 {
        users.user(0);
        users.user(999);
        users.tick(now);
    }
    assert_eq!(stamps(), 2 + 2 * 10);
    // Once more than at first: a change in the same tick of the file system's clock would not show.
    assert_eq!(source.0.borrow().reads, 4);
}

#[test]
fn a_changed_file_is_read_again_and_raises_the_generation() {
    let source = files("root:x:0:0::/:\n");
    let mut users = Users::new(source.clone(), None);
    let before = users.generation();
    users.user(1000);
    {
        let mut files = source.0.borrow_mut();
        (files.passwd, files.version) = ("root:x:0:0::/:\nalice:x:1000:1000::/:\n", 1);
    }
    users.tick(1000);
    assert_eq!((users.user(1000), users.generation()), (Some("alice"), before + 1));
    source.0.borrow_mut().version = 2;
    users.tick(2000);
    assert_eq!(users.generation(), before + 1, "touched, not changed");
    users.user(0);
    source.0.borrow_mut().is_broken = true;
    users.tick(3000);
    assert_eq!(users.user(1000), Some("alice"), "what was known stays");
}

#[test]
fn an_event_that_tells_of_a_change_has_the_files_looked_at_at_once() {
    let source = files("");
    let mut users = Users::new(source.clone(), None);
    users.tick(500);
    source.0.borrow_mut().version = 1;
    source.0.borrow_mut().passwd = "new:x:7:7::/:\n";
    let added = "type=ADD_USER msg=audit(1.000:1): pid=1 uid=0 auid=0 ses=1 msg='op=add-user id=7 res=success'";
    test_events::each(added, |event| users.event(event));
    users.tick(501);
    assert_eq!(users.user(7), Some("new"));
    source.0.borrow_mut().passwd = "";
    source.0.borrow_mut().version = 2;
    test_events::each("type=USER_AUTH msg=audit(1.000:2): pid=1 uid=0 msg='op=x res=success'", |event| {
        users.event(event);
    });
    users.tick(700);
    assert_eq!(users.user(7), Some("new"));
}

#[test]
fn who_keeps_what_was_made_of_names_learns_of_changes_without_looking_one_up() {
    let source = files("alice:x:1000:1000::/:\n");
    let (link, work) = link();
    let mut users = Users::new(source.clone(), Some(link));
    let before = users.generation();
    {
        let mut files = source.0.borrow_mut();
        (files.passwd, files.version) = ("eve:x:1000:1000::/:\n", 1);
    }
    users.tick(1000);
    assert_eq!(users.generation(), before + 1);

    users.user(5000);
    users.tick(2000);
    assert_eq!(answer_all(&work, |_| Answer::Name("ldap".into())), 1);
    users.tick(3000);
    let kept = users.generation();
    users.tick(3000 + NAME_MS - 1);
    assert_eq!(users.generation(), kept);
    users.tick(3000 + NAME_MS);
    assert_eq!(users.generation(), kept + 1);
}

#[test]
fn an_id_in_no_file_is_asked_for_once_and_answered_the_next_time() {
    let (link, work) = link();
    let mut users = Users::new(files("root:x:0:0::/:\n"), Some(link));
    let ask = |users: &mut Users<_>| (0..100).for_each(|_| assert_eq!(users.user(5000), None));
    ask(&mut users);
    users.tick(1);
    ask(&mut users);
    users.tick(2);
    let generation = users.generation();
    assert_eq!(answer_all(&work, |id| Answer::Name(format!("ldap{}", id.number).into())), 1);
    assert_eq!(users.user(5000), None, "not before the next tick");
    users.tick(3);
    assert_eq!((users.user(5000), users.generation()), (Some("ldap5000"), generation + 1));
    assert_eq!(users.user(0), Some("root"));
    users.tick(4);
    assert_eq!(users.counts(), Counts { asked: 1, answered: 1, failed: 0 });
}

#[test]
fn no_name_is_an_answer_that_holds_for_ten_minutes_and_a_failure_for_one() {
    for (answer, holds) in [(Answer::NoName, NO_NAME_MS), (Answer::Failed, FAILED_MS)] {
        let (link, work) = link();
        let mut users = Users::new(files(""), Some(link));
        users.user(5000);
        users.tick(1);
        assert_eq!(answer_all(&work, |_| answer.clone()), 1);
        users.tick(2);
        let generation = users.generation();
        for now in [3, holds / 2, holds + 1] {
            assert_eq!(users.user(5000), None);
            users.tick(now);
            assert_eq!(answer_all(&work, |_| answer.clone()), 0, "{now}");
        }
        users.tick(holds + 3);
        users.user(5000);
        users.tick(holds + 4);
        assert_eq!(answer_all(&work, |_| answer.clone()), 1);
        assert!(users.generation() > generation, "what was made of no name is made again");
    }
}

#[test]
fn a_name_outlives_its_time_and_failures_until_a_new_answer_comes() {
    let (link, work) = link();
    let mut users = Users::new(files(""), Some(link));
    let mut now = 0;
    let mut turn = |users: &mut Users<_>, answer: &Answer| {
        users.user(5000);
        users.tick(now);
        answer_all(&work, |_| answer.clone());
        users.tick(now);
        now += NAME_MS;
        users.user(5000).map(str::to_owned)
    };
    assert_eq!(turn(&mut users, &Answer::Name("old".into())).as_deref(), Some("old"));
    users.tick(NAME_MS);
    assert_eq!(turn(&mut users, &Answer::Failed).as_deref(), Some("old"));
    users.tick(2 * NAME_MS);
    assert_eq!(turn(&mut users, &Answer::Name("new".into())).as_deref(), Some("new"));
    users.tick(3 * NAME_MS);
    assert_eq!(turn(&mut users, &Answer::NoName), None);
}

#[test]
fn users_that_change_have_nss_asked_again_but_not_all_the_time() {
    let (link, work) = link();
    let mut users = Users::new(files(""), Some(link));
    let mut asked = 0;
    for now in (0..100_000).step_by(50) {
        test_events::each("type=USER_MGMT msg=audit(1.000:1): pid=1 uid=0 msg='op=x res=success'", |event| {
            users.event(event);
        });
        users.user(5000);
        users.tick(now);
        asked += answer_all(&work, |_| Answer::NoName);
    }
    assert!((10..=11).contains(&asked), "{asked}");
}

#[test]
fn the_name_of_a_services_passing_user_holds_for_seconds_only() {
    let (link, work) = link();
    let mut users = Users::new(files(""), Some(link));
    for (now, name) in [(0, "one"), (DYNAMIC_MS, "other")] {
        users.tick(now);
        users.user(61_184);
        users.tick(now);
        assert_eq!(answer_all(&work, |_| Answer::Name(name.into())), 1);
        users.tick(now);
        assert_eq!(users.user(61_184), Some(name));
    }
}

#[test]
fn ten_thousand_ids_stay_within_the_bounds_and_are_all_known_in_the_end() {
    let (link, work) = link();
    let mut users = Users::new(files(""), Some(link));
    let mut now = 0;
    for number in 0..10_000 {
        assert_eq!(users.user(number), None);
        now += 1;
        users.tick(now);
        if number % 3000 == 2999 {
            // The helper was slow: the queue was full, the rest was let be.
            let asked = answer_all(&work, |id| Answer::Name(format!("u{}", id.number).into()));
            assert!((1..=nss::QUEUE).contains(&asked), "{asked}");
        }
        assert!(users.cache.len() <= CACHE);
    }
    for number in 6000..9000 {
        for _ in 0..5 {
            users.user(number);
            now += FULL_MS;
            users.tick(now);
            answer_all(&work, |id| Answer::Name(format!("u{}", id.number).into()));
        }
        assert_eq!(users.user(number), Some(format!("u{number}").as_str()));
    }
    assert!(users.cache.len() <= CACHE);
}

#[test]
fn a_keeper_that_is_gone_changes_nothing_for_who_asks() {
    let (link, work) = link();
    drop(work);
    let mut users = Users::new(files("root:x:0:0::/:\n"), Some(link));
    for now in 0..1000 {
        assert_eq!((users.user(0), users.user(7)), (Some("root"), None));
        users.tick(now);
    }
    assert_eq!(users.counts(), Counts::default());
}

#[test]
fn this_hosts_files_know_root_and_a_file_replaced_by_renaming_is_noticed() {
    let users = Users::new(EtcFiles::default(), None);
    assert_eq!((users.user(0), users.group(0)), (Some("root"), Some("root")));

    let dir = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.join(name), text).unwrap();
    write("passwd", "bob:x:1:1::/:\n");
    let mut users = Users::new(EtcFiles::at(dir.path()), None);
    assert_eq!((users.user(1), users.group(1)), (Some("bob"), None));
    write("passwd+", "eve:x:1:1::/:\n");
    std::fs::rename(dir.join("passwd+"), dir.join("passwd")).unwrap();
    users.tick(1000);
    assert_eq!(users.user(1), Some("eve"));
}

#[test]
fn what_is_no_plain_file_is_not_opened() {
    let dir = TempDir::new().unwrap();
    std::fs::create_dir(dir.join("passwd")).unwrap();
    std::os::unix::fs::symlink(Path::new("/dev/zero"), dir.join("group")).unwrap();
    let source = EtcFiles::at(dir.path());
    assert_eq!((source.stamp(Kind::User), source.stamp(Kind::Group)), (None, None));
    assert_eq!(Users::new(source, None).user(0), None);
}

#[test]
fn names_and_sessions_can_be_handed_to_the_thread_that_asks() {
    fn can_be_handed_over<T: Send>() {}
    can_be_handed_over::<Users<EtcFiles>>();
    can_be_handed_over::<crate::logins::Logins>();
    can_be_handed_over::<Work>();
}
