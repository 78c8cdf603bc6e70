//! auditd's plugins (auditd-plugins(5)) as outputs: the files of plugins.d in; an output for each that is active out.
//!
//! A program becomes an output of type `program` and runs unchanged; the `af_unix` plugin, built into auditd up to 3.0 and a
//! program since 3.1, one of type `unix`; the `syslog` plugin that was built into audispd 2 one of type `syslog`.

use super::entries::Entries;
use super::remarks::{Remark, Weight};
use super::toml::Part;

/// Where the socket is unless its plugin is told (`af_unix.conf`).
const SOCKET: &str = "/var/run/audispd_events";

/// What `builtin_syslog` takes for facilities (audisp/audispd-builtins.c of audit 2.8).
const FACILITIES: [&str; 13] = [
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7", "auth", "authpriv", "daemon",
    "syslog", "user",
];

/// Whether auditd reads a file of this name: it is not hidden, and has one dot at most.
pub(crate) fn is_plugin(file: &str) -> bool {
    !file.starts_with('.') && file.matches('.').count() <= 1
}

/// What all plugins have in common.
#[derive(Debug)]
pub(super) struct Shared<'a> {
    /// `raw` or `enriched`.
    pub(super) format: &'a str,
    /// The `queue` of each, as TOML, where it is not the default.
    pub(super) queue: Option<String>,
    /// Names that outputs have.
    pub(super) names: Vec<String>,
}

/// The output that a plugin becomes; `None` for one that is not active, or that cannot become one.
pub(super) fn output(file: &Entries, shared: &mut Shared<'_>, remarks: &mut Vec<Remark>) -> Option<Part> {
    remarks.extend(file.faults.iter().cloned());
    let known = ["active", "direction", "path", "type", "args", "format"];
    for entry in file.all.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
        remarks.push(file.remark(&entry.key, Weight::Missing, "auditd knows no such key"));
    }
    if file.word("active").as_deref() != Some("yes") {
        return None;
    }
    if file.word("direction").as_deref() == Some("in") {
        remarks.push(file.remark("direction", Weight::Missing, "neither auditd nor oyez takes events from plugins"));
        return None;
    }
    let path = file.text("path").unwrap_or_default();
    let args: &[String] = file.get("args").map_or(&[], |entry| &entry.words);
    let name = shared.name(&file.file);
    let mut part = match path.rsplit('/').next().unwrap_or(path) {
        "builtin_af_unix" | "audisp-af_unix" => socket(&name, file, args, remarks),
        "builtin_syslog" => syslog(&name, file, args, remarks),
        _ if path.starts_with('/') => program(&name, file, path, args),
        _ => {
            remarks.push(file.remark(
                "path",
                Weight::Missing,
                "it is no absolute path, and no plugin that is built in",
            ));
            return None;
        }
    };
    part.text("format", shared.format);
    // They know auditd's types of records only.
    part.put("notices", "false");
    if let Some(queue) = &shared.queue {
        part.put("queue", queue);
    }
    Some(part)
}

impl Shared<'_> {
    /// A name for the output: the file's without what follows the dot, where no other has that.
    fn name(&mut self, file: &str) -> String {
        let stem = file.split('.').next().unwrap_or(file).chars().take(48);
        let sound: String = stem.map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '-' }).collect();
        let sound = sound.trim_start_matches(['_', '-']);
        let sound = if sound.is_empty() { "plugin" } else { sound };
        let numbered = (2..).map(|number| format!("{sound}-{number}"));
        let mut names = std::iter::once(sound.to_owned()).chain(numbered);
        let name = names.find(|name| !self.names.contains(name)).unwrap_or_default();
        self.names.push(name.clone());
        name
    }
}

fn is_binary(file: &Entries) -> bool {
    file.word("format").as_deref() == Some("binary")
}

fn program(name: &str, file: &Entries, path: &str, args: &[String]) -> Part {
    let mut part = Part::output(name, "program");
    let command: Vec<_> = std::iter::once(path.to_owned()).chain(args.iter().cloned()).collect();
    part.texts("command", &command);
    part.text("protocol", if is_binary(file) { "audispd-binary" } else { "audispd" });
    part.put("hangup", "true");
    part
}

/// Arguments are a mode, a path, and since 3.1 `string` or `binary`, in any order.
fn socket(name: &str, file: &Entries, args: &[String], remarks: &mut Vec<Remark>) -> Part {
    let (mut path, mut mode, mut binary) = (SOCKET, "0640", is_binary(file));
    for arg in args {
        match arg.as_str() {
            "string" => binary = false,
            "binary" => binary = true,
            arg if arg.starts_with('/') => path = arg,
            arg if arg.len() <= 4 && u32::from_str_radix(arg, 8).is_ok() => mode = arg,
            arg => remarks.push(file.remark("args", Weight::Missing, format!("auditd knows no argument \"{arg}\""))),
        }
    }
    let mut part = Part::output(name, "unix");
    part.text("path", path);
    part.text("mode", mode);
    part.text("protocol", if binary { "audispd-binary" } else { "audispd" });
    remarks.push(file.remark("path", Weight::Otherwise, "any number may read from the socket, not only one"));
    part
}

fn syslog(name: &str, file: &Entries, args: &[String], remarks: &mut Vec<Remark>) -> Part {
    let mut facility = "user".to_owned();
    for arg in args {
        let word = arg.to_ascii_lowercase();
        match word.strip_prefix("log_") {
            Some(known) if FACILITIES.contains(&known) => known.clone_into(&mut facility),
            Some("info") => {}
            _ => {
                let why = format!("the priority is the event's own: info, and higher for oyez's own; not {arg}");
                remarks.push(file.remark("args", Weight::Otherwise, why));
            }
        }
    }
    let mut part = Part::output(name, "syslog");
    part.text("address", "/dev/log");
    part.text("facility", &facility);
    part.text("app_name", "audispd");
    part
}
