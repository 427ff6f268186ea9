import { randomBytes } from 'node:crypto';
import { createSecretBox } from '../../src/adapters/local/secretBox.ts';
import { createSystemClock } from '../../src/adapters/local/systemClock.ts';
import { exportHistory } from '../../src/cli/history/exportHistory.ts';
import { importHistory } from '../../src/cli/history/importHistory.ts';
import type { EventStore } from '../../src/ports/eventStore.ts';
import type { LogStore } from '../../src/ports/logStore.ts';
import type { SecretBox } from '../../src/ports/secretBox.ts';

const clock = createSystemClock();
export const secretBox = createSecretBox(randomBytes(32));

/** Exports into `path`, and answers what was printed. */
export async function exported(
  path: string,
  { events, logs = null }: Readonly<{ events: EventStore; logs?: LogStore | null }>,
): Promise<readonly string[]> {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const version = '1.2.3';
  await exportHistory({ path, events, logs, version, secretKeyPlace: 'data/secret.key', clock, print });
  return printed;
}

/** Imports from `path`, and answers what was printed. */
export async function imported(
  path: string,
  {
    events,
    logs = null,
    secrets = secretBox,
  }: Readonly<{
    events: Pick<EventStore, 'appendInTurn' | 'readAll'>;
    logs?: LogStore | null;
    secrets?: SecretBox;
  }>,
): Promise<readonly string[]> {
  const printed: string[] = [];
  await importHistory({ path, events, logs, secrets, clock, print: (line) => void printed.push(line) });
  return printed;
}

/** `rows` with each position replaced by the number of its event in `log`: positions of two stores differ, and nothing else may. */
export async function withPlaces(rows: unknown, log: EventStore): Promise<string> {
  const places = new Map<string, string>();
  for await (const { position } of log.readAll()) places.set(position, `event ${places.size + 1}`);
  const text = JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  return text.replace(/[0-9a-f]{32}|[0-9a-f]{16}/g, (digits) => places.get(digits) ?? digits);
}
