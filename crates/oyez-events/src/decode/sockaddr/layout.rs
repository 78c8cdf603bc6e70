//! Where each family keeps what, as the kernel's headers have it (include/uapi/linux unless another folder is named).
//!
//! Offsets are bytes from the start of the struct, family included, with the padding that 64-bit hosts and 32-bit ones agree
//! on. Items stand in the order of their offsets and do not overlap: [`super::SockAddr::says_all`] builds on that.

use Kind::{Be16, Be32, Chars, CharsToEnd, Hardware, HardwareOf, Ip4, Ip6, Le16, NameToEnd, U8, U16, U32, U64};
use Style::{Callsign, Colons, Digits, Reversed};

use super::hardware::Style;
use super::number;

/// What lies at one place of a struct.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) name: &'static str,
    pub(super) offset: usize,
    pub(super) kind: Kind,
}

/// How it is to be read. Integers are in the host's byte order unless their name says otherwise.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    U8,
    U16,
    Be16,
    Le16,
    U32,
    Be32,
    U64,
    Ip4,
    Ip6,
    /// So many bytes of a link-layer address.
    Hardware(usize, Style),
    /// As many bytes of one as the byte at this offset says.
    HardwareOf(usize, Style),
    /// Text in a field of this size, filled up with NULs.
    Chars(usize),
    /// Text up to the first NUL or the end.
    CharsToEnd,
    /// All bytes up to the end.
    NameToEnd,
}

impl Kind {
    /// The width of an integer in bytes; 0 for what is none.
    pub(super) fn width(self) -> usize {
        match self {
            U8 => 1,
            U16 | Be16 | Le16 => 2,
            U32 | Be32 => 4,
            U64 => 8,
            _ => 0,
        }
    }
}

/// One family's struct.
#[derive(Debug)]
pub(super) struct Layout {
    /// With fewer bytes it is not this struct.
    pub(super) min: usize,
    /// The lengths that the parts imply; empty where the length says nothing.
    pub(super) sizes: &'static [usize],
    pub(super) items: &'static [Item],
}

/// `layout!(MIN, [SIZES], "name"@OFFSET: KIND, …)`
macro_rules! layout {
    ($min:literal, $sizes:expr $(, $name:literal @ $offset:literal : $kind:expr)* $(,)?) => {{
        const LAYOUT: Layout =
            Layout { min: $min, sizes: &$sizes, items: &[$(Item { name: $name, offset: $offset, kind: $kind }),*] };
        &LAYOUT
    }};
}

