//! What kind of thing an action was done to.

/// Makes [`Kind`] and its list: variant, word, meaning.
macro_rules! kinds {
    ($($variant:ident $word:literal $meaning:literal;)*) => {
        /// What kind of thing an action was done to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $(#[doc = $meaning] $variant,)*
        }

        impl Kind {
            /// Every kind, in the order of the documentation.
            pub const ALL: &'static [Kind] = &[$(Kind::$variant),*];

            /// Its stable word: `user-session`; empty for [`Kind::None`].
            pub fn word(self) -> &'static str {
                match self { $(Kind::$variant => $word),* }
            }

            /// What it is, and what stands for it, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(Kind::$variant => $meaning),* }
            }
        }
    };
}

kinds! {
    None "" "Nothing in particular.";
    File "file" "A file: its path; of two, the one that was there first.";
    Directory "directory" "A directory: its path.";
    Symlink "symlink" "A symbolic link: its path.";
    Fifo "fifo" "A named pipe: its path.";
    CharacterDevice "character-device" "A character device: its path.";
    BlockDevice "block-device" "A block device: its path.";
    Socket "socket" "The far end or own address of a socket: address or path, and port.";
    Filesystem "filesystem" "A mounted file system: its directory, and where it comes from.";
    Memory "memory" "Memory of the process itself.";
    Process "process" "A process: its number and name; of a signal to many -1 for every process, -N for process group N, 0 for the own group.";
    Command "command" "A command line, as a program reports it.";
    Keystrokes "keystrokes" "What was typed.";
    Syscall "syscall" "A system call: its name.";
    UserSession "user-session" "A login or session: the account, and where from (address, host or terminal).";
    UserAccount "user-account" "A user's account: name or number.";
    GroupAccount "group-account" "A group: name or number.";
    Service "service" "A service: its unit.";
    System "system" "The whole host.";
    Clock "clock" "The host's clock.";
    AuditRule "audit-rule" "An audit rule: its key or path.";
    AuditConfig "audit-config" "A setting of the audit system: its name and new value.";
    AuditDaemon "audit-daemon" "The audit daemon, or who reads in its place.";
    KernelModule "kernel-module" "A kernel module: its name or file.";
    BpfProgram "bpf-program" "A BPF program: its number.";
    KernelKey "kernel-key" "A key or keyring of the kernel.";
    Policy "policy" "A security policy: what was asked of it, and which permission.";
    Firewall "firewall" "A firewall table: its name and family.";
    NetworkDevice "network-device" "A network interface: its name.";
    NetworkPacket "network-packet" "A packet: where from and where to.";
    Device "device" "A device: its name or number.";
    Ipc "ipc" "A message queue, semaphore or shared memory.";
    CryptoKey "crypto-key" "A key: its fingerprint or purpose, and the far end.";
    CryptoSession "crypto-session" "An encrypted session: the far end's address and port.";
    Software "software" "A package: its name and version.";
    VirtualMachine "virtual-machine" "A virtual machine or container: its name.";
    Role "role" "A role or label: the new one, or whose.";
}

impl Kind {
    /// The kind of a file with this mode (stat(2), `st_mode`), in octal digits as a `PATH` record has it.
    pub(super) fn of_mode(mode: &[u8]) -> Kind {
        let octal = |value: u32, digit: &u8| match digit {
            b'0'..=b'7' => Some((value & 0xffff) << 3 | u32::from(digit - b'0')),
            _ => None,
        };
        match mode.iter().try_fold(0, octal).unwrap_or_default() & 0o170_000 {
            0o040_000 => Kind::Directory,
            0o120_000 => Kind::Symlink,
            0o010_000 => Kind::Fifo,
            0o020_000 => Kind::CharacterDevice,
            0o060_000 => Kind::BlockDevice,
            0o140_000 => Kind::Socket,
            _ => Kind::File,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_tell_the_kind_of_file() {
        let table: [(&[u8], Kind); 9] = [
            (b"0100644", Kind::File),
            (b"041777", Kind::Directory),
            (b"0120777", Kind::Symlink),
            (b"020666", Kind::CharacterDevice),
            (b"060660", Kind::BlockDevice),
            (b"0140755", Kind::Socket),
            (b"010600", Kind::Fifo),
            (b"", Kind::File),
            (b"09", Kind::File),
        ];
        for (mode, kind) in table {
            assert_eq!(Kind::of_mode(mode), kind, "{}", mode.escape_ascii());
        }
    }

    #[test]
    fn each_word_is_there_once() {
        let words: std::collections::HashSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        assert_eq!(words.len(), Kind::ALL.len());
    }
}
