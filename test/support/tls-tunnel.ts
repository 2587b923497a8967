import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { Child, inProject } from '../../local/services/index.js';

/** A private authority and a server's certificate for 127.0.0.1, in PEM. */
const MAKE_CERTIFICATES = `
import datetime, ipaddress, sys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

def certificate(name, key, issuer, issuer_key, extension):
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)
    return builder.add_extension(extension, False).sign(issuer_key, hashes.SHA256())

def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

def write(file, data):
    open(sys.argv[1] + '/' + file, 'wb').write(data)

pem = serialization.Encoding.PEM
authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
own = name('a private authority')
ca = x509.BasicConstraints(ca=True, path_length=None)
address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address('127.0.0.1'))])
write('ca.pem', certificate(own, authority, own, authority, ca).public_bytes(pem))
write('server.pem', certificate(name('redis'), server, own, authority, address).public_bytes(pem))
plain = serialization.NoEncryption()
write('server.key', server.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
`;

/** A server's TLS in front of one that has none (the Valkey of the tests is built without), as stunnel does it. */
export interface TlsTunnel {
  readonly port: number;
  /** The file with the certificate of the authority that has signed the server's. */
  readonly authorityFile: string;
  stop(): Promise<void>;
}

/** Starts a tunnel to a port of this machine. */
export async function startTlsTunnel(to: number): Promise<TlsTunnel> {
  const folder = await mkdtemp(join(tmpdir(), 'lizzy-tls-'));
  const python = inProject('.venv', 'bin', 'python');
  const maker = await Child.start({ name: 'certificates', command: python, args: ['-c', MAKE_CERTIFICATES, folder] });
  if ((await maker.exited).code !== 0) throw new Error(`no certificates were made:\n${maker.tail}`);
  const [cert, key] = await Promise.all(['server.pem', 'server.key'].map((file) => readFile(join(folder, file))));
  const server = createServer({ cert, key }, (secured) => {
    const plain = connect(to, '127.0.0.1');
    for (const [one, other] of [
      [secured, plain],
      [plain, secured],
    ] as const) {
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
    }
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the tunnel has no port');
  return {
    port: address.port,
    authorityFile: join(folder, 'ca.pem'),
    stop: async () => {
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}
