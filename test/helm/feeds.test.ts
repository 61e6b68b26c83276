/** What other projects put out, among the values of a release. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeChart } from '../support/kubernetes/chart.ts';
import { startKubernetes } from '../support/kubernetes/kubernetes.ts';
import { majors } from '../support/kubernetes/tools.ts';
import { temporaryFolder } from '../support/leftovers.ts';
import { projectOn } from './program.ts';

const map = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  host: {{ .Values.ingress.host | quote }}
  url: "db://app:{{ .Values.db.password }}@db"
`;
const files = {
  'values.yaml': 'ingress:\n  host: none\ndb:\n  password: none\n',
  'templates/map.yaml': map,
};
const secret = 'correct-horse-battery';

test.for(majors)(
  'are behind all files, hidden where they are sensitive, and applied as they were, Helm %i',
  async (major) => {
    await using cluster = await startKubernetes({ namespaces: ['prod'] });
    const project = projectOn(cluster, major, writeChart(files), { release: 'web' });
    const given = (feeds: unknown) => {
      const file = path.join(temporaryFolder('feeds'), 'feeds.json');
      writeFileSync(file, JSON.stringify(feeds));
      return { TIDEGATE_FEEDS: file };
    };
    const password = { value: secret, sensitive: true };
    const open = await project.run(
      'plan',
      {},
      given({ 'ingress.host': { unknown: true }, 'db.password': password }),
    );
    expect(open.stderr).toBe('');
    expect(open.exitCode).toBe(2);
    expect(project.summary().items).toMatchObject([{ unknown: ['/data/host'], sensitive: ['/data/url'] }]);

    const feeds = given({ 'ingress.host': { value: '10.0.0.1', sensitive: false }, 'db.password': password });
    const planned = await project.run('plan', {}, feeds);
    expect(planned.exitCode).toBe(2);
    expect(planned.stdout + planned.stderr).not.toContain(secret);
    expect(project.summary().items[0]).toMatchObject({
      sensitive: ['/data/url'],
      after: { data: { host: '10.0.0.1' } },
    });
    const applied = await project.run('apply', {}, feeds);
    expect(applied).toMatchObject({ exitCode: 0 });
    expect(applied.stdout + applied.stderr).not.toContain(secret);
    expect(cluster.object('ConfigMap', 'prod', 'web')).toMatchObject({
      data: { host: '10.0.0.1', url: `db://app:${secret}@db` },
    });
  },
);
