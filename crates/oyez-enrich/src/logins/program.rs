//! What is known of programs that open sessions, by the last part of their path.

use oyez_events::context::LoginKind;

/// What kind of sessions `exe` opens. systemd opens one for its per-user manager and for units with `PAMName=`
/// (systemd.exec(5)); nobody sits there either.
pub(super) fn kind(exe: &str) -> LoginKind {
    match base(exe) {
        "cron" | "crond" | "anacron" | "fcron" | "atd" => LoginKind::Job,
        _ if is_systemd(exe) => LoginKind::Job,
        _ => LoginKind::User,
    }
}

/// Whether `exe` changes who acts within a session, and opens none by itself: su(1), sudo(8), …
pub(super) fn stays_in_session(exe: &str) -> bool {
    matches!(
        base(exe),
        "su" | "sudo"
            | "sudoedit"
            | "runuser"
            | "doas"
            | "pkexec"
            | "polkit-agent-helper-1"
            | "newgrp"
            | "sg"
            | "userhelper"
            | "unix_chkpwd"
    )
}

/// Whether `exe` is one that itself sets the login uid of the sessions it opens, so that a process of it within a session
/// is the one that opened it.
pub(super) fn opens_sessions(exe: &str) -> bool {
    kind(exe) == LoginKind::Job
        || matches!(
            base(exe),
            "sshd" | "sshd-session" | "login" | "gdm-session-worker" | "lightdm" | "sddm-helper" | "dropbear"
        )
}

/// Whether sessions of `exe` are closed by another process than opened them: systemd leaves that to its `(sd-pam)` child.
pub(super) fn is_systemd(exe: &str) -> bool {
    matches!(base(exe), "systemd" | "systemd-executor")
}

fn base(exe: &str) -> &str {
    exe.rsplit('/').next().unwrap_or(exe)
}
