use proptest::prelude::*;

use super::*;

/// `name=value …` of what [`decode`] finds, then `all` where nothing else is needed.
fn shown(bytes: &[u8], big_endian: bool) -> String {
    let addr = decode(bytes, big_endian);
    let mut words = Vec::new();
    addr.parts(&mut |name, part| {
        words.push(match part {
            Part::Number(number) => format!("{name}={number}"),
            Part::Text(text) => format!("{name}=\"{}\"", text.escape_ascii()),
            Part::Ip(ip) => format!("{name}={ip}"),
            Part::Hardware(hardware) => format!("{name}={hardware}"),
        });
    });
    if addr.says_all() {
        words.push("all".to_owned());
    }
    words.join(" ")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|b| *b != b' ').collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[track_caller]
fn check(hex: &str, wanted: &str) {
    assert_eq!(shown(&bytes(hex), false), wanted, "{hex}");
}

fn zeros(count: usize) -> String {
    "00".repeat(count)
}

#[test]
fn internet_addresses() {
    check("0200 0050 0a000001 0000000000000000", "port=80 addr=10.0.0.1 all");
    check("0200 0050 0a000001 0000000000000001", "port=80 addr=10.0.0.1");
    check("0200 0050 0a000001", "port=80 addr=10.0.0.1");
    check("0200 0050 0a0000", "");
    let v6 = "0a00 01bb 0000 0007 20010db8000000000000000000000001";
    check(&format!("{v6} 02000000"), "port=443 flowinfo=7 addr=2001:db8::1 scope_id=2 all");
    check(v6, "port=443 flowinfo=7 addr=2001:db8::1 all");
    check(&format!("{v6} 020000"), "port=443 flowinfo=7 addr=2001:db8::1");
    check(&format!("{v6} 02000000 00"), "port=443 flowinfo=7 addr=2001:db8::1 scope_id=2");
}

#[test]
fn the_hosts_byte_order_is_obeyed() {
    assert_eq!(shown(&bytes("0002 0050 0a000001 0000000000000000"), true), "port=80 addr=10.0.0.1 all");
    assert_eq!(shown(&bytes("0010 0000 00000102 00000001"), true), "pid=258 groups=1 all");
    assert_eq!(decode(&bytes("0002"), true).family(), Some(2));
    assert_eq!(decode(&bytes("0002"), false).family(), Some(512));
}

#[test]
fn unix_sockets() {
    check("0100", "all");
    check("0100 2f746d702f73", "path=\"/tmp/s\" all");
    check(&format!("0100 2f746d702f73 {}", zeros(102)), "path=\"/tmp/s\" all");
    check("0100 2f746d702f73 00 ff", "path=\"/tmp/s\"");
    check("0100 2ffe0a", "path=\"/\\xfe\\n\" all");
    check("0100 00 612f62", "abstract=\"a/b\" all");
    check("0100 00 610062", "abstract=\"a\\x00b\" all");
    check("0100 00 6162 0000", "abstract=\"ab\"");
    check("0100 00", "abstract=\"\" all");
}

#[test]
fn families_of_this_host() {
    check("1000 0000 39300000 01000000", "pid=12345 groups=1 all");
    check("1000 0100 39300000 01000000", "pid=12345 groups=1");
    check(
        "1100 0800 02000000 0100 00 06 02005e100001 0000",
        "protocol=2048 ifindex=2 hatype=1 pkttype=0 halen=6 addr=02:00:5e:10:00:01 all",
    );
    check("1100 0003 00000000 0000 00 00 0000000000000000", "protocol=3 ifindex=0 hatype=0 pkttype=0 halen=0 all");
    check("1100 0800 02000000 0100 00 ff 02005e100001 0000", "protocol=2048 ifindex=2 hatype=1 pkttype=0 halen=255");
    check("2800 0000 00040000 02000000 01 000000", "port=1024 cid=2 flags=1 all");
    check("2c00 0200 03000000 01000000 ffffffff", "flags=2 ifindex=3 queue_id=1 shared_umem_fd=4294967295 all");
    let alg = format!("2600 68617368 {} 00000000 00000000 736861323536 {}", zeros(10), zeros(58));
    check(&alg, "alg_type=\"hash\" features=0 mask=0 alg_name=\"sha256\" all");
    check("0000", "all");
    check(&format!("0000{}", zeros(14)), "all");
    check(&format!("0000{}01", zeros(13)), "");
}

