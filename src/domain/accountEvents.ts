import { z } from 'zod';
import { instant, tokenId, workspaceId } from './schemas.ts';

/** What a token may do. `admin` includes all the others. */
export const scopes = ['read', 'jobs:write', 'services:write', 'billing:read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** The events of a `workspace-…` stream and of a `token-…` stream. */
export const accountEventSchemas = {
  WorkspaceCreated: z.object({ workspaceId, name: z.string(), createdAt: instant }),
  /** Only the SHA-256 of the token's secret is kept, in hex. `expiresAt` is null for one that does not expire. */
  TokenCreated: z.object({
    tokenId,
    workspaceId,
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    secretHash: z.string(),
    createdAt: instant,
    expiresAt: instant.nullable(),
  }),
  TokenRevoked: z.object({ tokenId, revokedAt: instant }),
};
