/** Networks that are no part of the public Internet. Sources: IANA's registries of special-purpose addresses. */
const specialNetworks = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // Looks public; Azure answers there with the metadata of the machine that asks.
  '168.63.129.16/32',
].map(parseNetwork);

type Network = Readonly<{ address: number; bits: number }>;

/**
 * Whether `address`, an IPv4 or IPv6 address as a resolver writes it, is one of the public Internet: not private, loopback,
 * link-local, multicast or reserved. False for anything that is not an address.
 */
export function isPublicAddress(address: string): boolean {
  const ipv4 = parseIpv4(address);
  if (ipv4 !== undefined) return !specialNetworks.some((network) => contains(network, ipv4));
  const groups = parseIpv6(address);
  return groups !== undefined && isPublicIpv6(groups);
}

/** The address as a number; undefined unless it is four decimal numbers without leading zeros. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) return undefined;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes.reduce((sum, byte) => sum * 256 + byte, 0) : undefined;
}

function parseNetwork(text: string): Network {
  const [address = '', bits] = text.split('/');
  return { address: parseIpv4(address) ?? 0, bits: Number(bits) };
}

function contains({ address, bits }: Network, ipv4: number): boolean {
  const size = 2 ** (32 - bits);
  return Math.floor(ipv4 / size) === Math.floor(address / size);
}

/** Only 2000::/3 is given out at all. Within it, these hold documentation, and tunnels to addresses of IPv4. */
function isPublicIpv6([first = 0, second = 0]: readonly number[]): boolean {
  if (first < 0x2000 || first > 0x3fff) return false;
  const isReserved = first === 0x2001 && (second < 0x0200 || second === 0x0db8);
  const isTunnel = first === 0x2002;
  return !isReserved && !isTunnel && first !== 0x3fff;
}

/** Eight groups of 16 bits; undefined where `text` is none, or has a zone or an IPv4 tail, neither of which is public. */
function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length > 2 || (halves.length === 2 ? missing < 1 : missing !== 0)) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.map((group) => Number.parseInt(group, 16));
}
