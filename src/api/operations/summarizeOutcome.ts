import { assertNever } from '../../domain/assertNever.ts';
import type { EngineKind } from '../../domain/image.ts';
import type { Outcome } from '../../domain/jobEvents.ts';

/** How a job ended, in words: such as `Exited with code 3.` */
export function summarizeOutcome(outcome: Outcome, engine: EngineKind): string {
  return describe(outcome) + isolationOf(outcome.kind, engine);
}

/** What the command exited with; null where it did not, or nobody knows. */
export function exitCodeOf(outcome: Outcome): number | null {
  if (outcome.kind === 'succeeded') return 0;
  return outcome.kind === 'exited' ? outcome.exitCode : null;
}

/** Said of what ran, not of what never did. */
function isolationOf(kind: Outcome['kind'], engine: EngineKind): string {
  const neverRan = kind === 'startFailed' || kind === 'expired' || kind === 'canceled';
  return engine === 'process' && !neverRan ? ' It ran without isolation.' : '';
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'succeeded':
      return 'Exited with code 0.';
    case 'exited':
      return `Exited with code ${outcome.exitCode}${signalOf(outcome.exitCode)}.`;
    case 'oomKilled':
      return `Out of memory at ${showBytes(outcome.memoryBytes)}.`;
    case 'diskLimitExceeded':
      return `Killed for writing more than ${showBytes(outcome.limitBytes)} to disk.`;
    case 'timedOut':
      return `Timed out after ${showSeconds(outcome.afterSeconds)}.`;
    case 'canceled':
      return 'Canceled.';
    case 'startFailed':
      return `Could not be started: ${outcome.message}`;
    case 'runnerLost':
      return describeLoss(outcome);
    case 'expired':
      return 'No runner could take it in time.';
    default:
      return assertNever(outcome);
  }
}

function describeLoss({ runnerId, cause }: Extract<Outcome, { kind: 'runnerLost' }>): string {
  switch (cause) {
    case undefined:
    case 'runnerGone':
      return `Its runner, ${runnerId}, is gone, and nothing is known of its container.`;
    case 'containerGone':
      return 'Its container was removed or killed, and not by oneoff.';
    case 'engineUnavailable':
      return `The container engine of its runner, ${runnerId}, did not answer for the length of a lease.`;
    case 'leaseLost':
      return `Stopped, because its runner, ${runnerId}, could not renew its lease.`;
    case 'secretsUnreadable':
      return 'Stopped, because its secret variables could not be opened.';
    default:
      return assertNever(cause);
  }
}

/** Shells exit with 128 and the number of the signal that killed a command; a command may do so by itself. */
function signalOf(exitCode: number): string {
  const name = signalNames[exitCode - 128];
  return name === undefined
    ? ''
    : `, as a command does that was killed by signal ${exitCode - 128} (${name})`;
}

/** Those that end a process unless it does something about them. Source: signal(7) */
const signalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  15: 'SIGTERM',
};

const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const;

/** In units of 1,024, as plans are named: `512 MB`. */
function showBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

/** `90` → `1 min 30 s`. */
function showSeconds(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'min'],
    [Number((seconds % 60).toFixed(3)), 's'],
  ] as const;
  return (
    parts
      .filter(([value]) => value > 0)
      .map(([value, unit]) => `${value} ${unit}`)
      .join(' ') || '0 s'
  );
}
