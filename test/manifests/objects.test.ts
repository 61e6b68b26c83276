import { describe, expect, test } from 'vitest';
import { readManifest } from '../../src/helm/manifests/objects.ts';

const options = { namespace: 'web', clusterWide: new Set(['example.com/Zone']) };
const read = (text: string) => readManifest(text, options);
const addresses = (text: string) => read(text).objects.map(({ address }) => address);

describe('objects of a manifest', () => {
  test('are known by group, kind, namespace and name, and not by their version', () => {
    const text = [
      '# Source: a/templates/a.yaml',
      'apiVersion: apps/v1',
      'kind: Deployment',
      'metadata: {name: api}',
      '--- # next',
      'apiVersion: v1',
      'kind: Service',
      'metadata: {name: api, namespace: other}',
      '---',
      '# nothing but a comment',
      '---',
      'apiVersion: rbac.authorization.k8s.io/v1',
      'kind: ClusterRole',
      'metadata: {name: "system:api", namespace: web}',
      '---',
      'apiVersion: example.com/v1',
      'kind: Zone',
      'metadata: {name: eu}',
      '',
    ].join('\r\n');
    expect(addresses(text)).toEqual([
      'apps/Deployment/web/api',
      'core/Service/other/api',
      'rbac.authorization.k8s.io/ClusterRole/system:api',
      'example.com/Zone/eu',
    ]);
  });

  test('stand in lists as well, and may leave to the list what it says', () => {
    const text = [
      'apiVersion: v1',
      'kind: ConfigMapList',
      'items:',
      '- metadata: {name: a}',
      '- apiVersion: v1',
      '  kind: List',
      '  items: [{apiVersion: v1, kind: Secret, metadata: {name: b}}]',
    ].join('\n');
    expect(addresses(text)).toEqual(['core/ConfigMap/web/a', 'core/Secret/web/b']);
  });

  test('whose name is made later are told apart by their order', () => {
    const one = 'apiVersion: v1\nkind: Pod\nmetadata: {generateName: job-}\n';
    expect(addresses(`${one}---\n${one}`)).toEqual(['core/Pod/web/job-*1', 'core/Pod/web/job-*2']);
  });

  test('are the same whether they name their namespace or not, and whichever order their keys have', () => {
    const one = read('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y, b: null}');
    const other = read('data: {x: y}\nmetadata: {namespace: web, name: a}\nkind: ConfigMap\napiVersion: v1');
    expect(one.objects).toEqual(other.objects);
  });

  test('with a key twice are told', () => {
    const { warnings } = read('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y, x: z}');
    expect(warnings).toEqual(['core/ConfigMap/web/a has a key twice, and the last one counts: x']);
  });

  test.for(['kind: Pod\nmetadata: {name: a}', '- a', 'a', 'apiVersion: v1\nkind: Pod', '--- a\nb: 1'])(
    'are refused where they are none: %s',
    (text) => {
      expect(() => read(text)).toThrow(/object|name|stands behind/);
    },
  );
});
