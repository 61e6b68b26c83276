import { Buffer } from 'node:buffer';
import fc from 'fast-check';

/*
 * Secrets as plans have them: by kind, each with what stands around it. Made with a seed, so that they are the same in every run.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface SeededSecret {
  readonly kind: string;
  /** What must be nowhere. */
  readonly secret: string;
  /** Attributes that hold it. */
  readonly attributes: { readonly [key: string]: Json };
}

const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const digits = '0123456789';
const letters = `${lower}${upper}${digits}`;

const of = (signs: string, length: number): fc.Arbitrary<string> =>
  fc
    // Not `fc.string`: it likes names that mean something to JavaScript.
    .array(fc.constantFrom(...signs), { minLength: length, maxLength: length })
    .map((all) => all.join(''));
const hex = (length: number) => of(`${digits}abcdef`, length);
const text = (length: number) => of(letters, length);
const after = (prefix: string, rest: fc.Arbitrary<string>) => rest.map((one) => `${prefix}${one}`);
const base64 = (value: string): string => Buffer.from(value).toString('base64');
const base64url = (value: string): string => Buffer.from(value).toString('base64url');

/** As people choose them: a word, a number, a sign. */
const human = fc
  .tuple(
    fc.constantFrom('Sommer', 'dragon', 'Welcome', 'qwerty', 'monkey'),
    fc.nat(99_999),
    fc.constantFrom('!', '#', '$'),
  )
  .map(([word, number, sign]) => `${word}${String(number).padStart(5, '0')}${sign}`);
/** As `random_password` makes them. */
const generated = of(`${letters}!@#$%&*()-_=+[]{}<>:?`, 24);

const pem = (name: string) =>
  fc
    .array(text(64), { minLength: 6, maxLength: 6 })
    .map((lines) => `-----BEGIN ${name}-----\n${lines.join('\n')}\n-----END ${name}-----\n`);
const jwt = fc
  .tuple(text(20), text(43))
  .map(
    ([subject, signature]) =>
      `${base64url('{"alg":"HS256","typ":"JWT"}')}.${base64url(`{"sub":"${subject}","admin":true}`)}.${signature}`,
  );

type Holder = (secret: string) => { readonly [key: string]: Json };
const under =
  (name: string): Holder =>
  (secret) => ({ [name]: secret });
const plain = under('input');

