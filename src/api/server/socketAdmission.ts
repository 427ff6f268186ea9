import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import proxyAddr from '@fastify/proxy-addr';
import type { TokenId } from '../../domain/ids.ts';
import type { ApiLimits } from '../context.ts';
import { ApiError } from '../operations/errorCodes.ts';

export type SocketAdmissionOptions = Readonly<{
  limits: Pick<ApiLimits, 'socketsPerAddress' | 'socketsPerToken' | 'allowedOrigins'>;
  maxConnections: number;
  /** Proxies whose `X-Forwarded-For` tells who connects. */
  trustedProxies: readonly string[];
}>;

/** Who may open a WebSocket, whatever it then carries. */
export type SocketAdmission = Readonly<{
  /**
   * Counts a connection that asks for an upgrade until it closes. Throws `ApiError`: `FORBIDDEN` for a page of another origin, and
   * `RATE_LIMITED` where its address, or all together, have as many as they may.
   */
  admit(request: IncomingMessage, socket: Duplex): void;
  /** Counts it as the token's too. Throws `RATE_LIMITED`. */
  claim(tokenId: TokenId, socket: Readonly<{ once(event: 'close', listener: () => void): unknown }>): void;
}>;

/** WebSockets leave a quarter of the connections to HTTP, so that a server full of them still answers. */
const socketShare = 0.75;

export function createSocketAdmission(options: SocketAdmissionOptions): SocketAdmission {
  const { limits, maxConnections, trustedProxies } = options;
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  const addresses = createCounters();
  const tokens = createCounters();
  const all = createCounters();
  const most = Math.max(1, Math.floor(maxConnections * socketShare));
  return {
    admit: (request, socket) => {
      requireOrigin(request, limits.allowedOrigins);
      const address = proxyAddr(request, isTrusted);
      if (all.of('all') >= most) throw tooMany('this server', most);
      if (addresses.of(address) >= limits.socketsPerAddress)
        throw tooMany('one address', limits.socketsPerAddress);
      all.count('all', socket);
      addresses.count(address, socket);
    },
    claim: (tokenId, socket) => {
      if (tokens.of(tokenId) >= limits.socketsPerToken) throw tooMany('one token', limits.socketsPerToken);
      tokens.count(tokenId, socket);
    },
  };
}

type Counters = Readonly<{
  of(key: string): number;
  count(key: string, socket: Readonly<{ once(event: 'close', listener: () => void): unknown }>): void;
}>;

function createCounters(): Counters {
  const counts = new Map<string, number>();
  const of = (key: string) => counts.get(key) ?? 0;
  return {
    of,
    count: (key, socket) => {
      counts.set(key, of(key) + 1);
      socket.once('close', () => {
        if (of(key) > 1) counts.set(key, of(key) - 1);
        else counts.delete(key);
      });
    },
  };
}

/** Browsers tell the origin of the page; programs tell none. The same origin is compared by host: a proxy may have ended the TLS. */
function requireOrigin({ headers }: IncomingMessage, allowed: readonly string[]): void {
  const { origin, host } = headers;
  if (origin === undefined || allowed.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  const message =
    'Origin: pages of another origin may not connect; an operator allows them by ONEOFF_ALLOWED_ORIGINS.';
  throw new ApiError('FORBIDDEN', message);
}

function tooMany(whose: string, limit: number): ApiError {
  return new ApiError(
    'RATE_LIMITED',
    `WebSockets: got one more than ${whose} may have open, wanted at most ${limit}`,
    {
      limit,
    },
  );
}
