import { badInput } from '../../domain/errors.ts';
import { isId, type ServiceId } from '../../domain/ids.ts';
import type { JobFilter, JobOrder, TimeRange } from '../../ports/readModels.ts';
import type {
  DateTimeRange,
  JobFilter as JobFilterInput,
  JobOrder as JobOrderInput,
} from './generated/resolverTypes.ts';

const maxServiceIds = 100;

/** The contract's filter as the read models take it. Throws `BAD_USER_INPUT`. */
export function jobFilter(filter: JobFilterInput | null | undefined): JobFilter {
  return {
    serviceIds: serviceIds(filter?.serviceIds),
    statuses: filter?.statuses ?? undefined,
    created: timeRange(filter?.created),
    started: timeRange(filter?.started),
    finished: timeRange(filter?.finished),
  };
}

/** Undefined for any service. Ids that no service can have match nothing, as those of another workspace do. */
export function serviceIds(ids: readonly string[] | null | undefined): readonly ServiceId[] | undefined {
  if (ids === null || ids === undefined) return undefined;
  if (ids.length > maxServiceIds) {
    throw badInput('filter.serviceIds', `${ids.length} ids`, `at most ${maxServiceIds} ids`);
  }
  return ids.filter((id) => isId(id, 'srv', 'crn'));
}

/** The order asked for, or the newest first. It is no default of the contract: graphql-tools leaves enums in those untranslated. */
export function jobOrder(order: JobOrderInput | null | undefined): JobOrder {
  return order ?? { field: 'createdAt', direction: 'desc' };
}

/** The range as the read models take it; undefined for any time. */
export function timeRange(range: DateTimeRange | null | undefined): TimeRange | undefined {
  if (range === null || range === undefined) return undefined;
  return { from: range.from ?? undefined, to: range.to ?? undefined };
}
