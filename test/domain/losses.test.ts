import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dangerFiles } from '../../src/config/danger.ts';
import { lossesOf } from '../../src/domain/danger/losses.ts';
import { attribute, resource, summary } from '../render/samples.ts';
import { dangerCatalogue } from '../support/shipped-danger.ts';

const catalogue = dangerCatalogue();
const said = (...resources: Parameters<typeof summary>[0]) =>
  lossesOf(summary(resources), catalogue).map(({ address, says }) => [address, ...says]);

describe('what a revert does not bring back', () => {
  test('is data, addresses, secrets and versions, of Terraform and of Helm', () => {
    expect(
      said(
        resource('delete', 'aws_db_instance.main', [], { type: 'aws_db_instance' }),
        resource('replace', 'aws_eip.out', [], { type: 'aws_eip' }),
        resource('update', 'aws_eks_cluster.one', [attribute('version', '"1.33"', '"1.34"')], {
          type: 'aws_eks_cluster',
        }),
        resource('delete', 'PersistentVolumeClaim/shop/data', [], { type: 'PersistentVolumeClaim' }),
        resource('create', 'batch/Job/shop/migrate', [], { type: 'Job' }),
      ),
    ).toEqual([
      ['aws_db_instance.main', 'what is in it is gone, and does not come back'],
      ['aws_eip.out', 'its address is given back, and another is given'],
      ['aws_eks_cluster.one', 'it does not go back to an older version'],
      ['PersistentVolumeClaim/shop/data', 'what is in it is gone, unless its class keeps it'],
      ['batch/Job/shop/migrate', 'what the job did stays done'],
    ]);
  });

  test('is nothing of an update elsewhere, of what is only read, and of what is made', () => {
    expect(
      said(
        resource('update', 'aws_eks_cluster.one', [attribute('tags.owner', '"a"', '"b"')], {
          type: 'aws_eks_cluster',
        }),
        resource('delete', 'data.aws_eip.out', [], { type: 'aws_eip', mode: 'data' }),
        resource('create', 'aws_db_instance.main', [], { type: 'aws_db_instance' }),
      ),
    ).toEqual([]);
  });

  test('has every destroy and replace, also of types that nobody knows, behind what is known', () => {
    const type = fc.constantFrom('aws_db_instance', 'aws_eip', 'acme_thing', 'random_password', 'Secret');
    const action = fc.constantFrom('create', 'update', 'delete', 'replace', 'no-op', 'move');
    fc.assert(
      fc.property(fc.array(fc.record({ type, action }), { maxLength: 20 }), (changes) => {
        const resources = changes.map((one, at) =>
          resource(one.action, `${one.type}.n${at}`, [], { type: one.type }),
        );
        const losses = lossesOf(summary(resources), catalogue);
        const destroyed = resources.filter((one) => one.action === 'delete' || one.action === 'replace');
        expect(losses.map(({ address }) => address)).toEqual(
          expect.arrayContaining(destroyed.map(({ address }) => address)),
        );
        const unknown = losses.findIndex(({ says }) => says.length === 0);
        if (unknown !== -1) expect(losses.slice(unknown).every(({ says }) => says.length === 0)).toBe(true);
      }),
    );
  });

  test('is added to by the operator', () => {
    const own = dangerCatalogue(
      '{ irreversible: [{ types: ["acme_*"], on: [create], says: its number is used up }] }',
    );
    const made = summary([resource('create', 'acme_thing.a', [], { type: 'acme_thing' })]);
    expect(lossesOf(made, own).map(({ says }) => says)).toEqual([['its number is used up']]);
    expect(lossesOf(made, catalogue)).toEqual([]);
  });

  test('is known of secrets, addresses and keys of four providers and of Helm', () => {
    const types = dangerFiles().flatMap(({ irreversible }) => irreversible.flatMap((rule) => rule.types));
    expect(types.length).toBeGreaterThanOrEqual(60);
    expect(types).toEqual(
      expect.arrayContaining(['aws_eip', 'google_compute_address', 'azurerm_public_ip', 'Service', 'Secret']),
    );
  });
});
