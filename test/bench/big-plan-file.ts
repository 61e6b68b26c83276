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

const tagsOf = (index: number) => ({
  Environment: 'production',
  Name: `web-${index}`,
  Owner: 'platform',
  Service: `service-${index % 40}`,
});

/** All that the provider for AWS keeps of an `aws_instance`: most of it is empty, off or a default. */
const valuesOf = (index: number, type: string) => ({
  ami: `ami-${noise('ami', 17)}`,
  arn: `arn:aws:ec2:eu-west-1:123456789012:instance/i-${noise(`id ${index}`, 17)}`,
  associate_public_ip_address: false,
  availability_zone: `eu-west-1${'abc'.charAt(index % 3)}`,
  capacity_reservation_specification: [
    { capacity_reservation_preference: 'open', capacity_reservation_target: [] },
  ],
  cpu_core_count: 1,
  cpu_options: [{ amd_sev_snp: '', core_count: 1, threads_per_core: 2 }],
  cpu_threads_per_core: 2,
  credit_specification: [{ cpu_credits: 'unlimited' }],
  disable_api_stop: false,
  disable_api_termination: false,
  ebs_block_device: [],
  ebs_optimized: false,
  enable_primary_ipv6: null,
  enclave_options: [{ enabled: false }],
  ephemeral_block_device: [],
  get_password_data: false,
  hibernation: false,
  host_id: '',
  host_resource_group_arn: null,
  iam_instance_profile: `service-${index % 40}`,
  id: `i-${noise(`id ${index}`, 17)}`,
  instance_initiated_shutdown_behavior: 'stop',
  instance_lifecycle: '',
  instance_market_options: [],
  instance_state: 'running',
  instance_type: type,
  ipv6_address_count: 0,
  ipv6_addresses: [],
  key_name: 'platform',
  launch_template: [],
  maintenance_options: [{ auto_recovery: 'default' }],
  metadata_options: [
    {
      http_endpoint: 'enabled',
      http_protocol_ipv6: 'disabled',
      http_put_response_hop_limit: 2,
      http_tokens: 'required',
      instance_metadata_tags: 'disabled',
    },
  ],
  monitoring: false,
  network_interface: [],
  outpost_arn: '',
  password_data: '',
  placement_group: '',
  placement_partition_number: 0,
  primary_network_interface_id: `eni-${noise(`eni ${index}`, 17)}`,
  private_dns: `ip-10-${index % 200}-${index % 90}-${index % 250}.eu-west-1.compute.internal`,
  private_dns_name_options: [
    {
      enable_resource_name_dns_a_record: false,
      enable_resource_name_dns_aaaa_record: false,
      hostname_type: 'ip-name',
    },
  ],
  private_ip: `10.${index % 200}.${index % 90}.${index % 250}`,
  public_dns: '',
  public_ip: '',
  root_block_device: [
    {
      delete_on_termination: true,
      device_name: '/dev/xvda',
      encrypted: true,
      iops: 3000,
      kms_key_id: 'arn:aws:kms:eu-west-1:123456789012:alias/ebs',
      tags: {},
      tags_all: {},
      throughput: 125,
      volume_id: `vol-${noise(`volume ${index}`, 17)}`,
      volume_size: 50,
      volume_type: 'gp3',
    },
  ],
  secondary_private_ips: [],
  security_groups: [],
  source_dest_check: true,
  spot_instance_request_id: '',
  subnet_id: `subnet-${noise(`subnet ${index % 50}`, 17)}`,
  tags: tagsOf(index),
  tags_all: tagsOf(index),
  tenancy: 'default',
  timeouts: null,
  user_data: noise(`user data ${index}`, 40),
  user_data_base64: null,
  user_data_replace_on_change: false,
  volume_tags: null,
  vpc_security_group_ids: [`sg-${noise('sg', 17)}`],
});

/** The marks of an instance, which are of its shape; of one in 500 some are true. */
const marksOf = (index: number) => ({
  capacity_reservation_specification: [{ capacity_reservation_target: [] }],
  cpu_options: [{}],
  credit_specification: [{}],
  ebs_block_device: [],
  enclave_options: [{}],
  metadata_options: [{}],
  root_block_device: [{ tags: {}, tags_all: {} }],
  tags: {},
  tags_all: {},
  ...(index % 500 === 3 ? { user_data: true } : {}),
  vpc_security_group_ids: [false],
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
    sensitive_values: marksOf(index),
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
      before_sensitive: marksOf(index),
      after_sensitive: marksOf(index),
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
