import { createHash } from 'node:crypto';
import { createSystemClock } from '../../src/clock/system.ts';
import { createMaskStream } from '../../src/observe/mask-stream.ts';
import { createMask } from '../../src/observe/masking.ts';
import { type Figure, figure, median } from './figure.ts';

const megabytes = 100;
const rounds = 3;
const chunk = 64 * 1024;

/** The same letters at each start, with nothing to them. */
const noise = (seed: string, length: number): string =>
  createHash('shake256', { outputLength: length }).update(seed).digest('base64url').slice(0, length);

/** What a server knows: tokens, passwords with signs in them, keys, one key of several lines. */
const secrets: readonly string[] = [
  ...Array.from({ length: 20 }, (_, index) => noise(`token ${index}`, 40)),
  ...Array.from(
    { length: 20 },
    (_, index) => `${noise(`password ${index}`, 12)}/+ &"<${noise(`more ${index}`, 6)}`,
  ),
  ...Array.from({ length: 9 }, (_, index) => createHash('sha256').update(`key ${index}`).digest('hex')),
  `-----BEGIN RSA PRIVATE KEY-----\n${noise('rsa', 1600).replace(/.{64}/g, '$&\n')}\n-----END RSA PRIVATE KEY-----\n`,
];

const secretAt = (index: number): string => secrets[index % secrets.length] ?? '';

/** What terraform says of one resource; a secret in every hundredth. */
const logOf = (index: number): string => {
  const id = noise(`id ${index}`, 17);
  return [
    `module.network["eu-west-${index % 9}"].aws_subnet.private[${index}]: Refreshing state... [id=subnet-${id}]`,
    `\u001b[1m  # module.service.aws_instance.web[${index}]\u001b[0m will be updated in-place`,
    `  ~ resource "aws_instance" "web" {`,
    `        id                                   = "i-${id}"`,
    `      ~ instance_type                        = "t3.large" -> "t3.xlarge"`,
    `        tags                                 = {`,
    `            "Name"        = "web-${index}"`,
    `            "Environment" = "production"`,
    `          + "token"       = "${index % 100 === 0 ? secretAt(index / 100) : 'through the lighthouse'}"`,
    '        }',
    `        # (32 unchanged attributes hidden, authorization_type = "NONE")`,
    '    }',
    `aws_instance.web[${index}]: Still modifying... [id=i-${id}, ${index % 60}s elapsed]`,
    '',
  ].join('\n');
};

/** One resource of a plan as JSON, all on one line. */
const changeOf = (index: number): string => {
  const values = {
    id: `i-${noise(`id ${index}`, 17)}`,
    arn: `arn:aws:ec2:eu-west-1:123456789012:instance/i-${noise(`arn ${index}`, 17)}`,
    user_data: noise(`data ${index}`, 120),
    authorization: 'NONE',
    policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:Get*' }] }),
    token: index % 100 === 0 ? secretAt(index / 100) : null,
  };
  return JSON.stringify({
    address: `module.service.aws_instance.web[${index}]`,
    mode: 'managed',
    provider_name: 'registry.terraform.io/hashicorp/aws',
    change: { actions: ['update'], before: values, after: { ...values, instance_type: 't3.xlarge' } },
  });
};

/** At least 4 MB, in pieces as one reads them from a file. */
const piecesOf = (part: (index: number) => string): readonly Buffer[] => {
  let text = '';
  for (let index = 0; text.length < 4_000_000; index += 1) text += part(index);
  const bytes = Buffer.from(text);
  return Array.from({ length: Math.ceil(bytes.length / chunk) }, (_, index) =>
    bytes.subarray(index * chunk, (index + 1) * chunk),
  );
};

/** What a run host does with what a tool writes: fifty secrets, each in all its forms, and whatever looks like a credential. */
export const run = async function* (): AsyncIterable<Figure> {
  const clock = createSystemClock();
  const cases: readonly [name: string, pieces: readonly Buffer[]][] = [
    ['throughput', piecesOf(logOf)],
    ['plan JSON', piecesOf((index) => `${index === 0 ? '{"resource_changes":[' : ','}${changeOf(index)}`)],
  ];
  const mask = createMask();
  for (const secret of secrets) mask.add(secret);
  for (const [name, pieces] of cases) {
    const speeds: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const stream = createMaskStream(mask);
      const start = clock.monotonic();
      let given = 0;
      let written = 0;
      for (let index = 0; given < megabytes * 1e6; index += 1) {
        const piece = pieces[index % pieces.length];
        if (piece === undefined) throw new Error('there is no text');
        given += piece.length;
        written += Buffer.from(stream.push(piece)).length;
      }
      written += Buffer.from(stream.end()).length;
      const seconds = (clock.monotonic() - start) / 1000;
      if (written >= given) throw new Error('nothing was masked');
      speeds.push(given / 1e6 / seconds);
    }
    yield figure({
      bench: 'masking',
      case: name,
      value: median(speeds),
      unit: 'MB per second',
      aim: { op: '>=', limit: 50 },
    });
  }
};
