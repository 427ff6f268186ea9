import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** PEM files. */
export type Certificates = Readonly<{ caFile: string; certFile: string; keyFile: string }>;

/** Makes in `folder`, by `openssl`, an authority, and a certificate of it for localhost and 127.0.0.1 that serves both ends. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const openssl = (...words: readonly string[]) => promisify(execFile)('openssl', words, { cwd: folder });
  const newKey = (file: string) => {
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    return [...curve, '-nodes', '-keyout', file];
  };
  const authority = ['-subj', '/CN=test authority', '-days', '2'];
  await openssl('req', '-x509', ...newKey('ca.key'), '-out', 'ca.pem', ...authority);
  const names = ['-subj', '/CN=oneoff test', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await openssl('req', ...newKey('node.key'), '-out', 'node.csr', ...names);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-copy_extensions', 'copy'];
  await openssl('x509', '-req', '-in', 'node.csr', ...signed, '-out', 'node.pem', '-days', '2');
  const [caFile, certFile, keyFile] = ['ca.pem', 'node.pem', 'node.key'].map((file) => join(folder, file));
  if (!caFile || !certFile || !keyFile) throw new Error('three files');
  return { caFile, certFile, keyFile };
}
