//! Step 1: facts out of Debian's header packages into `xtask/tables/sources/*.csv`.
//!
//! The host's gcc does the preprocessing (`-nostdinc -isystem DIR`), so that the headers' own conditions decide what an
//! architecture has; no cross compiler and no libclang.

mod constants;
mod defines;
mod flags;
mod packages;
mod syscalls;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;

use crate::tables::Output;
pub(crate) use packages::{install_missing, missing_packages};

/// Where the host's own headers are.
const HOST: [&str; 2] = ["/usr/include", "/usr/include/x86_64-linux-gnu"];

/// Every extracted source file, in memory.
pub(crate) fn extract() -> Result<Vec<Output>> {
    Ok(vec![
        record_types()?,
        arches()?,
        errnos()?,
        errno_words()?,
        families()?,
        syscalls::extract()?,
        flags::extract()?,
    ])
}

/// The kernel's and libaudit's record types; where both have a number, the kernel's header is named.
fn record_types() -> Result<Output> {
    let mut types = BTreeMap::new();
    for header in ["libaudit.h", "linux/audit.h"] {
        for (name, value) in defines::evaluate(&HOST, header, "AUDIT_", &[], false)? {
            let range_mark = ["FIRST", "LAST"].iter().any(|mark| name.split('_').any(|word| word == *mark));
            if (1000..3000).contains(&value) && !range_mark && defines::is_own(&HOST, header, &format!("AUDIT_{name}"))?
            {
                types.insert(value, (name, header));
            }
        }
    }
    let sources = [("linux-libc-dev", "linux/audit.h"), ("libaudit-dev", "libaudit.h")];
    let mut text = head("Record types, without AUDIT_", &sources, "number,name,origin")?;
    for (number, (name, header)) in types {
        let _ = writeln!(text, "{number},{name},{header}");
    }
    Ok(output("record_types", text))
}

fn arches() -> Result<Output> {
    let values = defines::evaluate(&HOST, "linux/audit.h", "AUDIT_ARCH_", &[], false)?;
    let sources = [("linux-libc-dev", "linux/audit.h, AUDIT_ARCH_*"), ("linux-libc-dev", "linux/elf-em.h, EM_*")];
    let mut text = head("Architectures, AUDIT_ARCH_ names in lower case", &sources, "name,value")?;
    for (name, value) in values {
        let _ = writeln!(text, "{},0x{:04x}_{:04x}", name.to_ascii_lowercase(), value >> 16, value & 0xffff);
    }
    Ok(output("arches", text))
}

fn errnos() -> Result<Output> {
    let mut numbers: Vec<(u64, String)> = Vec::new();
    for (name, value) in defines::evaluate(&HOST, "asm-generic/errno.h", "E", &[], false)? {
        numbers.push((value, format!("E{name}")));
    }
    // Of two names for a number the one with a number of its own holds; the alias (EWOULDBLOCK, EDEADLOCK) comes after.
    numbers.sort_by_key(|(number, name)| (*number, matches!(name.as_str(), "EWOULDBLOCK" | "EDEADLOCK"), name.clone()));
    let sources = [("linux-libc-dev", "asm-generic/errno-base.h"), ("linux-libc-dev", "asm-generic/errno.h")];
    let mut text = head("Error numbers (mips, sparc, alpha and parisc have others)", &sources, "number,name,origin")?;
    for (number, name) in numbers {
        let _ = writeln!(text, "{number},{name},asm-generic/errno.h");
    }
    Ok(output("errnos", text))
}

/// What libc's `strerror` says of each error number.
fn errno_words() -> Result<Output> {
    let mut text = head("What strerror says of error numbers", &[("libc6", "strerror")], "number,words")?;
    for number in 1..134 {
        let said = std::io::Error::from_raw_os_error(number).to_string();
        let words = said.strip_suffix(&format!(" (os error {number})")).unwrap_or(&said);
        if !words.starts_with("Unknown error") {
            let _ = writeln!(text, "{number},\"{words}\"");
        }
    }
    Ok(output("errno_words", text))
}

fn families() -> Result<Output> {
    let mut families = Vec::new();
    for (name, value) in defines::evaluate(&HOST, "bits/socket.h", "AF_", &["_SYS_SOCKET_H"], false)? {
        // glibc's other names for unix and netlink, and the count.
        if !matches!(name.as_str(), "LOCAL" | "FILE" | "ROUTE" | "MAX") {
            families.push((value, name.to_ascii_lowercase()));
        }
    }
    families.sort();
    let mut text = head("Address families, AF_ names in lower case", &[("libc6-dev", "bits/socket.h")], "number,name")?;
    for (number, name) in families {
        let _ = writeln!(text, "{number},{name}");
    }
    Ok(output("families", text))
}

/// The `#` lines that say where the facts are from, and the header line.
fn head(title: &str, sources: &[(&str, &str)], columns: &str) -> Result<String> {
    let mut text = format!("# {title}. Extracted by `cargo xtask tables --extract` from:\n");
    for (package, file) in sources {
        let _ = writeln!(text, "# {package} {} (Debian): {file}", packages::version(package)?);
    }
    text.push_str(columns);
    text.push('\n');
    Ok(text)
}

fn output(name: &str, text: String) -> Output {
    Output { path: format!("xtask/tables/sources/{name}.csv"), text }
}
