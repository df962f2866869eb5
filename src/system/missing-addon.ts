/** What decides whether an addon can be loaded. */
export interface Host {
  /** `process.platform` */
  readonly platform: string;
  /** `process.arch` */
  readonly arch: string;
  /** The version of glibc that the process runs on; undefined with another C library, such as musl. */
  readonly glibc: string | undefined;
  /** Whether the package's folder is a checkout, in which the addon can be built. */
  readonly isCheckout: boolean;
}

const ARCHITECTURES = ['x64', 'arm64'];
// The package's script refuses an addon that needs a newer symbol.
const OLDEST_GLIBC = [2, 28] as const;

/** Returns one sentence that says why the addon could not be loaded on this host, and what to do. */
export function missingAddonSentence({ platform, arch, glibc, isCheckout }: Host): string {
  if (platform !== 'linux') {
    return `tripoll runs on Linux (x64 and arm64), whose select, poll and epoll it calls; this is ${platform}.`;
  }
  if (isCheckout) {
    return "tripoll's addon is not built, or does not fit this Node: run `npm run build` in the tripoll folder.";
  }
  if (!ARCHITECTURES.includes(arch)) {
    return `tripoll has no binary for Linux on ${arch}, only for x64 and arm64: build it in a clone of its repository.`;
  }
  if (glibc === undefined) {
    return 'tripoll needs the C library glibc, and this system has another, such as musl (Alpine): use a system or an image with glibc, for example Debian.';
  }
  if (isOlder(glibc))
    return `tripoll needs glibc ${OLDEST_GLIBC.join('.')} or newer; this system has ${glibc}: use a newer system or image.`;
  return `the tripoll package lacks prebuilds/linux-${arch}-glibc/tripoll.node, or it does not fit this Node: install the package again.`;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST_GLIBC[0] || (major === OLDEST_GLIBC[0] && minor < OLDEST_GLIBC[1]);
}
