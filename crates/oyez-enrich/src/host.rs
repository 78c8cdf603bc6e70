//! Which host this is: files below a root directory → [`Host`].
//!
//! The machine's id is that of machine-id(5). The cloud instance's id is taken where a file tells it, without any network, from
//! the first of:
//!
//! 1. `/run/cloud-init/instance-data.json`, `v1.instance_id`, and `/var/lib/cloud/data/instance-id`, as cloud-init wrote them
//!    (cloud-init's documentation, "Instance metadata"); not where it found no cloud (`iid-datasource-none`, `nocloud`).
//! 2. what the firmware says (`/sys/class/dmi/id`, SMBIOS), where the vendor is one who puts the instance's id there: see
//!    [`VENDORS`].
//!
//! What is no such id is refused: each is short, of printable ASCII without spaces. `/sys/hypervisor/uuid` is left: on EC2 it
//! begins with `ec2`, which says where one is and not which. Azure's and Google's firmware holds ids that differ from those
//! their clouds use; there cloud-init is needed. A file over 4 MiB counts as none. In a container the files are those of the
//! container; the ones in `/sys` are the host's.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use oyez_events::context::Host;

/// A larger file is not read.
const MAX_FILE: u64 = 4 << 20;

/// No id is longer.
const MAX_ID: usize = 128;

/// The JSON file in which cloud-init says where it runs; for everybody to read, secrets left out.
const INSTANCE_DATA: &str = "run/cloud-init/instance-data.json";

/// Vendor's file and what it begins with, the file with the instance's id, and what that one begins with.
///
/// Sources: the user guide of EC2 (instances built on Nitro have their id as asset tag); how cloud-init tells Hetzner's servers
/// and `DigitalOcean`'s droplets (`cloudinit/sources/helpers`: the serial number is the id); Nova's libvirt driver, which makes
/// the instance's uuid the system's.
pub const VENDORS: [[&str; 4]; 5] = [
    ["sys_vendor", "Amazon EC2", "board_asset_tag", "i-"],
    ["sys_vendor", "Hetzner", "product_serial", ""],
    ["sys_vendor", "DigitalOcean", "product_serial", ""],
    ["sys_vendor", "OpenStack Foundation", "product_uuid", ""],
    ["product_name", "OpenStack ", "product_uuid", ""],
];

/// What the files below `root` tell, which is `/` but for tests. What they do not tell is absent.
pub fn read(root: &Path) -> Host {
    Host { machine: machine(root), instance: cloud_init(root).or_else(|| firmware(root)) }
}

/// machine-id(5): 32 lower-case hexadecimal digits; the second file is where D-Bus has its own where there is no systemd.
fn machine(root: &Path) -> Option<Box<str>> {
    let is_id = |id: &str| id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let of = |file| text(root, file).filter(|id| is_id(id));
    of("etc/machine-id").or_else(|| of("var/lib/dbus/machine-id"))
}

fn cloud_init(root: &Path) -> Option<Box<str>> {
    let data = contents(root, INSTANCE_DATA).and_then(|json| serde_json::from_slice::<serde_json::Value>(&json).ok());
    let told = data.as_ref().and_then(|data| data.get("v1")?.get("instance_id")?.as_str()).and_then(id);
    let is_cloud = |id: &str| !matches!(id, "iid-datasource-none" | "nocloud");
    told.or_else(|| text(root, "var/lib/cloud/data/instance-id")).filter(|id| is_cloud(id))
}

fn firmware(root: &Path) -> Option<Box<str>> {
    let dmi = |file: &str| contents(root, &format!("sys/class/dmi/id/{file}"));
    VENDORS.iter().find_map(|[vendor_file, vendor, file, front]| {
        let is_its = dmi(vendor_file)?.starts_with(vendor.as_bytes());
        let told = is_its.then(|| dmi(file))?;
        id(str::from_utf8(&told?).ok()?).filter(|id| id.starts_with(front))
    })
}

/// A file that holds an id and nothing else.
fn text(root: &Path, file: &str) -> Option<Box<str>> {
    id(str::from_utf8(&contents(root, file)?).ok()?)
}

