//! The command line as its users see it: answers, messages and exit codes of the real program.
#![expect(clippy::unwrap_used, reason = "a test ends where its setting fails")]

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use oyez_testkit::{TempDir, corpus};

/// A file for a test; its path, as a word of the command line.
fn file(dir: &TempDir, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn oyez(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oyez")).args(words).stdin(Stdio::null()).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

#[test]
fn a_wrong_command_line_exits_with_2_and_says_so_on_standard_error() {
    for words in [&["rnu"][..], &["run", "--mode", "sideways"], &["run", "--no-such"], &["config"], &[]] {
        let output = oyez(words);
        assert_eq!(code(&output), 2, "{words:?}");
        assert!(stdout(&output).is_empty() && !stderr(&output).is_empty(), "{words:?}");
    }
}

#[test]
fn help_names_every_exit_code() {
    let output = oyez(&["--help"]);
    assert_eq!(code(&output), 0);
    for (exit, words) in oyez::exit::TABLE {
        assert!(stdout(&output).contains(&format!("{:>2}  {words}", exit.number())), "{words}");
    }
}

#[test]
fn check_tells_every_problem_and_exits_with_2() {
    let dir = TempDir::new().unwrap();
    let bad = file(&dir, "bad.toml", "mdoe = 1\n[kernel]\nbacklog_limit = \"x\"\n");
    let output = oyez(&["check", &bad]);
    assert_eq!(code(&output), 2);
    let expected = format!(
        "{bad}:1:1: error: unknown key mdoe\n  hint: did you mean mode?\n\
         {bad}:3:17: error: kernel.backlog_limit: expected a whole number from 64 to 1048576, found \"x\"\n"
    );
    assert_eq!(stdout(&output), expected);

    let good = file(&dir, "good.toml", "mode = \"unicast\"\n");
    let output = oyez(&["check", &good]);
    assert_eq!((code(&output), stdout(&output)), (0, format!("{good}: ok\n").as_str()));

    let output = oyez(&["check", "/nonexistent/oyez.toml"]);
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "/nonexistent/oyez.toml: error: cannot read the configuration: no such file\n");
}

#[test]
fn commands_refuse_a_wrong_configuration_before_they_do_anything() {
    let dir = TempDir::new().unwrap();
    let bad = file(&dir, "bad.toml", "mdoe = 1\n");
    for words in [
        &["run", "--config", &bad][..],
        &["parse", "--config", &bad],
        &["reload", "--config", &bad],
        &["config", "show", "--config", &bad],
    ] {
        let output = oyez(words);
        assert_eq!(code(&output), 2, "{words:?}");
        let expected = format!(
            "oyez: the configuration has 1 error\n{bad}:1:1: error: unknown key mdoe\n  hint: did you mean mode?\n"
        );
        assert_eq!(stderr(&output), expected, "{words:?}");
    }
}

#[test]
fn show_says_where_each_value_came_from() {
    let dir = TempDir::new().unwrap();
    let config = file(&dir, "oyez.toml", "\nmode = \"unicast\"\nnode = \"hostname\"\n");
    let output = oyez(&["config", "show", "--config", &config, "--mode", "multicast"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).contains("mode = \"multicast\"  # --mode\n"));
    assert!(stdout(&output).contains(&format!("node = \"hostname\"  # {config}:3\n")));
    assert!(stdout(&output).contains("format = \"auto\"  # default\n"));
}

#[test]
fn show_as_json_says_the_same_to_a_program() {
    let dir = TempDir::new().unwrap();
    let config = file(&dir, "oyez.toml", "\nnode = \"web-1\"\n[group]\nquiet = 80\n");
    let output = oyez(&["config", "show", "--json", "--config", &config, "--omit-fields", "a2,a3"]);
    assert_eq!(code(&output), 0);
    let told: serde_json::Value = serde_json::from_str(stdout(&output)).unwrap();
    assert_eq!(told["file"], config);
    for (key, wanted) in [
        ("node", serde_json::json!({"value": "web-1", "from": "file", "line": 2})),
        ("group.quiet", serde_json::json!({"value": "80ms", "from": "file", "line": 4})),
        ("omit_fields", serde_json::json!({"value": ["a2", "a3"], "from": "flag", "flag": "--omit-fields"})),
        ("kernel.backlog_limit", serde_json::json!({"value": 8192, "from": "default"})),
        ("kernel.failure", serde_json::json!({"from": "default"})),
    ] {
        assert_eq!(told["keys"][key], wanted, "{key}");
    }
}

#[test]
fn an_unknown_field_to_omit_is_a_usage_error_that_names_the_flag() {
    let output = oyez(&["config", "show", "--omit-fields", "a2,itmes"]);
    assert_eq!(code(&output), 2);
    let expected = "--omit-fields: error: omit_fields: unknown field \"itmes\"\n  hint: did you mean \"items\"?\n";
    assert!(stderr(&output).ends_with(expected), "{}", stderr(&output));
}

#[test]
fn rules_files_are_checked_with_the_configuration_and_left_by_parse() {
    let dir = TempDir::new().unwrap();
    let config = file(&dir, "oyez.toml", "rules = ['-a always,exit -S opennat']\nrules_dir = '/nonexistent/rules.d'\n");
    let check = oyez(&["check", &config]);
    assert_eq!(code(&check), 2);
    for part in ["oyez.toml:1:29: error: rules: ", "did you mean", "oyez.toml:2:1: error: rules_dir: cannot read"] {
        assert!(stdout(&check).contains(part), "{part}: {}", stdout(&check));
    }
    let config = file(&dir, "oyez.toml", "rules_dir = '/nonexistent/rules.d'\n");
    let parse = oyez(&["parse", "--config", &config, "/dev/null"]);
    assert_eq!(code(&parse), 0, "{}", stderr(&parse));
}

#[test]
fn a_reader_that_has_left_is_no_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(env!("CARGO_BIN_EXE_oyez"));
    let output = command.args(["config", "default"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, ""));
}

