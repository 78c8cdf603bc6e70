//! Texts made to fool whoever reads records.

/// Names that are allowed for files: any byte but NUL and `/`, 255 at most.
pub(crate) fn names() -> Vec<Vec<u8>> {
    let texts: &[&[u8]] = &[
        b"plain",
        b"two words",
        b" edges ",
        b"\"quoted\"",
        b"one\"quote",
        b"it's",
        b"line\nbreak",
        b"\ttab\r",
        b"\x1d",
        b"enriched\x1dUID=\"root\" AUID=\"root\"",
        b"esc\x1b[2Jape\x07",
        b"caf\xe9",
        b"\xff\xfe\xfd",
        b"cut\xe2\x82",
        "größe-漢字-\u{1f600}".as_bytes(),
        "\u{202e}rtl\u{2028}".as_bytes(),
        b"msg='",
        b"msg='op=login acct=\"root\" res=success'",
        b"a)`: ",
        b"): uid=0",
        b"type=EOE",
        b"type=EOE msg=audit(1.000:1): ",
        b"\ntype=SYSCALL msg=audit(1626611363.720:348501): uid=0\n",
        b"uid=0 auid=0 success=yes key=\"x\"",
        b"DEADBEEF",
        b"00",
        b"(null)",
        b"(none)",
        b"?",
        b"{\"v\":1}",
        b"\\u0000\\",
        b"%s%n",
        b"\x01key\x01key",
        b"\x7f",
    ];
    let mut names: Vec<_> = texts.iter().map(|text| text.to_vec()).collect();
    names.push(vec![b'n'; 255]);
    names.push(vec![b'\xf0'; 255]);
    names
}

/// Lists of arguments, the first being what the program is called: the names, some at once, long ones around the bounds at
/// which the kernel cuts (kernel/auditsc.c, `MAX_EXECVE_AUDIT_LEN`: 7500 bytes in a record), and ones that are empty.
pub(crate) fn argument_lists() -> Vec<Vec<Vec<u8>>> {
    let with = |arguments: &[&[u8]]| arguments.iter().map(|argument| argument.to_vec()).collect::<Vec<_>>();
    let mut lists: Vec<_> = names().into_iter().map(|name| vec![b"true".to_vec(), name]).collect();
    lists.extend(names().into_iter().map(|name| vec![name]));
    lists.push(names());
    lists.extend([
        with(&[b""]),
        with(&[b"", b""]),
        with(&[b"true", b"", b"x", b"", b"", b" "]),
        with(&[b"true", b"a0=\"x\"", b"a1[0]=41 a1_len=1", b"argc=3"]),
    ]);
    for len in [3749, 3750, 3751, 7440, 7499, 7500, 7501, 14999, 15000, 15001, 100_000] {
        lists.push(vec![b"long".to_vec(), vec![b'p'; len]]);
        lists.push(vec![
            b"long-hex".to_vec(),
            b"\xe9 \n\"".iter().copied().cycle().take(len).collect(),
            b"end".to_vec(),
        ]);
    }
    let many = |text: &str| (0..1000).map(|number| format!("{text}{number}").into_bytes()).collect();
    lists.extend([many("many-"), many("many words ")]);
    lists
}
