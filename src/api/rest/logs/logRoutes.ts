import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { nowIso } from '../../../ports/clock.ts';
import type { RequestContext } from '../../context.ts';
import { ApiError } from '../../operations/errorCodes.ts';
import { errorAnswers } from '../errorResource.ts';
import { contextOf } from '../restRequests.ts';
import { readLogPage } from './logPage.ts';
import { jobsOf, type LogQuery, lineFilter, logQuery } from './logQuery.ts';
import { logResource, toLogResource } from './logResource.ts';
import { firstRank, lastRank, showLogTime } from './logTime.ts';
import type { LogWindow } from './timedLines.ts';

const hourMs = 60 * 60 * 1000;
const tags = ['Logs'];

/** What jobs printed, page by page. `logSubscriptions` has what they print from now on. */
export const logRoutes: FastifyPluginAsyncZod = async (server) => {
  server.route({
    method: 'GET',
    url: '/logs',
    schema: {
      operationId: 'list-logs',
      summary: 'List logs',
      description:
        'Lines of one or several jobs in order of time. The next page is asked for with `nextStartTime` and `nextEndTime`. Without times, the last hour. Scope `read`.',
      tags,
      querystring: logQuery,
      response: {
        200: z
          .object({
            hasMore: z.boolean(),
            nextStartTime: z.iso.datetime(),
            nextEndTime: z.iso.datetime(),
            logs: z.array(logResource),
          })
          .describe('A page, and where the next one begins.'),
        ...errorAnswers(400, 401, 403, 404, 503, 504),
      },
    },
    handler: async (request) => {
      const context = contextOf(request);
      const { direction, limit } = request.query;
      const jobs = jobsOf(context, request.query);
      const matches = lineFilter(request.query);
      const window = windowOf(context, request.query);
      const page = await readLogPage(context.services.logs, jobs, { window, direction, limit, matches });
      return {
        hasMore: page.hasMore,
        nextStartTime: showLogTime(page.next.from),
        nextEndTime: showLogTime(page.next.to),
        logs: page.lines.map(toLogResource),
      };
    },
  });

  server.route({
    method: 'GET',
    url: '/logs/subscribe',
    schema: {
      operationId: 'subscribe-logs',
      summary: 'Subscribe to logs',
      description:
        'A WebSocket. Each text frame is one `Log`: the lines of the jobs from `startTime`, or from their beginning, then those that come. It closes with 1000 when all the jobs have finished. Scope `read`.',
      tags,
      querystring: logQuery,
      response: errorAnswers(400, 401, 403, 404, 426, 503, 504),
    },
    handler: async (request) => {
      jobsOf(contextOf(request), request.query);
      throw new ApiError('BAD_REQUEST', 'Connection: got a plain request, wanted an upgrade to a WebSocket');
    },
  });
};

function windowOf({ services }: RequestContext, { startTime, endTime }: LogQuery): LogWindow {
  const to = endTime ?? { ms: Date.parse(nowIso(services.commands.clock)), rank: lastRank };
  return { from: startTime ?? { ms: to.ms - hourMs, rank: firstRank }, to };
}
