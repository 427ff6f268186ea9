/** The Linux capabilities that an operator can grant to jobs: those that Docker grants by default, and no others. */
export const grantableCapabilities = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
] as const;
export type Capability = (typeof grantableCapabilities)[number];

/**
 * What ordinary images need to run as root: package managers change owners and modes and switch to a user of their own, entrypoints
 * drop to an unprivileged user, and the wrapper signals processes of every user when a job is stopped (`KILL`).
 */
export const defaultCapabilities: readonly Capability[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
];
