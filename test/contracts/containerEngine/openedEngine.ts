import type { ContainerEngine, ContainerExit, ContainerSpec } from '../../../src/ports/containerEngine.ts';
import { randomJobId } from '../../support/randomJobId.ts';

/** A container engine as an adapter's test opens it, with no container on it. */
export type OpenedContainerEngine = Readonly<{
  engine: ContainerEngine;
  /** An image whose shell and applets the commands run with. */
  imageReference: string;
  /** A second engine on the same containers, as a restarted program has it. `close` closes it too. */
  reopen: () => Promise<ContainerEngine>;
  close: () => Promise<void>;
}>;

let current: OpenedContainerEngine | undefined;

export function useEngine(engine: OpenedContainerEngine): void {
  current = engine;
}

export function opened(): OpenedContainerEngine {
  if (!current) throw new Error('No engine is open');
  return current;
}

export const never = new AbortController().signal;
export const noSkip = { stdoutBytes: 0, stderrBytes: 0 };

export async function specFor(
  startCommand: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ContainerSpec> {
  const { engine, imageReference } = opened();
  return {
    jobId: randomJobId(),
    attempt: 1,
    workspaceId: 'wks-00000000000000000010',
    serviceId: 'srv-00000000000000000020',
    image: await engine.resolveImage(imageReference, never),
    startCommand,
    environment,
    memoryBytes: 128 * 1024 * 1024,
    cpuMillis: 1000,
    maxProcesses: 100,
    diskBytes: 1024 ** 3,
  };
}

/** Creates and starts a container for `startCommand`, and answers its id. */
export async function begin(
  startCommand: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { engine } = opened();
  const containerId = await engine.create(await specFor(startCommand, environment), never);
  await engine.start(containerId);
  return containerId;
}

export type Output = Readonly<{ stdout: Buffer; stderr: Buffer }>;

export async function readOutput(
  engine: ContainerEngine,
  containerId: string,
  skip = noSkip,
  signal = never,
): Promise<Output> {
  const parts: { stdout: Uint8Array[]; stderr: Uint8Array[] } = { stdout: [], stderr: [] };
  for await (const { stream, bytes } of engine.logs(containerId, { skip, signal })) parts[stream].push(bytes);
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}

/** Waits until `text` shows in the container's standard output. */
export async function untilPrinted(
  engine: ContainerEngine,
  containerId: string,
  text: string,
): Promise<void> {
  const reading = new AbortController();
  let seen = '';
  for await (const { stream, bytes } of engine.logs(containerId, { skip: noSkip, signal: reading.signal })) {
    if (stream === 'stdout') seen += Buffer.from(bytes).toString('latin1');
    if (seen.includes(text)) return;
  }
  throw new Error(`The container ended without printing ${text}; it printed ${seen}`);
}

/** The whole of one container: how it ended, and what it wrote. */
export async function run(
  startCommand: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ exit: ContainerExit; stdout: string; stderr: string }> {
  const { engine } = opened();
  const containerId = await begin(startCommand, environment);
  const [exit, output] = await Promise.all([
    engine.wait(containerId, never),
    readOutput(engine, containerId),
  ]);
  return { exit, stdout: output.stdout.toString(), stderr: output.stderr.toString() };
}
