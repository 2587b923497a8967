import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { inProject } from '../../local/services/index.js';

describe('the systemd unit of the API', () => {
  const unit = readFileSync(inProject('deploy', 'systemd', 'lizzy-api.service'), 'utf8');

  it('permits netlink sockets: os.networkInterfaces() needs them, and Fastify calls it when it listens on all addresses', () => {
    expect(/^RestrictAddressFamilies=(.*)$/m.exec(unit)?.[1]?.split(' ')).toContain('AF_NETLINK');
  });
});
