//! Where an event says what a field asks for: what a view reads, by a number instead of a name.

use oyez_tables::key::Key;

/// Where a member of an event's JSON comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Time,
    Serial,
    Boot,
    Node,
    Part,
    /// The type of the first record.
    Type,
    Origin,
    Action,
    Actor(Person),
    Object(Of),
    How,
    Result,
    Keys,
    Session,
    /// A field of the main record that has its fixed place.
    Main(Key),
    /// What it is called.
    MainName(Key, Id),
    /// A part of the security label in it.
    MainLabel(Key, Label),
    Cwd,
    Argv,
    Argc,
    ArgvCut,
    Title,
    TitleCut,
    Process(Program),
    Parent(Program),
    Ancestors(Program),
    Arch,
    Number,
    Name,
    Args,
    ArgsName,
    Errno,
    /// A field of `PATH` records.
    Path(Key),
    PathName(Key, Id),
    PathLabel(Key, Label),
    /// The family of a socket address, and any other part of it.
    Family,
    Socket(&'static str),
    /// The bytes of one that is not all parts.
    Address,
    Login(Stay),
    Container(Inside),
    Host(Machine),
    Tags,
    Records,
    Marks,
    /// Only the whole document says it.
    Document,
}

/// Whose name stands beside a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Id {
    User,
    Group,
}

/// A member of `actor`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Person {
    Id,
    Name,
    AsId,
    AsName,
}

/// A member of `object`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Of {
    Kind,
    Primary,
    Secondary,
    Within,
}

/// What is known of a process beyond the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Pid,
    Comm,
    Exe,
    Argv,
    ArgvCut,
    Script,
    Started,
    Sha256,
    Labels,
    Unit,
}

/// A part of a security label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Label {
    User,
    Role,
    Type,
    Sensitivity,
    Categories,
}

/// A member of `login`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    Started,
    Ended,
    Kind,
    Acct,
    By,
    Terminal,
    Addr,
    Pid,
}

/// A member of `container`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    Id,
    Runtime,
    PodUid,
}

/// A member of `host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    Machine,
    Instance,
}
