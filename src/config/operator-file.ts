import { basename, dirname, resolve } from 'node:path';
import { importServer } from './atlantis/operator-part.ts';
import { compileBots, sameBots } from './bots.ts';
import { compileConsumers } from './consumers.ts';
import { compileDanger } from './danger.ts';
import { durationMs } from './durations.ts';
import { explainIssues, problemOf } from './explain.ts';
import { compileGenerate } from './generate.ts';
import { compileNotify } from './notify.ts';
import { compileParts, findingsBetween, type Part, partSchema } from './operator-parts.ts';
import { operatorSchema } from './operator-schema.ts';
import { anyRepository } from './rules.ts';
import { compileSuspend } from './suspend-schema.ts';
import { compileTools } from './tools-settings.ts';
import { compileTrust } from './trust-settings.ts';
import type { OperatorSettings, Parsed } from './types.ts';
import { asYamlText, type Finding, readYaml } from './yaml.ts';

const megabyte = 1_000_000;

const bytes = (text: string): number =>
  Number.parseInt(text, 10) * (text.endsWith('GB') ? 1_000 * megabyte : megabyte);

const daysMs = (text: string): number => Number.parseInt(text, 10) * 24 * 3_600_000;

/** The file that `atlantis_repo_config` names. */
export interface AtlantisServerText {
  readonly name: string;
  readonly text: string;
  /** Of GitHub. */
  readonly host: string;
}

/** What is wrong with one of the operator's files, by its name. */
export interface WrongFile {
  readonly file: string;
  readonly findings: readonly Finding[];
}

/**
 * Reads the operator's file. What is wrong with it is one `settings-invalid`, with lines. Folders in it are
 * meant from `folder`.
 */
export const parseOperatorFile = (
  text: string,
  fileName: string,
  server: AtlantisServerText | null = null,
  folder: string = dirname(fileName),
): Parsed<OperatorSettings> => {
  const read = readOperatorFile(text, fileName, server, folder);
  return 'value' in read
    ? read
    : {
        problem: problemOf(
          'settings-invalid',
          read.file,
          read.findings,
          'The server does not start without it.',
        ),
      };
};

/** What can be carried over of it, where all can be that anything depends on. */
const readServerPart = ({ name, text, host }: AtlantisServerText): Part | WrongFile => {
  const read = importServer(text, host);
  if ('findings' in read) return { file: name, findings: read.findings };
  const { refused } = read.left;
  if (refused.length > 0) return { file: name, findings: refused };
  // Nothing of it stands where it says: what is wrong is never that it is missing.
  const yaml = { ...asYamlText(read), has: () => true };
  const checked = partSchema.safeParse(read.value);
  return checked.success
    ? { raw: checked.data, yaml, name: basename(name) }
    : {
        file: name,
        findings: explainIssues(checked.error.issues, yaml).map((one) => ({
          ...one,
          sentence: `In the words of the operator file: ${one.sentence}`,
        })),
      };
};

/** The same, with everything that is wrong by itself. */
export const readOperatorFile = (
  text: string,
  fileName: string,
  server: AtlantisServerText | null,
  folder: string = dirname(fileName),
): { readonly value: OperatorSettings } | WrongFile => {
  const no = (findings: readonly Finding[]) => ({ file: fileName, findings });
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
  const named = file.atlantis_repo_config;
  if (named !== undefined && server === null)
    return no([{ ...yaml.placeOfKey([], 'atlantis_repo_config'), sentence: 'It was not read.', advice: '' }]);
  const part = server === null || named === undefined ? null : readServerPart(server);
  if (part !== null && 'findings' in part) return part;
  const before = part === null ? [] : [part];
  const own = { raw: file, yaml, name: 'operator file' };
  const between = findingsBetween(before, own);
  if (between.length > 0) return no(between);
  return {
    value: {
      allows: anyRepository(file.allow),
      prefixes: file.prefixes,
      env: file.env,
      allowLocalState: file.allow_local_state === undefined ? null : resolve(file.allow_local_state),
      unread: file.unread,
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
      runners: file.runners.map((one) => resolve(folder, one)),
      tools: compileTools(file.tools),
      parallelRuns: file.parallel_runs,
      queuedRuns: file.queued_runs,
      stepTimeoutMs,
      idleTimeoutMs: durationMs(file.idle_timeout),
      drainTimeoutMs,
      freeSpaceFloor: bytes(file.free_space_floor),
      diskQuota: bytes(file.disk_quota),
      retention: {
        deliveriesMs: daysMs(file.retention.deliveries),
        runsMs: daysMs(file.retention.runs),
        checkoutsMs: daysMs(file.retention.checkouts),
        mirrorsMs: daysMs(file.retention.mirrors),
        toolsMs: daysMs(file.retention.tools),
        reportsMs: daysMs(file.retention.reports),
      },
      templates: file.templates === undefined ? null : resolve(file.templates),
      writePace: file.write_pace,
      environmentProtection: file.environment_protection,
      suspend: compileSuspend(file.suspend),
      breakGlass: file.break_glass,
      trust: compileTrust(file.trust),
      bots:
        file.bots === undefined
          ? null
          : compileBots(file.bots, (name) => {
              const place = name === null ? yaml.placeOfKey([], 'bots') : yaml.placeOfKey(['bots'], name);
              return `operator file, line ${place.line}`;
            }),
      generator: compileGenerate(file.generate),
      consumers: compileConsumers(file.consumers),
      notify: compileNotify(file.notify),
      drift: {
        parallel: file.drift.parallel,
        jitterMs: Number.parseInt(file.drift.jitter, 10) * 60_000,
      },
      danger: compileDanger(file.danger),
      ...compileParts(before, own, file),
    },
  };
};
