import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';

/** What GraphiQL asks through: queries and mutations by HTTP, subscriptions by WebSocket, all of this page's own server. */
export function createFetcher(token: string): Readonly<{ fetcher: Fetcher; dispose: () => void }> {
  const headers = { authorization: `Bearer ${token}` };
  const url = new URL('/graphql', location.href);
  const webSocketUrl = new URL(url);
  webSocketUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const wsClient = createClient({ url: webSocketUrl.href, connectionParams: headers });
  return {
    fetcher: createGraphiQLFetcher({ url: url.href, headers, wsClient }),
    dispose: () => void wsClient.dispose(),
  };
}
