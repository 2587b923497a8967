import { isIP, SocketAddress } from 'node:net';
import { type FastifyRequest } from 'fastify';

/** An address with a port, as Azure's Application Gateway writes it into `X-Forwarded-For`; of IPv6 in brackets. */
const WITH_PORT = /^(?:\[([\da-f:.]+)\]|([\d.]+))(?::\d{1,5})?$/i;
const IPV4_MAPPED = /^::ffff:([\d.]+)$/;
/** How many groups of 16 bits identify the network of a site: 64 bits, of which each host can use every address. */
const NETWORK_GROUPS = 4;
const ALL_GROUPS = 8;

type Addresses = Pick<FastifyRequest, 'ip' | 'ips'>;

/**
 * The IP address of the client in its canonical form; null when the connection is closed and its address was never read.
 * Trusted proxies report it (`X-Forwarded-For`, nearest proxy last). Of what they report only IP addresses count: a proxy that
 * passes on what its client sent must not let the client write into the audit trail or choose a rate limit of its own.
 */
export function clientAddress({ ip, ips }: Addresses): string | null {
  // The address of the connection first, then those that a trusted proxy reported.
  return (ips ?? [ip]).map((hop) => canonicalAddress(hop)).findLast((address) => address !== null) ?? null;
}

/** What limits per address count by: the address, of IPv6 its network of 64 bits. */
export function addressKey(request: Addresses): string {
  const address = clientAddress(request);
  if (address === null) return 'unknown';
  return isIP(address) === 6 ? `${network(address)}::/64` : address;
}

function canonicalAddress(hop: string | undefined): string | null {
  const [text = '', inBrackets, withPort] = WITH_PORT.exec(hop ?? '') ?? [hop];
  const address = inBrackets ?? withPort ?? text;
  // Node accepts a zone (`fe80::1%eth0`), which is any text and says nothing about a client.
  const family = address.includes('%') ? 0 : isIP(address);
  if (family === 0) return null;
  if (family === 4) return address;
  const { address: canonical } = new SocketAddress({ address, family: 'ipv6' });
  return IPV4_MAPPED.exec(canonical)?.[1] ?? canonical;
}

function network(canonical: string): string {
  const [head = '', tail] = canonical.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // `::` stands for as many zeros as are missing.
  const zeros = Array.from({ length: ALL_GROUPS - groups.length - after.length }, () => '0');
  return [...groups, ...zeros, ...after].slice(0, NETWORK_GROUPS).join(':');
}
