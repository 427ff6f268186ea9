import type { Role } from '../configurationTable.ts';
import type { ContainerEngine } from '../ports/containerEngine.ts';
import type { ServiceView } from '../ports/readModels.ts';

/** What the terminal says of the engines at each start; loud where there is no isolation. */
export function engineLines(engines: readonly ContainerEngine[]): readonly string[] {
  const [first] = engines;
  if (first === undefined) return [];
  if (first.kind !== 'process') return [`Jobs run in containers: ${first.description}`];
  return [
    '*** NO ISOLATION: jobs run as local processes of this user, with all of its rights and without limits on',
    '*** memory or CPU. Run only commands that you trust. For containers, start Docker (or set DOCKER_HOST), leave',
    '*** ONEOFF_ENGINE unset, and start oneoff again.',
  ];
}

const namedServices = 5;

/** Told at each start that finds a container engine: services that were built while there was none. */
export function unisolatedLines(
  services: readonly ServiceView[],
  unisolatedJobs: 'refuse' | 'allow',
): readonly string[] {
  if (services.length === 0) return [];
  const named = services.slice(0, namedServices).map(({ serviceId, name }) => `${serviceId} (${name})`);
  const others = services.length > namedServices ? `, and ${services.length - namedServices} more` : '';
  const consequence =
    unisolatedJobs === 'allow'
      ? 'New jobs of them run as processes of this host, because ONEOFF_UNISOLATED_JOBS is allow.'
      : 'New jobs of them are refused. Build them again with createBuild, or set ONEOFF_UNISOLATED_JOBS=allow.';
  return [
    `*** NO ISOLATION for services that were built without a container engine: ${named.join(', ')}${others}.`,
    `*** ${consequence}`,
  ];
}

/** What this node does, of an installation that has several. */
export function roleLine(roles: readonly Role[]): string {
  return `Shares its event store and NATS with other nodes; this one's roles: ${roles.join(', ')}`;
}

/** Where to go on, once it is ready. */
export function addressLines(url: string, roles: readonly Role[]): readonly string[] {
  const graphql = [
    `  GraphQL        ${url}/graphql (also over WebSocket)`,
    `  in a browser   ${url}/graphiql`,
  ];
  return [
    `oneoff is ready at ${url}`,
    ...(roles.includes('api') ? graphql : []),
    `  health         ${url}/health, ${url}/ready, ${url}/metrics`,
  ];
}

/** Shown once, at the first start. */
export function tokenLines(token: string): readonly string[] {
  return ['Your admin token. It is shown this once; only its hash is kept:', `  ${token}`];
}

/** Shown once, when the operator token was made. */
export function operatorLines(path: string): readonly string[] {
  return [`The operator token, which creates workspaces, is in ${path}: see npm start -- workspaces help`];
}

/** Shown after the first start: the next thing to try. */
export function nextStepLines(url: string, token: string): readonly string[] {
  const query = '{"query":"{ jobs { edges { node { id status cost { amount } } } } }"}';
  return [
    'Next, list your jobs:',
    `  curl -s ${url}/graphql -H 'authorization: Bearer ${token}' \\`,
    `    -H 'content-type: application/json' -d '${query}'`,
    'or open the GraphQL page in a browser, and paste the token there. docs/getting-started.md goes on from here.',
  ];
}
