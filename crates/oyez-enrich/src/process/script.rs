//! The script behind an interpreter.
//!
//! Arguments, and names of opened files or the thread's name, in; the script's name out. Three ways to know it, in the order
//! of how sure they are:
//!
//! 1. An execve's event has the script as `PATH` item 0 and its interpreter as a later one; the kernel made the interpreter
//!    argument 0 and put the script behind it (`fs/binfmt_script.c`, `load_script`).
//! 2. A process in /proc has the script's name for its thread's name, not the program's (fs/exec.c, `begin_new_exec`), and the
//!    script among its first arguments.
//! 3. Somebody called a shell or Python with a script, `sh -x backup.sh`: told by the program's name, and only where every
//!    option in front is known to take no value. `-c`, `-m`, `-s` and unknown ones make it none.

/// How far behind argument 0 a script can be: five interpreters in a row, with an option each.
const DEPTH: usize = 11;

/// The thread's name is cut to this length (`TASK_COMM_LEN` less the zero byte).
const COMM_LEN: usize = 15;

/// Way 1: `items` are names of `PATH` records, by item.
pub(super) fn of_items<'a>(argv: &[u8], items: &'a [Vec<u8>]) -> Option<&'a [u8]> {
    let (script, later) = items.split_first()?;
    let mut args = args(argv);
    let interpreter = args.next()?;
    let is_opened = !interpreter.is_empty() && later.iter().any(|item| item == interpreter);
    let is_argument = !script.is_empty() && args.take(DEPTH).any(|arg| arg == script);
    (is_opened && is_argument).then_some(script)
}

/// Way 2, of a process in /proc.
pub(super) fn of_name<'a>(argv: &'a [u8], comm: &[u8], exe: &[u8]) -> Option<&'a [u8]> {
    let mut all = args(argv);
    let interpreter = all.next()?;
    let is_named = |path: &[u8]| {
        let name = base(path);
        !comm.is_empty() && name.get(..COMM_LEN).unwrap_or(name) == comm
    };
    // A program that is called by its own name is no script's.
    if is_named(interpreter) || is_named(exe) || !interpreter.starts_with(b"/") {
        return None;
    }
    all.take(DEPTH).find(|arg| is_named(arg))
}

/// Way 3.
pub(super) fn of_call<'a>(argv: &'a [u8], exe: &[u8]) -> Option<&'a [u8]> {
    let harmless: &[u8] = match base(exe) {
        b"sh" | b"bash" | b"dash" | b"zsh" | b"ksh" | b"mksh" | b"ash" => b"aefhiklmnpruvxBCEHPT",
        name if name.starts_with(b"python") => b"bBdEhiIOPqRsSuvx",
        _ => return None,
    };
    for arg in args(argv).skip(1) {
        match arg {
            [b'-', letters @ ..] if !letters.is_empty() && letters.iter().all(|letter| harmless.contains(letter)) => {}
            [] | [b'-' | b'+', ..] => return None,
            script => return Some(script),
        }
    }
    None
}

/// A path as it is seen from the directory `cwd`.
pub(super) fn absolute(path: &[u8], cwd: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") || cwd.is_empty() {
        return path.to_vec();
    }
    let path = path.strip_prefix(b"./").unwrap_or(path);
    [cwd.strip_suffix(b"/").unwrap_or(cwd), path].join(&b'/')
}

fn args(argv: &[u8]) -> impl Iterator<Item = &[u8]> {
    argv.strip_suffix(b"\0").unwrap_or(argv).split(|byte| *byte == 0)
}

