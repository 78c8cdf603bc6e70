//! What events tell of processes beyond their records: whose children they are, what they interpret, what they were called
//! with.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use oyez_testkit::corpus;
use oyez_testkit::live::Turn;
use serde_json::Value;

use crate::daemon::{Home, add_rules, assert_as_found};
use crate::events::{Events, as_path, list};
use crate::{games, hostile};

/// Runs programs as uid 5 while `settings` hold; what came out.
///
/// `None` where this host's audit system cannot be had.
pub(crate) fn hear(settings: &str, work: impl FnOnce(&Home)) -> Option<Events> {
    let turn = Turn::take()?;
    let home = Home::new(settings);
    let daemon = home.start("out", &[]);
    add_rules();
    work(&home);
    daemon.catch_up(&home.yard());
    let (end, events) = daemon.end_with_events();
    end.assert_nothing_lost();
    end.assert_balanced(&events);
    assert_as_found(&turn);
    assert_schema(&events);
    Some(events)
}

fn assert_schema(events: &Events) {
    let text = fs::read_to_string(corpus::workspace().join("docs/schema/event.v1.json")).unwrap();
    let schema = jsonschema::draft202012::new(&serde_json::from_str(&text).unwrap()).unwrap();
    for event in &events.all {
        let problem = schema.iter_errors(event).next().map(|error| format!("{error} at {}", error.instance_path));
        assert_eq!(problem, None, "{event}");
    }
}

/// Runs a shell as uid 5 with these arguments; what it printed.
pub(crate) fn shell(arguments: &[&str]) -> String {
    let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    games::play(move || {
        let output = Command::new("/bin/sh").args(arguments).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    })
}

/// Events of programs that were run and whose last argument is this.
pub(crate) fn run_with<'a>(events: &'a Events, last: &str) -> Vec<&'a Value> {
    let is = |event: &&Value| {
        event["process"]["argv"].as_array().and_then(|argv| argv.last()).is_some_and(|arg| arg == last)
    };
    events.calls("execve").filter(is).collect()
}