const kinds: readonly (readonly [kind: string, fc.Arbitrary<string>, Holder])[] = [
  // By name.
  ['password of a person', human, under('password')],
  ['generated password', generated, under('master_user_password')],
  ['client secret', text(32), under('clientSecret')],
  ['token', text(24), under('auth_token')],
  ['API key', text(20), under('api_key')],
  ['one of several tokens', text(12), (secret) => ({ tokens: ['none', secret] })],
  ['one of a map of passwords', human, (secret) => ({ passwords: { admin: secret } })],
  ['variable of a container', human, (secret) => ({ environment: { variables: { DB_PASSWORD: secret } } })],
  [
    'variable as a pair',
    human,
    (secret) => ({
      env: [
        { name: 'PORT', value: '80' },
        { name: 'SESSION_SECRET', value: secret },
      ],
    }),
  ],
  [
    'pin',
    fc.integer({ min: 10_000_000, max: 99_999_999 }).map(String),
    (secret) => ({ passcode: Number(secret) }),
  ],
  // By where it stands in a text.
  [
    'definition of a container in JSON',
    human,
    (secret) => ({
      container_definitions: JSON.stringify([
        { name: 'app', image: 'app:1', environment: [{ name: 'API_TOKEN', value: secret }] },
      ]),
    }),
  ],
  [
    'Secret of Kubernetes',
    human,
    (secret) => ({ manifest: { kind: 'Secret', metadata: { name: 'db' }, data: { db: base64(secret) } } }),
  ],
  [
    'Secret of Kubernetes in words',
    human,
    (secret) => ({ manifest: { kind: 'Secret', metadata: { name: 'db' }, stringData: { db: secret } } }),
  ],
  ['user data', human, (secret) => ({ user_data: `#!/bin/sh\nexport PASSWORD=${secret}\nrun\n` })],
  [
    'user data in base64',
    human,
    (secret) => ({ user_data_base64: base64(`#!/bin/sh\necho "root:${secret}" | chpasswd\n`) }),
  ],
  [
    'option of a command',
    text(14),
    (secret) => ({ command: `serve --port 80 --admin-token ${secret} --quiet` }),
  ],
  ['line of a settings file', human, (secret) => ({ content: `[db]\nhost = db\npassword = ${secret}\n` })],
  ['line of YAML', human, (secret) => ({ values: [`image: app\nauth:\n  adminPassword: "${secret}"\n`] })],
  ['statement of SQL', human, (secret) => ({ script: `CREATE USER app IDENTIFIED BY '${secret}';` })],
  [
    'connection string',
    text(16),
    (secret) => ({ setting: `Server=tcp:db,1433;User ID=app;Password=${secret};Encrypt=True` }),
  ],
  [
    'account key',
    text(86),
    (secret) => ({
      setting: `DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${secret}==;EndpointSuffix=core.windows.net`,
    }),
  ],
  [
    'address with a password',
    text(12),
    (secret) => ({ url: `postgres://app:${secret}@db.internal:5432/app` }),
  ],
  [
    'shared access signature',
    text(43),
    (secret) => ({ source: `https://a.blob.core.windows.net/c/b?sv=2022-11-02&sp=r&sig=${secret}%3D` }),
  ],
  [
    'header',
    text(40),
    (secret) => ({ headers: { 'X-From': 'tidegate', Authorization: `Bearer ${secret}` } }),
  ],
  // By shape.
  ['RSA key', pem('RSA PRIVATE KEY'), plain],
  ['OpenSSH key', pem('OPENSSH PRIVATE KEY'), plain],
  [
    'key of a service account',
    pem('PRIVATE KEY'),
    (secret) => ({ input: JSON.stringify({ type: 'x', key: secret }) }),
  ],
  ['PGP key', pem('PGP PRIVATE KEY BLOCK'), plain],
  ['age key', after('AGE-SECRET-KEY-1', of('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)), plain],
  ['JSON web token', jwt, plain],
  ['AWS key id', after('AKIA', of(`${upper}234567`, 16)), plain],
  ['AWS session key id', after('ASIA', of(`${upper}234567`, 16)), plain],
  ['GitHub token', after('ghp_', text(36)), plain],
  ['GitHub fine-grained token', after('github_pat_', text(59)), plain],
  ['GitLab token', after('glpat-', text(20)), plain],
  ['Slack token', after('xoxb-123456789012-', text(24)), plain],
  ['Slack hook', after('https://hooks.slack.com/services/T0123ABCD/B0123ABCD/', text(24)), plain],
  ['Stripe key', after('sk_live_', text(24)), plain],
  ['Google key', after('AIza', text(35)), plain],
  ['npm token', after('npm_', text(36)), plain],
  ['SendGrid key', fc.tuple(text(22), text(43)).map(([a, b]) => `SG.${a}.${b}`), plain],
  ['Vault token', after('hvs.', text(90)), plain],
  ['DigitalOcean token', after('dop_v1_', hex(64)), plain],
  ['crypt', after('$2b$12$', text(53)), plain],
  // By randomness alone.
  ['AWS secret key', of(`${letters}+/`, 40), plain],
  ['random letters and digits', text(40), plain],
  ['random in base64', of(`${letters}+/`, 43).map((one) => `${one}=`), under('setting')],
  ['random in a list', text(40), (secret) => ({ arguments: ['-v', secret] })],
  ['hexadecimal key of 64', hex(64), plain],
  ['hexadecimal key of 32', hex(32), under('value')],
];

export const secretKinds = kinds.map(([kind]) => kind);

/** @param each of every kind */
export const seededSecrets = (each: number, seed: number): readonly SeededSecret[] =>
  kinds.flatMap(([kind, made, holder], index) =>
    fc
      .sample(made, { numRuns: each, seed: seed + index })
      .map((secret) => ({ kind, secret, attributes: holder(secret) })),
  );
