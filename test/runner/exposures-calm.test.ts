import { describe, expect, test } from 'vitest';
import { exposures } from './exposure-samples.ts';

/*
 * What an ordinary pull request makes and changes, with what providers put there by themselves, and beside it what opens. Who is told
 * of every new storage account stops reading. Defaults are those of the providers' own schemas.
 */

type Fields = Readonly<Record<string, unknown>>;
interface Calm {
  readonly type: string;
  readonly after: Fields;
  readonly before: Fields | null;
}
const calm = (type: string, after: Fields, before: Fields | null = null): Calm => ({ type, after, before });

interface Told extends Calm {
  readonly expected: string;
}
const told = (type: string, expected: string, after: Fields, before: Fields | null = null): Told => ({
  type,
  expected,
  after,
  before,
});

const everywhere = { public_network_access_enabled: true };
const nsgRule = {
  access: 'Allow',
  direction: 'Inbound',
  protocol: 'Tcp',
  source_address_prefix: '10.0.0.0/8',
  source_address_prefixes: null,
  destination_address_prefix: '*',
  destination_port_range: '443',
};
const server = { start_ip_address: '192.0.2.1', end_ip_address: '192.0.2.9' };

describe('nothing is said of', () => {
  test.each([
    calm('azurerm_storage_account', {
      ...everywhere,
      allow_nested_items_to_be_public: true,
      https_traffic_only_enabled: true,
      shared_access_key_enabled: true,
    }),
    calm('azurerm_key_vault', { ...everywhere, purge_protection_enabled: null }),
    calm('azurerm_key_vault', {
      ...everywhere,
      network_acls: [{ default_action: 'Deny', bypass: 'AzureServices', ip_rules: ['192.0.2.1'] }],
    }),
    calm('azurerm_container_registry', { ...everywhere, anonymous_pull_enabled: null, admin_enabled: false }),
    calm('azurerm_mssql_server', { ...everywhere, version: '12.0' }),
    calm('azurerm_postgresql_flexible_server', { ...everywhere, backup_retention_days: 7 }),
    calm('azurerm_redis_cache', { ...everywhere, non_ssl_port_enabled: false }),
    calm('azurerm_servicebus_namespace', { ...everywhere, sku: 'Standard' }),
    calm('azurerm_eventhub_namespace', everywhere),
    calm('azurerm_cosmosdb_account', { ...everywhere, ip_range_filter: null }),
    calm('azurerm_search_service', everywhere),
    calm('azurerm_cognitive_account', everywhere),
    calm('azurerm_recovery_services_vault', {
      ...everywhere,
      soft_delete_enabled: true,
      immutability: 'Disabled',
    }),
    calm('azurerm_linux_web_app', {
      ...everywhere,
      https_only: false,
      site_config: [{ ip_restriction: [] }],
    }),
    calm('azurerm_mongo_cluster', { public_network_access: 'Enabled' }),
    calm('azurerm_snapshot', { ...everywhere, network_access_policy: 'AllowAll', create_option: 'Copy' }),
    calm('azurerm_managed_disk', { ...everywhere, network_access_policy: null }),
    calm('azurerm_storage_container', { container_access_type: 'private' }),
    calm('azurerm_network_security_rule', nsgRule),
    calm('azurerm_network_security_rule', { ...nsgRule, direction: 'Outbound', source_address_prefix: '*' }),
    calm('azurerm_network_security_rule', { ...nsgRule, access: 'Deny', source_address_prefix: '*' }),
    calm('azurerm_network_security_rule', { ...nsgRule, source_address_prefix: 'VirtualNetwork' }),
    calm('azurerm_route', { address_prefix: '0.0.0.0/0', next_hop_type: 'VirtualAppliance' }),
    calm('azurerm_mssql_firewall_rule', server),
    calm('azurerm_role_assignment', { role_definition_name: 'Reader', scope: '/subscriptions/x' }),
    calm('azurerm_storage_account', { ...everywhere, tags: { a: '0.0.0.0/0' } }, everywhere),
    calm('azurerm_storage_account', { public_network_access_enabled: false }, everywhere),
    // A range of everything where it opens nothing.
    calm('aws_route', { destination_cidr_block: '0.0.0.0/0', gateway_id: 'igw-1' }),
    calm('aws_security_group', {
      egress: [{ cidr_blocks: ['0.0.0.0/0'], from_port: 0, to_port: 0 }],
      ingress: [],
    }),
    calm('aws_vpc_security_group_egress_rule', { cidr_ipv4: '0.0.0.0/0' }),
    calm('aws_security_group_rule', { type: 'egress', cidr_blocks: ['0.0.0.0/0'] }),
    calm('aws_ssm_parameter', { value: '0.0.0.0/0', type: 'String' }),
    calm('aws_ec2_managed_prefix_list', { entry: [{ cidr: '0.0.0.0/0', description: 'all' }] }),
    calm('aws_db_instance', { publicly_accessible: false, tags: { cidr: '::/0' } }),
    calm('google_compute_route', { dest_range: '0.0.0.0/0' }),
    calm('google_compute_firewall', {
      direction: 'EGRESS',
      destination_ranges: ['0.0.0.0/0'],
      allow: [{ protocol: 'all' }],
    }),
    calm('kubernetes_network_policy', {
      spec: [{ egress: [{ to: [{ ip_block: [{ cidr: '0.0.0.0/0' }] }] }], ingress: [] }],
    }),
    calm('terraform_data', {
      input: { cidr: '0.0.0.0/0', public_network_access_enabled: true, acl: 'public-read' },
    }),
  ])('$type $after', ({ type, after, before }) => {
    expect(exposures(type, before, after)).toEqual([]);
  });
});

