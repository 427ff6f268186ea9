import type { NanoDollars } from '../../domain/money.ts';
import { formatDollars } from '../../domain/money.ts';
import { requireScope } from '../operations/requireScope.ts';
import type { Resolvers } from './generated/resolverTypes.ts';

/** Plans, and money as it is written. */
export const plans = {
  Query: {
    plans: (_root, { family }, request) => {
      requireScope(request, 'read');
      const offered = request.services.plans;
      return family ? offered.filter((plan) => plan.family === family) : offered;
    },
  },
  Plan: {
    price: ({ price }) => BigInt(price.nanoDollars),
    priceUnit: ({ price }) => price.per,
  },
  Money: {
    amount: (amount: NanoDollars) => formatDollars(amount),
    currency: () => 'USD',
  },
} satisfies Resolvers;
