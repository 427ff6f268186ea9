import { randomUUID } from 'node:crypto';
import { nkeys } from 'nats';

export type NatsCredentials = Readonly<{
  /** What makes a server ask for such a file, and allows its account JetStream. */
  config: string;
  /** The text of a user's `.creds` file. */
  creds: string;
  /** The same of a user that another operator's account has signed: no user of that server. */
  strangersCreds: string;
}>;

type Key = ReturnType<typeof nkeys.createOperator>;

const unlimited = { subs: -1, data: -1, payload: -1 };
const accountLimits = { ...unlimited, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
const storageLimits = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/** An operator with an account and its user, as `nsc` makes them. Source: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt */
export function makeNatsCredentials(): NatsCredentials {
  const { operator, account, system } = makeOperator();
  const accountToken = signed(operator, account, 'account', {
    limits: { ...accountLimits, ...storageLimits },
  });
  const systemToken = signed(operator, system, 'account', { limits: accountLimits });
  return {
    config: [
      `operator: ${signed(operator, operator, 'operator', {})}`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload: { ${account.getPublicKey()}: ${accountToken}, ${system.getPublicKey()}: ${systemToken} }`,
    ].join('\n'),
    creds: credsOf(account),
    strangersCreds: credsOf(makeOperator().account),
  };
}

function makeOperator(): Readonly<{ operator: Key; account: Key; system: Key }> {
  return {
    operator: nkeys.createOperator(),
    account: nkeys.createAccount(),
    system: nkeys.createAccount(),
  };
}

function credsOf(account: Key): string {
  const user = nkeys.createUser();
  const block = (name: string, text: string) => `-----BEGIN ${name}-----\n${text}\n------END ${name}------\n`;
  const seed = new TextDecoder().decode(user.getSeed());
  return block('NATS USER JWT', signed(account, user, 'user', unlimited)) + block('USER NKEY SEED', seed);
}

/** What `issuer` says of `subject`. */
function signed(issuer: Key, subject: Key, type: 'operator' | 'account' | 'user', claims: object): string {
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const claim = {
    jti: randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    iss: issuer.getPublicKey(),
    name: type,
    sub: subject.getPublicKey(),
    nats: { ...claims, type, version: 2 },
  };
  const text = `${encoded({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encoded(claim)}`;
  return `${text}.${Buffer.from(issuer.sign(Buffer.from(text))).toString('base64url')}`;
}
