import { readFileSync } from 'node:fs';
import { processesWith } from './processesWith.ts';

/** The processes that spawn commands for the program `pid`. */
export function spawnersOf(pid: number): readonly number[] {
  return processesWith('spawnerProcess.ts').filter((found) => parentOf(found) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
