import type { Clock } from '../../ports/clock.ts';
import type { Lookout } from './lookout.ts';
import { findProcesses, isForkOf, sendSignal, type Wrapper } from './processTree.ts';

const firstPollMs = 5;
const longestPollMs = 200;

/**
 * One TERM to all that runs for the container, as soon as the command does, then waits until it is gone. Answers whether it
 * went before `deadlineMs`, by `performance.now`, which may come nearer meanwhile; what did not gets a first KILL. Throws what
 * `pause` throws: a grace may last for minutes, and a program that ends does not wait for it.
 */
export async function terminate(
  wrapper: Wrapper,
  deadlineMs: () => number,
  hasEnded: () => Promise<boolean>,
  { lookout, pause }: Readonly<{ lookout: Lookout; pause: (ms: number) => Promise<void> }>,
): Promise<boolean> {
  let hasTold = false;
  for (let pollMs = firstPollMs; performance.now() < deadlineMs(); pollMs = longer(pollMs)) {
    if (!hasTold) hasTold = tell(wrapper);
    if ((await lookout.find(wrapper)).length === 0 && (await hasEnded())) return true;
    await pause(Math.max(1, Math.min(pollMs, deadlineMs() - performance.now())));
  }
  // The next look of the lookout may be a while away.
  for (const pid of findProcesses(wrapper)) sendSignal(pid, 'SIGKILL');
  return false;
}

/**
 * KILL, again and again, until nothing of the container is left but its wrapper, and `hasEnded`. Answers whether that came
 * within `timeoutMs`.
 */
export async function kill(
  wrapper: Wrapper,
  timeoutMs: number,
  hasEnded: () => Promise<boolean>,
  { clock, lookout }: Readonly<{ clock: Clock; lookout: Lookout }>,
): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  for (let pollMs = 1; ; pollMs = longer(pollMs)) {
    const processes = await lookout.find(wrapper);
    for (const pid of processes) sendSignal(pid, 'SIGKILL');
    if (processes.length === 0 && (await hasEnded())) return true;
    if (performance.now() >= deadlineMs) return false;
    await clock.sleep(pollMs);
  }
}

/**
 * TERM to everything at one moment: a process that forks while the others are being told would leave a child that was not. So all
 * are halted first, until no more appear (the kernel starts no fork in a process that has a signal to take), and then told.
 * A fork of the wrapper that is yet to become the command would lose the signal, and is left for the next round.
 */
function tell(wrapper: Wrapper): boolean {
  const halted = new Set<number>();
  for (;;) {
    const fresh = findProcesses(wrapper).filter((pid) => !halted.has(pid));
    if (fresh.length === 0) break;
    if (halted.size === 0 && fresh.some((pid) => isForkOf(wrapper.pid, pid))) return false;
    for (const pid of fresh) {
      sendSignal(pid, 'SIGSTOP');
      halted.add(pid);
    }
  }
  for (const pid of halted) sendSignal(pid, 'SIGTERM');
  for (const pid of halted) sendSignal(pid, 'SIGCONT');
  return halted.size > 0;
}

function longer(pollMs: number): number {
  return Math.min(longestPollMs, Math.ceil(pollMs * 1.5));
}
