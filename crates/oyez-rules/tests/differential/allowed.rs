//! Lines on which oyez and auditctl 3.0.9 differ, each with the reason. A line that no longer differs must go from here.

/// In the files Debian ships.
pub(crate) const DEBIAN: &[(&str, &str)] = &[];
/// In `neo23x0.rules`.
pub(crate) const NEO23X0: &[(&str, &str)] = &[];
/// In the rules of go-libaudit.
pub(crate) const GO_LIBAUDIT: &[(&str, &str)] = &[
    ("-w \"/folder with space\" -p wa -k path-double-quoted", QUOTES),
    ("-w '/folder with space' -p wa -k path-single-quoted", QUOTES),
];
/// In [`crate::lines::OF_EVERY_KIND`].
pub(crate) const OF_EVERY_KIND: &[(&str, &str)] = &[
    ("-a never,exclude -F euid=0", "4.x takes it; the kernel does, and never matches it: a warning"),
    ("-a always,io_uring -S openat,connect", IO_URING),
    ("-a always,io_uring -S all -k x", IO_URING),
    ("-a always,io_uring -F uid=0", IO_URING),
    ("-a always,exit -S open -F path=/a -F dir=/b", KERNEL),
    ("-a always,exit -S open -F path=/a/", KERNEL),
    ("-a always,exit -S open -F path=a", KERNEL),
    ("-a always,exit -S open -F path!=/a", KERNEL),
    ("-a always,exit -S open -F uid&1", KERNEL),
    ("-a always,exit -S open -F path=/a!=b", "auditctl looks for operators in the value too, and finds no such field"),
];

/// auditctl splits at every space and refuses what is left over.
const QUOTES: &str = "quotes hold a value with spaces together";
/// Debian builds auditctl without `io_uring`.
const IO_URING: &str = "this auditctl does not know the list";
/// auditctl sends it, and learns from the kernel that it is wrong.
const KERNEL: &str = "the kernel refuses it (EINVAL): told before it is sent";
