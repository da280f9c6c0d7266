#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh FOLDER RELEASE SOURCES APT: makes the guest of the machine test. Needs root (mounts, chroot, owners of files).
# SOURCES: a file of "deb" lines. APT: a file of apt options for them. FOLDER receives vmlinuz, initrd, root.img, kernel.
set -eu

folder=$1 release=$2 sources=$3 options=$4
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$folder/root
kernel=$folder/unpacked

words() { grep -v '^#' "$1"; }

# Debian, small, with the kernel's package fetched beside it and not installed: it would bring its own initramfs.
fetch="cd '$folder' && export APT_CONFIG=\"\$MMDEBSTRAP_APT_CONFIG\" &&
  name=\$(apt-cache depends --important linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1) &&
  apt-get download -qq \"\$name\""
set -- --variant=minbase --include="$(words "$here/packages" | paste -s -d ,)" --customize-hook="$fetch" \
  --aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*'
while read -r option; do set -- "$@" --aptopt="$option"; done <"$options"
mmdebstrap "$@" "$release" "$root" - <"$sources"

# Of the kernel's modules, those of the list.
mkdir "$kernel"
package=$(ls "$folder"/linux-image-*.deb)
dpkg-deb --fsys-tarfile "$package" | tar -x -C "$kernel" --wildcards '*/boot/vmlinuz-*' '*/lib/modules/*'
version=$(basename "$(find "$kernel" -path '*/lib/modules/*' -prune -print | head -n 1)")
modules=$(find "$kernel" -path "*/lib/modules/$version" -prune -print)
kept=$root/usr/lib/modules/$version
mkdir -p "$kept/kernel"
for part in $(words "$here/modules"); do
  found=$(cd "$modules/kernel" && ls -d "$part" "$part".xz 2>/dev/null || true)
  [ -n "$found" ] || { echo "no module or folder $part in $version" >&2; continue; }
  (cd "$modules/kernel" && cp -a --parents $found "$kept/kernel/")
done
cp "$modules"/modules.order "$modules"/modules.builtin "$modules"/modules.builtin.modinfo "$kept/"
find "$kept" -name '*.xz' -exec xz -d {} +
chroot "$root" /sbin/depmod "$version"
cp "$kernel"/boot/vmlinuz-* "$folder/vmlinuz"
echo "$version" >"$folder/kernel"

# What makes it our guest: no password, few units, the agent.
echo guest >"$root/etc/hostname"
sed -i 's/^root:[^:]*:/root::/' "$root/etc/shadow"
printf '/dev/vda / ext4 defaults,noatime 0 0\n/dev/vdb /opt/site ext4 ro,noatime 0 0\n' >"$root/etc/fstab"
printf 'hci_vhci\nvirtio_console\n' >"$root/etc/modules-load.d/chevet.conf"
mkdir -p "$root/opt/site"
cp "$here/agent.py" "$root/opt/agent.py"
cp "$here/chevet-agent.service" "$root/etc/systemd/system/"
ln -s ../chevet-agent.service "$root/etc/systemd/system/multi-user.target.wants/chevet-agent.service"
for unit in systemd-networkd.service systemd-timesyncd.service systemd-resolved.service getty@tty1.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
  systemd-tmpfiles-clean.timer alsa-restore.service alsa-state.service; do
  ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

mke2fs -q -t ext4 -L root -d "$root" -O ^has_journal "$folder/root.img" 1200M

first=$folder/first
mkdir -p "$first/bin" "$first/modules" "$first/proc" "$first/sys" "$first/dev" "$first/root"
cp "$root/bin/busybox" "$first/bin/"
install -m 755 "$here/init" "$first/init"
for module in virtio_pci virtio_blk ext4 crc32c_generic; do
  chroot "$root" /sbin/modprobe -S "$version" --show-depends "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r path; do
  cp "$root$path" "$first/modules/"
  basename "$path" >>"$first/modules/order"
done
(cd "$first" && find . | cpio -o -H newc --quiet | gzip -1) >"$folder/initrd"
rm -rf "$root" "$kernel" "$first" "$package"
