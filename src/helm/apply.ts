import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Asked } from './asked.ts';
import { sha256 } from './chart.ts';
import { askCluster, checkSame } from './cluster.ts';
import { lookAtCluster, readingFor } from './look.ts';
import { driftPlaces } from './manifests/drift.ts';
import type { Json } from './manifests/json.ts';
import { unpredictable } from './manifests/unpredictable.ts';
import { valuesName } from './plan.ts';
import { chartName, type PlanRecord, readRecord, renderName } from './record.ts';
import { askRelease, askStored, digestOf, nothingStored } from './release.ts';
import { type Rendered, readRendered, renderOnServer, secretsOf, upgradeArguments } from './render.ts';
import { shown } from './said.ts';
import { blocked, Stopped, wrong } from './stopped.ts';
import type { Tools } from './tools.ts';
import { uninstall } from './uninstall.ts';
import { askVersion, majorOf } from './version.ts';

const json: z.ZodType<Json> = z.json();
const object = z.object({
  address: z.string(),
  group: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  value: z.record(z.string(), json),
});
const renderFile = z.object({ objects: z.array(object), hooks: z.array(object) });

/**
 * Carries out what the plan folder holds, and nothing else. Everything that the plan was made against is read again first; where
 * something moved, nothing is changed.
 */
export const apply = async (tools: Tools, asked: Asked, say: (line: string) => void): Promise<0> => {
  const plan = await readRecord(asked.planDir);
  if (plan.intent === 'offline')
    throw blocked('This plan was made without the cluster: it can only be read.');
  if (plan.release !== asked.release || plan.namespace !== asked.namespace)
    throw blocked(`The plan is of ${plan.release} in ${plan.namespace}. Plan again.`);
  const [version, cluster] = await Promise.all([askVersion(tools), askCluster(tools, asked)]);
  if (majorOf(version) !== majorOf(plan.helm))
    throw blocked(`The plan was made with helm ${plan.helm}, and this is ${version}. Plan again.`);
  if (plan.cluster === null) throw wrong('The plan does not say of which cluster it is.');
  checkSame(plan.cluster, cluster);
  await checkRelease(tools, asked, plan, majorOf(version));
  if (plan.intent === 'nothing') {
    say('Nothing to do: no revision is made.');
    return 0;
  }
  if (plan.intent === 'uninstall') {
    await uninstall(tools, asked, say);
    return 0;
  }
  await upgrade(tools, asked, plan, majorOf(version), say);
  return 0;
};

/** Is the release where it was when it was planned? */
const checkRelease = async (tools: Tools, asked: Asked, plan: PlanRecord, major: number): Promise<void> => {
  const { newest } = await askRelease(tools, asked, major);
  const then = plan.newest;
  if (newest?.revision !== then?.revision || newest?.status !== then?.status)
    throw blocked(
      `The plan was made at ${then === null ? 'no revision' : `revision ${then.revision} (${then.status})`}, and now there is ${newest === null ? 'none' : `revision ${newest.revision} (${newest.status})`}. Plan again.`,
    );
  if (plan.base === null) return;
  const stored = await askStored(tools, asked, plan.base.revision);
  if (digestOf(stored) !== plan.base.digest)
    throw blocked(`Revision ${plan.base.revision} is not what it was when it was planned. Plan again.`);
};

