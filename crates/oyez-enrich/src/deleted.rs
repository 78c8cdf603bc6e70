//! How the kernel names files and control groups that are gone: with ` (deleted)` behind their last path (`fs/d_path.c`,
//! `d_path`; kernel/cgroup/cgroup.c, `proc_cgroup_show`).

const DELETED: &[u8] = b" (deleted)";

/// The path without what says that it is gone.
pub(crate) fn undeleted(path: &[u8]) -> &[u8] {
    path.strip_suffix(DELETED).unwrap_or(path)
}

/// Whether `later` is what the file `path` is called once it is deleted.
pub(crate) fn is_deleted(path: &[u8], later: &[u8]) -> bool {
    later.strip_suffix(DELETED) == Some(path)
}