#[test]
fn bluetooth_is_told_apart_by_length() {
    check("1f00 0100 0200", "hci_dev=1 hci_channel=2 all");
    check("1f00 010203040506", "addr=06:05:04:03:02:01 all");
    check("1f00 010203040506 05 00", "addr=06:05:04:03:02:01 channel=5 all");
    check("1f00 0110 010203040506 0400 01 00", "psm=4097 addr=06:05:04:03:02:01 l2cap_cid=4 addr_type=1 all");
    check("1f00 0110 010203040506 0400", "psm=4097 addr=06:05:04:03:02:01 l2cap_cid=4");
    check(&format!("1f00 010203040506 02 {}", zeros(41)), "addr=06:05:04:03:02:01 addr_type=2 all");
    check("1f00 01", "");
}

#[test]
fn buses_and_modems() {
    check("1d00 0000 03000000", "ifindex=3 all");
    check("1d00 0000 03000000 01070000 02070000", "ifindex=3 rx_id=1793 tx_id=1794 all");
    check(&format!("1d00 0000 03000000 {}", zeros(16)), "ifindex=3 all");
    check(&format!("1d00 0000 03000000 01 {}", zeros(15)), "ifindex=3");
    check(&format!("2300 1000 0a {}", zeros(11)), "obj=16 pn_dev=0 resource=10 all");
    check("2a00 0000 01000000 feffffff", "node=1 port=4294967294 all");
    check("2d00 0000 01000000 08 01 08 00", "network=1 eid=8 msg_type=1 tag=8 all");
    let extended = format!("2d00 0000 01000000 08 01 08 00 05000000 01 000000 1d {}", zeros(31));
    check(&extended, "network=1 eid=8 msg_type=1 tag=8 ifindex=5 halen=1 addr=1d all");
    check(&format!("2500 01 {}", zeros(21)), "");
    check("2700 0000 00000000 01000000 05000000", "dev_idx=0 target_idx=1 protocol=5 all");
    let llcp = format!("2700 0000 00000000 01000000 05000000 04 20 75726e {} {} 03{}", zeros(60), zeros(7), zeros(7));
    let wanted = "dev_idx=0 target_idx=1 protocol=5 dsap=4 ssap=32 service_name=\"urn\" service_name_len=3 all";
    check(&llcp, wanted);
    check(&format!("2400 0000 02000000 cdab 3412 {}", zeros(8)), "addr_type=2 pan_id=43981 short_addr=4660 all");
    let long = "addr_type=3 pan_id=43981 addr=01:02:03:04:05:06:07:08 all";
    check("2400 0000 03000000 cdab 0102030405060708 0000", long);
    check(&format!("2400 0000 00000000 cdab {}", zeros(10)), "addr_type=0 pan_id=43981 all");
}

#[test]
fn clusters_and_links() {
    check("1e00 01 02 e8030000 00000000 ffffffff", "addrtype=1 scope=2 service=1000 lower=0 upper=4294967295 all");
    check("1e00 02 02 e8030000 07000000 00000000", "addrtype=2 scope=2 service=1000 instance=7 domain=0 all");
    check("1e00 03 00 01000000 02000000 00000000", "addrtype=3 scope=0 ref=1 node=2 all");
    check("1e00 09 00 01000000 02000000 00000000", "addrtype=9 scope=0");
    check("1a00 0100 00 00 00 42 02005e100001 0000", "hatype=1 test=0 xid=0 ua=0 sap=66 addr=02:00:5e:10:00:01 all");
    let pppoe = format!("1800 00000000 0007 02005e100001 65746830 {}", zeros(12));
    check(&pppoe, "protocol=0 sid=7 addr=02:00:5e:10:00:01 device=\"eth0\" all");
    check(&format!("1800 02000000 0700 0000 0a000001 {}", zeros(16)), "protocol=2 call_id=7 addr=10.0.0.1 all");
    check(&format!("1800 01000000 {}", "01".repeat(20)), "protocol=1");
    let transport = "service=52 transport_type=2 transport_len=16 transport_family";
    check(
        &format!("2100 3400 0200 1000 0200 1b5b 0a000001 {}", zeros(20)),
        &format!("{transport}=2 port=7003 addr=10.0.0.1 all"),
    );
    check(
        &format!("2100 3400 0200 1000 0a00 1b5b 00000000 {}01 00000000", zeros(15)),
        &format!("{transport}=10 port=7003 flowinfo=0 addr=::1 scope_id=0 all"),
    );
    let names = "4e4f444531202020 4c4e585553455220 4150503120202020";
    let wanted = "port=0 iucv_addr=0 node_id=\"NODE1   \" user_id=\"LNXUSER \" name=\"APP1    \" all";
    check(&format!("2000 0000 00000000 {names}"), wanted);
}

