import { lstat, readlink, realpath } from 'node:fs/promises';

/** Where a merged `/usr` has links, and other systems have folders. */
const roots = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];

/** What programs look up in `/etc`: names, certificates, time. Nothing of it is secret, and no user's. */
const settings = [
  'alternatives',
  'ca-certificates',
  'crypto-policies',
  'gai.conf',
  'host.conf',
  'hosts',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'mime.types',
  'nsswitch.conf',
  'os-release',
  'pki/ca-trust',
  'pki/tls/cert.pem',
  'pki/tls/certs',
  'pki/tls/openssl.cnf',
  'protocols',
  'resolv.conf',
  'services',
  'ssl/cert.pem',
  'ssl/certs',
  'ssl/openssl.cnf',
  'timezone',
].map((name) => `/etc/${name}`);

const links = async (): Promise<readonly string[]> => {
  const found: string[] = [];
  for (const path of roots) {
    const facts = await lstat(path).catch(() => null);
    if (facts?.isSymbolicLink()) found.push('--symlink', await readlink(path), path);
    else if (facts?.isDirectory()) found.push('--ro-bind', path, path);
  }
  return found;
};

/** Arguments of bwrap that show the programs and settings of this system, and nobody's files. */
export const systemFolders = async (): Promise<readonly string[]> => {
  const shown: string[] = [
    '--ro-bind',
    '/usr',
    '/usr',
    ...(await links()),
    '--perms',
    '0755',
    '--dir',
    '/etc',
  ];
  for (const path of settings) {
    // `resolv.conf` is often a link into a folder that is not shown.
    const real = await realpath(path).catch(() => null);
    // What goes away later, with an update of the system, is missed by no step.
    if (real !== null) shown.push('--ro-bind-try', real, path);
  }
  return shown;
};
