import { resolve } from 'node:path';
import { compileBots, sameBots } from './bots.ts';
import { compileDanger } from './danger.ts';
import { durationMs } from './durations.ts';
import { explainIssues, problemOf } from './explain.ts';
import { compileGenerate } from './generate.ts';
import { operatorSchema, type RawOperatorFile } from './operator-schema.ts';
import { compilePolicy, sameNames } from './policies.ts';
import { sourceIn } from './requirements.ts';
import { anyGlob, anyRepository, asList, compileRule } from './rules.ts';
import { settingNames } from './settings-schema.ts';
import { compileTools } from './tools-settings.ts';
import { compileTrust } from './trust-settings.ts';
import type { OperatorSettings, Parsed } from './types.ts';
import { compileWorkflows, unknownWorkflow } from './workflows.ts';
import { type Finding, readYaml } from './yaml.ts';

const megabyte = 1_000_000;

const bytes = (text: string): number =>
  Number.parseInt(text, 10) * (text.endsWith('GB') ? 1_000 * megabyte : megabyte);

const daysMs = (text: string): number => Number.parseInt(text, 10) * 24 * 3_600_000;

/** Without a word of the operator, approvals are bound to what they are bound to on the server, and what runs is what runs there. */
const mayBeSet = settingNames.filter((name) => name !== 'bind_approvals' && name !== 'workflow');

const maySet = (repositories: RawOperatorFile['repositories']): OperatorSettings['maySet'] => {
  const listed = repositories.map(({ match, may_set }) => ({ is: anyRepository(asList(match)), may_set }));
  return (repository) =>
    listed.findLast(({ is, may_set }) => may_set !== undefined && is(repository))?.may_set ?? mayBeSet;
};

const projectsPerPull = ({
  repositories,
  projects_per_pull: most,
}: RawOperatorFile): OperatorSettings['projectsPerPull'] => {
  const listed = repositories.flatMap(({ match, projects_per_pull: own }) =>
    own === undefined ? [] : [{ is: anyRepository(asList(match)), own }],
  );
  return (repository) => listed.findLast(({ is }) => is(repository))?.own ?? most;
};

const atlantisFile = (entries: RawOperatorFile['atlantis']): OperatorSettings['atlantisFile'] => {
  const listed = entries.map(({ match, file }) => ({ is: anyRepository(asList(match)), file }));
  return (repository) => listed.findLast(({ is }) => is(repository))?.file ?? null;
};

const appliesInto = (globs: readonly string[] | undefined): OperatorSettings['appliesInto'] => {
  if (globs === undefined) return ({ isDefault }) => isDefault;
  const listed = anyGlob(globs);
  return ({ ref }) => listed(ref);
};

/** Reads the operator's file. What is wrong with it is one `settings-invalid`, with lines. */
export const parseOperatorFile = (text: string, fileName: string): Parsed<OperatorSettings> => {
  const read = readOperatorFile(text);
  return 'value' in read
    ? read
    : {
        problem: problemOf(
          'settings-invalid',
          fileName,
          read.findings,
          'The server does not start without it.',
        ),
      };
};

/** The same, with everything that is wrong by itself. */
export const readOperatorFile = (
  text: string,
): { readonly value: OperatorSettings } | { readonly findings: readonly Finding[] } => {
  const no = (findings: readonly Finding[]) => ({ findings });
  const read = readYaml(text);
  if ('findings' in read) return no(read.findings);
  const { yaml } = read;
  const checked = operatorSchema.safeParse(yaml.value);
  if (!checked.success) return no(explainIssues(checked.error.issues, yaml));
  const file = checked.data;
  const stepTimeoutMs = durationMs(file.step_timeout);
  const drainTimeoutMs = durationMs(file.drain_timeout);
  const same = sameBots(file.bots ?? {});
  if (same !== null)
    return no([{ ...yaml.placeOfKey(['bots'], same.name), sentence: same.sentence, advice: '' }]);
  const twice = sameNames(file.policies);
  if (twice !== null)
    return no([{ ...yaml.place(['policies', twice.index, 'name']), sentence: twice.sentence, advice: '' }]);
  const unknown = unknownWorkflow(file.rules, file.workflows);
  if (unknown !== null) {
    const { index, sentence, advice } = unknown;
    return no([{ ...yaml.placeOfKey(['rules', index], 'workflow'), sentence, advice }]);
  }
  return {
    value: {
      allows: anyRepository(file.allow),
      appliesInto: appliesInto(file.base_branches),
      prefixes: file.prefixes,
      env: file.env,
      allowLocalState: file.allow_local_state === undefined ? null : resolve(file.allow_local_state),
      isolation: file.isolation ?? null,
      sandbox: {
        network: file.sandbox.network,
        readOnly: file.sandbox.read_only,
        providerMirror:
          file.sandbox.provider_mirror === undefined ? null : resolve(file.sandbox.provider_mirror),
        limits: {
          processes: file.sandbox.processes,
          memoryBytes: bytes(file.sandbox.memory),
          fileBytes: bytes(file.sandbox.file_size),
        },
      },
      tools: compileTools(file.tools),
      parallelRuns: file.parallel_runs,
      queuedRuns: file.queued_runs,
      stepTimeoutMs,
      idleTimeoutMs: durationMs(file.idle_timeout),
      drainTimeoutMs,
      freeSpaceFloor: bytes(file.free_space_floor),
      retention: {
        deliveriesMs: daysMs(file.retention.deliveries),
        runsMs: daysMs(file.retention.runs),
        checkoutsMs: daysMs(file.retention.checkouts),
        mirrorsMs: daysMs(file.retention.mirrors),
        reportsMs: daysMs(file.retention.reports),
      },
      templates: file.templates === undefined ? null : resolve(file.templates),
      writePace: file.write_pace,
      environmentProtection: file.environment_protection,
      trust: compileTrust(file.trust),
      rules: file.rules.map((rule, index) =>
        compileRule(rule, sourceIn('operator file', yaml, ['rules', index])),
      ),
      bots:
        file.bots === undefined
          ? null
          : compileBots(file.bots, (name) => {
              const place = name === null ? yaml.placeOfKey([], 'bots') : yaml.placeOfKey(['bots'], name);
              return `operator file, line ${place.line}`;
            }),
      projectsPerPull: projectsPerPull(file),
      maySet: maySet(file.repositories),
      atlantisFile: atlantisFile(file.atlantis),
      generator: compileGenerate(file.generate),
      danger: compileDanger(file.danger),
      workflows: compileWorkflows(file.workflows, (name) => yaml.placeOfKey(['workflows'], name).line),
      policies: file.policies.map((policy, index) =>
        compilePolicy(policy, sourceIn('operator file', yaml, ['policies', index])([])),
      ),
    },
  };
};
