//! Inputs that the fuzzers found to go wrong, once.

use super::check;

const SYSCALL: u16 = 1300;
const PATH: u16 = 1302;

#[test]
fn claims_in_a_syscall_record_are_told_each_time() {
    check::bodies(&[(SYSCALL, b"arch=c000003e syscall=42 ppid=1 pid=2 msg='op=x'")]);
}

#[test]
fn claims_in_an_execve_record_are_told() {
    check::bodies(&[(SYSCALL, b"arch=c000003e"), (1309, b"argc=1 a0=\"x\" msg='op=y'")]);
}

#[test]
fn a_value_may_reach_into_the_text_about_the_process() {
    check::bodies(&[(SYSCALL, b"arch=c000003e syscall=1 x=\"torn ppid=1 pid=2 comm=\"x\"")]);
    check::bodies(&[(SYSCALL, b"arch=c000003e syscall=1 key=\"torn ppid=1 pid=2\" uid=0")]);
}

#[test]
fn fields_behind_the_text_about_the_process_are_told() {
    check::bodies(&[(SYSCALL, b"arch=c000003e ppid=1 pid=2 syscall=59 success=yes exit=-13")]);
}

#[test]
fn one_processs_fields_are_not_shown_for_anothers() {
    for _ in 0..3 {
        check::bodies(&[(SYSCALL, b"arch=c000003e syscall=1 comm=\"good\" ppid=4711 pid=2 uid=0")]);
    }
    check::bodies(&[(SYSCALL, b"arch=c000003e syscall=1 comm=\"evil\" ppid=4711 pid=2 uid=0")]);
    check::bodies(&[(SYSCALL, b"arch=c000003e syscall=1 ppid=4711 pid=2 uid=0")]);
}

#[test]
fn a_torn_name_leaves_other_paths_alone() {
    for _ in 0..3 {
        check::bodies(&[(PATH, b"item=0 name=\"torn mode=0100644 ouid=4711")]);
    }
    check::bodies(&[(PATH, b"item=0 name=\"good\" mode=0100644 ouid=4711")]);
}

#[test]
fn a_socket_records_own_fields_do_not_meet_the_decoded_ones() {
    check::bodies(&[(1306, b"saddr=020001BB0A0000010000000000000000 family=2 port=1 addr=x")]);
}

#[test]
fn minus_nothing_is_no_number() {
    check::bodies(&[(1309, b"argc=-0 a0=\"x\""), (SYSCALL, b"exit=-0")]);
}

#[test]
fn claims_in_a_path_record_are_told_each_time() {
    for _ in 0..3 {
        check::bodies(&[(PATH, b"item=0 name=\"good\" mode=0100644 ouid=4712")]);
    }
    check::bodies(&[(PATH, b"item=0 name=\"x\" msg='op=y mode=0100644 ouid=4712")]);
    check::bodies(&[(SYSCALL, b"arch=c000003e"), (PATH, b"item=0 name=\"x\" msg='op=y mode=0100644 ouid=4712")]);
}

#[test]
fn a_tail_may_explain_what_stands_before_a_paths_mode() {
    check::log(b"type=PATH msg=audit(1.234:5): item=0 dev=fd:01 mode=0100644 ouid=4713\x1dDEV=\"sda\" OUID=\"eve\"\n");
}
