import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from './chart.ts';
import { blocked, wrong } from './stopped.ts';

/** What an apply needs to know of the plan, beside the files. It stays in the plan folder, which is encrypted at rest. */
const record = z.strictObject({
  schema: z.literal(1),
  intent: z.enum(['upgrade', 'uninstall', 'nothing', 'offline']),
  helm: z.string(),
  release: z.string(),
  namespace: z.string(),
  cluster: z.object({ server: z.string(), uid: z.string(), context: z.string() }).nullable(),
  /** The newest revision, and the digest of what Helm goes from. */
  newest: z.object({ revision: z.number(), status: z.string() }).nullable(),
  base: z.object({ revision: z.number(), digest: z.string() }).nullable(),
  serverSide: z.boolean(),
  /** Places that somebody changed and the upgrade overwrites, as the plan told them; null where nobody could look. */
  drift: z.array(z.string()).nullable(),
  /** The chart in the folder holds the rendered text, and nothing is rendered again. */
  frozen: z.boolean(),
  /** Name in the folder and digest. */
  files: z.array(z.object({ name: z.string().regex(/^[\w.-]+$/), sha256: z.string() })),
});
export type PlanRecord = z.infer<typeof record>;

export const chartName = 'chart.tgz';
export const renderName = 'render.json';
const recordName = 'plan.json';

/** Copies files into the plan folder, and says what they are. */
export const keepFiles = async (
  planDir: string,
  files: readonly { readonly name: string; readonly from: string }[],
): Promise<PlanRecord['files']> => {
  await mkdir(planDir, { recursive: true });
  return Promise.all(
    files.map(async ({ name, from }) => {
      await copyFile(from, join(planDir, name));
      return { name, sha256: sha256(await readFile(join(planDir, name))) };
    }),
  );
};

export const writeRecord = async (planDir: string, plan: PlanRecord): Promise<void> => {
  await mkdir(planDir, { recursive: true });
  await writeFile(join(planDir, recordName), JSON.stringify(record.parse(plan), null, 2));
};

/** Reads the record and holds every file of the folder against it. Throws Stopped. */
export const readRecord = async (planDir: string): Promise<PlanRecord> => {
  const text = await readFile(join(planDir, recordName), 'utf8').catch(() => {
    throw wrong('There is no plan in the plan folder.');
  });
  const plan = record.parse(JSON.parse(text));
  for (const { name, sha256: digest } of plan.files)
    if (sha256(await readFile(join(planDir, name))) !== digest)
      throw blocked(`${name} is not what it was when it was planned. Plan again.`);
  return plan;
};
