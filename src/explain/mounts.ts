import { isGone, readProc } from './proc.ts';

// File systems whose stat needs no other machine and no other process. Those of FUSE, NFS, SMB, 9p and Ceph do, and wait for
// ever where that is dead; of one that is not listed it is not known.
const ANSWERING = new Set(
  (
    'bcachefs btrfs cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs erofs exfat ext2 ext3 ext4 f2fs hugetlbfs ' +
    'iso9660 jfs mqueue nsfs ntfs3 overlay proc pstore ramfs rootfs securityfs squashfs sysfs tmpfs tracefs udf vfat xfs zfs'
  ).split(' '),
);
// ID, parent, device, root, mount point, options, optional fields, '-', type: each without spaces.
const LINE = /^(\d+) (?:\S+ )*?- (\S+) /gm;

/**
 * Which mounts a process has that can be asked about a file without the danger of waiting for ever.
 * @param pid The process.
 * @returns Their IDs, as `mnt_id` of fdinfo has them.
 * @throws {Error} EACCES where they are not ours to see.
 * @see proc_pid_mountinfo(5)
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
