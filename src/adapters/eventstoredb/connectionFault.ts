/** What the client takes after the `?`, in its own spelling; `-` and `_` and capitals do not matter. */
const options: ReadonlySet<string> = new Set([
  'connectionname',
  'defaultdeadline',
  'discoveryinterval',
  'gossiptimeout',
  'keepaliveinterval',
  'keepalivetimeout',
  'maxdiscoverattempts',
  'nodepreference',
  'throwonappendfailure',
  'tls',
  'tlscafile',
  'tlsverifycert',
  'usercertfile',
  'userkeyfile',
]);

export const wrongForm =
  'is not of the form esdb://user:password@host:2113?tls=true, with % before what has a meaning of its own in it';

/**
 * What is wrong with a connection string, or undefined. The client looks too, but it prints the whole string, password and all, where it does
 * not know an option, and puts parts of it into its errors. So no answer of this quotes anything but the names of options.
 */
export function connectionFault(connectionString: string): string | undefined {
  const parts = /^esdb(\+discover)?:\/\/([^?]+)(?:\?(.+))?$/.exec(connectionString.trim());
  if (!parts) return wrongForm;
  for (const pair of parts[3]?.split('&') ?? []) {
    const [name = '', value = ''] = pair.split('=');
    const option = name.trim().toLowerCase().replace(/[_-]/g, '');
    if (!options.has(option)) return `has the option ${JSON.stringify(name)}, which the client does not know`;
    if (value === '') return `gives the option ${JSON.stringify(name)} no value`;
    if (option === 'tlsverifycert' && value !== 'true')
      return 'has tlsVerifyCert=false, which the client cannot do: name the certificate with tlsCAFile';
    if (option === 'nodepreference' && value.trim().toLowerCase() !== 'leader')
      return 'has a nodePreference other than leader, by which what is read may be older than what was written';
    if (option === 'throwonappendfailure' && value !== 'true')
      return 'has throwOnAppendFailure=false, without which a refused append is told apart from none';
  }
  return undefined;
}
