import { inspect } from 'node:util';
import { DockerHostError } from './adapters/docker/findDocker.ts';
import { InstanceLockedError } from './adapters/local/instanceLock.ts';
import { SecretKeyFileError } from './adapters/local/loadOrCreateKey.ts';
import { ListenError } from './api/server/createHttpServer.ts';
import { NoEngineError } from './chooseEngines.ts';
import { UsageError } from './cli/commandLine.ts';
import { HistoryFileError, ImportRefusedError } from './cli/history/historyErrors.ts';
import { OperatorCommandError } from './cli/workspaces.ts';
import { ConfigError } from './config.ts';
import { DataFolderError } from './dataFolder.ts';
import { DomainError } from './domain/errors.ts';
import { UnreadableEventError } from './domain/parseEvent.ts';
import { CheckpointStoreUnavailableError } from './ports/checkpointStore.ts';
import { EngineUnavailableError } from './ports/containerEngine.ts';
import { EventStoreUnavailableError } from './ports/eventStore.ts';
import { JobQueueUnavailableError } from './ports/jobQueue.ts';
import { LogStoreUnavailableError } from './ports/logStore.ts';
import { ReadModelStoreUnavailableError } from './ports/readModelStore.ts';
import { PlansFileError } from './readPlans.ts';

/** What a person can help: their messages say what to do, and a stack would only hide it. */
const helpable = [
  CheckpointStoreUnavailableError,
  ConfigError,
  DataFolderError,
  DockerHostError,
  DomainError,
  EngineUnavailableError,
  EventStoreUnavailableError,
  HistoryFileError,
  ImportRefusedError,
  InstanceLockedError,
  JobQueueUnavailableError,
  ListenError,
  LogStoreUnavailableError,
  NoEngineError,
  OperatorCommandError,
  PlansFileError,
  ReadModelStoreUnavailableError,
  SecretKeyFileError,
  UnreadableEventError,
  UsageError,
];

/** What the terminal says of the error that ended the program: the message alone, or for a fault of the program its place too. */
export function failureText(error: unknown): string {
  const isHelpable = helpable.some((one) => error instanceof one) || isOfNats(error) || isOfSystem(error);
  return isHelpable && error instanceof Error ? error.message : inspect(error);
}

/** By their names: the embedded form does not load what is of NATS. */
function isOfNats(error: unknown): boolean {
  return error instanceof Error && ['NatsConnectError', 'NatsConfigMismatchError'].includes(error.name);
}

/** `EACCES: permission denied, mkdir '/data'` and its like name the call and the file. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
