//! The macros of a header and their values, by the C preprocessor.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

/// Marks, in preprocessed text, a macro's expansion.
const MARK: &str = "@value@";

/// The macros that start with `prefix`, without it, and their numbers; what is no number is left out. None
/// at all is an error unless `optional`.
pub(crate) fn evaluate(
    include: &[&str],
    header: &str,
    prefix: &str,
    defined: &[&str],
    optional: bool,
) -> Result<BTreeMap<String, u64>> {
    let include_line = format!("#include <{header}>\n");
    let mut names = Vec::new();
    for line in preprocess(include, &["-dM"], defined, &include_line)?.lines() {
        let Some(name) = line.strip_prefix("#define ").and_then(|rest| rest.split_whitespace().next()) else {
            continue;
        };
        if name.starts_with(prefix) && !name.contains('(') {
            names.push(name.to_owned());
        }
    }
    let mut source = include_line;
    for name in &names {
        // In quotes the name itself is not expanded.
        let _ = writeln!(source, "{MARK} \"{name}\" {name}");
    }
    let mut values = BTreeMap::new();
    for line in preprocess(include, &["-P"], defined, &source)?.lines() {
        let Some(rest) = line.strip_prefix(MARK) else { continue };
        let (name, expression) =
            rest.trim().trim_start_matches('"').split_once('"').context("marked line without name")?;
        if let Ok(value) = number(expression) {
            values.insert(name.strip_prefix(prefix).unwrap_or(name).to_owned(), value);
        }
    }
    ensure!(optional || !values.is_empty(), "no {prefix} macros in {header}");
    Ok(values)
}

/// Whether the file of `header` itself defines `name`, not one it includes.
pub(crate) fn is_own(include: &[&str], header: &str, name: &str) -> Result<bool> {
    let path = include.iter().map(|dir| format!("{dir}/{header}")).find(|path| std::fs::exists(path).unwrap_or(false));
    let path = path.with_context(|| format!("no header {header}"))?;
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    Ok(text.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("#define") && words.next() == Some(name)
    }))
}

fn preprocess(include: &[&str], arguments: &[&str], defined: &[&str], source: &str) -> Result<String> {
    let mut command = Command::new("gcc");
    command.args(["-E", "-nostdinc", "-xc"]).args(arguments);
    for dir in include {
        command.args(["-isystem", dir]);
    }
    for name in defined {
        command.arg(format!("-D{name}"));
    }
    // libaudit.h wants the compiler's own stdint.h and stdarg.h.
    command.args(["-idirafter", &gcc_include()?]);
    let mut child = command.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("cannot run gcc")?;
    child.stdin.take().context("gcc has no input")?.write_all(source.as_bytes()).context("cannot write to gcc")?;
    let output = child.wait_with_output().context("cannot read gcc's output")?;
    ensure!(output.status.success(), "cannot preprocess: gcc says {}", output.status);
    String::from_utf8(output.stdout).context("cannot read gcc's output")
}

/// Where gcc has the headers that are its own.
pub(super) fn gcc_include() -> Result<String> {
    let output = Command::new("gcc").arg("-print-file-name=include").output().context("cannot run gcc")?;
    Ok(String::from_utf8(output.stdout).context("cannot read gcc's output")?.trim().to_owned())
}

/// The value of a constant expression of numbers, `|`, `+` and parentheses.
fn number(expression: &str) -> Result<u64> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('|', " | ").replace('+', " + ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let (value, rest) = sum(&tokens)?;
    ensure!(rest.is_empty(), "not a number: {expression}");
    Ok(value)
}

/// `|` and `+` bind alike here: no header mixes them.
fn sum<'a>(tokens: &'a [&'a str]) -> Result<(u64, &'a [&'a str])> {
    let (mut value, mut rest) = operand(tokens)?;
    loop {
        let (operator, tail) = match rest {
            ["|", tail @ ..] => ('|', tail),
            ["+", tail @ ..] => ('+', tail),
            _ => return Ok((value, rest)),
        };
        let (right, tail) = operand(tail)?;
        value = if operator == '|' { value | right } else { value + right };
        rest = tail;
    }
}

fn operand<'a>(tokens: &'a [&'a str]) -> Result<(u64, &'a [&'a str])> {
    match tokens {
        ["(", inner @ ..] => match sum(inner)? {
            (value, [")", rest @ ..]) => Ok((value, rest)),
            _ => bail!("no closing parenthesis"),
        },
        [digits, rest @ ..] => {
            let digits = digits.trim_end_matches(['U', 'L', 'u', 'l']);
            let value = match digits.strip_prefix("0x") {
                Some(hex) => u64::from_str_radix(hex, 16),
                None => digits.parse(),
            };
            Ok((value.with_context(|| format!("not a number: {digits}"))?, rest))
        }
        [] => bail!("no expression"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constant_expressions_are_evaluated() {
        assert_eq!(number("59").unwrap(), 59);
        assert_eq!(number("(0x0f0000 + 1)").unwrap(), 0x000f_0001);
        assert_eq!(number("(62|0x80000000|0x40000000)").unwrap(), 0xc000_003e);
        assert_eq!(number("((244) + 15)").unwrap(), 259);
    }

    #[test]
    fn other_text_is_no_number() {
        for text in ["", "name", "(1", "1 2", "\"text\"", "1 +"] {
            assert!(number(text).is_err(), "{text:?}");
        }
    }
}
