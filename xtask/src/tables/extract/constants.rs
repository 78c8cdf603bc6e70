//! The named constants of a header, macros and enumerators alike, evaluated by the compiler.
//!
//! Two steps: gcc preprocesses the header and keeps the definitions, which gives the names; then it compiles a variable for
//! each name that is asked for, whose value is read from the assembly. A name that is no constant is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, ensure};

/// What goes before a name to make the variable that has its value.
const MARK: &str = "value_of_";

/// A header as one architecture has it.
pub(super) struct Header {
    arguments: Vec<String>,
    include: String,
    /// Every identifier that may be a constant.
    names: BTreeSet<String>,
}

impl Header {
    /// Reads `header` with the include directories `dirs`; `arguments` are for the compiler.
    pub(super) fn read(dirs: &[&str], arguments: &[&str], header: &str) -> Result<Self> {
        let mut all: Vec<String> = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        all.extend(["-nostdinc", "-ffreestanding", "-xc", "-w"].map(str::to_owned));
        for dir in dirs {
            all.extend(["-isystem".to_owned(), (*dir).to_owned()]);
        }
        all.extend(["-idirafter".to_owned(), super::defines::gcc_include()?]);
        let include = prelude(header) + &format!("#include <{header}>\n");
        let output = gcc(&all, &["-E", "-dD", "-P"], &include)?;
        ensure!(output.status.success(), "cannot preprocess {header}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).context("cannot read gcc's output")?;
        Ok(Self { arguments: all, include, names: candidates(&text) })
    }

    /// The names that `wanted` takes, and their values as unsigned 64-bit numbers.
    pub(super) fn values(&self, wanted: impl Fn(&str) -> bool) -> Result<BTreeMap<String, u64>> {
        let mut names: Vec<&str> = self.names.iter().map(String::as_str).filter(|name| wanted(name)).collect();
        while !names.is_empty() {
            let output = gcc(&self.arguments, &["-S", "-O0", "-o", "-"], &self.source(&names))?;
            if output.status.success() {
                return variables(&String::from_utf8(output.stdout).context("cannot read gcc's output")?);
            }
            let refused = refused(&String::from_utf8_lossy(&output.stderr), names.len());
            ensure!(!refused.is_empty(), "cannot compile: {}", String::from_utf8_lossy(&output.stderr));
            let mut at = 0;
            names.retain(|_| {
                at += 1;
                !refused.contains(&at)
            });
        }
        Ok(BTreeMap::new())
    }

    /// One line per name, numbered from 1 in a file of its own name, so that an error says which.
    fn source(&self, names: &[&str]) -> String {
        let mut source = self.include.clone() + "#line 1 \"names\"\n";
        for name in names {
            let _ = writeln!(source, "unsigned long long {MARK}{name} = (unsigned long long)({name});");
        }
        source
    }
}

/// What some headers expect to be included before them.
fn prelude(header: &str) -> String {
    let before: &[&str] = match header {
        "asm/ioctls.h" => &["linux/types.h", "asm/termbits.h", "linux/serial.h"],
        "linux/sockios.h" | "linux/fs.h" | "scsi/sg.h" => &["stddef.h", "linux/types.h", "linux/ioctl.h"],
        "linux/sem.h" | "linux/shm.h" | "linux/msg.h" => &["linux/types.h", "linux/ipc.h"],
        header if header.starts_with("linux/") => &["linux/ioctl.h"],
        _ => &[],
    };
    // glibc's private bits are behind the two macros.
    let mut text = "#define _GNU_SOURCE 1\n".to_owned();
    for header in before {
        let _ = writeln!(text, "#include <{header}>");
    }
    text
}

fn gcc(arguments: &[String], how: &[&str], source: &str) -> Result<Output> {
    let mut command = Command::new("gcc");
    command.args(how).args(arguments).arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().context("cannot run gcc")?;
    let mut input = child.stdin.take().context("gcc has no input")?;
    let source = source.to_owned();
    // From a thread, as gcc may write before it has read all.
    let writer = std::thread::spawn(move || input.write_all(source.as_bytes()));
    let output = child.wait_with_output().context("cannot read gcc's output")?;
    writer.join().map_err(|_| anyhow::anyhow!("the writer to gcc panicked"))?.context("cannot write to gcc")?;
    Ok(output)
}

/// Names of macros without parameters, and words inside braces, which may be enumerators.
fn candidates(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut code = String::new();
    for line in text.lines() {
        match line.strip_prefix("#define ").map(|rest| rest.split(' ').next().unwrap_or_default()) {
            Some(name) if !name.contains('(') => drop(names.insert(name.to_owned())),
            Some(_) => {}
            None => code.push_str(line),
        }
    }
    let mut rest = code.as_str();
    while let Some((_, after)) = rest.split_once("enum ") {
        rest = after;
        let Some((head, body)) = after.split_once('{') else { break };
        if head.contains(';') {
            continue;
        }
        let body = body.split('}').next().unwrap_or_default();
        names.extend(body.split(',').filter_map(|part| word(part.trim())));
    }
    names
}

/// The identifier a text starts with.
fn word(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| text[..end].to_owned())
}

