import { cancelJob } from '../operations/cancelJob.ts';
import {
  changeServicePlan,
  deleteService,
  resumeService,
  setServiceEnvironment,
  suspendService,
} from '../operations/changeService.ts';
import { createBuild } from '../operations/createBuild.ts';
import { createJob, rerunJob } from '../operations/createJob.ts';
import { createService } from '../operations/createService.ts';
import { createToken } from '../operations/createToken.ts';
import { createAdminToken, createWorkspace } from '../operations/createWorkspace.ts';
import { revokeToken } from '../operations/revokeToken.ts';
import { rotateOperatorToken } from '../operations/rotateOperatorToken.ts';
import { resumeWorkspace, suspendWorkspace } from '../operations/suspendWorkspace.ts';
import { waitForJob } from '../operations/waitForJob.ts';
import type { MutationResolvers } from './generated/resolverTypes.ts';

/** Each mutation is an operation of the edge, which knows nothing of GraphQL. */
export const mutations = {
  createToken: (_root, { input }, request) => createToken(request, input),
  revokeToken: (_root, input, request) => revokeToken(request, input),
  createService: (_root, { input }, request) => createService(request, input),
  createBuild: (_root, { input }, request) => createBuild(request, input),
  changeServicePlan: (_root, input, request) => changeServicePlan(request, input),
  setServiceEnvironment: (_root, input, request) => setServiceEnvironment(request, input),
  suspendService: (_root, input, request) => suspendService(request, input),
  resumeService: (_root, input, request) => resumeService(request, input),
  deleteService: (_root, input, request) => deleteService(request, input),
  createJob: (_root, { input }, request) => createJob(request, input),
  rerunJob: (_root, input, request) => rerunJob(request, input),
  cancelJob: (_root, input, request) => cancelJob(request, input),
  waitForJob: (_root, input, request) => waitForJob(request, input),
  createWorkspace: (_root, { input }, request) => createWorkspace(request, input),
  createAdminToken: (_root, input, request) => createAdminToken(request, input),
  suspendWorkspace: (_root, input, request) => suspendWorkspace(request, input),
  resumeWorkspace: (_root, input, request) => resumeWorkspace(request, input),
  rotateOperatorToken: (_root, _input, request) => rotateOperatorToken(request),
} satisfies MutationResolvers;
