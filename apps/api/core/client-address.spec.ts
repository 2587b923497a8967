import { describe, expect, it } from '@jest/globals';
import { addressKey, clientAddress } from './client-address.js';

const PROXY = '10.0.0.1';
const reported = (...hops: string[]): { ip: string; ips: string[] } => ({
  ip: hops.at(-1) ?? PROXY,
  ips: [PROXY, ...hops],
});

describe('the address of a client', () => {
  it('is that of the connection without trusted proxies', () => {
    expect(clientAddress({ ip: '192.0.2.7' })).toBe('192.0.2.7');
    expect(clientAddress({ ip: '::ffff:192.0.2.7' })).toBe('192.0.2.7');
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:61234', '192.0.2.7'],
    ['[2001:DB8:0:0::7]:443', '2001:db8::7'],
    ['2001:0db8::0:7', '2001:db8::7'],
    ['::ffff:c000:0207', '192.0.2.7'],
  ])('reported as %p is %p', (hop, address) => {
    expect(clientAddress(reported(hop))).toBe(address);
  });

  it.each([
    'unknown',
    '_hidden',
    'for=192.0.2.7',
    '192.0.2.7.',
    '192.0.2.300',
    '0xC0000207',
    '010.0.0.1',
    '192.0.2.7:port',
    '192.0.2.7 x',
    '[192.0.2.7',
    'fe80::1%any text',
    '[::1%x]:1',
    '2001:db8::7:x',
    '::ffff:192.0.2.7\u2028',
    '',
  ])('reported as %p is that of the proxy', (hop) => {
    expect(clientAddress(reported(hop))).toBe(PROXY);
    expect(clientAddress(reported('192.0.2.8', hop))).toBe('192.0.2.8');
  });
});

describe('the key of limits per address', () => {
  it('is the network of 64 bits of an IPv6 address, else the address', () => {
    const keys = ['2001:db8::7', '2001:db8:0:0:ffff::', '::1', '2001:db8:1:2:3:4:5:6', '192.0.2.7'];
    expect(keys.map((ip) => addressKey({ ip }))).toEqual([
      '2001:db8:0:0::/64',
      '2001:db8:0:0::/64',
      '0:0:0:0::/64',
      '2001:db8:1:2::/64',
      '192.0.2.7',
    ]);
  });
});
