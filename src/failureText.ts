import { inspect } from 'node:util';
import { DockerHostError } from './adapters/docker/findDocker.ts';
import { InstanceLockedError } from './adapters/local/instanceLock.ts';
import { SecretKeyFileError } from './adapters/local/loadOrCreateKey.ts';
import { ListenError } from './api/server/createApiServer.ts';
import { NoEngineError } from './chooseEngines.ts';
import { UsageError } from './cli/commandLine.ts';
import { ConfigError } from './config.ts';
import { DomainError } from './domain/errors.ts';
import { UnreadableEventError } from './domain/parseEvent.ts';
import { DataFolderError } from './openStores.ts';
import { EngineUnavailableError } from './ports/containerEngine.ts';
import { EventStoreUnavailableError } from './ports/eventStore.ts';
import { LogStoreUnavailableError } from './ports/logStore.ts';
import { ReadModelStoreUnavailableError } from './ports/readModelStore.ts';
import { PlansFileError } from './readPlans.ts';

/** What a person can help: their messages say what to do, and a stack would only hide it. */
const helpable = [
  ConfigError,
  DataFolderError,
  DockerHostError,
  DomainError,
  EngineUnavailableError,
  EventStoreUnavailableError,
  InstanceLockedError,
  ListenError,
  LogStoreUnavailableError,
  NoEngineError,
  PlansFileError,
  ReadModelStoreUnavailableError,
  SecretKeyFileError,
  UnreadableEventError,
  UsageError,
];

/** What the terminal says of the error that ended the program: the message alone, or for a fault of the program its place too. */
export function failureText(error: unknown): string {
  const isHelpable = helpable.some((one) => error instanceof one) || isOfSystem(error);
  return isHelpable && error instanceof Error ? error.message : inspect(error);
}

/** `EACCES: permission denied, mkdir '/data'` and its like name the call and the file. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
