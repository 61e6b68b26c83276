import { Buffer } from 'node:buffer';
import fc from 'fast-check';

/*
 * What looks random or has a secret's name beside it, and is none; at the places where plans have it. Made with a seed.
 */

export interface HarmlessValue {
  readonly kind: string;
  readonly path: readonly (string | number)[];
  readonly value: string;
}

const of = (signs: string, length: number): fc.Arbitrary<string> =>
  fc
    // Not `fc.string`: it likes names that mean something to JavaScript.
    .array(fc.constantFrom(...signs), { minLength: length, maxLength: length })
    .map((all) => all.join(''));
const hex = (length: number) => of('0123456789abcdef', length);
const id = of('abcdefghijklmnopqrstuvwxyz0123456789', 12);
const text = (length: number) =>
  of('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', length);
const word = fc.constantFrom(
  'billing',
  'checkout',
  'prod',
  'network',
  'events',
  'search',
  'images',
  'worker',
);
const regions = fc.constantFrom('eu-west-1', 'us-east-2', 'ap-southeast-1');
const account = of('0123456789', 12);
const from = (...parts: readonly (string | fc.Arbitrary<string>)[]): fc.Arbitrary<string> =>
  fc
    .tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part)))
    .map((all) => all.join(''));
const base64 = (value: string) => Buffer.from(value).toString('base64');
const lines = fc.array(text(64), { minLength: 8, maxLength: 8 }).map((all) => all.join('\n'));

type Path = readonly (string | number)[];
const neutral: Path = ['input'];

