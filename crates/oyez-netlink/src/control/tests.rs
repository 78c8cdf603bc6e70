use super::*;
use crate::fake::{FakeKernel, Field, Request};
use crate::rule::never_for_pid;

type Set = fn(&mut Control<FakeKernel>, u32) -> Result<()>;

fn control(kernel: &FakeKernel) -> Control<FakeKernel> {
    Control::over(kernel.clone())
}

#[test]
fn a_short_status_of_an_older_kernel_is_read_as_far_as_it_goes() {
    for (bytes, wait_time, actual) in [(44, Some(15_000), Some(0)), (40, Some(15_000), None), (32, None, None)] {
        let kernel = FakeKernel::new().with_status_bytes(bytes);
        kernel.set(Field::Lost, 3);
        let status = control(&kernel).status().unwrap();
        assert_eq!((status.lost, status.backlog_limit), (Some(3), Some(64)), "{bytes} bytes");
        assert_eq!((status.backlog_wait_time, status.backlog_wait_time_actual), (wait_time, actual), "{bytes} bytes");
    }
}

#[test]
fn each_setting_is_one_message_that_changes_one_field() {
    let kernel = FakeKernel::new();
    let mut control = control(&kernel);
    let settings: [(Set, Field); 5] = [
        (Control::set_enabled, Field::Enabled),
        (Control::set_failure, Field::Failure),
        (Control::set_rate_limit, Field::RateLimit),
        (Control::set_backlog_limit, Field::BacklogLimit),
        (Control::set_backlog_wait_time, Field::BacklogWaitTime),
    ];
    for (number, (set, field)) in (1u32..).zip(settings) {
        // Not 2: `enabled` 2 would lock the rest.
        set(&mut control, number * 7).unwrap();
        assert_eq!(kernel.get(field), number * 7, "{field:?}");
    }
    assert_eq!(kernel.requests(), settings.map(|(_, field)| Request::Set(field)));
}

#[test]
fn a_locked_field_is_refused_and_the_others_are_not() {
    let kernel = FakeKernel::new().refusing(Request::Set(Field::Failure), libc::EPERM);
    let mut control = control(&kernel);
    let error = control.set_failure(0).unwrap_err();
    assert!(matches!(error, Error::Refused { .. }) && error.errno() == Some(libc::EPERM), "{error:?}");
    control.set_backlog_limit(8192).unwrap();
    assert_eq!((kernel.get(Field::Failure), kernel.get(Field::BacklogLimit)), (1, 8192));
}

#[test]
fn a_positive_acknowledgement_is_a_result() {
    let kernel = FakeKernel::new();
    kernel.set(Field::Lost, 4717);
    kernel.set(Field::BacklogWaitTimeActual, 99);
    let mut control = control(&kernel);
    assert_eq!(control.reset_lost().unwrap(), 4717);
    assert_eq!(control.reset_lost().unwrap(), 0);
    assert_eq!(control.reset_backlog_wait_time_actual().unwrap(), 99);
    assert_eq!((kernel.get(Field::Lost), kernel.get(Field::BacklogWaitTimeActual)), (0, 0));
}

#[test]
fn features_tell_what_is_locked() {
    let kernel = FakeKernel::new();
    kernel.set_features(2, 3);
    let features = control(&kernel).features().unwrap();
    assert!(features.loginuid_immutable.on && features.loginuid_immutable.locked);
    assert!(!features.only_unset_loginuid.on && features.only_unset_loginuid.locked);
}

#[test]
fn strangers_messages_are_skipped_on_the_way_to_the_answer() {
    let kernel = FakeKernel::new();
    kernel.stray(NLMSG_ERROR, 999, &(-1i32).to_ne_bytes(), 0); // the answer to an older request
    kernel.stray(AUDIT_GET, 1, &[0xff; 44], 4711); // right number, wrong sender
    kernel.stray(AUDIT_REPLACE, 0, &1u32.to_ne_bytes(), 0);
    kernel.stray(1300, 0, b"audit(1.2:3): ", 0);
    assert_eq!(control(&kernel).status().unwrap().backlog_limit, Some(64));
}

#[test]
fn too_many_strangers_end_the_wait() {
    let kernel = FakeKernel::new();
    for _ in 0..MAX_STRAYS {
        kernel.stray(1300, 0, b"", 0);
    }
    assert!(matches!(control(&kernel).status(), Err(Error::Answer { .. })));
}

#[test]
fn an_answer_that_never_comes_is_an_error_that_says_so() {
    let kernel = FakeKernel::new().silent();
    let mut control = control(&kernel);
    assert!(matches!(control.status(), Err(Error::TimedOut { .. })));
    assert!(matches!(control.reset_lost(), Err(Error::TimedOut { .. })));
    assert!(matches!(control.list_rules(&mut |_| ()), Err(Error::TimedOut { .. })));
}

#[test]
fn a_late_answer_is_not_taken_for_that_of_the_next_request() {
    let kernel = FakeKernel::new();
    let mut control = control(&kernel);
    control.send("x", AUDIT_GET, 0, &[]).unwrap(); // its answer stays in the queue
    kernel.set(Field::Lost, 5);
    assert_eq!(control.status().unwrap().lost, Some(5));
}

