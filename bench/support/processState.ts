import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel knows of a running server. */
export type ProcessState = Readonly<{
  /** Of the process and its children: oneoff has one, which spawns local commands. */
  rssMegabytes: number;
  openFiles: number;
  /** Its children, and theirs. */
  descendants: number;
}>;

export function processState(pid: number): ProcessState {
  const children = childrenOf([pid]);
  return {
    rssMegabytes: [pid, ...children].reduce((sum, each) => sum + rssMegabytes(each), 0),
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
    descendants: children.length + childrenOf(children).length,
  };
}

/** 0 of a process that has ended meanwhile. */
function rssMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function childrenOf(parents: readonly number[]): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parents.includes(parentOf(name)))
    .map(Number);
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