#[test]
fn a_full_output_exits_with_3() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_oyez")).args(["config", "default"]).stdout(full).output().unwrap();
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).starts_with("oyez: cannot write to standard output: "), "{}", stderr(&output));
}

#[test]
fn status_answers_or_exits_with_4_and_the_cause() {
    let output = oyez(&["status", "--json"]);
    match code(&output) {
        0 => assert!(stdout(&output).starts_with("{\"enabled\":{\"number\":"), "{}", stdout(&output)),
        4 => assert!(stderr(&output).starts_with("oyez: cannot get the audit status: "), "{}", stderr(&output)),
        other => panic!("exit code {other}: {}", stderr(&output)),
    }
}

#[test]
fn reload_without_a_daemon_exits_with_6() {
    let dir = TempDir::new().unwrap();
    let pid_file = dir.join("oyez.pid");
    let config = file(&dir, "oyez.toml", &format!("pid_file = \"{}\"\n", pid_file.display()));
    let own = std::process::id().to_string();
    for (content, reason) in [
        (None, "there is no "),
        (Some("not a number\n"), "holds no process id"),
        (Some("-1\n"), "holds no process id"),
        (Some("4194305\n"), "which is no oyez"),
        (Some(own.as_str()), "which is no oyez"),
    ] {
        if let Some(content) = content {
            std::fs::write(&pid_file, content).unwrap();
        }
        let output = oyez(&["reload", "--config", &config]);
        assert_eq!(code(&output), 6, "{content:?}");
        assert!(stderr(&output).contains(reason), "{content:?}: {}", stderr(&output));
    }
}

#[test]
fn reload_sends_the_daemon_a_hangup() {
    let dir = TempDir::new().unwrap();
    // A stand-in with the daemon's name, which a hang-up ends.
    let stand_in = dir.join("oyez");
    std::os::unix::fs::symlink("/bin/sleep", &stand_in).unwrap();
    let mut daemon = Running(Command::new(&stand_in).arg("60").spawn().unwrap());
    let pid = daemon.0.id();
    // The kernel lets a spawn return before it gives the child its new name (fs/exec.c, begin_new_exec).
    let has_name = || std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "oyez\n");
    let deadline = Instant::now() + Duration::from_secs(10);
    while !has_name() {
        assert!(Instant::now() < deadline, "process {pid} is not called oyez");
        std::thread::sleep(Duration::from_millis(1));
    }
    let pid_file = file(&dir, "oyez.pid", &format!("{pid}\n"));
    let config = file(&dir, "oyez.toml", &format!("pid_file = \"{pid_file}\"\n"));

    let output = oyez(&["reload", "--config", &config]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains(&format!("process {pid}")));
    assert_eq!(daemon.0.wait().unwrap().signal(), Some(1));
}

#[test]
fn the_committed_man_pages_are_what_the_definition_says() {
    let man = corpus::workspace().join("man");
    let pages = oyez::cli::man::pages().unwrap();
    for (name, text) in &pages {
        let committed = std::fs::read(man.join(name)).unwrap_or_default();
        assert!(committed == *text, "{name} differs, run: cargo run -p oyez -- man --dir man");
    }
    assert_eq!(std::fs::read_dir(&man).unwrap().count(), pages.len(), "man/ holds nothing else");
}

#[test]
fn the_front_page_says_what_the_exit_codes_mean() {
    let output = oyez(&["man"]);
    assert_eq!(code(&output), 0);
    for (_, words) in oyez::exit::TABLE {
        assert!(stdout(&output).replace("\\-", "-").contains(words), "{words}");
    }
}

#[test]
fn every_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = oyez(&["completions", shell]);
        assert_eq!(code(&output), 0, "{shell}");
        assert!(stdout(&output).contains("omit-fields"), "{shell}");
    }
}
