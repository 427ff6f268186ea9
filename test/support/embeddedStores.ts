import { toNewEvents } from '../../src/commands/appendEvents.ts';
import { readConfig } from '../../src/config.ts';
import type { DomainEvent, StreamName } from '../../src/domain/events.ts';
import { openStores, type Stores } from '../../src/openStores.ts';
import type { Logger, Metrics } from '../../src/ports/telemetry.ts';
import { commandContext } from './commandHarness.ts';
import { tempFolder } from './tempFolder.ts';

/** Says nothing, and remembers what was warned of. */
export function quietTelemetry(): Readonly<{ logger: Logger; metrics: Metrics; warnings: string[] }> {
  const quiet = () => undefined;
  const warnings: string[] = [];
  const warn = (_: unknown, message: string) => {
    warnings.push(message);
  };
  const logger: Logger = { debug: quiet, info: quiet, warn, error: warn, child: () => logger };
  const metrics: Metrics = {
    observe: quiet,
    count: quiet,
    gauge: quiet,
    render: async () => ({ contentType: '', body: '' }),
  };
  return { logger, metrics, warnings };
}

export type EmbeddedStores = Stores &
  ReturnType<typeof quietTelemetry> &
  Readonly<{ dataFolder: string; close: () => Promise<void> }>;

/** The stores of the embedded form on a folder of their own, with the projections running. */
export async function embeddedStores(): Promise<EmbeddedStores> {
  const folder = await tempFolder();
  const closing = new AsyncDisposableStack();
  closing.defer(() => folder.remove());
  const telemetry = quietTelemetry();
  const stores = await openStores(readConfig({ ONEOFF_DATA_FOLDER: folder.path }), telemetry, closing);
  stores.projections.start();
  closing.defer(() => stores.projections.stop());
  return { ...stores, ...telemetry, dataFolder: folder.path, close: () => closing.disposeAsync() };
}

/** Appends `events` to a stream as if commands had, and answers once the read models show them. */
export async function appendEvents(
  { commands, changes }: Pick<Stores, 'commands' | 'changes'>,
  stream: StreamName,
  events: readonly DomainEvent[],
): Promise<void> {
  const { position } = await commands.eventStore.append(
    stream,
    toNewEvents(commands.ids, commandContext, events),
    'any',
  );
  await changes.reached(position);
}
