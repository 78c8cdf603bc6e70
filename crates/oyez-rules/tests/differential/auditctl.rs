//! A real auditctl that reaches no kernel: in a user namespace of its own, with `shim.c` before its library.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use oyez_testkit::TempDir;

/// Message type and payload of what auditctl would have sent.
pub(crate) type Sent = (u32, Vec<u8>);

/// auditctl, ready to be asked.
pub(crate) struct Auditctl {
    folder: TempDir,
    shim: PathBuf,
}

impl Auditctl {
    /// Or why there is none here.
    pub(crate) fn find() -> Result<Self, String> {
        for (tool, arguments) in [("auditctl", &["-v"][..]), ("cc", &["--version"]), ("unshare", &["-Ur", "true"])] {
            let ran = Command::new(tool).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
            if !ran.is_ok_and(|status| status.success()) {
                return Err(format!("no {tool} that works here"));
            }
        }
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let shim = folder.join("shim.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/shim.c");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&shim).arg(source).status();
        assert!(built.is_ok_and(|status| status.success()), "cannot build the shim");
        Ok(Self { folder, shim })
    }

    fn command(&self) -> Command {
        let mut command = Command::new("unshare");
        command.args(["-Ur", "env"]).arg(format!("LD_PRELOAD={}", self.shim.display())).arg("auditctl");
        command
    }

    /// What it sends for each line of a rules file; nothing for one it refuses. Only lines of rules may be in it.
    pub(crate) fn send(&self, lines: &[&[u8]]) -> BTreeMap<usize, Vec<Sent>> {
        let (rules, trace) = (self.folder.join("rules"), self.folder.join("trace"));
        // `-c`: go on after an error. Behind each line a rule that tells which line it was.
        let mut text = b"-c\n".to_vec();
        for (number, line) in lines.iter().enumerate() {
            text.extend_from_slice(line);
            text.extend_from_slice(format!("\n-a never,exit -S 0 -F pid={number} -F ppid=424242\n").as_bytes());
        }
        fs::write(&rules, text).expect("a rules file");
        fs::write(&trace, []).expect("an empty trace");
        let ran = self.command().arg("-R").arg(&rules).env("OYEZ_TRACE", &trace).output().expect("auditctl");
        let mut sent = BTreeMap::new();
        let mut of_line = Vec::new();
        for (kind, payload) in messages(&fs::read(&trace).expect("the trace")) {
            match marker(&payload) {
                Some(number) => drop(sent.insert(number, std::mem::take(&mut of_line))),
                None => of_line.push((kind, payload)),
            }
        }
        assert_eq!(sent.len(), lines.len(), "auditctl stopped early: {ran:?}");
        sent
    }

    /// What `auditctl -l` prints of rules that a kernel would list.
    pub(crate) fn list(&self, rules: &[Vec<u8>], arguments: &[&str]) -> Vec<Vec<u8>> {
        let listed = self.folder.join("listed");
        let length = |rule: &Vec<u8>| u32::try_from(rule.len()).expect("a length").to_ne_bytes();
        let bytes: Vec<u8> = rules.iter().flat_map(|rule| length(rule).into_iter().chain(rule.clone())).collect();
        fs::write(&listed, bytes).expect("a list");
        let ran = self.command().arg("-l").args(arguments).env("OYEZ_LISTED", &listed).output().expect("auditctl");
        ran.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
    }
}

/// The messages of a trace.
fn messages(mut trace: &[u8]) -> Vec<Sent> {
    let mut messages = Vec::new();
    while let Some((head, rest)) = trace.split_at_checked(8) {
        let word = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().expect("four bytes"));
        let (payload, rest) = rest.split_at(usize::try_from(word(4)).expect("a length"));
        messages.push((word(0), payload.to_vec()));
        trace = rest;
    }
    messages
}

/// The number in a rule that was put behind a line.
fn marker(payload: &[u8]) -> Option<usize> {
    let rule = oyez_rules::bytes::decode(payload).ok()?;
    let [pid, ppid] = rule.fields() else { return None };
    let number = pid.as_number().and_then(|number| usize::try_from(number).ok());
    number.filter(|_| ppid.as_number() == Some(424_242))
}
