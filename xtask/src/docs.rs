//! `cargo xtask docs`: the committed pages that the program writes about itself.
//!
//! `man/*.1`, `docs/configuration.md` and `docs/lint.md`; tests of the program fail where they are out of date.

use anyhow::{Result, ensure};

use crate::run;
use crate::tables::workspace_root;

/// Runs the command; it takes no arguments.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "usage: cargo xtask docs");
    run::succeed(&mut run::cargo(&["run", "--quiet", "--package", "oyez", "--", "man", "--dir", "man"]))?;
    for (about, page) in [("config", "docs/configuration.md"), ("rules", "docs/lint.md")] {
        let text = run::output(&mut run::cargo(&["run", "--quiet", "--package", "oyez", "--", about, "docs"]))?;
        run::write(&workspace_root().join(page), &String::from_utf8(text.stdout)?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Every Rust file below `dir`, one after the other.
    fn sources(dir: &Path, text: &mut String) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&run::read(&path).unwrap());
            }
        }
    }

    #[test]
    fn tests_that_the_architecture_names_exist() {
        let mut text = String::new();
        sources(&workspace_root().join("crates"), &mut text);
        let page = run::read(&workspace_root().join("ARCHITECTURE.md")).unwrap();
        let (_, rest) = page.split_once("## Invariants").unwrap();
        let (table, _) = rest.split_once("\n## ").unwrap();
        let names: Vec<_> = table.split('`').filter(|word| word.matches('_').count() > 2).collect();
        assert!(names.len() > 14, "{names:?}");
        for name in names {
            assert!(text.contains(&format!("fn {name}(")), "no test {name}");
        }
    }

    #[test]
    fn links_between_pages_lead_somewhere() {
        let root = workspace_root();
        for page in [
            "README.md",
            "ARCHITECTURE.md",
            "CONTRIBUTING.md",
            "docs/events.md",
            "docs/formats.md",
            "docs/lint.md",
            "docs/report.md",
            "rules/README.md",
        ] {
            let text = run::read(&root.join(page)).unwrap();
            let dir = root.join(page).parent().unwrap().to_owned();
            for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
                let (file, _) = link.split_once('#').unwrap_or((link, ""));
                assert!(link.starts_with("https://") || dir.join(file).exists(), "{page}: {link}");
            }
        }
    }
}
