import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';

export type RunToEnd = Readonly<{
  environment?: Readonly<Record<string, string | undefined>>;
  input?: Buffer;
  uid?: number;
}>;

/** Runs a command and answers what it printed. Throws, with what it wrote to standard error, where it fails. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  { environment, input, uid }: RunToEnd = {},
): Promise<string> {
  const child = spawn(command, args, {
    env: { ...process.env, ...environment },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid }),
  });
  if (input !== undefined) (child.stdin as Writable | null)?.end(input);
  const chunks: Buffer[] = [];
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${errors}`);
  return Buffer.concat(chunks).toString();
}
