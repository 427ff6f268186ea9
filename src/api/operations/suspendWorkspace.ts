import { z } from 'zod';
import { handleCommand } from '../../commands/handleCommand.ts';
import {
  resumeWorkspace as decideResume,
  suspendWorkspace as decideSuspend,
} from '../../commands/suspendWorkspace.ts';
import { notFound } from '../../domain/errors.ts';
import { type Position, streamName } from '../../domain/events.ts';
import { isId } from '../../domain/ids.ts';
import { workspace } from '../../domain/workspace.ts';
import { nowIso } from '../../ports/clock.ts';
import type { WorkspaceView } from '../../ports/readModels.ts';
import { commandContext, type RequestContext } from '../context.ts';
import { shownInTime } from './readYourWrites.ts';
import { requireScope } from './requireScope.ts';

export const workspaceIdInput = z.strictObject({ id: z.string() });
type WorkspaceIdInput = z.output<typeof workspaceIdInput>;
export type ChangedWorkspace = Readonly<{ workspace: WorkspaceView; position: Position }>;

/** Nothing is created in the workspace until it is resumed. Scope `operator`. Throws `NOT_FOUND`. */
export function suspendWorkspace(
  request: RequestContext,
  input: WorkspaceIdInput,
): Promise<ChangedWorkspace> {
  return change(request, input, decideSuspend);
}

/** Scope `operator`. Throws `NOT_FOUND`. */
export function resumeWorkspace(request: RequestContext, input: WorkspaceIdInput): Promise<ChangedWorkspace> {
  return change(request, input, decideResume);
}

async function change(
  request: RequestContext,
  { id }: WorkspaceIdInput,
  decide: typeof decideSuspend,
): Promise<ChangedWorkspace> {
  const viewer = requireScope(request, 'operator');
  const { commands, changes } = request.services;
  if (!isId(id, 'wks')) throw notFound('workspace', id);
  const context = { ...commandContext(request, viewer), workspaceId: id };
  const command = { workspaceId: id, at: nowIso(commands.clock) };
  const { state, position } = await handleCommand(
    commands,
    workspace,
    streamName('workspace', id),
    context,
    (before) => decide(before, command),
  );
  if (state.status === 'NONE') throw notFound('workspace', id);
  if (position !== null) await shownInTime(request, position);
  return { workspace: state, position: position ?? changes.position() };
}
