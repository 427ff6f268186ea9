import { readFileSync } from 'node:fs';
import { createPinoLogger } from './adapters/pino/logger.ts';
import { createPrometheusMetrics } from './adapters/prometheus/metrics.ts';
import { type Command, parseCommandLine, usage } from './cli/commandLine.ts';
import { configurationPage } from './cli/configurationPage.ts';
import { createAdminToken } from './cli/createAdmin.ts';
import { type Config, readConfig } from './config.ts';
import { assertNever } from './domain/assertNever.ts';
import { DomainError } from './domain/errors.ts';
import type { WorkspaceId } from './domain/ids.ts';
import { parseEvent } from './domain/parseEvent.ts';
import { openStores } from './openStores.ts';
import type { EventStore } from './ports/eventStore.ts';
import type { Logger, Metrics } from './ports/telemetry.ts';
import { serve } from './serve.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every command gets: the configuration, and where to report. */
export type Invocation = Readonly<{
  config: Config;
  environment: Environment;
  version: string;
  logger: Logger;
  metrics: Metrics;
  /** One line for the person who typed the command; logs go to standard error. */
  print: (line: string) => void;
}>;

/** Runs what the command line asks for, to its end. Answers the exit code. Throws `UsageError`, `ConfigError` and what the command throws. */
export async function runCommand(args: readonly string[], environment: Environment): Promise<number> {
  const command = parseCommandLine(args);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const print = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  switch (command.kind) {
    case 'help':
      print(usage);
      return 0;
    case 'version':
      print(version);
      return 0;
    case 'settings':
      print(configurationPage());
      return 0;
    case 'start':
    case 'replay':
    case 'token':
      return runOnDataFolder(command, environment, version, print);
    default:
      return assertNever(command);
  }
}

async function runOnDataFolder(
  command: Extract<Command, { kind: 'start' | 'replay' | 'token' }>,
  environment: Environment,
  version: string,
  print: (line: string) => void,
): Promise<number> {
  const config = readConfig(environment);
  const logger = createLogger(config);
  const invocation = {
    config,
    environment,
    version,
    logger,
    metrics: createPrometheusMetrics({ logger }),
    print,
  };
  switch (command.kind) {
    case 'start':
      return serve(invocation);
    case 'replay':
      return replay(invocation);
    case 'token':
      return makeToken(invocation);
    default:
      return assertNever(command);
  }
}

function createLogger({ logLevel: level, logFormat }: Config): Logger {
  const format = logFormat === 'auto' ? (process.stderr.isTTY ? 'pretty' : 'json') : logFormat;
  return createPinoLogger({ level, format, destination: process.stderr });
}

/** Drops the read models and makes them again from the events. */
async function replay({ config, print, ...telemetry }: Invocation): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const { projections } = openStores(config, telemetry, closing);
  const { events, seconds } = await projections.rebuild();
  const rate = seconds > 0 ? ` (${Math.round(events / seconds)} events/s)` : '';
  print(`Replayed ${events} events in ${seconds.toFixed(3)} s${rate}; the read models are new.`);
  return 0;
}

/** For an operator who has lost every token: whoever can open the data folder may have one. */
async function makeToken({ config, print, ...telemetry }: Invocation): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const { commands } = openStores(config, telemetry, closing);
  const workspaceId = await firstWorkspace(commands.eventStore);
  if (workspaceId === undefined)
    throw new DomainError('NOT_FOUND', 'There is no workspace yet: `npm start` makes one');
  const { text } = await createAdminToken(commands, workspaceId, 'made on the command line');
  print('A new admin token. It is shown this once; only its hash is kept:');
  print(`  ${text}`);
  return 0;
}

async function firstWorkspace(eventStore: EventStore): Promise<WorkspaceId | undefined> {
  for await (const stored of eventStore.readAll({ filter: { types: ['WorkspaceCreated'] }, maxCount: 1 })) {
    const event = parseEvent(stored);
    if (event.type === 'WorkspaceCreated') return event.data.workspaceId;
  }
  return undefined;
}
