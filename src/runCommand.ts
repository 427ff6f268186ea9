import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPinoLogger } from './adapters/pino/logger.ts';
import { createPrometheusMetrics } from './adapters/prometheus/metrics.ts';
import { type Command, parseCommandLine, usage } from './cli/commandLine.ts';
import { configurationPage } from './cli/configurationPage.ts';
import { createAdminToken } from './cli/createAdmin.ts';
import { exportHistory } from './cli/history/exportHistory.ts';
import { importHistory } from './cli/history/importHistory.ts';
import { operatorTokenFile, replaceOperatorToken } from './cli/operatorToken.ts';
import { manageWorkspaces } from './cli/workspaces.ts';
import { resealEnvironments } from './commands/resealEnvironments.ts';
import { type Config, readConfig } from './config.ts';
import { assertNever } from './domain/assertNever.ts';
import { DomainError } from './domain/errors.ts';
import { findFirstWorkspace } from './firstWorkspace.ts';
import { openNodeStores, openStores } from './openStores.ts';
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
    case 'operator':
    case 'workspaces':
    case 'reseal':
    case 'export':
    case 'import':
      return runOnDataFolder(command, environment, version, print);
    default:
      return assertNever(command);
  }
}

async function runOnDataFolder(
  command: Exclude<Command, { kind: 'help' | 'version' | 'settings' }>,
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
    case 'operator':
      return makeOperatorToken(invocation);
    case 'workspaces':
      await manageWorkspaces(command, invocation);
      return 0;
    case 'reseal':
      return reseal(invocation);
    case 'export':
    case 'import':
      return move(command, invocation);
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
  const { projections } = await openStores(config, telemetry, closing);
  const { events, seconds } = await projections.rebuild();
  const rate = seconds > 0 ? ` (${Math.round(events / seconds)} events/s)` : '';
  print(`Replayed ${events} events in ${seconds.toFixed(3)} s${rate}; the read models are new.`);
  return 0;
}

/** For an operator who has lost every token: whoever can open the data folder may have one. */
async function makeToken({ config, print, ...telemetry }: Invocation): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const { commands } = await openNodeStores(config, telemetry, closing);
  const first = await findFirstWorkspace(commands.eventStore);
  if (first === undefined)
    throw new DomainError('NOT_FOUND', 'There is no workspace yet: `npm start` makes one');
  const { text } = await createAdminToken(commands, first.workspaceId, 'made on the command line');
  print('A new admin token. It is shown this once; only its hash is kept:');
  print(`  ${text}`);
  return 0;
}

/** For an operator who has lost the operator token. */
async function makeOperatorToken({ config, print, ...telemetry }: Invocation): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const { commands, folder } = await openNodeStores(config, telemetry, closing);
  const path = folder.pathOf(operatorTokenFile);
  await replaceOperatorToken(commands, path);
  print(`A new operator token is in ${path}; all others are revoked.`);
  return 0;
}

/** Seals what services keep secret with the newest key, so that an older one may be given up. */
async function reseal({ config, print, ...telemetry }: Invocation): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const { commands, folder } = await openNodeStores(config, telemetry, closing);
  const { services, variables, unreadable } = await resealEnvironments(commands, folder.secrets);
  print(`Sealed ${variables} variables of ${services} services with the newest key.`);
  for (const { serviceId, key, error } of unreadable)
    print(`${serviceId}: ${key} stays as it was: ${error.message}`);
  return unreadable.length === 0 ? 0 : 1;
}

/** Writes the history into a file, or brings one in from there. */
async function move(
  { kind, path, withLogs }: Extract<Command, { kind: 'export' | 'import' }>,
  { config, print, version, ...telemetry }: Invocation,
): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const { commands, shared, folder } = await openNodeStores(config, telemetry, closing);
  const logs = withLogs ? await shared.openLogs() : null;
  const moved = { path, events: commands.eventStore, logs, clock: commands.clock, print };
  if (kind === 'import') await importHistory({ ...moved, secrets: folder.secrets });
  else await exportHistory({ ...moved, version, secretKeyPlace: secretKeyPlace(config) });
  return 0;
}

function secretKeyPlace({ secretKey, secretKeyFile, dataFolder }: Config): string {
  if (secretKey !== null) return 'ONEOFF_SECRET_KEY';
  return secretKeyFile === '' ? join(dataFolder, 'secret.key') : secretKeyFile;
}