/// The layout of `family` (linux/socket.h, `AF_*`); some have several, told apart by length or by a type field.
pub(super) fn of(family: u16, bytes: &[u8], big_endian: bool) -> Option<&'static Layout> {
    let u16_at = |offset| number(bytes, offset, U16, big_endian);
    let u32_at = |offset| number(bytes, offset, U32, big_endian);
    Some(match family {
        // Disconnects a socket (connect(2)); nothing behind the family is read.
        0 => layout!(2, [2, 16]),
        // un.h. Two bytes alone are a socket without a name; a NUL in front marks an abstract name.
        1 if bytes.get(2) == Some(&0) => layout!(3, [], "abstract"@3: NameToEnd),
        1 => layout!(2, [], "path"@2: CharsToEnd),
        // in.h; also what RDS and SMC sockets take.
        2 => layout!(8, [16], "port"@2: Be16, "addr"@4: Ip4),
        // ax25.h, struct full_sockaddr_ax25; NET/ROM (netrom.h) takes the same.
        3 | 6 => layout!(9, [16, 72], "addr"@2: Hardware(7, Callsign), "ndigis"@12: U32),
        // ipx.h, gone from the kernel since 5.15.
        4 => layout!(16, [16],
            "port"@2: Be16, "network"@4: Be32, "addr"@8: Hardware(6, Colons), "packet_type"@14: U8
        ),
        // atalk.h
        5 => layout!(7, [16], "port"@2: U8, "network"@4: Be16, "node"@6: U8),
        // atm.h, struct sockaddr_atmpvc
        8 => layout!(12, [12], "itf"@4: U16, "vpi"@6: U16, "vci"@8: U32),
        // x25.h
        9 => layout!(18, [18], "addr"@2: Chars(16)),
        // in6.h; 24 bytes are RFC 2133's, without a scope.
        10 => layout!(24, [24, 28], "port"@2: Be16, "flowinfo"@4: Be32, "addr"@8: Ip6, "scope_id"@24: U32),
        // rose.h; a full_sockaddr_rose has room for more repeaters.
        11 => layout!(20, [28, 64],
            "addr"@2: Hardware(5, Digits), "callsign"@7: Hardware(7, Callsign), "ndigis"@16: U32
        ),
        // netlink.h
        16 => layout!(12, [12], "pid"@4: U32, "groups"@8: U32),
        // if_packet.h, struct sockaddr_ll
        17 => layout!(12, [20],
            "protocol"@2: Be16, "ifindex"@4: U32, "hatype"@8: U16, "pkttype"@10: U8, "halen"@11: U8,
            "addr"@12: HardwareOf(11, Colons)
        ),
        // if_pppox.h, packed
        24 => match u32_at(2) {
            Some(0) => layout!(30, [30],
                "protocol"@2: U32, "sid"@6: Be16, "addr"@8: Hardware(6, Colons), "device"@14: Chars(16)
            ),
            Some(2) => layout!(14, [30], "protocol"@2: U32, "call_id"@6: U16, "addr"@10: Ip4),
            _ => layout!(6, [6], "protocol"@2: U32),
        },
        // llc.h
        26 => layout!(14, [16],
            "hatype"@2: U16, "test"@4: U8, "xid"@5: U8, "ua"@6: U8, "sap"@7: U8, "addr"@8: Hardware(6, Colons)
        ),
        29 => can(bytes),
        // tipc.h; the type field tells the union's members apart.
        30 => match bytes.get(2) {
            Some(1) => layout!(16, [16],
                "addrtype"@2: U8, "scope"@3: U8, "service"@4: U32, "lower"@8: U32, "upper"@12: U32
            ),
            Some(2) => layout!(16, [16],
                "addrtype"@2: U8, "scope"@3: U8, "service"@4: U32, "instance"@8: U32, "domain"@12: U32
            ),
            Some(3) => layout!(12, [16], "addrtype"@2: U8, "scope"@3: U8, "ref"@4: U32, "node"@8: U32),
            _ => layout!(4, [16], "addrtype"@2: U8, "scope"@3: U8),
        },
        31 => return bluetooth(bytes.len()),
        // include/net/iucv/af_iucv.h
        32 => layout!(32, [32],
            "port"@2: U16, "iucv_addr"@4: U32, "node_id"@8: Chars(8), "user_id"@16: Chars(8), "name"@24: Chars(8)
        ),
        // rxrpc.h; the transport's own address follows, mostly that of an internet socket.
        33 if u16_at(8) == Some(2) => layout!(16, [24, 36],
            "service"@2: U16, "transport_type"@4: U16, "transport_len"@6: U16, "transport_family"@8: U16,
            "port"@10: Be16, "addr"@12: Ip4
        ),
        33 if u16_at(8) == Some(10) => layout!(36, [36],
            "service"@2: U16, "transport_type"@4: U16, "transport_len"@6: U16, "transport_family"@8: U16,
            "port"@10: Be16, "flowinfo"@12: Be32, "addr"@16: Ip6, "scope_id"@32: U32
        ),
        33 => layout!(8, [8], "service"@2: U16, "transport_type"@4: U16, "transport_len"@6: U16),
        // phonet.h
        35 => layout!(5, [16], "obj"@2: U8, "pn_dev"@3: U8, "resource"@4: U8),
        36 => ieee802154(u32_at(4)),
        // caif/caif_socket.h: the socket's protocol, which is not recorded, says what the union holds.
        37 => layout!(2, [24]),
        // if_alg.h; longer names come in struct sockaddr_alg_new.
        38 => layout!(24, [88],
            "alg_type"@2: Chars(14), "features"@16: U32, "mask"@20: U32, "alg_name"@24: CharsToEnd
        ),
        // nfc.h; the longer struct sockaddr_nfc_llcp has a service on top, its length being 64 bits wide on 64-bit hosts.
        39 => layout!(16, [16, 96],
            "dev_idx"@4: U32, "target_idx"@8: U32, "protocol"@12: U32, "dsap"@16: U8, "ssap"@17: U8,
            "service_name"@18: Chars(63), "service_name_len"@88: U64
        ),
        // vm_sockets.h
        40 => layout!(12, [16], "port"@4: U32, "cid"@8: U32, "flags"@12: U8),
        // qrtr.h
        42 => layout!(12, [12], "node"@4: U32, "port"@8: U32),
        // if_xdp.h
        44 => layout!(16, [16], "flags"@2: U16, "ifindex"@4: U32, "queue_id"@8: U32, "shared_umem_fd"@12: U32),
        // mctp.h; the extended one has the link's address on top.
        45 => layout!(12, [12, 52],
            "network"@4: U32, "eid"@8: U8, "msg_type"@9: U8, "tag"@10: U8, "ifindex"@12: U32, "halen"@16: U8,
            "addr"@20: HardwareOf(16, Colons)
        ),
        _ => return None,
    })
}

/// can.h. Shorter than J1939's 24 bytes it can only be ISO-TP's pair or none; at 24 the socket's protocol, which is not
/// recorded, says what the union holds.
fn can(bytes: &[u8]) -> &'static Layout {
    if bytes.len() == 16 {
        return layout!(16, [16], "ifindex"@4: U32, "rx_id"@8: U32, "tx_id"@12: U32);
    }
    layout!(8, [8, 24], "ifindex"@4: U32)
}

/// `include/net/bluetooth`: `hci_sock.h`, `sco.h`, `rfcomm.h`, `l2cap.h`, `bluetooth.h` (ISO); only the length tells them
/// apart. A plain
/// ISO address is as long as an RFCOMM one and shows as that: its address type stands where the channel does.
fn bluetooth(len: usize) -> Option<&'static Layout> {
    Some(match len {
        6 => layout!(6, [6], "hci_dev"@2: U16, "hci_channel"@4: U16),
        8 => layout!(8, [8], "addr"@2: Hardware(6, Reversed)),
        9 | 10 => layout!(9, [10], "addr"@2: Hardware(6, Reversed), "channel"@8: U8),
        12..=14 => layout!(12, [14],
            "psm"@2: Le16, "addr"@4: Hardware(6, Reversed), "l2cap_cid"@10: Le16, "addr_type"@12: U8
        ),
        50 => layout!(50, [50], "addr"@2: Hardware(6, Reversed), "addr_type"@8: U8),
        _ => return None,
    })
}

/// `include/net/af_ieee802154.h`; the kind of address says how it is kept.
fn ieee802154(kind: Option<u64>) -> &'static Layout {
    match kind {
        Some(2) => layout!(12, [20], "addr_type"@4: U32, "pan_id"@8: U16, "short_addr"@10: U16),
        Some(3) => layout!(18, [20], "addr_type"@4: U32, "pan_id"@8: U16, "addr"@10: Hardware(8, Colons)),
        _ => layout!(10, [20], "addr_type"@4: U32, "pan_id"@8: U16),
    }
}