fn base(path: &[u8]) -> &[u8] {
    path.get(memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1)..).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(script: Option<&[u8]>) -> Option<String> {
        script.map(|script| String::from_utf8_lossy(script).into_owned())
    }

    #[test]
    fn opened_files_tell_scripts_from_programs() {
        for (argv, items, script) in [
            ("/bin/sh\0/tmp/x.sh\0a\0", &["/tmp/x.sh", "/bin/sh", "/lib64/ld.so"][..], Some("/tmp/x.sh")),
            ("/usr/bin/env\0-S\0x.py\0", &["x.py", "/usr/bin/env", "/lib64/ld.so"], Some("x.py")),
            ("/bin/sh\0/opt/wrap\0/tmp/inner\0", &["/tmp/inner", "/opt/wrap", "/bin/sh", "/ld"], Some("/tmp/inner")),
            ("ls\0/usr/bin/ls\0", &["/usr/bin/ls", "/lib64/ld.so"], None),
            ("/bin/sh\0/tmp/x.sh\0", &["/bin/sh", "/lib64/ld.so"], None),
            ("/bin/sh\0", &["/tmp/x.sh", "/bin/sh"], None),
            ("\0\0", &["", ""], None),
            ("", &[], None),
        ] {
            let items: Vec<Vec<u8>> = items.iter().map(|item| item.as_bytes().to_vec()).collect();
            assert_eq!(text(of_items(argv.as_bytes(), &items)).as_deref(), script, "{argv:?}");
        }
    }

    #[test]
    fn a_threads_name_tells_the_script() {
        for (argv, comm, exe, script) in [
            ("/bin/sh\0/tmp/x.sh\0a\0", "x.sh", "/usr/bin/dash", Some("/tmp/x.sh")),
            (
                "/usr/bin/python3\0-u\0/opt/a-very-long-name.py\0",
                "a-very-long-nam",
                "/usr/bin/python3.11",
                Some("/opt/a-very-long-name.py"),
            ),
            ("/bin/sh\0/tmp/x.sh\0", "sh", "/usr/bin/dash", None),
            ("/usr/bin/vim\0vim\0", "vim", "/usr/bin/vim.basic", None),
            ("tmux\0x\0", "x", "/usr/bin/tmux", None),
            ("/bin/x\0\0", "", "/bin/x", None),
        ] {
            let found = of_name(argv.as_bytes(), comm.as_bytes(), exe.as_bytes());
            assert_eq!(text(found).as_deref(), script, "{argv:?}");
        }
    }

    #[test]
    fn a_call_of_an_interpreter_tells_the_script_where_that_is_sure() {
        for (argv, exe, script) in [
            ("sh\0-ex\0backup.sh\0-c\0", "/usr/bin/dash", Some("backup.sh")),
            ("bash\0/tmp/x\0", "/usr/bin/bash", Some("/tmp/x")),
            ("python3\0-u\0x.py\0", "/usr/bin/python3.11", Some("x.py")),
            ("sh\0-c\0echo\0", "/usr/bin/dash", None),
            ("sh\0-xc\0echo\0", "/usr/bin/dash", None),
            ("bash\0-o\0pipefail\0x\0", "/usr/bin/bash", None),
            ("bash\0--rcfile\0x\0y\0", "/usr/bin/bash", None),
            ("python3\0-m\0http.server\0", "/usr/bin/python3.11", None),
            ("python3\0", "/usr/bin/python3.11", None),
            ("bash\0-s\0x\0", "/usr/bin/bash", None),
            ("-bash\0", "/usr/bin/bash", None),
            ("cat\0x\0", "/usr/bin/cat", None),
        ] {
            assert_eq!(text(of_call(argv.as_bytes(), exe.as_bytes())).as_deref(), script, "{argv:?}");
        }
    }

    #[test]
    fn a_path_becomes_absolute_where_the_directory_is_known() {
        for (path, cwd, absolute_path) in
            [("/a", "/b", "/a"), ("./a", "/b", "/b/a"), ("a", "/", "/a"), ("a", "", "a"), ("../a", "/b", "/b/../a")]
        {
            assert_eq!(absolute(path.as_bytes(), cwd.as_bytes()), absolute_path.as_bytes());
        }
    }
}
