//! What each form of a value matches.

use oyez_events::context::Context;
use oyez_filter::field::Source;

use super::support::{condition, events, reader};

/// A connect with a socket address, two paths, two keys, arguments.
const LOG: &[u8] = b"type=SYSCALL msg=audit(1626611363.720:348501): arch=c000003e syscall=42 success=no exit=-13 a0=3 a1=7ffe a2=10 a3=0 items=2 ppid=700 pid=731 auid=4294967295 uid=1000 gid=1000 euid=0 suid=1000 fsuid=1000 egid=1000 sgid=1000 fsgid=1000 tty=pts1 ses=3 comm=\"nginx: worker\" exe=\"/usr/lib/web/nginx\" subj=unconfined key=6E65740177656231\ntype=SOCKADDR msg=audit(1626611363.720:348501): saddr=020001BB0A0000010000000000000000\ntype=CWD msg=audit(1626611363.720:348501): cwd=\"/srv/www\"\ntype=PATH msg=audit(1626611363.720:348501): item=0 name=\"/etc/ssl/cert.pem\" inode=17 dev=fd:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL\ntype=PATH msg=audit(1626611363.720:348501): item=1 name=\"key*.pem\" inode=4711 dev=fd:01 mode=0100600 ouid=33 ogid=33 rdev=00:00 nametype=NORMAL\ntype=PROCTITLE msg=audit(1626611363.720:348501): proctitle=6E67696E78002D67\n";

