//! `cargo xtask docs`: the committed pages that the program writes about itself.
//!
//! `man/*.1` and `docs/configuration.md`; tests of the program fail where they are out of date.

use anyhow::{Result, ensure};

use crate::run;
use crate::tables::workspace_root;

/// Runs the command; it takes no arguments.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "usage: cargo xtask docs");
    run::succeed(&mut run::cargo(&["run", "--quiet", "--package", "oyez", "--", "man", "--dir", "man"]))?;
    let page = run::output(&mut run::cargo(&["run", "--quiet", "--package", "oyez", "--", "config", "docs"]))?;
    run::write(&workspace_root().join("docs/configuration.md"), &String::from_utf8(page.stdout)?)
}
