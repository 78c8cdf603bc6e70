//! What events tell of who acted and where: names, logins, containers, labels; and what they keep to themselves.

use std::fs;
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::Command;

use oyez_testkit::corpus::skipped;
use serde_json::Value;

use crate::events::contains;
use crate::processes::{hear, run_with, shell};

/// Runs `script` in a shell as root, who is not audited; says whether it could.
fn as_root(script: &str, arguments: &[&str]) -> bool {
    Command::new("/bin/sh").args(["-c", script, "root"]).args(arguments).status().unwrap().success()
}

/// A shell as uid 5, started by one as root.
const AS_GAMES: &str = "exec setpriv --reuid 5 --regid 60 --clear-groups sh -c";

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn ids_are_named_beside_their_numbers_and_those_of_nobody_are_not() {
    const NOBODYS: u32 = 54_321;
    let heard = hear("", |home| {
        let file = home.yard().join("of nobody");
        fs::write(&file, "").unwrap();
        chown(&file, Some(NOBODYS), Some(60)).unwrap();
        shell(&["-c", "i=0; while [ $i -lt 100 ]; do : < \"$1\"; i=$((i + 1)); done", "sh", file.to_str().unwrap()]);
    });
    let Some(events) = heard else { return };
    let is_its = |event: &&Value| event["paths"][0]["ouid"] == NOBODYS;
    let opens: Vec<_> = events.calls("openat").filter(is_its).collect();
    assert_eq!(opens.len(), 100);
    for open in opens {
        let path = &open["paths"][0];
        assert!(path["ouid_name"].is_null() && path["ogid_name"] == "games", "{path}");
        let (user, actor) = (&open["user"], &open["actor"]);
        assert!(user["uid"] == 5 && user["uid_name"] == "games" && user["auid_name"] == "unset", "{user}");
        assert!(actor["id"] == 5 && actor["name"] == "games" && actor["as_id"].is_null(), "{actor}");
        assert_eq!((&open["action"], &open["how"]), (&"opened-file".into(), &"/usr/bin/dash".into()));
    }
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn who_runs_a_setuid_program_acts_as_root() {
    let heard = hear("", |_| drop(shell(&["-c", "/bin/su --version > /dev/null; :", "sh"])));
    let Some(events) = heard else { return };
    let event = run_with(&events, "--version")[0];
    let actor = &event["actor"];
    assert!(actor["id"] == 5 && actor["as_id"] == 0 && actor["as_name"] == "root", "{event}");
    assert_eq!((&event["user"]["uid_name"], &event["user"]["euid_name"]), (&"games".into(), &"root".into()));
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn a_session_is_told_from_its_login_on() {
    let mut is_login = false;
    let heard = hear("", |_| {
        is_login = as_root(
            &format!("echo 2 > /proc/self/loginuid || exit 1; {AS_GAMES} 'sleep 0.3; /bin/true in-session; :' sh"),
            &[],
        );
    });
    let Some(events) = heard else { return };
    if !is_login {
        return skipped("a login: /proc/self/loginuid cannot be written");
    }
    let login = events.of("LOGIN").find(|event| event["user"]["auid"] == 2).unwrap();
    assert_eq!(
        (&login["action"], &login["user"]["auid_name"]),
        (&"changed-login-id-to".into(), &"bin".into()),
        "{login}"
    );
    let event = run_with(&events, "in-session")[0];
    assert_eq!(event["session"], login["session"]);
    let (actor, told, parent) = (&event["actor"], &event["login"], &event["process"]["parent"]);
    // In between was setpriv, whose own exec is root's and has no event.
    assert!(parent["comm"] == "sh" && parent["argv"][3] == "sh", "{event}");
    assert!(
        actor["id"] == 2 && actor["name"] == "bin" && actor["as_id"] == 5 && actor["as_name"] == "games",
        "{actor}"
    );
    assert_eq!((&told["started"], &told["pid"]), (&login["time"], &login["process"]["pid"]), "{event}");
    assert!(told["ended"].is_null() && told["kind"].is_null(), "{told}");
    assert!(
        events.of("SYSCALL").filter(|event| event["session"] != login["session"]).all(|event| event["login"].is_null())
    );
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn labels_are_inherited_until_they_are_taken_away() {
    let labels = r#"[enrich]
labels = ["shell exe ^/usr/bin/dash$", "odd argv :.odd$", "-shell argv :.plain$", "loud key ^oyez$"]"#;
    let heard = hear(labels, |_| {
        shell(&["-c", "/bin/true kept; sh -c '/bin/true below; :' odd; sh -c '/bin/true none; :' plain; :", "sh"]);
    });
    let Some(events) = heard else { return };
    for (last, labels) in [("kept", &["shell", "loud"][..]), ("below", &["shell", "odd", "loud"]), ("none", &["loud"])]
    {
        let process = &run_with(&events, last)[0]["process"];
        let mut told: Vec<_> =
            process["labels"].as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
        let mut labels = labels.to_vec();
        told.sort_unstable();
        labels.sort_unstable();
        assert_eq!(told, labels, "{process}");
    }
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn secrets_stand_nowhere_in_what_comes_out() {
    let script = ": < /dev/null; /bin/true --password=hunter-inner of-secret; /bin/true plain; :";
    let heard = hear("[enrich]\nredact = true", |_| {
        shell(&["-c", script, "sh", "--password=hunter-outer", "--token", "hunter-next", "last"]);
    });
    let Some(events) = heard else { return };
    let all = serde_json::to_vec(&events.all).unwrap();
    let found = events.all.iter().find(|event| contains(event.to_string().as_bytes(), b"hunter"));
    assert!(!contains(&all, b"hunter"), "{found:?}");
    let run = run_with(&events, "last")[0];
    assert_eq!(
        (&run["process"]["argv"][4], &run["marks"]),
        (&"--password=************".into(), &Value::from(["redacted"].as_slice())),
        "{run}"
    );
    let child = run_with(&events, "plain")[0];
    assert_eq!(child["process"]["parent"]["argv"], run["process"]["argv"], "{child}");
    let is_its = |event: &&Value| {
        event["object"]["primary"] == "/dev/null" && event["process"]["argv"] == run["process"]["argv"]
    };
    assert_eq!(events.calls("openat").filter(is_its).count(), 1);
    assert_eq!(run_with(&events, "of-secret").len(), 1);
}

/// A control group named like a container's, empty when it goes.
struct Group(PathBuf);

impl Group {
    const ID: &str = "00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee";

    /// One in the first hierarchy that can be written.
    fn new() -> Option<Self> {
        let places = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup", "/sys/fs/cgroup/pids"].map(PathBuf::from);
        places.into_iter().filter(|place| place.join("cgroup.procs").exists()).find_map(|place| {
            let group = Self(place.join(format!("oyez-test/docker-{}.scope", Self::ID)));
            fs::create_dir_all(&group.0).ok()?;
            Some(group)
        })
    }

    fn procs(&self) -> String {
        self.0.join("cgroup.procs").to_str().unwrap().to_owned()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Who is in it may need a moment to be gone.
        let is_gone = || fs::remove_dir(&self.0).and_then(|()| fs::remove_dir(self.0.parent().unwrap()));
        for _ in 0..2000 {
            if is_gone().is_ok() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
}

#[test]
#[ignore = "makes this host audit uid 5 for a second"]
fn short_processes_of_a_container_are_told_to_be_in_it() {
    let Some(group) = Group::new() else { return skipped("a container: no control group can be made") };
    let mut is_in = false;
    let heard = hear("", |_| {
        let script = "i=0; while [ $i -lt 100 ]; do /bin/true in-container; i=$((i + 1)); done";
        is_in = as_root(&format!("echo $$ > \"$1\" || exit 1; {AS_GAMES} \"$2\" sh"), &[&group.procs(), script]);
        shell(&["-c", "/bin/true outside; :"]);
    });
    let Some(events) = heard else { return };
    if !is_in {
        return skipped("a container: no process can be moved to its group");
    }
    let run = run_with(&events, "in-container");
    assert_eq!(run.len(), 100);
    for event in run {
        assert_eq!(
            (&event["container"]["id"], &event["container"]["runtime"]),
            (&Group::ID.into(), &"docker".into()),
            "{event}"
        );
    }
    let outside = run_with(&events, "outside")[0];
    assert!(outside["container"].is_null(), "{outside}");
}
