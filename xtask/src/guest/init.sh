#!/bin/busybox sh
# The guest's first process. The kernel hands it guest_scenario, guest_boot and guest_shared as environment; it prepares a
# root, runs the driver, whose verdict goes to the console, and ends the guest.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
mount -t tmpfs none /tmp
mount -t tmpfs none /run
mount -t hostfs -o "$guest_shared" none /shared
case "$guest_scenario" in
none) echo "the guest is up" ;;
*) guest-driver "$guest_scenario" ;;
esac
poweroff -f
