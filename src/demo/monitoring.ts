import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { releaseSettings, startingRelease } from './release.ts';
import { type Files, localBackend } from './repository.ts';

/** The demo's fourth repository: alerts that somebody takes away without a pull request, and a page that follows tags. */

export const monitoringName = 'monitoring';

/** Those that were applied before the demo begins. */
export const monitoringProjects = ['alerts'] as const;

const settings = `# Whatever changes without a pull request is told of in an issue, where /plan and /apply put it back.
version: 1
projects:
  - name: alerts
    dir: alerts
    drift:
      mode: issue
      threshold: 1
      schedule: { cron: "* * * * *" }
${releaseSettings}`;

const alerts = `resource "terraform_data" "alert" {
  for_each = toset(["disk", "errors", "latency"])
  input    = { name = each.key, page = "on-call" }
}
`;

export const startingMonitoring = (stateFolder: string): Files => ({
  'tidegate.yaml': settings,
  'alerts/backend.tf': localBackend(stateFolder, 'alerts'),
  'alerts/main.tf': alerts,
  ...startingRelease(stateFolder),
});

/** The looks of a demo need not be spread: there is one project. */
export const monitoringOperator = 'drift: { jitter: 0m }\n';

const stateFile = z.looseObject({
  serial: z.number(),
  resources: z.array(z.looseObject({ instances: z.array(z.looseObject({ index_key: z.string() })) })),
});

/** Takes the last alert away that is there, as Terraform knows it: nobody wrote that down anywhere. */
export const takeAlertAway = async (stateFolder: string): Promise<void> => {
  const file = path.join(stateFolder, 'alerts.tfstate');
  const state = stateFile.parse(JSON.parse(await readFile(file, 'utf8')));
  const resources = state.resources.map((one) => ({ ...one, instances: one.instances.slice(0, -1) }));
  const text = JSON.stringify({
    ...state,
    serial: state.serial + 1,
    resources: resources.filter(({ instances }) => instances.length > 0),
  });
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
};
