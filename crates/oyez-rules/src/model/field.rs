//! Fields a rule can test: number ↔ name. By hand, from include/uapi/linux/audit.h and the names of auditctl(8).

/// What a test looks at (`AUDIT_PID` and so on).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is the field of its name in auditctl(8)")]
pub enum Field {
    Pid,
    Uid,
    Euid,
    Suid,
    Fsuid,
    Gid,
    Egid,
    Sgid,
    Fsgid,
    /// The login user; `auid` in rules, also `loginuid`.
    Auid,
    /// Personality.
    Pers,
    Arch,
    MsgType,
    SubjUser,
    SubjRole,
    SubjType,
    SubjSen,
    SubjClr,
    Ppid,
    ObjUser,
    ObjRole,
    ObjType,
    ObjLevLow,
    ObjLevHigh,
    /// Whether a login user is set: 0 or 1. auditctl has no name for it; here it is `loginuid_set`.
    LoginuidSet,
    SessionId,
    FsType,
    DevMajor,
    DevMinor,
    Inode,
    Exit,
    Success,
    /// A file (`AUDIT_WATCH`).
    Path,
    Perm,
    /// A folder and all below it.
    Dir,
    FileType,
    ObjUid,
    ObjGid,
    /// Two fields compared with each other: what `-C` writes. See [`super::Comparison`].
    FieldCompare,
    Exe,
    SaddrFam,
    A0,
    A1,
    A2,
    A3,
    /// What the records carry as `key=`; matches always.
    Key,
}

/// Field, kernel number, name. In rising order of numbers.
const TABLE: [(Field, u32, &str); 46] = [
    (Field::Pid, 0, "pid"),
    (Field::Uid, 1, "uid"),
    (Field::Euid, 2, "euid"),
    (Field::Suid, 3, "suid"),
    (Field::Fsuid, 4, "fsuid"),
    (Field::Gid, 5, "gid"),
    (Field::Egid, 6, "egid"),
    (Field::Sgid, 7, "sgid"),
    (Field::Fsgid, 8, "fsgid"),
    (Field::Auid, 9, "auid"),
    (Field::Pers, 10, "pers"),
    (Field::Arch, 11, "arch"),
    (Field::MsgType, 12, "msgtype"),
    (Field::SubjUser, 13, "subj_user"),
    (Field::SubjRole, 14, "subj_role"),
    (Field::SubjType, 15, "subj_type"),
    (Field::SubjSen, 16, "subj_sen"),
    (Field::SubjClr, 17, "subj_clr"),
    (Field::Ppid, 18, "ppid"),
    (Field::ObjUser, 19, "obj_user"),
    (Field::ObjRole, 20, "obj_role"),
    (Field::ObjType, 21, "obj_type"),
    (Field::ObjLevLow, 22, "obj_lev_low"),
    (Field::ObjLevHigh, 23, "obj_lev_high"),
    (Field::LoginuidSet, 24, "loginuid_set"),
    (Field::SessionId, 25, "sessionid"),
    (Field::FsType, 26, "fstype"),
    (Field::DevMajor, 100, "devmajor"),
    (Field::DevMinor, 101, "devminor"),
    (Field::Inode, 102, "inode"),
    (Field::Exit, 103, "exit"),
    (Field::Success, 104, "success"),
    (Field::Path, 105, "path"),
    (Field::Perm, 106, "perm"),
    (Field::Dir, 107, "dir"),
    (Field::FileType, 108, "filetype"),
    (Field::ObjUid, 109, "obj_uid"),
    (Field::ObjGid, 110, "obj_gid"),
    (Field::FieldCompare, 111, "field_compare"),
    (Field::Exe, 112, "exe"),
    (Field::SaddrFam, 113, "saddr_fam"),
    (Field::A0, 200, "a0"),
    (Field::A1, 201, "a1"),
    (Field::A2, 202, "a2"),
    (Field::A3, 203, "a3"),
    (Field::Key, 210, "key"),
];

impl Field {
    /// Every field, in rising order of numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.into_iter().map(|(field, _, _)| field)
    }

    /// The kernel's number.
    pub const fn number(self) -> u32 {
        TABLE[self as usize].1
    }

    /// The field with the kernel's number.
    pub fn from_number(number: u32) -> Option<Self> {
        let at = TABLE.binary_search_by_key(&number, |(_, number, _)| *number).ok()?;
        Some(TABLE[at].0)
    }

    /// Its name in rules.
    pub const fn name(self) -> &'static str {
        TABLE[self as usize].2
    }

    /// The field named so; `loginuid` is another name of `auid`.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        if name == b"loginuid" {
            return Some(Self::Auid);
        }
        TABLE.into_iter().find(|(_, _, known)| known.as_bytes() == name).map(|(field, _, _)| field)
    }

    /// Whether its value is text for the kernel.
    pub const fn is_text(self) -> bool {
        matches!(
            self,
            Self::SubjUser
                | Self::SubjRole
                | Self::SubjType
                | Self::SubjSen
                | Self::SubjClr
                | Self::ObjUser
                | Self::ObjRole
                | Self::ObjType
                | Self::ObjLevLow
                | Self::ObjLevHigh
                | Self::Path
                | Self::Dir
                | Self::Exe
                | Self::Key
        )
    }

    /// Whether its value is a user.
    pub const fn is_user(self) -> bool {
        matches!(self, Self::Uid | Self::Euid | Self::Suid | Self::Fsuid | Self::Auid | Self::ObjUid)
    }

    /// Whether its value is a group.
    pub const fn is_group(self) -> bool {
        matches!(self, Self::Gid | Self::Egid | Self::Sgid | Self::Fsgid | Self::ObjGid)
    }

    /// Whether its value is an argument of a system call.
    pub const fn is_argument(self) -> bool {
        matches!(self, Self::A0 | Self::A1 | Self::A2 | Self::A3)
    }
}
