import { describe, expect, it } from 'vitest';
import type { Position } from '../../src/domain/events.ts';
import type { TokenId } from '../../src/domain/ids.ts';
import type { TokenView } from '../../src/ports/readModels.ts';
import { cachedTokens } from '../../src/projections/cachedTokens.ts';

describe('tokens that are kept', () => {
  const view = (tokenId: TokenId) => ({ tokenId }) as TokenView;
  const watched = (rows: Map<string, TokenView>) => {
    const asked: string[] = [];
    const feed = { changedAt: '01' as Position };
    const token = cachedTokens({
      read: (tokenId) => {
        asked.push(tokenId);
        return rows.get(tokenId);
      },
      changes: { lastChanged: () => feed.changedAt },
      maxTokens: 10,
    });
    return { token, asked, feed };
  };

  it('are read once while no token changes', () => {
    const rows = new Map([['tok-a', view('tok-a')]]);
    const { token, asked } = watched(rows);
    expect([token('tok-a'), token('tok-a')]).toEqual([rows.get('tok-a'), rows.get('tok-a')]);
    expect(asked).toEqual(['tok-a']);
  });

  it('are all read again after an event of any token', () => {
    const rows = new Map([['tok-a', view('tok-a')]]);
    const { token, asked, feed } = watched(rows);
    token('tok-a');
    rows.delete('tok-a');
    feed.changedAt = '02' as Position;
    expect(token('tok-a')).toBeUndefined();
    expect(asked).toEqual(['tok-a', 'tok-a']);
  });

  it('are not kept where they are unknown', () => {
    const rows = new Map<string, TokenView>();
    const { token } = watched(rows);
    expect(token('tok-a')).toBeUndefined();
    rows.set('tok-a', view('tok-a'));
    expect(token('tok-a')).toEqual(view('tok-a'));
  });
});
