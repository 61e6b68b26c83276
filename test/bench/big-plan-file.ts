import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

/*
 * A plan like that of a large project, as terraform prints one: most resources stay as they are, and each stands in it up to four
 * times, in what there was, in what is planned, and twice in its change.
 */

const noise = (seed: string, length: number): string =>
  createHash('shake256', { outputLength: length }).update(seed).digest('hex').slice(0, length);

/** One instance of a provider's resource, some 1.5 kB. */
const valuesOf = (index: number, type: string) => ({
  ami: `ami-${noise('ami', 17)}`,
  arn: `arn:aws:ec2:eu-west-1:123456789012:instance/i-${noise(`arn ${index}`, 17)}`,
  associate_public_ip_address: false,
  availability_zone: `eu-west-1${'abc'.charAt(index % 3)}`,
  ebs_block_device: [],
  id: `i-${noise(`id ${index}`, 17)}`,
  instance_type: type,
  metadata_options: [{ http_endpoint: 'enabled', http_put_response_hop_limit: 1, http_tokens: 'required' }],
  policy: JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:ListBucket'],
        Resource: `arn:aws:s3:::data-${index}/*`,
      },
    ],
  }),
  private_ip: `10.${index % 200}.${index % 90}.${index % 250}`,
  root_block_device: [{ delete_on_termination: true, encrypted: true, volume_size: 50, volume_type: 'gp3' }],
  security_groups: [],
  subnet_id: `subnet-${noise(`subnet ${index % 50}`, 17)}`,
  tags: {
    Environment: 'production',
    Name: `web-${index}`,
    Owner: 'platform',
    Service: `service-${index % 40}`,
  },
  tags_all: {
    Environment: 'production',
    Name: `web-${index}`,
    Owner: 'platform',
    Service: `service-${index % 40}`,
  },
  user_data: noise(`user data ${index}`, 200),
  vpc_security_group_ids: [`sg-${noise('sg', 17)}`],
});

const actionsOf = (index: number): readonly string[] => {
  if (index % 200 === 0) return ['delete'];
  if (index % 100 === 1) return ['delete', 'create'];
  return index % 20 === 2 ? ['update'] : ['no-op'];
};

const addressOf = (index: number): string => `module.service["${index % 40}"].aws_instance.web[${index}]`;

const named = (index: number) => ({
  address: addressOf(index),
  mode: 'managed',
  type: 'aws_instance',
  name: 'web',
  index,
  provider_name: 'registry.terraform.io/hashicorp/aws',
});

const inState = (index: number, type: string): string =>
  JSON.stringify({
    ...named(index),
    schema_version: 1,
    values: valuesOf(index, type),
    sensitive_values: { ebs_block_device: [], tags: {}, ...(index % 500 === 3 ? { user_data: true } : {}) },
  });

const changed = (index: number): string => {
  const actions = actionsOf(index);
  const before = valuesOf(index, 't3.large');
  const after = actions[0] === 'no-op' ? before : valuesOf(index, 't3.xlarge');
  return JSON.stringify({
    ...named(index),
    module_address: `module.service["${index % 40}"]`,
    change: {
      actions,
      before,
      after: actions.at(-1) === 'delete' ? null : after,
      after_unknown: {},
      before_sensitive: index % 500 === 3 ? { user_data: true } : {},
      after_sensitive: index % 500 === 3 ? { user_data: true } : {},
    },
  });
};

export interface BigPlan {
  /** In bytes. */
  readonly size: number;
  /** Changes that do something. */
  readonly changes: number;
}

/** Writes a plan of about so many bytes. */
export const writeBigPlan = async (file: string, bytes: number): Promise<BigPlan> => {
  const each = changed(5).length + 2 * inState(5, 't3.large').length;
  const many = Math.round(bytes / each);
  const out = createWriteStream(file);
  const write = async (text: string): Promise<void> => {
    if (!out.write(text)) await once(out, 'drain');
  };
  const list = async (part: (index: number) => string): Promise<void> => {
    for (let index = 0; index < many; index += 1) await write(`${index === 0 ? '' : ','}${part(index)}`);
  };
  await write(
    '{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"child_modules":[{"resources":[',
  );
  await list((index) => inState(index, 't3.xlarge'));
  await write(']}]}},"resource_changes":[');
  await list(changed);
  await write(
    '],"prior_state":{"format_version":"1.0","values":{"root_module":{"child_modules":[{"resources":[',
  );
  await list((index) => inState(index, 't3.large'));
  await write(
    ']}]}}},"configuration":{"root_module":{}},"applyable":true,"complete":true,"errored":false}\n',
  );
  out.end();
  await finished(out);
  const changes = Array.from({ length: many }, (_, index) => index).filter(
    (index) => actionsOf(index)[0] !== 'no-op',
  ).length;
  return { size: out.bytesWritten, changes };
};
