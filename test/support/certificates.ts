import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child, inProject } from '../../local/services/index.js';

/** A private authority and a server's certificate for 127.0.0.1, in PEM. */
const PROGRAM = `
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

/** A server's certificate for 127.0.0.1 and its key (PEM), signed by a private authority. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  /** The file with the certificate of the authority. */
  readonly authorityFile: string;
  /** Removes the files. */
  remove(): Promise<void>;
}

/** Makes them, valid for a day. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'lizzy-tls-'));
  const python = inProject('.venv', 'bin', 'python');
  const maker = await Child.start({ name: 'certificates', command: python, args: ['-c', PROGRAM, folder] });
  if ((await maker.exited).code !== 0) throw new Error(`no certificates were made:\n${maker.tail}`);
  return {
    cert: await readFile(join(folder, 'server.pem'), 'utf8'),
    key: await readFile(join(folder, 'server.key'), 'utf8'),
    authorityFile: join(folder, 'ca.pem'),
    remove: () => rm(folder, { recursive: true }),
  };
}