fn pids(process: &Value) -> Vec<u64> {
    let above = process["ancestors"].as_array().into_iter().flatten();
    std::iter::once(&process["parent"]).chain(above).map(|of| of["pid"].as_u64().unwrap()).collect()
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn each_of_a_tree_ten_deep_has_its_true_ancestors() {
    const DEPTH: u64 = 10;
    const SCRIPT: &str =
        "echo $1 $$ $PPID; if [ $1 -gt 1 ]; then sh -c \"$2\" tree $(($1 - 1)) \"$2\" level-$(($1 - 1)); fi; :";
    let mut truth = BTreeMap::new();
    let heard = hear("[enrich]\nancestors = 12", |_| {
        for line in shell(&["-c", SCRIPT, "tree", "10", SCRIPT, "level-10"]).lines() {
            let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
            truth.insert(numbers[0], (numbers[1], numbers[2]));
        }
    });
    let Some(events) = heard else { return };
    assert_eq!(truth.len() as u64, DEPTH);
    for (level, (pid, ppid)) in &truth {
        let run = run_with(&events, &format!("level-{level}"));
        let [event] = run[..] else { panic!("{level}: {run:?}") };
        let process = &event["process"];
        assert_eq!((&process["pid"], &process["parent"]["pid"]), (&(*pid).into(), &(*ppid).into()), "{level}");
        let above: Vec<u64> =
            truth.range(level + 1..).map(|(_, (pid, _))| *pid).chain([std::process::id().into()]).collect();
        assert!(pids(process).starts_with(&above), "{level}: {above:?}, {process}");
        if let Some(above) = truth.get(&(level + 1)) {
            assert_eq!(process["parent"]["exe"], process["exe"], "{process}");
            assert_eq!(process["parent"]["argv"][6], format!("level-{}", level + 1), "{above:?}: {process}");
            assert!(process["started"].is_string() && process["parent"]["comm"] == "sh", "{process}");
        }
    }
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn the_parent_of_each_of_500_short_processes_is_known() {
    const SCRIPT: &str = "echo $$; i=0; while [ $i -lt 500 ]; do /bin/true run-$i; i=$((i + 1)); done";
    for connector in [true, false] {
        let mut shell_pid = 0;
        let heard = hear(&format!("[enrich]\nconnector = {connector}"), |_| {
            shell_pid = shell(&["-c", SCRIPT, "many"]).trim().parse().unwrap();
        });
        let Some(events) = heard else { return };
        assert_all_have_parent(&events, shell_pid, &["/bin/sh", "-c", SCRIPT, "many"]);
    }
}

fn assert_all_have_parent(events: &Events, pid: u64, argv: &[&str]) {
    let all: Vec<_> = events.calls("execve").filter(|event| event["process"]["comm"] == "true").collect();
    assert_eq!(all.len(), 500);
    let is_right = |event: &&&Value| {
        let parent = &event["process"]["parent"];
        parent["pid"] == pid && parent["argv"] == Value::from(argv) && parent["exe"] == "/usr/bin/dash"
    };
    let wrong: Vec<_> = all.iter().filter(|event| !is_right(event)).collect();
    assert!(wrong.is_empty(), "{} wrong, such as {}", wrong.len(), wrong[0]);
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_process_whose_parent_is_gone_has_the_one_that_started_it() {
    let heard = hear("", |_| {
        // The shell in the middle ends before its child begins to run a program.
        shell(&["-c", "(sh -c 'kill -0 $PPID; sleep 0.2; /bin/true orphan; :' middle & ) ; sleep 0.6", "top"]);
    });
    let Some(events) = heard else { return };
    let run = run_with(&events, "orphan");
    let [event] = run[..] else { panic!("{run:?}") };
    let process = &event["process"];
    assert_eq!(process["parent"]["argv"][3], "middle", "{process}");
    // What forked that is a copy of the shell at the top, which is gone by then; above it the shell itself.
    let above = process["ancestors"].as_array().unwrap();
    assert_eq!((&above[0]["exe"], &above[1]["exe"]), (&"/usr/bin/dash".into(), &"/usr/bin/dash".into()), "{process}");
    assert_eq!(above[2]["pid"], std::process::id(), "{process}");
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn events_of_a_script_name_it_however_it_was_started() {
    let mut scripts = Vec::new();
    let heard = hear("", |home| {
        let yard = home.yard();
        for name in ["direct", "told to sh", "relative"] {
            let script = yard.join(name);
            fs::write(&script, format!("#!/bin/sh\n: > {}\n/bin/true 'by {name}'\n:\n", yard.join("made").display()))
                .unwrap();
            fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
            scripts.push((name, script.to_str().unwrap().to_owned()));
        }
        shell(&[
            "-c",
            "\"$1\"; sh \"$2\"; cd \"$3\"; ./relative",
            "sh",
            &scripts[0].1,
            &scripts[1].1,
            yard.to_str().unwrap(),
        ]);
    });
    let Some(events) = heard else { return };
    for (name, path) in &scripts {
        let last = if *name == "relative" { "./relative" } else { path };
        let run = run_with(&events, last);
        assert_eq!(run.last().unwrap()["process"]["script"], path.as_str(), "{name}: {run:?}");
        let child = run_with(&events, &format!("by {name}"))[0];
        assert_eq!(child["process"]["parent"]["script"], path.as_str(), "{child}");
        assert!(child["process"]["script"].is_null(), "{child}");
        let is_opened = |event: &Value| {
            event["process"]["script"] == path.as_str()
                && event["object"]["primary"].as_str().unwrap().ends_with("/made")
        };
        assert_eq!(events.calls("openat").filter(|event| is_opened(event)).count(), 1, "{name}");
    }
}

#[test]
#[ignore = "makes this host audit uid 5 for some seconds"]
fn a_program_whose_file_was_deleted_stays_what_it_was_and_is_hashed() {
    const SCRIPT: &str = "rm \"$1\"; i=0; while [ $i -lt 40 ]; do : < /dev/null; sleep 0.05; i=$((i + 1)); done";
    let mut path = String::new();
    let heard = hear("[enrich]\nhash = true", |home| {
        let copy = home.yard().join("gone");
        fs::copy("/bin/sh", &copy).unwrap();
        copy.to_str().unwrap().clone_into(&mut path);
        shell(&["-c", "\"$1\" -c \"$2\" deleted \"$1\" last; :", "sh", &path, SCRIPT]);
    });
    let Some(events) = heard else { return };
    let run = run_with(&events, "last")[0];
    assert_eq!(run["process"]["exe"], path, "{run}");
    let is_its =
        |event: &&Value| event["object"]["primary"] == "/dev/null" && event["process"]["pid"] == run["process"]["pid"];
    let opens: Vec<_> = events.calls("openat").filter(is_its).collect();
    assert_eq!(opens.len(), 40);
    for open in &opens {
        assert_eq!(open["process"]["exe"], format!("{path} (deleted)"), "{open}");
        assert_eq!(open["process"]["argv"], run["process"]["argv"], "{open}");
        assert_eq!(open["process"]["parent"], run["process"]["parent"], "{open}");
    }
    let sum = Command::new("sha256sum").arg("/bin/sh").output().unwrap();
    let sum = String::from_utf8(sum.stdout).unwrap();
    let last = opens.last().unwrap();
    assert_eq!(last["process"]["sha256"].as_str(), sum.split(' ').next(), "{last}");
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_short_process_whose_file_was_deleted_keeps_its_arguments() {
    const SCRIPT: &str = "rm \"$1\"; : < /dev/null; (: < /dev/null)";
    let mut path = String::new();
    let heard = hear("", |home| {
        let copy = home.yard().join("gone");
        fs::copy("/bin/sh", &copy).unwrap();
        copy.to_str().unwrap().clone_into(&mut path);
        shell(&["-c", "\"$1\" -c \"$2\" deleted \"$1\" last; :", "sh", &path, SCRIPT]);
    });
    let Some(events) = heard else { return };
    let run = run_with(&events, "last")[0];
    let deleted = format!("{path} (deleted)");
    let opens: Vec<_> = events.calls("openat").filter(|event| event["process"]["exe"] == deleted).collect();
    assert_eq!(opens.len(), 2);
    for open in &opens {
        assert_eq!(open["process"]["argv"], run["process"]["argv"], "{open}");
    }
    assert_eq!(opens[1]["process"]["parent"]["argv"], run["process"]["argv"], "{}", opens[1]);
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn arguments_of_any_bytes_are_told_of_parents_too() {
    const SCRIPT: &[u8] = b": < /dev/null; /bin/true child; :";
    let mut argv: Vec<Vec<u8>> = vec![b"/bin/sh".to_vec(), b"-c".to_vec(), SCRIPT.to_vec(), b"hostile".to_vec()];
    argv.extend(hostile::names());
    let given = argv.clone();
    let heard = hear("", |_| {
        games::play(move || {
            let arguments = given[1..].iter().map(|argument| as_path(argument));
            assert!(Command::new("/bin/sh").args(arguments).status().unwrap().success());
        });
    });
    let Some(events) = heard else { return };
    let child = run_with(&events, "child")[0];
    assert_eq!(list(&child["process"]["parent"], "argv").unwrap(), argv);
    let is_its = |event: &&Value| event["object"]["primary"] == "/dev/null" && event["process"]["comm"] == "sh";
    let open = events.calls("openat").find(is_its).unwrap();
    assert_eq!(list(&open["process"], "argv").unwrap(), argv);
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn of_6000_arguments_the_event_has_all_and_later_ones_say_that_they_are_cut() {
    let heard = hear("", |_| {
        shell(&["-c", "set -- $(seq 6000); /bin/sh -c '/bin/true of-many; :' many \"$@\"; :", "sh"]);
    });
    let Some(events) = heard else { return };
    // The first is that of seq.
    let run = run_with(&events, "6000")[1];
    let argv = run["process"]["argv"].as_array().unwrap();
    assert!(argv.len() == 6004 && argv[4] == "1" && run["process"]["argv_cut"].is_null());
    let child = run_with(&events, "of-many")[0];
    let parent = &child["process"]["parent"];
    let known = parent["argv"].as_array().unwrap();
    assert!(known.len() > 100 && known[..known.len() - 1] == argv[..known.len() - 1], "{parent}");
    assert_eq!(parent["argv_cut"].as_bool(), (known.len() < argv.len()).then_some(true), "{parent}");
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn processes_of_another_pid_namespace_have_their_numbers_in_the_first() {
    let mut inside = None;
    let heard = hear("", |_| {
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "setpriv", "--reuid", "5", "--clear-groups", "/bin/sh", "-c"]);
        // Setpriv's exec is root's and has no event; a shell that ran within the same tick could be taken for it.
        let output = command.args(["echo $$; sleep 0.3; /bin/true inside; sleep 0.3; :", "sh"]).output().unwrap();
        inside = output.status.success().then(|| String::from_utf8(output.stdout).unwrap());
    });
    let Some(events) = heard else { return };
    let Some(inside) = inside else { return corpus::skipped("a pid namespace: unshare is refused") };
    assert_eq!(inside.trim(), "1", "the shell's number in there");
    let process = &run_with(&events, "inside")[0]["process"];
    assert!(process["pid"].as_u64().unwrap() > 2, "{process}");
    assert_eq!((&process["parent"]["exe"], &process["parent"]["pid"]), (&"/usr/bin/dash".into(), &process["ppid"]));
    assert_eq!(
        (&process["ancestors"][0]["comm"], &process["ancestors"][1]["pid"]),
        (&"unshare".into(), &std::process::id().into()),
        "{process}"
    );
}
