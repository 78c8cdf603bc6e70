//! What came out: lines of JSON in, the commands, paths and addresses in them out, as the bytes that they were.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use serde_json::Value;

use crate::truth::{Address, Command, Connect, Open};

/// The objects of an output.
pub(crate) struct Events {
    /// All of them.
    pub(crate) all: Vec<Value>,
    /// Lines that are no JSON; the last one, while it has no end, is not looked at.
    pub(crate) torn: usize,
}

impl Events {
    /// Reads an output so far.
    pub(crate) fn read(output: &[u8]) -> Self {
        let whole = output.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let lines = output[..whole].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let read: Vec<_> = lines.map(serde_json::from_slice::<Value>).collect();
        let torn = read.iter().filter(|line| line.is_err()).count();
        Self { all: read.into_iter().flatten().collect(), torn }
    }

    /// Those of a kind.
    pub(crate) fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.all.iter().filter(move |event| event["kind"] == kind)
    }

    /// Those that are not oyez's own.
    pub(crate) fn of_kernel(&self) -> impl Iterator<Item = &Value> {
        self.all.iter().filter(|event| event["origin"] != "oyez")
    }

    /// The last one.
    pub(crate) fn last(&self) -> &Value {
        self.all.last().unwrap()
    }

    /// How much was told as lost at this place.
    pub(crate) fn told_lost(&self, place: &str) -> u64 {
        let of_place = self.of("OYEZ_LOSS").filter(|loss| loss["oyez"]["where"] == place);
        of_place.map(|loss| loss["oyez"]["count"].as_u64().unwrap()).sum()
    }

    /// Commands that were run, or that could not be.
    pub(crate) fn commands(&self) -> Vec<Command> {
        self.calls("execve").map(command).collect()
    }

    /// Files that were opened, or that could not be.
    pub(crate) fn opens(&self) -> Vec<Open> {
        self.calls("openat").map(|event| Open { path: path(event), error: error(event) }).collect()
    }

    /// The paths of those.
    pub(crate) fn paths(&self) -> Vec<Vec<u8>> {
        self.opens().into_iter().map(|open| open.path).collect()
    }

    /// Addresses that were connected to, or could not be.
    pub(crate) fn connects(&self) -> Vec<Connect> {
        self.calls("connect").map(|event| Connect { to: address(event), error: error(event) }).collect()
    }

    /// System calls of this name.
    pub(crate) fn calls(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.all.iter().filter(move |event| event["syscall"]["name"] == name && event["part"].is_null())
    }
}

fn command(event: &Value) -> Command {
    // Where it failed, `argv` is the caller's.
    let was_run = event["records"].as_array().is_some_and(|records| records.contains(&"EXECVE".into()));
    assert_eq!(was_run, event["result"] == "success", "{event}");
    let argv = list(&event["process"], "argv").filter(|_| was_run);
    assert!(event["process"]["argv_cut"].is_null() && event["process"]["argc"].is_null(), "{event}");
    Command { path: path(event), argv: argv.unwrap_or_default(), error: error(event) }
}

/// The path that was asked for: not its directory, and not the interpreter that a program named.
fn path(event: &Value) -> Vec<u8> {
    let paths = event["paths"].as_array().into_iter().flatten();
    paths.filter(|path| path["nametype"] != "PARENT").find_map(|path| text(path, "name")).unwrap_or_default()
}

fn error(event: &Value) -> Option<String> {
    event["syscall"]["errno"].as_str().map(str::to_owned)
}

fn address(event: &Value) -> Address {
    let sockets = event["sockets"].as_array().map_or(&[][..], Vec::as_slice);
    let [socket] = sockets else { panic!("one address: {event}") };
    match socket["family"].as_str().unwrap() {
        "unix" => match text(socket, "path") {
            Some(path) => Address::Path(path),
            None => Address::Abstract(text(socket, "abstract").unwrap()),
        },
        _ => Address::Ip {
            addr: socket["addr"].as_str().unwrap().parse().unwrap(),
            port: socket["port"].as_u64().unwrap().try_into().unwrap(),
        },
    }
}

/// The bytes of a text: `NAME_hex` where it is there, else `NAME` (docs/events.md).
fn text(object: &Value, name: &str) -> Option<Vec<u8>> {
    let hex = object.get(format!("{name}_hex")).map(unhex);
    hex.or_else(|| Some(object.get(name)?.as_str()?.as_bytes().to_vec()))
}

/// The bytes of a list of texts.
pub(crate) fn list(object: &Value, name: &str) -> Option<Vec<Vec<u8>>> {
    let hex = object.get(format!("{name}_hex")).and_then(Value::as_array);
    let plain = |text: &Value| text.as_str().unwrap().as_bytes().to_vec();
    hex.map(|texts| texts.iter().map(unhex).collect())
        .or_else(|| Some(object.get(name)?.as_array()?.iter().map(plain).collect()))
}

fn unhex(digits: &Value) -> Vec<u8> {
    let pairs = digits.as_str().unwrap().as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The bytes of a path.
pub(crate) fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// The path that these bytes are.
pub(crate) fn as_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// Whether `part` is in `bytes`.
pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(bytes, part).is_some()
}