const upgrade = async (
  tools: Tools,
  asked: Asked,
  plan: PlanRecord,
  major: number,
  say: (line: string) => void,
): Promise<void> => {
  const inPlan = (name: string): string => join(asked.planDir, name);
  const values = plan.files.filter(({ name }) => name.startsWith('values-'));
  const source = {
    chart: inPlan(chartName),
    values: values.map((_, index) => inPlan(valuesName(index))),
  };
  const planned: Rendered = {
    ...renderFile.parse(JSON.parse(await readFile(inPlan(renderName), 'utf8'))),
    warnings: [],
  };
  const secrets = secretsOf([planned]);
  const before = plan.base === null ? nothingStored : await askStored(tools, asked, plan.base.revision);
  const rendered = await renderOnServer(tools, asked, source, secrets);
  const texts = [before.manifest, rendered.manifest, ...rendered.hooks];
  const cluster = await askCluster(tools, asked);
  const reading = await readingFor(tools, asked, cluster, texts);
  const now = readRendered(
    'What the chart renders',
    rendered.manifest,
    rendered.hooks.join('\n---\n'),
    reading,
  );
  refuseOther(planned, now, 'The chart renders something else than what was planned');
  if (plan.drift !== null) {
    const old = readRendered(`Revision ${plan.base?.revision}`, before.manifest, before.hooks, reading);
    const { drift, blind } = await lookAtCluster(tools, asked, cluster, { before: old, after: now, reading });
    if (blind !== null) throw blocked(`What this overwrites in the cluster cannot be looked at: ${blind}`);
    const told = plan.drift;
    const places = driftPlaces(drift).filter((place) => !told.includes(place));
    if (places.length > 0)
      throw blocked(
        `Somebody changed in the cluster, since it was planned, what this would overwrite: ${firstOf(places)}. Plan again.`,
      );
  }

  say(`upgrading ${asked.release}`);
  const { code, stderr } = await tools.change([
    ...upgradeArguments(asked, source),
    ...['--wait', '--timeout', asked.timeout, '--output', 'json'],
    ...(asked.create_namespace ? ['--create-namespace'] : []),
    ...(asked.take_ownership ? ['--take-ownership'] : []),
    // At a first install it would take away all traces of why.
    ...(asked.on_failure === 'rollback' && plan.base !== null
      ? [major >= 4 ? '--rollback-on-failure' : '--atomic', '--cleanup-on-fail']
      : []),
    // What is undone by it was looked at, and told in the plan.
    ...(plan.serverSide && plan.drift !== null ? ['--force-conflicts'] : []),
    ...['--labels', labels(asked), '--description', description(asked)],
  ]);
  const after = await askRelease(tools, asked, major).catch(() => null);
  if (code !== 0) {
    const where =
      after?.newest == null
        ? 'Where the release stands now is not known'
        : `The release is at revision ${after.newest.revision} (${after.newest.status})`;
    // Never "again": something may have been changed.
    throw new Stopped(1, `The upgrade failed. ${where}.\n${shown(stderr, secrets)}`);
  }
  if (after?.newest == null) throw wrong('Helm says that it went well, and there is no release.');
  const made = await askStored(tools, asked, after.newest.revision);
  refuseOther(
    planned,
    readRendered('The new revision', made.manifest, made.hooks, reading),
    `Revision ${after.newest.revision} was made, and it is not what was planned`,
  );
  say(`revision ${after.newest.revision} is ${after.newest.status}`);
};

const firstOf = (places: readonly string[]): string =>
  `${places.slice(0, 5).join(', ')}${places.length > 5 ? ` and ${places.length - 5} more` : ''}`;

/** Throws Stopped with the places, and no values, at which the two are not the same. */
const refuseOther = (planned: Rendered, now: Rendered, sentence: string): void => {
  const places = [
    ...unpredictable(planned.objects, now.objects),
    ...unpredictable(planned.hooks, now.hooks),
  ].map(({ address, pointer }) => `${address}${pointer}`);
  if (places.length === 0) return;
  throw blocked(
    `${sentence}: ${firstOf(places)}. Plan again; \`frozen: true\` applies what was rendered as it is.`,
  );
};

const digestIn = ({ planDigest, sha }: Asked): string =>
  (planDigest.replaceAll(/[^0-9a-zA-Z]/g, '') || sha256(sha)).slice(0, 16);

/** What runs says itself from which commit it is. */
const labels = (asked: Asked): string =>
  `tidegate-sha=${asked.sha.replaceAll(/[^0-9a-f]/g, '').slice(0, 40) || 'none'},tidegate-plan=${digestIn(asked)}`;

const description = (asked: Asked): string =>
  `tidegate ${asked.repository}#${asked.pull} ${asked.sha.slice(0, 12)} plan:${digestIn(asked)}`;
