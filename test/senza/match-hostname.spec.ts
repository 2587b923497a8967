import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { inProject } from '../../local/services/index.js';

/** Prints for each certificate of Senza whether it matches the host. With `removed` Python is made one of 3.12 or later. */
const SCRIPT = `
import json, ssl, sys
runtime, removed, cases = sys.argv[1], sys.argv[2] == "removed", json.loads(sys.argv[3])
if removed and hasattr(ssl, "match_hostname"):
    del ssl.match_hostname
sys.path.insert(0, runtime)
from lizzy_runtime.preload import import_senza
import_senza()
from senza.manaus.acm import ACMCertificate
def matches(names, host):
    certificate = ACMCertificate.__new__(ACMCertificate)
    certificate.domain_name, certificate.subject_alternative_name = "shop.org", names
    return certificate.matches(host)
print(json.dumps([matches(names, host) for names, host in cases]))
`;
const CASES = [
  [['*.example.org'], 'a.example.org'],
  [['*.example.org'], 'example.org'],
  [['*.example.org'], 'a.b.example.org'],
  [['x.org'], 'shop.org'],
  [[], 'shop.org'],
] as const;

async function matches(kind: string): Promise<unknown> {
  const python = inProject('.venv', 'bin', 'python');
  const runtime = inProject('libs', 'senza', 'runtime');
  const { stdout } = await execa(python, ['-W', 'ignore', '-c', SCRIPT, runtime, kind, JSON.stringify(CASES)]);
  return JSON.parse(stdout);
}

describe('certificates', () => {
  it.each(['present', 'removed'])('are matched to domains when ssl.match_hostname is %s', async (kind) => {
    expect(await matches(kind)).toEqual([true, false, false, false, true]);
  });
});