fn id(text: &str) -> Option<Box<str>> {
    let id = text.trim_ascii();
    let is_id = (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then(|| id.into())
}

/// A regular file's content.
fn contents(root: &Path, file: &str) -> Option<Vec<u8>> {
    let path = root.join(file);
    // A FIFO would wait for its writer.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut content = Vec::new();
    File::open(path).ok()?.take(MAX_FILE + 1).read_to_end(&mut content).ok()?;
    (content.len() as u64 <= MAX_FILE).then_some(content)
}

#[cfg(test)]
mod tests {
    use oyez_testkit::TempDir;
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    const MACHINE: &str = "0123456789abcdef0123456789abcdef";

    fn root(files: &[(&str, &str)]) -> TempDir {
        let dir = TempDir::new().unwrap();
        for (file, text) in files {
            let path = dir.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        dir
    }

    fn instance(files: &[(&str, &str)]) -> Option<String> {
        read(root(files).path()).instance.map(String::from)
    }

    #[test]
    fn the_machine_has_the_id_of_its_file() {
        let machine = |files: &[(&str, &str)]| read(root(files).path()).machine.map(String::from);
        let line = format!("{MACHINE}\n");
        assert_eq!(machine(&[("etc/machine-id", &line)]).as_deref(), Some(MACHINE));
        assert_eq!(machine(&[("var/lib/dbus/machine-id", &line)]).as_deref(), Some(MACHINE));
        let first_boot = [("etc/machine-id", "uninitialized\n"), ("var/lib/dbus/machine-id", &*line)];
        assert_eq!(machine(&first_boot).as_deref(), Some(MACHINE));
        for wrong in ["", "uninitialized", "0123", &MACHINE.to_uppercase(), "\u{e9}"] {
            assert_eq!(machine(&[("etc/machine-id", wrong)]), None, "{wrong}");
        }
    }

    #[test]
    fn cloud_init_is_believed_before_the_firmware() {
        let json = (INSTANCE_DATA, r#"{"v1":{"cloud_name":"aws","instance_id":"i-0abc"},"ds":{}}"#);
        let plain = ("var/lib/cloud/data/instance-id", "i-0def\n");
        let vendor = ("sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
        let tag = ("sys/class/dmi/id/board_asset_tag", "i-0fed\n");
        assert_eq!(instance(&[json, plain, vendor, tag]).as_deref(), Some("i-0abc"));
        assert_eq!(instance(&[plain, vendor, tag]).as_deref(), Some("i-0def"));
        assert_eq!(instance(&[vendor, tag]).as_deref(), Some("i-0fed"));
        let broken = (INSTANCE_DATA, r#"{"v1":{"instance_id":["#);
        assert_eq!(instance(&[broken, plain]).as_deref(), Some("i-0def"));
        assert_eq!(instance(&[("var/lib/cloud/data/instance-id", "iid-datasource-none\n")]), None);
    }

    #[test]
    fn the_firmware_is_believed_of_vendors_who_put_the_id_there() {
        let dmi = |files: &[(&str, &str)]| {
            let files: Vec<_> = files.iter().map(|(file, text)| (format!("sys/class/dmi/id/{file}"), *text)).collect();
            instance(&files.iter().map(|(file, text)| (&**file, *text)).collect::<Vec<_>>())
        };
        assert_eq!(dmi(&[("sys_vendor", "Hetzner\n"), ("product_serial", "1234\n")]).as_deref(), Some("1234"));
        assert_eq!(dmi(&[("sys_vendor", "DigitalOcean"), ("product_serial", "99")]).as_deref(), Some("99"));
        let uuid = "0d2b7e4c-5a61-4f0e-9c3d-8b7a6f5e4d3c";
        assert_eq!(dmi(&[("product_name", "OpenStack Nova"), ("product_uuid", uuid)]).as_deref(), Some(uuid));
        assert_eq!(dmi(&[("sys_vendor", "Amazon EC2"), ("board_asset_tag", "Not Specified")]), None);
        assert_eq!(dmi(&[("sys_vendor", "LENOVO"), ("product_serial", "PF12345")]), None);
        assert_eq!(dmi(&[("sys_vendor", "Hetzner")]), None);
    }

    #[test]
    fn what_is_no_file_or_no_id_is_none() {
        let dir = TempDir::new().unwrap();
        std::fs::create_dir_all(dir.join("etc")).unwrap();
        mknodat(CWD, dir.join("etc/machine-id"), FileType::Fifo, Mode::RWXU, 0).unwrap();
        assert_eq!(read(dir.path()), Host::default());
        for wrong in ["", "two words", "\u{e9}", "a\u{1b}[2J", &"x".repeat(129)] {
            assert_eq!(instance(&[("var/lib/cloud/data/instance-id", wrong)]), None, "{wrong:?}");
        }
    }
}
