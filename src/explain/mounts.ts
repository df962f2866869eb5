import { isGone, readProc } from './proc.ts';

// File systems whose stat needs no other machine and no other process. FUSE, NFS, SMB, 9p and Ceph need one and may
// block for ever if it is dead; a file system that is not listed might, too.
const ANSWERING = new Set(
  (
    'bcachefs btrfs cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs erofs exfat ext2 ext3 ext4 f2fs hugetlbfs ' +
    'iso9660 jfs mqueue nsfs ntfs3 overlay proc pstore ramfs rootfs securityfs squashfs sysfs tmpfs tracefs udf vfat xfs zfs'
  ).split(' '),
);
// ID, parent, device, root, mount point, options, optional fields, '-', type: each without spaces.
const LINE = /^(\d+) (?:\S+ )*?- (\S+) /gm;

/**
 * Returns the IDs (`mnt_id` of fdinfo) of the process's mounts whose files can be asked about without the danger of
 * blocking for ever: proc_pid_mountinfo(5).
 */
export function answeringMounts(pid: number): Set<string> {
  try {
    const mounts = readProc(pid, 'mountinfo').matchAll(LINE);
    return new Set(Array.from(mounts).flatMap(([, id = '', type = '']) => (ANSWERING.has(type) ? id : [])));
  } catch (error) {
    if (isGone(error)) return new Set();
    throw error;
  }
}
