import { month } from './pastEvents.ts';

export type ListQuery = Readonly<{
  name: string;
  query: string;
  variables?: Readonly<Record<string, unknown>>;
}>;

const node = `cursor node { id status startCommand createdAt startedAt finishedAt outcome { kind exitCode } cost { amount } }`;
const page = 'pageInfo { hasNextPage endCursor }';
const jobs = (args: string) => `{ jobs(${args}) { edges { ${node} } ${page} } }`;
const range = `{ from: "${month.from}T00:00:00Z", to: "${month.to}T00:00:00Z" }`;
const week = `{ from: "2026-09-10T00:00:00Z", to: "2026-09-17T00:00:00Z" }`;

/** Each list of the API, by each of its filters, orders and groupings. `serviceId` has a twentieth of all jobs. */
export function listQueries(serviceId: string): readonly ListQuery[] {
  const usages = ['JOB', 'SERVICE', 'PLAN', 'DAY', 'MONTH'].map((by) => ({
    name: `usage by ${by}`,
    query: `{ usage(from: "${month.from}", to: "${month.to}", groupBy: ${by}) { edges { node { key jobs cost { amount } } } ${page} total { jobs cost { amount } } } }`,
  }));
  const orders = ['CREATED_AT', 'STARTED_AT', 'FINISHED_AT'].flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ({
      name: `jobs by ${field} ${direction}`,
      query: jobs(`first: 20, orderBy: { field: ${field}, direction: ${direction} }`),
    })),
  );
  const statuses = ['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED'].map((status) => ({
    name: `jobs ${status}`,
    query: jobs(`first: 20, filter: { statuses: [${status}] }`),
  }));
  const times = ['created', 'started', 'finished'].map((time) => ({
    name: `jobs ${time} in a week`,
    query: jobs(`first: 20, filter: { ${time}: ${week} }`),
  }));
  const audit = (args: string) =>
    `{ auditLog(first: 20${args}) { edges { cursor node { id type at subjectId actor { name } } } ${page} } }`;
  return [
    { name: 'jobs', query: jobs('first: 20') },
    { name: 'jobs, 100 of them', query: jobs('first: 100') },
    ...orders,
    ...statuses,
    { name: 'jobs of a service', query: jobs(`first: 20, filter: { serviceIds: ["${serviceId}"] }`) },
    {
      name: 'jobs of a service, FAILED, by FINISHED_AT',
      query: jobs(
        `first: 20, filter: { serviceIds: ["${serviceId}"], statuses: [FAILED] }, orderBy: { field: FINISHED_AT, direction: DESC }`,
      ),
    },
    ...times,
    {
      name: 'jobs FAILED, finished in a month, by CREATED_AT',
      query: jobs(`first: 20, filter: { statuses: [FAILED], finished: ${range} }`),
    },
    {
      name: 'jobs of a service, by the service',
      query: `{ service(id: "${serviceId}") { jobs(first: 20) { edges { ${node} } ${page} } } }`,
    },
    { name: 'services', query: `{ services(first: 20) { edges { node { id name status } } ${page} } }` },
    { name: 'audit log', query: audit('') },
    { name: 'audit log of a type', query: audit(', filter: { types: [JobFinished] }') },
    { name: 'audit log of a service', query: audit(`, filter: { subjectId: "${serviceId}" }`) },
    { name: 'audit log since a day', query: audit(`, filter: { at: { from: "${month.from}T00:00:00Z" } }`) },
    ...usages,
    {
      name: 'invoice',
      query: `{ invoice(month: "${month.name}") { jobs total { amount } lines { serviceId amount { amount } } } }`,
    },
  ];
}
