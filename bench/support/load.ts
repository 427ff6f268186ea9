import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { benchFolder } from './places.ts';
import { runToEnd } from './runToEnd.ts';

export const connections = 32;

export type Requests = Readonly<{
  url: string;
  /** The header; null for requests without a token. */
  authorization: string | null;
  /** What is posted; `%KEY%` in it is another text for each request. */
  body: string;
}>;

export type Load = Readonly<{
  requests: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}>;

const script = join(benchFolder, 'support', 'load.lua');

/**
 * Posts as fast as the server answers, over connections that are kept alive, by one thread of wrk: what costs the least CPU for each
 * request, since server and generator share the machine. Throws where a request fails or is answered with another status than 200.
 */
export async function load(
  { url, authorization, body }: Requests,
  seconds: number,
  over = connections,
): Promise<Load> {
  const output = await runToEnd('wrk', [
    ...['--threads', '1', '--connections', String(over), '--duration', `${seconds}s`],
    ...['--timeout', '10s', '--script', script, `${url}/graphql`, '--'],
    ...[authorization ?? '-', `${randomUUID()}-`, body],
  ]);
  const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Record<string, number>;
  const { requests = 0, seconds: took = 0, p50Ms = 0, p99Ms = 0, failures = 0 } = result;
  if (requests === 0 || failures > 0)
    throw new Error(`${failures} of ${requests} requests to ${url} failed: ${output}`);
  return { requests, requestsPerSecond: requests / took, p50Ms, p99Ms };
}