const kinds: readonly (readonly [kind: string, fc.Arbitrary<string>, readonly Path[]])[] = [
  [
    'commit',
    hex(40),
    [['tags', 'GitCommit'], ['revision'], ['image_tag'], ['triggers', 'app'], ['source_ref']],
  ],
  ['SHA-256', hex(64), [['content_sha256'], ['triggers_replace', 0], ['keepers', 'config'], ['checksum']]],
  ['MD5', hex(32), [['etag'], ['content_md5'], ['annotations', 'checksum/config']]],
  ['SHA-256 in base64', text(43).map((one) => `${one}=`), [['source_code_hash'], ['output_base64sha256']]],
  ['integrity', text(86).map((one) => `sha512-${one}==`), [['integrity'], neutral]],
  ['digest', hex(64).map((one) => `sha256:${one}`), [neutral, ['image_digest']]],
  [
    'image by digest',
    from(account, '.dkr.ecr.', regions, '.amazonaws.com/', word, '@sha256:', hex(64)),
    [['image'], neutral],
  ],
  ['UUID', fc.uuid(), [neutral, ['tenant_id'], ['value']]],
  [
    'ARN of a role',
    from('arn:aws:iam::', account, ':role/', word, '-', id),
    [neutral, ['role_arn'], ['principals', 0]],
  ],
  [
    'ARN of a secret',
    from('arn:aws:secretsmanager:', regions, ':', account, ':secret:', word, '-', id),
    [['secret_arn'], ['secrets', 0, 'valueFrom'], ['secret']],
  ],
  ['CIDR', fc.ipV4().map((one) => `${one}/24`), [['cidr_blocks', 0], neutral]],
  [
    'IPv6 network',
    from(hex(4), ':', hex(4), ':', hex(4), ':', hex(4), '::/64'),
    [['ipv6_cidr_block'], neutral],
  ],
  [
    'id of Amazon',
    from(fc.constantFrom('vpc', 'sg', 'subnet', 'i', 'eni', 'tgw-attach', 'igw', 'rtb'), '-0', hex(16)),
    [neutral, ['vpc_id'], ['subnet_ids', 0]],
  ],
  [
    'id of Azure',
    from(
      '/subscriptions/',
      fc.uuid(),
      '/resourceGroups/',
      word,
      '/providers/Microsoft.Network/virtualNetworks/',
      id,
    ),
    [neutral, ['scope']],
  ],
  [
    'link of Google',
    from('https://www.googleapis.com/compute/v1/projects/', word, '/zones/europe-west1-b/instances/', id),
    [neutral, ['self_link']],
  ],
  [
    'address of the web',
    from('https://', id, '.execute-api.', regions, '.amazonaws.com/', word),
    [neutral, ['invoke_url']],
  ],
  ['name of a host', from(word, '.c', id, '.', regions, '.rds.amazonaws.com'), [neutral, ['endpoint']]],
  [
    'time',
    fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((one) => one.toISOString()),
    [neutral],
  ],
  [
    'version',
    fc.tuple(fc.nat(30), fc.nat(30), fc.nat(9_999_999)).map((all) => `v1.${all.join('.')}-eks-508b6b3`),
    [neutral, ['engine_version']],
  ],
  ['text in base64', from('#!/bin/sh\necho ', word, ' is up\n').map(base64), [['user_data_base64'], neutral]],
  [
    'public key',
    from('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI', text(43), ' ', word, '@host'),
    [['public_key'], neutral],
  ],
  [
    'certificate',
    lines.map((one) => `-----BEGIN CERTIFICATE-----\n${one}\n-----END CERTIFICATE-----\n`),
    [['certificate_pem'], neutral],
  ],
  [
    'policy',
    from(
      '{"Statement":[{"Action":["secretsmanager:GetSecretValue"],"Resource":"arn:aws:s3:::',
      word,
      '/*"}]}',
    ),
    [['policy'], neutral],
  ],
  [
    'name',
    fc.constantFrom(
      'AWSServiceRoleForElasticLoadBalancing',
      'AmazonEKSWorkerNodePolicy',
      'ELBSecurityPolicy-TLS13-1-2-2021-06',
      'amzn2-ami-hvm-2.0.20240131.0-x86_64-gp2',
      'Standard_D16s_v5',
      'kubernetes.io/ingress.class',
      'terraform-20240603123456789000000001',
      'CloudWatchAgentServerPolicy',
      'projects/app/locations/europe-west1/keyRings/main/cryptoKeys/disk',
      'serviceAccount:deployer@my-project-123456.iam.gserviceaccount.com',
    ),
    [neutral, ['value'], ['description']],
  ],
  [
    'beside a secret',
    from(word, '-', word),
    [
      ['secret_name'],
      ['key_name'],
      ['volume', 'secret', 'secret_name'],
      ['kms_key_id'],
      ['password_policy'],
      ['token_issuer'],
      ['secrets', 0, 'name'],
      ['credentials', 'username'],
    ],
  ],
  [
    'setting about a secret',
    fc.constantFrom('true', 'required', 'optional', 'none', '3600', 'default', ''),
    [
      ['http_tokens'],
      ['token_ttl'],
      ['manage_master_user_password'],
      ['password_length'],
      ['enable_secret'],
      ['auth_token'],
    ],
  ],
  [
    'where a secret is',
    fc.constantFrom(
      'vault:secret/data/app#password',
      '\u0024{var.password}',
      '{{resolve:secretsmanager:app:SecretString:password}}',
      '@Microsoft.KeyVault(SecretUri=https://app.vault.azure.net/secrets/db)',
      'projects/app/secrets/db/versions/3',
    ),
    [['password'], ['db_secret'], ['api_key']],
  ],
  [
    'script',
    from(
      '#!/bin/bash\nset -euo pipefail\nyum install -y ',
      word,
      '\nexport PASSWORD="$(aws secretsmanager get-secret-value --secret-id db --output text)"\ncurl -fsSL https://example.com/install.sh | sh\n',
    ),
    [['user_data'], neutral],
  ],
  [
    'fingerprint',
    fc.array(hex(2), { minLength: 20, maxLength: 20 }).map((one) => one.join(':')),
    [neutral, ['thumbprint_list', 0]],
  ],
  ['unique id of a role', from('AROA', of('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 17)), [neutral, ['unique_id']]],
  [
    'sentence',
    from('Password of the ', word, ' database: see the wiki, token: ask ', word),
    [['description'], neutral],
  ],
];

export const harmlessKinds = kinds.map(([kind]) => kind);

export const harmlessValues = (each: number, seed: number): readonly HarmlessValue[] =>
  kinds.flatMap(([kind, made, paths], index) =>
    fc
      .sample(made, { numRuns: each, seed: seed + index })
      .map((value, at) => ({ kind, value, path: paths[at % paths.length] ?? neutral })),
  );
