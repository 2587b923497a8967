import { describe, expect, it } from '@jest/globals';
import { readRegions, readTable, readVersion } from './output.js';
import { readRecorded } from './recorded.fixture.js';
import { SenzaError } from './errors.js';
import { domainSchema, trafficChangeSchema, trafficWeightSchema } from './output.js';

const from = (stdout: string): { command: string; stdout: string; output: string } => ({
  command: 'senza x',
  stdout,
  output: stdout,
});
const recorded = (name: string): ReturnType<typeof from> => from(readRecorded(name).stdout);

describe('tables that the real Senza has printed', () => {
  it('gives the weights of all versions in percent', () => {
    expect(readTable(trafficWeightSchema, recorded('traffic-weights'))).toEqual([
      { stackName: 'demo', version: '1', identifier: 'demo-1', weight: 50 },
      { stackName: 'demo', version: '2', identifier: 'demo-2', weight: 50 },
    ]);
  });

  it('gives old and new weights of a switch', () => {
    expect(readTable(trafficChangeSchema, recorded('traffic-half'))).toEqual([
      { stackName: 'demo', version: '1', identifier: 'demo-1', oldWeight: 100, newWeight: 50 },
      { stackName: 'demo', version: '2', identifier: 'demo-2', oldWeight: 0, newWeight: 50 },
    ]);
  });

  it('gives no rows when Senza announces nothing, as for the last version that loses its traffic', () => {
    expect(readTable(trafficChangeSchema, recorded('traffic-last-zero'))).toEqual([]);
  });

  it('gives the domains', () => {
    const domains = readTable(domainSchema, recorded('domains'));
    expect(domains).toContainEqual(
      expect.objectContaining({ stackName: 'demo', version: '1', domain: 'demo.example.org' }),
    );
  });

  it('gives no domains for a stack without', () => {
    expect(readTable(domainSchema, recorded('domains-none'))).toEqual([]);
  });

  it('gives the version', () => {
    expect(readVersion(recorded('version'))).toBe('2.1.143');
  });

  it('gives the regions that are named when one is refused', () => {
    const regions = readRegions(from(readRecorded('create-unknown-region').stderr));
    expect([...regions]).toEqual(expect.arrayContaining(['af-south-1', 'eu-west-1', 'us-west-2']));
    expect(regions.size).toBeGreaterThan(30);
  });
});

describe('output that is not what was expected', () => {
  it.each(['[{"stack_name": "demo"', '{}', '[{"stack_name": 1}]'])('is an error of its own: %s', (stdout) => {
    expect(() => readTable(trafficWeightSchema, from(stdout))).toThrow(
      expect.objectContaining({ code: 'unexpected_output' }),
    );
  });

  it('is an error for a version too', () => {
    expect(() => readVersion(from('Python 3'))).toThrow(SenzaError);
  });
});
