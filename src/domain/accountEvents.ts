import { z } from 'zod';
import { instant, tokenId, workspaceId } from './schemas.ts';

/** What a token may do in its workspace. `admin` includes all the others. */
export const workspaceScopes = ['read', 'jobs:write', 'services:write', 'billing:read', 'admin'] as const;
/** `operator` is for the installation: its tokens are of no workspace with jobs, and have no other scope. */
export const scopes = [...workspaceScopes, 'operator'] as const;
export type Scope = (typeof scopes)[number];

/** The events of a `workspace-…` stream and of a `token-…` stream. */
export const accountEventSchemas = {
  /** `purpose` is absent for a workspace of users. The one of `operators` holds nothing but the tokens of operators. */
  WorkspaceCreated: z.object({
    workspaceId,
    name: z.string(),
    purpose: z.enum(['operators']).optional(),
    createdAt: instant,
  }),
  /** Nothing is created in it until it is resumed. */
  WorkspaceSuspended: z.object({ workspaceId, suspendedAt: instant }),
  WorkspaceResumed: z.object({ workspaceId, resumedAt: instant }),
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
