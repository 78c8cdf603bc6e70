//! The filters that are measured, written to files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::run;

/// Filters that are measured together.
pub(crate) struct Set {
    /// What they are, for people.
    pub(crate) name: &'static str,
    /// Their configuration; `None` for none.
    pub(crate) file: Option<PathBuf>,
}

/// A filter that looks at three fields.
const LOOKS: &str = "\
function filter(event)
  local call, exe, key = event.syscall and event.syscall.name, event.process.exe, event.keys and event.keys[1]
  if call == 'no such call' and exe == '/no/such/program' and key == 'none' then
    return 1
  end
end
";
/// One that returns at once: what a call costs.
const NOTHING: &str = "function filter(event) end\n";
/// One that keeps something between calls.
const COUNTS: &str = "\
local seen = {}
function filter(event)
  local exe = event['process.exe'] or 'none'
  seen[exe] = (seen[exe] or 0) + 1
end
";
/// One that rewrites every event.
const REWRITES: &str = "\
function filter(event)
  local copy = event:copy()
  copy.added = { team = 'web' }
  copy.process.comm = 'rewritten'
  return copy
end
";

/// Writes all sets to `dir`; the first has no filter.
pub(crate) fn write(dir: &Path) -> Result<Vec<Set>> {
    let mut sets = vec![Set { name: "none", file: None }];
    let mut add = |name, file: &str, text: String| -> Result<()> {
        let path = dir.join(file);
        run::write(&path, &text)?;
        sets.push(Set { name, file: Some(path) });
        Ok(())
    };
    let literal = |number| format!("exe = \"/no/such/program-{number}\"");
    let glob = |number| format!("exe = \"/no/such/{number}/**/*.so\"");
    add("1 matcher", "1.toml", matchers(1, literal))?;
    add("10 matchers", "10.toml", matchers(10, literal))?;
    add("1,000 matchers", "1000.toml", matchers(1000, literal))?;
    add("1,000 matchers by globs", "globs.toml", matchers(1000, glob))?;
    add("Lua that returns at once", "nothing.lua", NOTHING.into())?;
    add("Lua that looks at three fields", "looks.lua", LOOKS.into())?;
    add("Lua that rewrites each event", "rewrites.lua", REWRITES.into())?;
    run::write(&dir.join("counts.lua"), COUNTS)?;
    add("three filters in Lua: nothing, three fields, a count", "three.toml", three(dir))?;
    Ok(sets)
}

fn matchers(count: u32, test: impl Fn(u32) -> String) -> String {
    let mut text = String::new();
    for number in 0..count {
        let _ = writeln!(text, "[[filter]]\nmatch = {{ {} }}\naction = \"drop\"\n", test(number));
    }
    text
}

fn three(dir: &Path) -> String {
    let mut text = String::new();
    for file in ["nothing.lua", "looks.lua", "counts.lua"] {
        let _ = writeln!(text, "[[filter]]\nlua = \"{}\"\n", dir.join(file).display());
    }
    text
}