const said = ({ type, after, before }: Calm): readonly string[] =>
  exposures(type, before, after).map((text) => text.split(' ').slice(0, 3).join(' '));

describe('it is said of', () => {
  test.each([
    told('azurerm_storage_account', 'opening public_network_access_enabled true', everywhere, {
      public_network_access_enabled: false,
    }),
    told('azurerm_mssql_server', 'opening public_network_access_enabled true', everywhere, {
      public_network_access_enabled: false,
    }),
    told('azurerm_linux_web_app', 'opening public_network_access_enabled true', everywhere, {
      public_network_access_enabled: false,
    }),
    told(
      'azurerm_mongo_cluster',
      'opening public_network_access Enabled',
      { public_network_access: 'Enabled' },
      { public_network_access: 'Disabled' },
    ),
    told(
      'azurerm_storage_account',
      'opening allow_nested_items_to_be_public true',
      { allow_nested_items_to_be_public: true },
      { allow_nested_items_to_be_public: false },
    ),
    told(
      'azurerm_snapshot',
      'opening network_access_policy AllowAll',
      { network_access_policy: 'AllowAll' },
      { network_access_policy: 'DenyAll' },
    ),
    told('azurerm_managed_disk', 'opening network_access_policy AllowAll', {
      network_access_policy: 'AllowAll',
    }),
    told('azurerm_storage_container', 'opening container_access_type blob', {
      container_access_type: 'blob',
    }),
    told('azurerm_key_vault', 'opening network_acls[0].default_action Allow', {
      ...everywhere,
      network_acls: [{ default_action: 'Allow' }],
    }),
    told('azurerm_storage_account', 'opening network_rules[0].default_action Allow', {
      ...everywhere,
      network_rules: [{ default_action: 'Allow' }],
    }),
    told('azurerm_storage_account_network_rules', 'opening default_action Allow', {
      default_action: 'Allow',
    }),
    told('azurerm_container_registry', 'opening anonymous_pull_enabled true', {
      ...everywhere,
      anonymous_pull_enabled: true,
    }),
    told('azurerm_mssql_firewall_rule', 'opening start_ip_address 0.0.0.0', {
      start_ip_address: '0.0.0.0',
      end_ip_address: '255.255.255.255',
    }),
    told('azurerm_mssql_firewall_rule', 'opening start_ip_address 0.0.0.0', {
      start_ip_address: '0.0.0.0',
      end_ip_address: '0.0.0.0',
    }),
    told(
      'azurerm_mssql_firewall_rule',
      'opening start_ip_address 0.0.0.0',
      { ...server, start_ip_address: '0.0.0.0' },
      server,
    ),
    told('azurerm_network_security_rule', 'opening source_address_prefix *', {
      ...nsgRule,
      source_address_prefix: '*',
    }),
    told(
      'azurerm_network_security_rule',
      'opening source_address_prefix Internet',
      { ...nsgRule, source_address_prefix: 'Internet' },
      nsgRule,
    ),
    told(
      'azurerm_kubernetes_cluster',
      'opening private_cluster_enabled null',
      { private_cluster_enabled: null },
      { private_cluster_enabled: true },
    ),
    told('azurerm_kubernetes_cluster', 'opening private_cluster_enabled false', {
      private_cluster_enabled: false,
    }),
    told('azurerm_mssql_managed_instance', 'opening public_data_endpoint_enabled true', {
      public_data_endpoint_enabled: true,
    }),
    told('azurerm_role_assignment', 'opening role_definition_name Owner', {
      role_definition_name: 'Owner',
      scope: '/',
    }),
    told(
      'azurerm_redis_cache',
      'protection-off non_ssl_port_enabled true',
      { ...everywhere, non_ssl_port_enabled: true },
      { ...everywhere, non_ssl_port_enabled: false },
    ),
    told('aws_security_group_rule', 'opening cidr_blocks[0] 0.0.0.0/0', {
      type: 'ingress',
      cidr_blocks: ['0.0.0.0/0'],
    }),
    told('aws_db_instance', 'opening publicly_accessible true', { publicly_accessible: true }),
  ])('$type: $expected', ({ type, expected, after, before }) => {
    expect(said({ type, after, before })).toEqual([expected]);
  });

  test('a replacement that opens, and one that stood open before', () => {
    const replaced = (before: Fields) =>
      exposures('azurerm_search_service', before, everywhere, { actions: ['delete', 'create'] });
    expect(replaced({ public_network_access_enabled: false })).toEqual([
      'opening public_network_access_enabled true',
    ]);
    expect(replaced(everywhere)).toEqual([]);
  });
});