fn holds(text: &str) -> bool {
    let event = events(LOG).remove(0);
    let condition = condition(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    condition.holds(&mut reader().view(&event, &Context::default()), &[])
}

#[track_caller]
fn check(matching: &[&str], others: &[&str]) {
    for text in matching {
        assert!(holds(text), "does not match: {text}");
    }
    for text in others {
        assert!(!holds(text), "matches: {text}");
    }
}

#[test]
fn plain_values_are_texts_numbers_lists_and_globs() {
    check(
        &[
            "",
            "exe = '/usr/lib/web/nginx'",
            "'process.exe' = '/usr/lib/web/nginx'",
            "exe = ['/bin/sh', '/usr/lib/web/nginx']",
            "exe = '/usr/lib/**'",
            "exe = '/usr/*/web/nginx'",
            "exe = '/usr/lib/web/*'",
            "exe = '/usr/**/nginx'",
            "exe = '/usr/lib/**/web/nginx'",
            "exe = '**/nginx'",
            "exe = '/usr/lib{32,,64}/web/n?in[w-y]'",
            "comm = 'nginx*'",
            "key = 'net'",
            "key = 'web?'",
            "path = 'key\\*.pem'",
            "path = '**/{cert,chain}.pem'",
            "uid = 1000",
            "uid = '1000'",
            "uid = [0, 1000]",
            "uid = ['<10', '1000-1999']",
            "exit = -13",
            "exit = '-20--10'",
            "exit = '<0'",
            "auid = ['unset']",
            "auid = -1",
            "auid = 4294967295",
            "auid = '1000-4294967295'",
            "auid = { not = '>=1000' }",
            "uid = '>=1000'",
            "uid = '<=1000'",
            "session = '>2'",
            "port = '>=443'",
            "inode = 4711",
            "inode = [5, '4000-5000']",
            "addr = '10.0.0.1'",
            "addr = '10.0.0.0/8'",
            "addr = ['192.168.0.0/16', '10.0.0.0/24']",
            "addr = '10.*'",
            "syscall = 'connect'",
        ],
        &[
            "exe = '/usr/lib/web/nginx2'",
            "exe = '/USR/lib/web/nginx'",
            "exe = '/usr/lib/*'",
            "exe = '/usr/*/nginx'",
            "exe = { is = 'nginx' }",
            "exe = '/usr/lib/web/[!n]*'",
            "key = 'net,web1'",
            "uid = '0-999'",
            "auid = '>=1000'",
            "auid = '>1000'",
            "auid = '<=4294967295'",
            "auid = { range = '>0' }",
            "session = '>3'",
            "port = '<443'",
            "addr = '11.0.0.0/8'",
            "addr = '10.0.0.2'",
            "container = 'x*'",
        ],
    );
}

#[test]
fn names_with_dots_may_be_tables_within_tables() {
    check(
        &[
            "process.exe = '/usr/lib/web/nginx'",
            "process = { exe = '/usr/lib/**', pid = 731 }\nsyscall = { name = 'connect' }\nuser.uid.range = '1000-1001'",
            "process.exe.starts = '/usr/'",
            "not = { process = { parent = { exe = { exists = true } } } }",
        ],
        &["process = { exe = '/usr/lib/**', pid = 732 }", "container.id.exists = true", "claimed.acct = 'root'"],
    );
}

#[test]
fn operators_all_have_to_hold() {
    check(
        &[
            "exe = { starts = '/usr/', ends = 'nginx', contains = 'web' }",
            "exe = { starts = ['/opt/', '/usr/'] }",
            "exe = { regex = '^/usr/.*/n[a-z]+x$' }",
            "exe = { regex = 'NGINX', nocase = true }",
            "exe = { is = '/USR/lib/web/NGINX', nocase = true }",
            "exe = { glob = '/USR/**', nocase = true }",
            "exe = { contains = 'WEB', nocase = true }",
            "exe = { starts = '/Usr', ends = 'X', nocase = true }",
            "exe = { not = ['/bin/sh', '/opt/**'] }",
            "exe = { not = { ends = 'sh' } }",
            "path = { is = 'key*.pem' }",
            "uid = { range = '500-1500', not = 1001 }",
            "uid = { range = ['<5', '>999'] }",
            "uid = { is = '1000' }",
            "addr = { cidr = '10.0.0.0/31' }",
            "addr = { not = '10.0.0.2' }",
            "'object.primary' = { cidr = '10.0.0.0/8' }",
            "exe = { exists = true }",
            "container = { exists = false }",
            "container = { not = 'x' }",
        ],
        &[
            "exe = { starts = '/usr/', ends = 'sh' }",
            "exe = { not = '/usr/**' }",
            "exe = { not = { starts = '/usr/', ends = 'x' } }",
            "exe = { regex = '^nginx' }",
            "exe = { regex = 'NGINX' }",
            "exe = { is = '/usr/lib/web/*' }",
            "uid = { range = '500-1500', not = 1000 }",
            "addr = { cidr = '10.0.0.2/31' }",
            "exe = { exists = false }",
            "container = { exists = true }",
            "container = { contains = 'x' }",
        ],
    );
}

#[test]
fn of_several_values_one_has_to_match_and_none_what_is_excluded() {
    check(
        &[
            "path = '/etc/**'",
            "path = { starts = '/etc/', not = '/tmp/*' }",
            // Each operator may hold for another value.
            "path = { starts = '/etc/', contains = 'key' }",
            "all = [{ path = '/etc/ssl/*' }, { path = 'key*' }]",
        ],
        &["path = { not = '/etc/**' }", "path = { starts = '/etc/', not = 'key\\*.pem' }", "key = { not = ['web1'] }"],
    );
}

#[test]
fn tables_are_put_together_with_any_all_and_not() {
    check(
        &[
            "any = [{ uid = 0 }, { exe = '/usr/**', key = 'net' }]",
            "all = [{ uid = 1000 }, { any = [{ pid = 1 }, { pid = 731 }] }]",
            "not = { uid = 1000, pid = 1 }",
            "key = 'net'\nnot = { any = [{ uid = 0 }, { pid = 1 }] }",
            "not = { not = { uid = 1000 } }",
        ],
        &[
            "any = [{ uid = 0 }, { exe = '/usr/**', key = 'x' }]",
            "uid = 1000\nany = [{ uid = 0 }, { pid = 1 }]",
            "all = [{ uid = 1000 }, { pid = 1 }]",
            "not = { uid = 1000 }",
        ],
    );
}

#[test]
fn a_condition_says_what_it_needs() {
    for (text, source) in [
        ("exe = '/x'", Source::Records),
        ("tag = 'x'", Source::Records),
        ("proctitle = { not = 'x' }", Source::Redacted),
        ("any = [{ exe = '/x' }, { not = { label = { exists = true } } }]", Source::Known),
    ] {
        assert_eq!(condition(text).unwrap().source(), source, "{text}");
    }
}
