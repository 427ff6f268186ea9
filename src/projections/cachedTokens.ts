import type { Position } from '../domain/events.ts';
import type { TokenId } from '../domain/ids.ts';
import type { ReadModels, TokenView } from '../ports/readModels.ts';
import { createRecentlyUsed } from '../ports/recentlyUsed.ts';
import type { ChangeFeed } from './changeFeed.ts';

export type CachedTokensOptions = Readonly<{
  read: ReadModels['token'];
  changes: Pick<ChangeFeed, 'lastChanged'>;
  /** The tokens that were used last are kept, so many of them. */
  maxTokens: number;
}>;

/**
 * `read`, without asking the rows again while the read models have shown no event of any token since: each request is authenticated, and
 * tokens hardly ever change. What is unknown is not kept, so that guesses take no memory.
 */
export function cachedTokens({ read, changes, maxTokens }: CachedTokensOptions): ReadModels['token'] {
  const kept = createRecentlyUsed<TokenId, TokenView>(maxTokens);
  let keptAt: Position | undefined;
  return (tokenId) => {
    const changedAt = changes.lastChanged('token');
    if (changedAt !== keptAt) kept.clear();
    keptAt = changedAt;
    const token = kept.get(tokenId) ?? read(tokenId);
    if (token !== undefined) kept.set(tokenId, token);
    return token;
  };
}