/// The numbers of the lines of `names` that gcc refuses.
fn refused(errors: &str, count: usize) -> BTreeSet<usize> {
    let line = |error: &str| error.strip_prefix("names:")?.split(':').next()?.parse().ok();
    errors.lines().filter(|error| error.contains("error:")).filter_map(line).filter(|at| *at <= count).collect()
}

/// `value_of_NAME:` and the `.quad`, two `.long`s or `.zero` behind it.
fn variables(assembly: &str) -> Result<BTreeMap<String, u64>> {
    let mut values = BTreeMap::new();
    let mut name: Option<(&str, u32)> = None;
    for line in assembly.lines() {
        if let Some(label) = line.strip_suffix(':') {
            name = label.strip_prefix(MARK).map(|name| (name, 0));
            continue;
        }
        let Some((current, half)) = name else { continue };
        let mut words = line.split_whitespace();
        let (Some(directive), Some(operand)) = (words.next(), words.next()) else { continue };
        match directive {
            ".quad" | ".zero" => {
                let value = if directive == ".zero" { 0 } else { signed(operand)? };
                values.insert(current.to_owned(), value);
                name = None;
            }
            ".long" => {
                let part = signed(operand)? & 0xffff_ffff;
                *values.entry(current.to_owned()).or_default() |= part << (32 * half);
                name = (half == 0).then_some((current, 1));
            }
            _ => {}
        }
    }
    Ok(values)
}

fn signed(number: &str) -> Result<u64> {
    let value: i128 = number.parse().with_context(|| format!("not a number: {number}"))?;
    u64::try_from(value & i128::from(u64::MAX)).context("number out of range")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_macros_and_enumerators() {
        let names = candidates("#define A 1\n#define F(x) x\nenum e {\n B = 2,\n C,\n};\nenum e f(void);\nint D;\n");
        assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ["A", "B", "C"]);
    }

    #[test]
    fn assembly_gives_values() {
        let text = "value_of_A:\n\t.quad\t-1\nvalue_of_B:\n\t.zero\t8\nvalue_of_C:\n\t.long\t5\n\t.long\t1\nother:\n\t.quad 3\n";
        let values = variables(text).unwrap();
        assert_eq!(values["A"], u64::MAX);
        assert_eq!(values["B"], 0);
        assert_eq!(values["C"], 0x1_0000_0005);
        assert_eq!(values.len(), 3);
    }

    #[test]
    fn errors_say_which_name() {
        let errors = "names:2:1: error: x\nnames:3:1: warning: y\nother.h:1:1: error: z\nnames:9:1: error: w\n";
        assert_eq!(refused(errors, 5), BTreeSet::from([2]));
    }
}
