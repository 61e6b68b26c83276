/** Documents are read as real kubectl reads them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readDocument } from '../../src/helm/manifests/document.ts';
import { majors, runTool } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';

const written = [
  ...[
    'yes',
    'y',
    'No',
    'on',
    'OFF',
    'true',
    'null',
    '~',
    '',
    'nULL',
    '0755',
    '0o755',
    '08',
    '0o8',
    '0b11',
    '0x1F',
  ],
  ...[
    '1_000',
    '+1',
    '-0',
    '1:30',
    '2001-01-01',
    '2001-01-01T00:00:00Z',
    '1e3',
    '1e',
    '.5',
    '-.5',
    '1.',
    '1.0',
    '0.1e-3',
  ],
  ...[
    '1e400',
    '"yes"',
    "'12'",
    '!!str 12',
    '!!binary aGVsbG8=',
    'a b',
    'http://x:80',
    '-a',
    '1.2.3',
    '12a',
    '_1',
    '1_',
    '0_7',
  ],
];
const text = [
  'apiVersion: v1',
  'kind: ConfigMap',
  'metadata: {name: x}',
  'data:',
  ...written.map((scalar, index) => `  k${index}: ${scalar}`),
  'keys: {1: a, true: b, no: c, 1.5: d, 010: e}',
  'base: &base {k1: v1, k2: v2}',
  'own: {<<: *base, k2: own}',
  'late: {k2: own, <<: [*base, {k3: 3, k1: other}]}',
  'twice: {a: 1, a: 2}',
].join('\n');

test.for(majors)('scalars, keys and merges as kubectl of Helm %i has them', async (major) => {
  const file = path.join(temporaryFolder('scalars'), 'x.yaml');
  writeFileSync(file, text);
  const args = ['annotate', '--local', '-f', file, '-o', 'json', 'seen=yes'];
  const { stdout, stderr } = await runTool('kubectl', major, args, { HOME: temporaryFolder('home') });
  expect(stderr).toBe('');
  const { metadata: _, ...theirs } = JSON.parse(stdout);
  const { metadata: __, ...ours } = JSON.parse(JSON.stringify(readDocument(text).value));
  expect(ours).toEqual(theirs);
});