#[test]
fn radio_and_the_old_days() {
    check("0300 9c6086829898 0e 000000 00000000", "addr=N0CALL-7 ndigis=0 all");
    check("0600 9c6086829898 00 000000 00000000", "addr=N0CALL ndigis=0 all");
    check(
        &format!("0b00 1234567890 9c6086829898 02 0000 00000000 {}", zeros(8)),
        "addr=1234567890 callsign=N0CALL-1 ndigis=0 all",
    );
    check("0400 0451 00000010 02005e100001 11 00", "port=1105 network=16 addr=02:00:5e:10:00:01 packet_type=17 all");
    check(&format!("0500 08 00 0102 03 00 {}", zeros(8)), "port=8 network=258 node=3 all");
    check("0800 0000 0100 0200 03000000", "itf=1 vpi=2 vci=3 all");
    check(&format!("0900 3132333435 {}", zeros(11)), "addr=\"12345\" all");
}

#[test]
fn what_has_no_layout_has_no_parts() {
    for hex in ["", "02", "7f00", "7f00 0102", "ffff ffffffff", "0f00 0000"] {
        check(hex, "");
    }
    assert_eq!(decode(&[2], false).family(), None);
    assert_eq!(decode(&[0x7f, 0, 1], false).family(), Some(127));
}

#[test]
fn items_stand_in_order_and_names_keep_their_type() {
    let mut kinds = std::collections::HashMap::new();
    for (family, len, hint) in
        (0..64u8).flat_map(|f| (0..130).flat_map(move |len| (0..4).map(move |hint| (f, len, hint))))
    {
        let mut raw = vec![hint; len];
        for (byte, head) in raw.iter_mut().zip([family, 0]) {
            *byte = head;
        }
        let Some(layout) = decode(&raw, false).layout else { continue };
        assert!(layout.items.is_sorted_by_key(|item| item.offset), "{family}");
        decode(&raw, false).parts(&mut |name, part| {
            let is_number = matches!(part, Part::Number(_));
            assert_eq!(*kinds.entry(name).or_insert(is_number), is_number, "{name} of family {family}");
        });
    }
    assert!(kinds.len() > 50, "{}", kinds.len());
}

proptest! {
    #[test]
    fn any_bytes_decode(tail in prop::collection::vec(any::<u8>(), 0..200), family in 0..50u8, big_endian: bool) {
        let raw = [&if big_endian { [0, family] } else { [family, 0] }, &tail[..]].concat();
        for bytes in [&raw[..], &tail] {
            shown(bytes, big_endian);
        }
    }

    /// Where it claims to say all, no other bytes of that length and family say the same.
    #[test]
    fn says_all_only_where_bytes_follow_from_parts(
        family in 0..50u8, sparse in prop::collection::vec(prop_oneof![4 => Just(0u8), 1 => any::<u8>()], 0..100),
        at in 0..100usize, other: u8,
    ) {
        let raw = [&[family, 0], &sparse[..]].concat();
        let mut changed = raw.clone();
        if let Some(byte) = changed.get_mut(at + 2) {
            *byte = other;
        }
        if raw != changed && decode(&raw, false).says_all() && decode(&changed, false).says_all() {
            prop_assert_ne!(shown(&raw, false), shown(&changed, false));
        }
    }
}
