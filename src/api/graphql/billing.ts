import { badInput, badText } from '../../domain/errors.ts';
import type { WorkspaceId } from '../../domain/ids.ts';
import { jobCost } from '../../domain/job.ts';
import { formatCents, type NanoDollars, roundToCents } from '../../domain/money.ts';
import { nowIso } from '../../ports/clock.ts';
import type { ApiServices } from '../context.ts';
import { pageRequest, toConnection } from '../operations/pagination.ts';
import { requireScope } from '../operations/requireScope.ts';
import type { Resolvers } from './generated/resolverTypes.ts';
import type { InvoiceModel } from './models.ts';

const monthPattern = /^\d{4}-(0[1-9]|1[0-2])$/;

type DayRange = Readonly<{ from: string; to: string }>;

/** Usage and invoices. */
export const billing = {
  Query: {
    usage: (_root, { from, to, groupBy, ...input }, request) => {
      const { workspaceId } = requireScope(request, 'billing:read');
      const { models } = request.services;
      const page = pageRequest(input);
      const range = dayRange({ from, to });
      const rows = toConnection(models.usage(workspaceId, range, groupBy, page), page);
      return { ...rows, total: models.usageTotal(workspaceId, range) };
    },
    invoice: (_root, { month }, request) => {
      const { workspaceId } = requireScope(request, 'billing:read');
      return invoiceOf(request.services, workspaceId, month);
    },
  },
  UsageRow: { cost: ({ nanoDollars }) => nanoDollars },
  UsageTotal: { cost: ({ nanoDollars }) => nanoDollars },
  Invoice: {
    jobs: ({ total }) => total.jobs,
    billedMs: ({ total }) => total.billedMs,
    total: ({ total }) => total.nanoDollars,
    totalRounded: ({ total }) => formatCents(roundToCents(total.nanoDollars)),
  },
  InvoiceLine: {
    serviceName: ({ serviceId }, _input, request) => {
      const { workspaceId } = requireScope(request, 'billing:read');
      return request.services.models.service(workspaceId, serviceId)?.name ?? serviceId;
    },
    planName: ({ planId }, _input, { services }) =>
      services.plans.find(({ id }) => id === planId)?.name ?? planId,
    amount: ({ nanoDollars }) => nanoDollars,
  },
} satisfies Resolvers;

/** `range`, where it holds at least one day. Throws `BAD_USER_INPUT` that names `to`. */
export function dayRange({ from, to }: DayRange): DayRange {
  if (to <= from) throw badInput('to', to, `a day after ${from}: the first one that is not in the range`);
  return { from, to };
}

function invoiceOf(services: ApiServices, workspaceId: WorkspaceId, month: string): InvoiceModel {
  const { models, commands } = services;
  const now = nowIso(commands.clock);
  if (!monthPattern.test(month)) throw badText('month', month, 'a month such as "2026-11"');
  if (month > now.slice(0, month.length)) throw badInput('month', month, 'a month that has begun');
  const range = { from: `${month}-01`, to: firstDayAfter(month) };
  const isOpen = now < range.to;
  return {
    month,
    status: isOpen ? 'OPEN' : 'CLOSED',
    lines: models.invoiceRows(workspaceId, range),
    total: models.usageTotal(workspaceId, range),
    runningCost: isOpen ? runningCost(services, workspaceId, now) : 0n,
  };
}

function firstDayAfter(month: string): string {
  const [year = 0, monthOfYear = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, monthOfYear, 1)).toISOString().slice(0, '2026-11-23'.length);
}

function runningCost({ models }: ApiServices, workspaceId: WorkspaceId, now: string): NanoDollars {
  return models
    .runningJobs(workspaceId)
    .reduce((sum, { snapshot, attempts }) => sum + jobCost(snapshot.plan.price, attempts, now), 0n);
}