#[test]
fn refusals_of_questions_carry_the_errno() {
    for (request, errno) in
        [(Request::Status, libc::ECONNREFUSED), (Request::Features, libc::EPERM), (Request::ListRules, libc::ENOMEM)]
    {
        let mut control = control(&FakeKernel::new().refusing(request, errno));
        let error = match request {
            Request::Status => control.status().err(),
            Request::Features => control.features().err(),
            _ => control.list_rules(&mut |_| ()).err(),
        };
        assert_eq!(error.and_then(|error| error.errno()), Some(errno), "{request:?}");
    }
}

#[test]
fn a_locked_kernel_refuses_settings_but_not_the_pid() {
    let kernel = FakeKernel::new();
    kernel.set(Field::Enabled, 2);
    kernel.set(Field::Pid, 77);
    let mut control = control(&kernel);
    assert!(control.status().unwrap().is_locked());
    assert_eq!(control.set_enabled(0).unwrap_err().errno(), Some(libc::EPERM));
    control.unregister().unwrap();
    assert_eq!((kernel.get(Field::Enabled), kernel.get(Field::Pid)), (2, 0));
}

#[test]
fn answers_that_are_cut_or_to_another_question_are_refused() {
    for (kind, payload) in [(NLMSG_ERROR, &b"abc"[..]), (AUDIT_GET_FEATURE, b""), (1234, b"x"), (NLMSG_ERROR, &[0; 4])]
    {
        let kernel = FakeKernel::new().silent();
        kernel.stray(kind, 1, payload, 0);
        assert!(matches!(control(&kernel).status(), Err(Error::Answer { .. })), "type {kind}");
    }
    let kernel = FakeKernel::new().silent();
    kernel.stray(AUDIT_GET_FEATURE, 1, &[0; 15], 0);
    assert!(matches!(control(&kernel).features(), Err(Error::Answer { .. })));
    let kernel = FakeKernel::new().silent();
    kernel.stray(AUDIT_LIST_RULES, 1, &vec![0; ANSWER_BYTES], 0);
    assert!(matches!(control(&kernel).list_rules(&mut |_| ()), Err(Error::Answer { .. })));
}

#[test]
fn rules_are_added_in_front_listed_and_deleted() {
    let kernel = FakeKernel::new();
    let mut control = control(&kernel);
    control.add_rule(&never_for_pid(1)).unwrap();
    control.add_rule(&never_for_pid(2)).unwrap();
    assert_eq!(control.add_rule(&never_for_pid(2)).unwrap_err().errno(), Some(libc::EEXIST));
    let mut listed = Vec::new();
    assert_eq!(control.list_rules(&mut |rule| listed.push(rule.to_vec())).unwrap(), 2);
    let values: Vec<_> = listed.iter().map(|rule| protocol::word(rule, 131)).collect();
    assert_eq!(values, [Some(2), Some(1)]);
    control.delete_rule(&never_for_pid(2)).unwrap();
    assert_eq!(control.delete_rule(&never_for_pid(2)).unwrap_err().errno(), Some(libc::ENOENT));
    assert_eq!(kernel.rules().len(), 1);
}

#[test]
fn more_rules_than_strangers_allowed_are_all_listed() {
    let kernel = FakeKernel::new();
    let mut control = control(&kernel);
    for pid in 0..300 {
        control.add_rule(&never_for_pid(pid)).unwrap();
    }
    assert_eq!(control.list_rules(&mut |_| ()).unwrap(), 300);
}

#[test]
fn unregistering_sets_the_pid_to_nobody() {
    let kernel = FakeKernel::new();
    kernel.set(Field::Pid, 12);
    control(&kernel).unregister().unwrap();
    assert_eq!(kernel.get(Field::Pid), 0);
}

#[test]
fn a_login_uid_is_made_unchangeable_and_the_other_feature_is_not_touched() {
    let kernel = FakeKernel::new();
    let mut control = control(&kernel);
    control.set_loginuid_immutable().unwrap();
    let features = control.features().unwrap();
    assert!(features.loginuid_immutable.on && features.loginuid_immutable.locked);
    assert!(!features.only_unset_loginuid.on && !features.only_unset_loginuid.locked);
    kernel.set_features(0, 2);
    assert_eq!(control.set_loginuid_immutable().unwrap_err().errno(), Some(libc::EPERM));
}

#[test]
fn folders_and_messages_have_the_bytes_that_the_kernel_reads() {
    let kernel = FakeKernel::new();
    let mut control = control(&kernel);
    control.trim().unwrap();
    control.make_equivalent(b"/mnt", b"/a").unwrap();
    control.user_message(b"text=hello").unwrap();
    let lengths = [4u32.to_ne_bytes(), 2u32.to_ne_bytes()].concat();
    assert_eq!(kernel.payloads(), [[&lengths[..], b"/mnt/a"].concat(), b"text=hello\0".to_vec()]);
    assert_eq!(kernel.requests(), [Request::Trim, Request::MakeEquivalent, Request::UserMessage]);
}

#[test]
fn a_locked_kernel_takes_no_rule_and_gives_none_up() {
    let kernel = FakeKernel::new();
    let mut control = control(&kernel);
    control.add_rule(&never_for_pid(1)).unwrap();
    kernel.set(Field::Enabled, 2);
    assert_eq!(control.add_rule(&never_for_pid(2)).unwrap_err().errno(), Some(libc::EPERM));
    assert_eq!(control.delete_rule(&never_for_pid(1)).unwrap_err().errno(), Some(libc::EPERM));
}
