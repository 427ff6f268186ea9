import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel knows of a running process. */
export type ProcessState = Readonly<{ rssMegabytes: number; openFiles: number; children: number }>;

export function processState(pid: number): ProcessState {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const rssKilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return {
    rssMegabytes: rssKilobytes / 1024,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    children: readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === pid).length,
  };
}

function parentOf(pid: string): number {
  try {
    // The name of the program, in parentheses, may hold anything.
    const [, fields = ''] = /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return Number(fields.split(' ')[1]);
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
